"""What came of trying the remedies of a run's findings: numbers, verdicts and the recipe to go on with."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from trainwell.clinic.finding import jsonable
from trainwell.clinic.pairing import Paired, Verdict
from trainwell.clinic.prescriptions import Prescription
from trainwell.engine import Recipe


@dataclass(frozen=True)
class Attempt:
    """One remedy and what came of it.

    Attributes:
        prescription: the remedy.
        main: scores before and after by the metric that decides; none where it was not tried.
        second: the same by log loss, for classes.
        problem: why it was not tried, if so.
    """

    prescription: Prescription
    main: Paired | None = None
    second: Paired | None = None
    problem: str | None = None

    @property
    def verdict(self) -> Verdict | None:
        """What it did: by the metric that decides, or where that is level, by log loss."""
        if self.main is None:
            return None
        if self.main.verdict == "made no difference" and self.second is not None and self.second.verdict == "helped":
            return "helped"
        return self.main.verdict

    @property
    def decided_by(self) -> Paired | None:
        """The comparison that the verdict rests on."""
        return self.second if self.main is not None and self.verdict != self.main.verdict else self.main

    def to_dict(self) -> dict[str, Any]:
        """Return the attempt as JSON-able data."""
        decided = self.decided_by
        return {
            "findings": list(self.prescription.findings),
            "remedy": self.prescription.words,
            "change": None if self.prescription.change is None else dict(self.prescription.change),
            "verdict": self.verdict,
            "told": told(self),
            "problem": self.problem,
            **({} if decided is None else compared(decided)),
        }


def compared(paired: Paired) -> dict[str, Any]:
    """Return a comparison as JSON-able data."""
    low, high = paired.interval
    numbers = {"before": np.mean(paired.before), "after": np.mean(paired.after), "gain": paired.gain}
    ends = jsonable({"low": low, "high": high})
    values = [[float(number) for number in side] for side in (paired.before, paired.after)]
    return {
        "metric": paired.metric,
        **jsonable(numbers),
        "interval": [ends["low"], ends["high"]],
        "values_before": values[0],
        "values_after": values[1],
    }


@dataclass(frozen=True, repr=False)
class Treatment:
    """What came of trying the remedies of a run's findings.

    Attributes:
        attempts: each remedy with what it did, those that can be tried first.
        seeds: the seeds that every remedy was trained with, and the run as it was too.
        cured: the recipe to go on with: that of the best remedy that helped; none where none did.
        best: the attempt that the cured recipe comes from.
    """

    attempts: tuple[Attempt, ...]
    seeds: tuple[int, ...]
    cured: Recipe | None = None
    best: Attempt | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the treatment as JSON-able data."""
        return {
            "seeds": list(self.seeds),
            "summary": self.summary,
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "cured": None if self.best is None else dict(self.best.prescription.change or {}),
        }

    @property
    def summary(self) -> str:
        """The outcome in a sentence or two."""
        tried = [attempt for attempt in self.attempts if attempt.main is not None]
        if not tried:
            return "There was nothing to try: no finding prescribes a change to the recipe."
        count = f"{len(tried)} remed{'y was' if len(tried) == 1 else 'ies were'} tried over {len(self.seeds)} seeds"
        if self.best is None:
            return f"{count}; none helped. The recipe stays as it was."
        decided = self.best.decided_by
        assert decided is not None
        return (
            f"{count}. The best, {name_of(self.best)}, takes the validation {metric_words(decided.metric)} from "
            f"{np.mean(decided.before):.4g} to {np.mean(decided.after):.4g}."
        )

    def __repr__(self) -> str:
        return f"<Treatment: {self.summary}>"

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  {line}" for line in map(told, self.attempts))])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def name_of(attempt: Attempt) -> str:
    """Return what a remedy does in one phrase: the settings it changes, or its words."""
    change = attempt.prescription.change
    return ", ".join(f"{path} = {value}" for path, value in change.items()) if change else attempt.prescription.words


def metric_words(metric: str) -> str:
    """Return a metric's name in words, abbreviations in capitals.

    >>> metric_words("balanced_accuracy"), metric_words("rmse")
    ('balanced accuracy', 'RMSE')
    """
    return metric.upper() if metric in ("rmse", "mae") else metric.replace("_", " ")


def told(attempt: Attempt) -> str:
    """Return one attempt as a line: what it did, the remedy, the numbers."""
    against = f" (against {', '.join(attempt.prescription.findings)})"
    decided = attempt.decided_by
    if decided is None:
        return f"not tried: {name_of(attempt)}{against}: {attempt.problem}"
    low, high = decided.interval
    verdict = attempt.verdict or "unknown"
    failed = "" if verdict == "helped" else "failed, "
    return (
        f"{failed}{verdict}: {name_of(attempt)}{against}: validation {metric_words(decided.metric)} "
        f"{np.mean(decided.before):.4g} → {np.mean(decided.after):.4g}, gain {decided.gain:.3g} [{low:.3g}, {high:.3g}]"
    )
