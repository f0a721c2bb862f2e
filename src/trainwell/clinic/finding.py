"""What the clinic says: a finding with its evidence and remedy, and the registry of checks that make them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
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


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What a check saw.

    Attributes:
        severity: ``"fault"`` harms the result, ``"warning"`` is likely to, ``"smell"`` is a habit that did no harm.
        sentence: what was seen, for a beginner.
        evidence: the numbers it rests on.
        cause: the likely cause.
        remedies: what to do, the likeliest to help first.
        picture: names of the record's quantities that show it, to be drawn together.
    """

    severity: Severity
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    cause: str = ""
    remedies: tuple[Remedy, ...] = ()
    picture: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Finding(Observation):
    """One thing the clinic noticed: an observation under its name.

    Attributes:
        name: short name of what is wrong.
        source: where the rule comes from.
        root: name of the finding that this one follows from, none where it stands for itself.
    """

    name: str
    source: str = ""
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
        told = {"evidence": jsonable(self.evidence), "remedy": self.remedy, "change": self.change}
        return {"name": self.name} | asdict(self) | told


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
#: Why something is wrong; that it went badly; what may stand beside a failure without being its cause.
Kind: TypeAlias = Literal["cause", "symptom", "bystander"]

CHECKS: Registry[Check] = Registry("check")


def check(
    name: str, *, source: str, row: int = 0, kind: Kind = "cause", brings: Sequence[str] = ()
) -> Callable[[Callable[[Case], Observation | None]], Check]:
    """Return a decorator that registers what a function observes of a case as findings of one name.

    Args:
        name: what is wrong, in a few words.
        source: where the rule comes from.
        row: of the table of faults; 0 for what it does not list.
        kind: a cause has every symptom under it where both are found; a bystander has none.
        brings: names of what else follows from it.
    """

    def register(observe: Callable[[Case], Observation | None]) -> Check:
        @functools.wraps(observe)
        def find(case: Case) -> Finding | None:
            try:
                seen = observe(case)
            except Exception as problem:
                problem.add_note(f"raised by the check {name!r}, {observe.__module__}.{observe.__qualname__}")
                raise
            if seen is None:
                return None
            said = {each.name: getattr(seen, each.name) for each in fields(Observation)}
            return Finding(name=name, source=source, **said)

        facts: dict[str, Any] = {"row": row, "kind": kind, "brings": tuple(brings), "theme": observe.__module__}
        return CHECKS.register(name, source=source, **facts)(find)

    return register


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
