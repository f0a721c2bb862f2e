"""What a recipe's fields may hold besides words and numbers, a person's own objects, and all of it as plain data."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import optax

from trainwell.functions.losses import LOSS_OPTIONS, LossOptions
from trainwell.network import Architecture, NamedLayer
from trainwell.specification import Specification
from trainwell.training import Optimizer, Penalty, Schedule
from trainwell.training.augmentation import Augmentation

CUSTOM = "custom"
#: What is written with its ``kind``.
FAMILIES = (Architecture, Augmentation, LossOptions, NamedLayer, Optimizer, Penalty, Schedule)


def is_own_network(value: Any) -> bool:
    """Tell whether a value is a person's own network: an Equinox module, or a function of a key that makes one."""
    return isinstance(value, eqx.Module) or (callable(value) and not isinstance(value, type))


def is_own_optimizer(value: Any) -> bool:
    """Tell whether a value is a person's own Optax transformation."""
    return isinstance(value, optax.GradientTransformation)


def kind_of(member: Specification) -> str:
    """Return the name that a member of a family is written with.

    >>> kind_of(LOSS_OPTIONS["huber"]())
    'huber'
    """
    return member.loss.name if isinstance(member, LossOptions) else type(member).__name__


def opened(part: Any) -> Any:
    """Return a loss that has options and is stated by its name alone as one whose options can be set.

    >>> opened("huber"), opened("mse")
    (Huber(), 'mse')
    """
    return LOSS_OPTIONS[part]() if isinstance(part, str) and part in LOSS_OPTIONS else part


def plain(value: Any) -> Any:
    """Return a field's value as JSON-able data, families' members with their ``kind``."""
    if isinstance(value, Specification):
        kind = {"kind": kind_of(value)} if isinstance(value, FAMILIES) else {}
        return kind | {name: plain(inner) for name, inner in value}
    if is_own_network(value) or is_own_optimizer(value):
        value = getattr(value, "__wrapped__", value)
        own = value if hasattr(value, "__qualname__") else type(value)
        return {"kind": CUSTOM, "object": f"{own.__module__}.{own.__qualname__}"}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
