"""What a recipe's fields may hold: members of a family in words, or a person's own objects; and both as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import equinox as eqx
import optax
from pydantic import BeforeValidator

from trainwell.errors import RecipeError
from trainwell.network import Architecture
from trainwell.registry import Registry
from trainwell.specification import Specification
from trainwell.training import Optimizer, Schedule

CUSTOM = "custom"


def member_of(registry: Registry[Any], base: type, accepts: Callable[[Any], bool] = lambda _: False) -> BeforeValidator:
    """Return the validator of a field that holds a member of a family, in words or as an object.

    Args:
        registry: the family; a table such as ``{"kind": "MLP", "hidden": [64]}`` or a bare name is looked up in it.
        base: the family's base class, whose instances pass.
        accepts: whether some other object, a person's own, passes too.
    """

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
        raise RecipeError(f"{registry.family} must be one of {', '.join(registry)}, but got {value!r}.")

    return BeforeValidator(read)


def is_own_network(value: Any) -> bool:
    """Tell whether a value is a person's own network: an Equinox module, or a function of a key that makes one."""
    return isinstance(value, eqx.Module) or (callable(value) and not isinstance(value, type))


def is_own_optimizer(value: Any) -> bool:
    """Tell whether a value is a person's own Optax transformation."""
    return isinstance(value, optax.GradientTransformation)


def plain(value: Any) -> Any:
    """Return a field's value as JSON-able data, families' members with their ``kind``."""
    if isinstance(value, Specification):
        named = isinstance(value, Architecture | Optimizer | Schedule)
        kind = {"kind": type(value).__name__} if named else {}
        return kind | {name: plain(inner) for name, inner in value}
    if is_own_network(value) or is_own_optimizer(value):
        own = value if hasattr(value, "__qualname__") else type(value)
        return {"kind": CUSTOM, "object": f"{own.__module__}.{own.__qualname__}"}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
