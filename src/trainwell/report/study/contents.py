"""Everything a study's page is made of, read from plain data; not how any of it looks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainwell.report.contents import Facts
from trainwell.report.measures import metric_name, score_text
from trainwell.report.numbers import as_float

COMPLETE, DIVERGED, STOPPED = "complete", "diverged", "stopped early"


@dataclass(frozen=True)
class TrialRow:
    """One trial as the page shows it; NaN where it has no score."""

    number: int
    settings: Facts
    state: str
    value: float
    values: tuple[float, ...]
    facts: Facts

    @property
    def scored(self) -> bool:
        """Whether it has a score."""
        return self.state in (COMPLETE, STOPPED) and math.isfinite(self.value)


@dataclass(frozen=True)
class StudyContents:
    """A study, what it taught and what was made of it.

    Attributes:
        study: the plain data of the study.
        lessons: its lessons as plain data, the most useful first.
        extras: what else is known, see :func:`~trainwell.report.study.page.render_study`.

    >>> study = {"metric": "rmse", "direction": "minimize", "trials": [{"value": 2.0}, {"value": 1.0}]}
    >>> contents = StudyContents(study)
    >>> contents.best.number, contents.trial_count
    (1, '2 trials')
    """

    study: Facts
    lessons: Sequence[Facts] = ()
    extras: Facts = field(default_factory=dict)

    @property
    def metric(self) -> str:
        """The name of the score."""
        return str(self.study.get("metric") or "score")

    @property
    def maximize(self) -> bool:
        """Whether more is better."""
        return self.study.get("direction") != "minimize"

    @property
    def score_name(self) -> str:
        """The score in words, with the direction that is better."""
        return f"{metric_name(self.metric)} ({'higher' if self.maximize else 'lower'} is better)"

    @property
    def trials(self) -> list[TrialRow]:
        """Every trial, in the order in which they were asked for."""
        return [trial_row(facts, k) for k, facts in enumerate(self.study.get("trials") or ())]

    @property
    def ranked(self) -> list[TrialRow]:
        """The trials with a score, the best first; finished ones before those stopped early."""
        sign = -1 if self.maximize else 1
        scored = [trial for trial in self.trials if trial.scored]
        return sorted(scored, key=lambda trial: (trial.state != COMPLETE, sign * trial.value, trial.number))

    @property
    def best(self) -> TrialRow | None:
        """The best trial, if any has a score."""
        return next(iter(self.ranked), None)

    @property
    def trial_count(self) -> str:
        """How many trials there are, in words."""
        many = len(self.study.get("trials") or ())
        return f"{many:,} trial{'' if many == 1 else 's'}"

    @property
    def paths(self) -> list[str]:
        """The hyperparameters that were varied, in the order of the space."""
        return [str(axis.get("path")) for axis in self.axes] or [str(path) for path in self.study.get("space") or {}]

    @property
    def axes(self) -> list[Facts]:
        """The axis data of every varied hyperparameter."""
        found = self.data("axes")
        return list(found) if isinstance(found, list | tuple) else []

    @property
    def known_paths(self) -> list[str]:
        """Every hyperparameter that a sentence may name, varied or fixed."""
        table = self.mapping("roles").get("table") or ()
        return [*self.paths, *(str(entry.get("path")) for entry in table if isinstance(entry, Mapping))]

    def text(self, value: Any) -> str:
        """Write a score."""
        return score_text(self.metric, value)

    def all_lessons(self, name: str) -> list[Facts]:
        """Return the lessons of a name."""
        return [lesson for lesson in self.lessons if lesson.get("name") == name]

    def data(self, name: str) -> Any:
        """Return the picture's data of the first lesson of a name; none without one."""
        return next((lesson.get("data") for lesson in self.all_lessons(name)), None)

    def mapping(self, name: str) -> Facts:
        """Return the picture's data of a lesson as a mapping, empty without one."""
        found = self.data(name)
        return found if isinstance(found, Mapping) else {}


def trial_row(facts: Facts, number: int) -> TrialRow:
    """Read one trial."""
    return TrialRow(
        number=int(as_float(facts.get("number", number))),
        settings=facts.get("settings") or {},
        state=str(facts.get("state") or COMPLETE),
        value=as_float(facts.get("value")),
        values=tuple(v for v in map(as_float, facts.get("values") or ()) if math.isfinite(v)),
        facts=facts,
    )
