"""What the clinic says: a finding with its evidence and remedy, and the registry of checks that make them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any, Literal, TypeAlias

from trainwell.data import Profile
from trainwell.engine import Recipe
from trainwell.records import Record
from trainwell.registry import Registry

Severity: TypeAlias = Literal["fault", "warning", "smell"]
SEVERITIES: tuple[Severity, ...] = ("fault", "warning", "smell")


@dataclass(frozen=True)
class Remedy:
    """One way to put it right.

    Attributes:
        text: what to do, in words.
        change: the same as settings of the recipe, by dotted path; none where it lies in the data or in code.
    """

    text: str
    change: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Finding:
    """One thing the clinic noticed.

    Attributes:
        name: short name of what is wrong.
        severity: ``"fault"`` harms the result, ``"warning"`` is likely to, ``"smell"`` is a habit that did no harm.
        sentence: what was seen, for a beginner.
        evidence: the numbers it rests on.
        cause: the likely cause.
        remedies: what to do, the likeliest to help first.
        source: where the rule comes from.
        picture: names of the record's quantities that show it, to be drawn together.
        root: name of the finding that this one follows from, none where it stands for itself.
    """

    name: str
    severity: Severity
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    remedies: tuple[Remedy, ...] = ()
    source: str = ""
    picture: tuple[str, ...] = ()
    root: str | None = None

    @property
    def remedy(self) -> str:
        """The first remedy in words."""
        return self.remedies[0].text if self.remedies else ""

    @property
    def change(self) -> Mapping[str, Any] | None:
        """The first remedy as settings of the recipe, by dotted path."""
        return self.remedies[0].change if self.remedies else None

    def __str__(self) -> str:
        changes = ", ".join(f"{path} = {value!r}" for path, value in (self.change or {}).items())
        return f"{self.severity}: {self.sentence}" + (f" Change: {changes}." if changes else "")

    def _repr_html_(self) -> str:
        remedy = f"<br><em>{escape(self.remedy)}</em>" if self.remedy else ""
        title = f"{escape(self.severity)}: {escape(self.name)}"
        return f"<p><strong>{title}</strong><br>{escape(self.sentence)}{remedy}</p>"

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON-able data."""
        return asdict(self) | {"evidence": jsonable(self.evidence), "remedy": self.remedy, "change": self.change}


@dataclass(frozen=True)
class Case:
    """What a check may look at: the record, and whatever else is known of the run.

    Attributes:
        record: curves, telemetry and facts.
        recipe: how it was trained, where that is a recipe.
        profile: what the data look like.
        scores: what :func:`trainwell.evaluation.score` gave.
    """

    record: Record
    recipe: Recipe | None = None
    profile: Profile | None = None
    scores: Mapping[str, Any] = field(default_factory=dict)


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
