"""The plain data of a study, read into small frozen records; no lesson is drawn here.

A study is a dictionary that JSON can hold: ``metric``, ``direction``, ``space``, ``trials``, ``folds``, ``seeds``,
``recipe`` and more. Every lesson accepts that dictionary or the :class:`Reading` made of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from trainwell.errors import DataError
from trainwell.search.lessons.ranges import Range, read_range

COMPLETE, DIVERGED, STOPPED = "complete", "diverged", "stopped early"
DIRECTIONS = ("maximize", "minimize")
NEEDED = ("metric", "direction", "space", "trials")


@dataclass(frozen=True)
class Trial:
    """One trial: what was tried, and what came of it.

    Attributes:
        number: its place in the study, from 0.
        settings: value by dotted path.
        state: ``"complete"``, ``"diverged"``, ``"stopped early"`` or ``"failed"``.
        value: mean over folds and seeds of the best validation score, NaN where there is none.
        values: one score per fold and seed, folds outermost.
        best_epochs: epoch of the best score, per fold and seed.
        epochs: epochs run, per fold and seed.
        max_epochs: epochs allowed.
        seconds: time it took.
        rung: the last rung of successive halving it reached.
        problem: why it failed.
    """

    number: int
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: str = COMPLETE
    value: float = math.nan
    values: tuple[float, ...] = ()
    best_epochs: tuple[int, ...] = ()
    epochs: tuple[int, ...] = ()
    max_epochs: int = 0
    seconds: float = math.nan
    rung: int | None = None
    problem: str | None = None

    @property
    def scored(self) -> bool:
        """Whether it has a score: finished, or stopped early after some epochs."""
        return self.state in (COMPLETE, STOPPED) and math.isfinite(self.value)

    @property
    def finished(self) -> bool:
        """Whether it trained to its end and has a score."""
        return self.state == COMPLETE and math.isfinite(self.value)


@dataclass(frozen=True)
class Reading:
    """A study as the lessons see it: its ranges, its trials, and which way is better."""

    metric: str
    maximize: bool
    ranges: tuple[Range, ...]
    trials: tuple[Trial, ...]
    folds: int = 1
    seeds: int = 1
    recipe: Mapping[str, Any] = field(default_factory=dict)
    plan: Mapping[str, Any] = field(default_factory=dict)
    ended: str = ""

    @property
    def validation_rows(self) -> int:
        """The rows that a trial's value is of, all folds together; 0 where it is not known."""
        rows = self.plan.get("validation_rows")
        return rows if isinstance(rows, int) else 0

    @property
    def varied(self) -> tuple[Range, ...]:
        """The ranges that hold more than one value and are not fixed."""
        return tuple(each for each in self.ranges if each.varied)

    @property
    def scored(self) -> tuple[Trial, ...]:
        """The trials with a score."""
        return tuple(trial for trial in self.trials if trial.scored)

    @property
    def diverged(self) -> tuple[Trial, ...]:
        """The trials whose numbers ceased to be finite."""
        return tuple(trial for trial in self.trials if trial.state == DIVERGED)

    def goodness(self, value: float) -> float:
        """Return a score so turned that more is better."""
        return value if self.maximize else -value

    def ranked(self) -> list[Trial]:
        """Return the scored trials, best first; finished ones stand before those stopped early."""
        return sorted(self.scored, key=lambda trial: (not trial.finished, -self.goodness(trial.value), trial.number))

    @property
    def best(self) -> Trial | None:
        """The best finished trial (or the best stopped early, where none finished)."""
        ranked = self.ranked()
        return ranked[0] if ranked else None

    def best_few(self, share: float = 0.1, least: int = 3) -> list[Trial]:
        """Return the best tenth of the scored trials, three at least."""
        ranked = self.ranked()
        return ranked[: max(least, math.ceil(share * len(ranked)))]


Study: TypeAlias = Mapping[str, Any] | Reading


def read_study(study: Study) -> Reading:
    """Read a study's plain data.

    Raises:
        DataError: an entry that every study has is missing, or the direction is neither of the two.

    >>> study = {"metric": "accuracy", "direction": "maximize", "space": {}, "trials": [
    ...     {"number": 0, "settings": {}, "state": "complete", "value": 0.9},
    ...     {"number": 1, "settings": {}, "state": "diverged", "value": None}]}
    >>> reading = read_study(study)
    >>> reading.best.number, len(reading.diverged)
    (0, 1)
    """
    if isinstance(study, Reading):
        return study
    missing = [name for name in NEEDED if name not in study]
    if missing:
        raise DataError(f"a study holds {', '.join(NEEDED)}, but this one has no {missing[0]!r}.")
    if study["direction"] not in DIRECTIONS:
        raise DataError(f"a study's direction is 'maximize' or 'minimize', but got {study['direction']!r}.")
    return Reading(
        metric=str(study["metric"]),
        maximize=study["direction"] == "maximize",
        ranges=tuple(read_range(path, facts) for path, facts in study["space"].items()),
        trials=tuple(read_trial(facts, number) for number, facts in enumerate(study["trials"])),
        folds=int(study.get("folds") or 1),
        seeds=int(study.get("seeds") or 1),
        recipe=study.get("recipe") or {},
        plan=study.get("plan") or {},
        ended=str(study.get("ended") or ""),
    )


def read_trial(facts: Mapping[str, Any], number: int = 0) -> Trial:
    """Read one trial; what it does not say stays empty."""
    return Trial(
        number=int(facts.get("number", number)),
        settings=dict(facts.get("settings") or {}),
        state=str(facts.get("state", COMPLETE)),
        value=as_float(facts.get("value")),
        values=tuple(as_float(value) for value in facts.get("values") or ()),
        best_epochs=whole(facts.get("best_epochs")),
        epochs=whole(facts.get("epochs")),
        max_epochs=int(facts.get("max_epochs") or 0),
        seconds=as_float(facts.get("seconds")),
        rung=facts.get("rung"),
        problem=facts.get("problem"),
    )


def whole(values: Sequence[Any] | None) -> tuple[int, ...]:
    """Return the whole numbers of a list, leaving out what is none."""
    return tuple(int(value) for value in values or () if math.isfinite(as_float(value)))


def as_float(value: Any) -> float:
    """Return a number, NaN for anything else.

    >>> as_float(3), as_float(None)
    (3.0, nan)
    """
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


def finite(values: Iterable[float]) -> list[float]:
    """Return what is finite."""
    return [value for value in values if math.isfinite(value)]
