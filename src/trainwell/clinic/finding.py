"""What the clinic says: a finding with its evidence and remedy, and the registry of checks that make them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from trainwell.engine import Recipe
from trainwell.records import Record
from trainwell.registry import Registry

Severity: TypeAlias = Literal["fault", "warning", "smell"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "smell")


@dataclass(frozen=True)
class Finding:
    """One thing the clinic noticed.

    Attributes:
        name: short name of what is wrong.
        severity: ``"fault"`` harms the result, ``"warning"`` is likely to, ``"smell"`` is a habit that did no harm.
        sentence: what was seen, for a beginner.
        evidence: the numbers it rests on.
        cause: the likely cause.
        remedy: what to do.
        change: the remedy as settings of the recipe, by dotted path; none where it lies in the data.
        source: where the rule comes from.
    """

    name: str
    severity: Severity
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    remedy: str = ""
    change: Mapping[str, Any] | None = None
    source: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-able data."""
        return asdict(self) | {"evidence": jsonable(self.evidence)}


@dataclass(frozen=True)
class Case:
    """What a check may look at: the record, and the recipe where one is known."""

    record: Record
    recipe: Recipe | None = None


Check: TypeAlias = Callable[[Case], Finding | None]

CHECKS: Registry[Check] = Registry("check")


def jsonable(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return evidence with every number as a Python number, and none where it is not finite.

    >>> jsonable({"loss": float("nan"), "epoch": 3})
    {'loss': None, 'epoch': 3}
    """
    return {name: number(value) for name, value in evidence.items()}


def number(value: Any) -> Any:
    """Return a value as JSON can hold it, numbers to six significant digits."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
