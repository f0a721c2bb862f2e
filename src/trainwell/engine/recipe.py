"""The recipe: everything about a run in one frozen object, plain data that round-trips through TOML and JSON."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator

from trainwell.data import Encoding
from trainwell.engine.aim import read_loss
from trainwell.engine.batches import read_batch_size
from trainwell.engine.fields import CUSTOM, FAMILIES, is_own_network, is_own_optimizer, opened, plain
from trainwell.engine.ranges import Range
from trainwell.engine.space import Role, Space, space_of
from trainwell.engine.toml import write_toml
from trainwell.errors import RecipeError, unknown_name
from trainwell.keys import SEEDS
from trainwell.network import ARCHITECTURES, MLP, Architecture
from trainwell.specification import Specification, knob, member_of
from trainwell.training import (
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    AdamW,
    EarlyStopping,
    Optimizer,
    Penalty,
    Plateau,
    Schedule,
)
from trainwell.training.augmentation import AUGMENTATIONS, Augmentation
from trainwell.training.augmentation.augmentation import listed


class Recipe(Specification):
    """How a network is trained, whole.

    Args:
        network: an architecture such as :class:`~trainwell.MLP`, an ``eqx.Module`` that maps one encoded row to the
            outputs, or a function ``f(key=…)`` that returns one.
        encoding: how columns become numbers.
        augmentation: random changes of the training rows such as ``tw.augmentation.Flip()``, in order; none if empty.
        loss: name of the loss, ``"auto"`` for the task's own (cross-entropy or squared error); a loss with options such
            as ``tw.losses.Huber(delta=0.5)``; or a function of outputs and targets that gives one number per example.
        label_smoothing: share of the target given to all classes alike.
        optimizer: an optimizer such as :class:`~trainwell.AdamW`, or an Optax transformation (its rate included).
        schedule: how the rate moves over the run.
        penalties: costs of large weights such as ``tw.penalties.L2()``, for all layers or some; none if empty.
        gradient_clipping: largest global gradient norm let through; none for no limit.
        value_clipping: largest entry of the gradient let through, either sign, before its norm; none for no limit.
        batch_size: rows per update, or ``"all"``; the last short batch of an epoch counts by its rows.
        max_epochs: passes over the training part, unless something ends the run sooner.
        max_steps: most updates, the last epoch cut short if need be; none for no limit.
        early_stopping: when to give up; none to train all epochs (the best epoch's weights are kept even so).
        gradient_tolerance: stop after an epoch whose mean gradient norm is below this; none to go on.
        class_weights: ``"balanced"`` weighs every class alike however rare; or weights by class name.
        telemetry: whether the layers are measured; training is the same either way.
        precision: of all arithmetic, ``"float32"`` or, for checks, ``"float64"``; ``"bfloat16"`` keeps the weights in
            float32 and computes the layers in bfloat16, which is faster on accelerators alone.
        seed: grows the tree of random keys; recorded, so that a run can be repeated bit by bit.

    Raises:
        RecipeError: a field is unknown, of the wrong type or out of range.

    >>> recipe = Recipe(network=MLP(hidden=(32,)), optimizer=AdamW(learning_rate=3e-4))
    >>> Recipe.from_toml(recipe.to_toml()) == recipe
    True
    >>> recipe.with_settings({"optimizer.learning_rate": 0.01}).optimizer.learning_rate
    0.01
    """

    network: Annotated[Any, member_of(ARCHITECTURES, Architecture, is_own_network)] = MLP()
    encoding: Encoding = Encoding()
    augmentation: Annotated[
        tuple[Annotated[Any, member_of(AUGMENTATIONS, Augmentation)], ...], BeforeValidator(listed)
    ] = ()
    loss: Annotated[Any, BeforeValidator(read_loss)] = "auto"
    label_smoothing: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0
    optimizer: Annotated[Any, member_of(OPTIMIZERS, Optimizer, is_own_optimizer)] = AdamW()
    schedule: Annotated[Any, member_of(SCHEDULES, Schedule)] = Plateau()
    penalties: Annotated[tuple[Annotated[Any, member_of(PENALTIES, Penalty)], ...], BeforeValidator(listed)] = ()
    gradient_clipping: Annotated[float | None, Field(gt=0), knob()] = None
    value_clipping: Annotated[float | None, Field(gt=0), knob()] = None
    batch_size: Annotated[Any, BeforeValidator(read_batch_size)] = 64
    max_epochs: Annotated[int, Field(ge=1, lt=2**31), knob()] = 200
    max_steps: Annotated[int | None, Field(ge=1, lt=2**31)] = None
    early_stopping: EarlyStopping | None = EarlyStopping()
    gradient_tolerance: Annotated[float | None, Field(gt=0), knob()] = None
    class_weights: Literal["balanced"] | dict[str, Annotated[float, Field(gt=0)]] | None = None
    telemetry: bool = True
    precision: Literal["float32", "float64", "bfloat16"] = "float32"
    seed: Annotated[int, Field(ge=0, lt=SEEDS)] = 0

    @field_validator("class_weights", mode="before")
    @classmethod
    def _named_by_text(cls, weights: Any) -> Any:
        """Let classes that are numbers be named by numbers."""
        if weights is None or (isinstance(weights, str) and weights == "balanced"):
            return weights
        if not isinstance(weights, Mapping):
            raise RecipeError(
                f"input should be 'balanced', none, or weights by class name such as {{\"yes\": 2.0}}, "
                f"but got {weights!r}."
            )
        for label, weight in weights.items():
            if not is_positive(weight):
                raise RecipeError(f"weights of classes are numbers above 0, but that of {label!r} is {weight!r}.")
        return {str(label): weight for label, weight in weights.items()}

    @field_validator("early_stopping", mode="before")
    @classmethod
    def _stopping_by_name(cls, stopping: Any) -> Any:
        """Let it be turned on by its name, with its defaults."""
        if stopping == EarlyStopping.__name__:
            return EarlyStopping()
        if stopping is None or isinstance(stopping, Mapping | EarlyStopping):
            return stopping
        raise RecipeError(
            f'input should be EarlyStopping, none, or a table of its fields such as {{"patience": 5}}, '
            f"but got {stopping!r}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the recipe as JSON-able data; a person's own objects stand as ``{"kind": "custom", …}``."""
        return {name: plain(value) for name, value in self}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_dict` gave; raises ``RecipeError`` where the recipe held a person's own object."""
        if not isinstance(fields, Mapping):
            raise RecipeError(f"a recipe is a table of fields, but got {fields!r}.")
        for name, value in fields.items():
            if isinstance(value, Mapping) and value.get("kind") == CUSTOM:
                raise RecipeError(
                    f"Recipe.{name} was an object of one's own ({value.get('object')}), which no file can hold; "
                    f"pass it again: tw.load(path, {name}=…)."
                )
        return cls(**fields)

    def to_json(self) -> str:
        """Return the recipe as JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def to_toml(self) -> str:
        """Return the recipe as TOML that :meth:`from_toml` reads back."""

        return write_toml(self)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read a recipe written in TOML; raises ``RecipeError`` naming the line or the field."""
        try:
            fields = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            raise RecipeError(f"the recipe is not valid TOML: {problem}.") from None
        return cls.from_dict(fields)

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read a recipe file, ``.toml`` or ``.json``; raises ``RecipeError`` naming the file."""
        try:
            text = Path(path).read_text(encoding="utf-8")
            if str(path).endswith(".json"):
                return cls.from_dict(json.loads(text))
            return cls.from_toml(text)
        except OSError as problem:
            raise RecipeError(f"cannot read the recipe {path}: {problem.strerror}.") from None
        except (UnicodeDecodeError, json.JSONDecodeError) as problem:
            raise RecipeError(f"{path} is no recipe file: {problem}.") from None
        except RecipeError as problem:
            raise RecipeError(f"{path}: {problem}") from None

    def with_settings(self, settings: Mapping[str, Any]) -> Self:
        """Return a copy with some fields changed, each named by its dotted path, validated anew."""
        return replaced(self, {tuple(path.split(".")): value for path, value in settings.items()})

    def vary(self, ranges: Mapping[str, Range], roles: Mapping[str, Role] | None = None) -> Space:
        """Return the space of recipes in which some fields have ranges, each named by its dotted path.

        Args:
            ranges: ``tw.uniform``, ``tw.loguniform``, ``tw.integer`` or ``tw.choice`` by path.
            roles: what a path is varied for, ``"scientific"`` (the study asks about it) or ``"nuisance"`` (tuned so
                that the answer is fair); nuisance unless said.

        Raises:
            RecipeError: a field does not exist, does not take its range, or must not be searched.
        """
        return space_of(self, ranges, roles)


def is_positive(weight: Any) -> bool:
    """Tell whether a weight is a finite number above 0.

    >>> is_positive(2), is_positive(0.0), is_positive("much")
    (True, False, False)
    """
    try:
        return 0 < float(weight) < math.inf
    except (TypeError, ValueError):
        return False


def replaced(part: Any, values: Mapping[tuple[str, ...], Any], within: tuple[str, ...] = ()) -> Any:
    """Return a copy of a specification with some fields changed: whole parts first, then fields inside them.

    Args:
        part: a specification, or a tuple of them.
        values: the new values by the steps that lead to them; all of one part are set and validated at once.
        within: the steps that lead to the part, for errors.
    """
    wholes = {steps[0]: value for steps, value in values.items() if len(steps) == 1}
    inner: dict[str, dict[tuple[str, ...], Any]] = {}
    for (head, *rest), value in values.items():
        if rest == ["kind"] and isinstance(part_in(part, head, within), FAMILIES):
            wholes[head] = value
        elif rest:
            inner.setdefault(head, {})[tuple(rest)] = value
    if wholes:
        part = with_parts(part, wholes, within)
    if inner:
        fields = {head: replaced(part_in(part, head, within), inner[head], (*within, head)) for head in inner}
        part = with_parts(part, fields, within)
    return part


def with_parts(part: Any, fields: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """Return a copy of a specification, or of a tuple of them, with some of what it holds replaced."""
    part = opened(part)
    for head in fields:
        part_in(part, head, within)
    if isinstance(part, tuple):
        return tuple(fields.get(str(at), item) for at, item in enumerate(part))
    return type(part)(**{**dict(part), **fields})


def part_in(part: Any, head: str, within: tuple[str, ...]) -> Any:
    """Return what a specification holds in a field, or a tuple at a place; a part that is off as it is by default.

    Raises:
        RecipeError: there is no such field.
    """
    part = opened(part)
    if isinstance(part, tuple) and head.isdecimal() and int(head) < len(part):
        return part[int(head)]
    if not isinstance(part, Specification):
        path, whole = ".".join((*within, head)), ".".join(within)
        raise RecipeError(f"{path} cannot be set: {part!r} has no fields. Set {whole} itself.")
    if head not in type(part).model_fields:
        raise unknown_name(f"field of {type(part).__name__}", head, type(part).model_fields)
    value, default = getattr(part, head), type(part).model_fields[head].default
    return default if value is None and isinstance(default, Specification) else value
