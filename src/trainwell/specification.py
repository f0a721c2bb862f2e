"""The base of everything a recipe is written in: frozen, validated once, plain data.

A specification is a Pydantic model whose fields are of two sorts. *Structure* decides which program is
compiled (widths, names, batch size). *Knobs* are numbers marked ``Annotated[float, knob()]``: the compiled program
takes them as arguments, so that changing one compiles nothing. Not for arrays, not for behaviour during training.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from inspect import Parameter, Signature
from operator import or_
from types import UnionType
from typing import Annotated, Any, NoReturn, Self, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from trainwell.errors import RecipeError, TrainwellError, did_you_mean
from trainwell.registry import Registry

#: The families that recipes hold members of, each with its base class.
FAMILIES: list[tuple[type, Registry[Any]]] = []


@dataclass(frozen=True)
class Knob:
    """Marks a numeric field that the compiled program takes as an argument.

    ``off`` is the value at which the feature is absent altogether (no dropout, no decay): such a recipe
    has another structure, one that does not pay for the feature.
    """

    off: float | None = None


def knob(off: float | None = None) -> Knob:
    """Mark a field as a knob: ``learning_rate: Annotated[float, Field(gt=0), knob()] = 1e-3``."""
    return Knob(off)


class Specification(BaseModel):
    """A frozen part of a recipe.

    Raises:
        RecipeError: a field is unknown, of the wrong type or out of range; the message names the field,
            the value received, the rule, and the nearest right name.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _read_none(cls, fields: Any) -> Any:
        """Let files, which have no null, write ``"none"``."""
        if not isinstance(fields, dict):
            return fields
        return {name: None if isinstance(value, str) and value == "none" else value for name, value in fields.items()}

    def __init__(self, **fields: Any) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as problem:
            raise RecipeError(explain(type(self), problem)) from None

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """State the signature that help and completion show: names, plain types and defaults."""
        super().__pydantic_init_subclass__(**options)
        fields = [
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if info.is_required() else info.get_default(call_default_factory=False),
                annotation=plain_type(info.annotation),
            )
            for name, info in cls.model_fields.items()
        ]
        cls.__signature__ = Signature(fields)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        refuse_change(self, f"set to {value!r}", name, repr(value))

    def __delattr__(self, name: str) -> NoReturn:
        refuse_change(self, "deleted", name, "…")

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return itself: it is frozen, and a person's own objects in it must stay the same objects."""
        return self

    def __str__(self) -> str:
        return repr(self)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Show the fields that were changed from their defaults."""
        for name, value in self:
            if value != type(self).model_fields[name].default:
                yield name, value

    @classmethod
    @cache
    def knob_fields(cls) -> dict[str, Knob]:
        """Return the fields marked as knobs, by name."""
        return {
            name: mark for name, info in cls.model_fields.items() for mark in info.metadata if isinstance(mark, Knob)
        }

    def on(self, field: str) -> bool:
        """Tell whether the feature that a knob governs is present; a traced number always is."""
        value = getattr(self, field)
        if value is None:
            return False
        return not isinstance(value, int | float) or value != self.knob_fields()[field].off

    def knobs(self) -> dict[str, int | float]:
        """Return the numbers that the compiled program takes as arguments, by dotted path.

        A knob that stands at its ``off`` value, or is ``None``, belongs to the structure and is left out.
        """
        found: dict[str, int | float] = {}
        own = self.knob_fields()
        for name, value in self:
            if name in own:
                if self.on(name):
                    found[name] = value
            else:
                for path, nested in nested_specifications(name, value):
                    found |= {f"{path}.{inner}": number for inner, number in nested.knobs().items()}
        return found

    def with_knobs(self, numbers: Mapping[str, Any]) -> Self:
        """Return a copy whose knobs are ``numbers``, unvalidated: they may be traced arrays."""
        update: dict[str, Any] = {}
        nested: dict[str, dict[str, Any]] = {}
        for path, number in numbers.items():
            head, _, rest = path.partition(".")
            if rest:
                nested.setdefault(head, {})[rest] = number
            else:
                update[head] = number
        for head, inner in nested.items():
            update[head] = replace_nested(getattr(self, head), inner)
        return self.model_copy(update=update)


def member_of(registry: Registry[Any], base: type, accepts: Callable[[Any], bool] = lambda _: False) -> BeforeValidator:
    """Return the validator of a field that holds a member of a family, in words or as an object.

    Args:
        registry: the family; a table such as ``{"kind": "MLP", "hidden": [64]}`` or a bare name is looked up in it.
        base: the family's base class, whose instances pass.
        accepts: whether some other object, a person's own, passes too.
    """

    FAMILIES.append((base, registry))

    def read(value: Any) -> Any:
        if isinstance(value, base) or accepts(value):
            return value
        if isinstance(value, str):
            return registry[value]()
        if isinstance(value, Mapping):
            fields = dict(value)
            kind = fields.pop("kind", None)
            if kind is None:
                raise RecipeError(f"{registry.family} needs kind = one of {', '.join(registry)}.")
            return registry[kind](**fields)
        known = f"{registry.family} must be one of {', '.join(registry)}, but got {value!r}"
        raise RecipeError(f"{known}{told_from(registry, value)}.")

    return BeforeValidator(read)


def refuse_change(part: Specification, change: str, name: str, value: str) -> NoReturn:
    """Raise ``RecipeError``: a recipe is never changed, another one is made of it."""
    kind = type(part).__name__
    if name not in type(part).model_fields:
        raise RecipeError(unknown_field(type(part), name))
    path = name if hasattr(part, "with_settings") else f"….{name}"
    raise RecipeError(
        f"{kind}.{name} cannot be {change}: a recipe is never changed, nor is a part of one. "
        f'Take another: recipe.with_settings({{"{path}": {value}}}).'
    )


def told_from(registry: Registry[Any], value: Any) -> str:
    """Return what a value of another family is, and its namesake in this one where there is one."""
    name = type(value).__name__
    found = next((other for base, other in FAMILIES if isinstance(value, base) and name in other), None)
    package, *rooms = type(value).__module__.split(".")
    if found is None and package != __name__.split(".")[0]:
        return ""
    what = f"{found.family} {found.home}.{name}" if found else f"{rooms[0].removesuffix('s')} tw.{name}"
    return f": that is the {what}" + (f"; take {registry.home}.{name}" if name in registry else "")


def plain_type(annotation: Any) -> Any:
    """Return a type without what ``Annotated`` says of it, however deep inside.

    >>> plain_type(tuple[Annotated[int, "above 0"], ...])
    tuple[int, ...]
    >>> plain_type(Annotated[float, "above 0"] | None)
    float | None
    """
    origin: Any = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return plain_type(arguments[0])
    if origin in (Union, UnionType):
        return reduce(or_, map(plain_type, arguments))
    if origin is not None and any(get_origin(argument) is not None for argument in arguments):
        return origin[tuple(map(plain_type, arguments))]
    return annotation


def nested_specifications(name: str, value: Any) -> Iterator[tuple[str, Specification]]:
    """Yield the specifications that a field holds, each with its dotted path."""
    if isinstance(value, Specification):
        yield name, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            if isinstance(item, Specification):
                yield f"{name}.{index}", item


def replace_nested(value: Any, numbers: Mapping[str, Any]) -> Any:
    """Return ``value`` (a specification or a tuple of them) with its knobs replaced."""
    if isinstance(value, Specification):
        return value.with_knobs(numbers)
    items = list(value)
    by_index: dict[int, dict[str, Any]] = {}
    for path, number in numbers.items():
        index, _, rest = path.partition(".")
        by_index.setdefault(int(index), {})[rest] = number
    for position, inner in by_index.items():
        items[position] = items[position].with_knobs(inner)
    return tuple(items)


def explain(model: type[BaseModel], problem: ValidationError) -> str:
    """Word the first thing wrong as one sentence: field, value received, rule, nearest right name."""
    found = problem.errors()
    first = next((error for error in found if error["type"] == "extra_forbidden"), found[0])
    place = ".".join([model.__name__, *(str(step) for step in first["loc"])])
    if first["type"] == "extra_forbidden":
        return unknown_field(model, str(first["loc"][-1]))
    rule = first["msg"].removeprefix("Value error, ")
    if isinstance(first.get("ctx", {}).get("error"), TrainwellError):
        return f"{place}: {rule}"
    rule = rule[:1].lower() + rule[1:]
    if first["type"] == "missing":
        return f"{place}: {rule}."
    if first["type"] == "literal_error" and admits_none(model, first["loc"]):
        rule += ", or none"
    return f"{place}: {rule}, but got {first.get('input')!r}."


def admits_none(model: Any, place: Sequence[int | str]) -> bool:
    """Tell whether a field, named by the steps that lead to it, may be none."""
    for step in place:
        fields = getattr(model, "model_fields", {})
        if step not in fields:
            return False
        model = fields[step].annotation
    return type(None) in get_args(model)


def unknown_field(model: type[BaseModel], name: str) -> str:
    """Word that a part of a recipe has no field of that name."""
    known = list(model.model_fields)
    return f"{model.__name__} has no field {name!r}.{did_you_mean(name, known)} Fields: {', '.join(known)}."
