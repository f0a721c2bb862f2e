"""What a search keeps of its trainings: a score per training, a trial per settings; never weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from trainwell.engine.course import Course
from trainwell.engine.space import Settings
from trainwell.engine.state import DIVERGED, RUNNING
from trainwell.search.judging import Judge

State: TypeAlias = Literal["running", "complete", "diverged", "stopped early", "failed"]


@dataclass(frozen=True, order=True)
class Place:
    """Which training of a trial: on which fold, by which seed."""

    fold: int
    seed: int

    @property
    def name(self) -> str:
        """What it is called in storages.

        >>> Place(fold=2, seed=0).name
        'fold 2 seed 0'
        """
        return f"fold {self.fold} seed {self.seed}"


@dataclass(frozen=True)
class Score:
    """What is kept of one training.

    Attributes:
        value: the validation score of the weights that are kept, those of the best epoch; none where it diverged, or
            where the score is no finite number.
        best_epoch: that epoch.
        epochs: epochs trained so far.
        ended: whether the run is over, rather than paused at a rung.
        seconds: how long it took, compilation included.
        training_value: the training score of the same epoch, as the network stood at each batch, or of its kept
            weights, where the judge scores those; none where values are of a metric that training does not write down.
        problem: why there is no value, if so.
        diverged: whether that is because the loss was no finite number.
    """

    value: float | None
    best_epoch: int
    epochs: int
    ended: bool
    seconds: float
    training_value: float | None = None
    problem: str | None = None
    diverged: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the score as JSON-able data."""
        return dict(vars(self))


def score_of(course: Course, seconds: float, judge: Judge | None = None) -> Score:
    """Return what is kept of a course, paused or ended; its value as ``judge`` says, or as written down."""
    epoch, diverged = int(course.state.best.epoch), course.outcome == DIVERGED
    value = None if diverged else judged(course, epoch, judge)
    return Score(
        value=value,
        best_epoch=epoch,
        epochs=course.epoch,
        ended=course.outcome != RUNNING,
        seconds=seconds,
        training_value=None if diverged else training_value(course, epoch, judge),
        problem=problem_of(course, judge) if value is None else None,
        diverged=diverged,
    )


def judged(course: Course, epoch: int, judge: Judge | None) -> float | None:
    """Return the value of the weights that are kept, those of an epoch; none before the first."""
    if judge is None:
        return kept_value(course, "validation_score", epoch)
    value = judge(course) if epoch else math.nan
    return value if math.isfinite(value) else None


def training_value(course: Course, epoch: int, judge: Judge | None) -> float | None:
    """Return the score on the training rows, as written down or as a judge says who scores these too."""
    if judge is None:
        return kept_value(course, "training_score", epoch)
    return judge.of_training(course) if judge.training and epoch else None


def problem_of(course: Course, judge: Judge | None) -> str:
    """Say why a course has no value."""
    if course.outcome == DIVERGED:
        return f"the training loss was not a finite number in epoch {course.epoch}"
    undefined = None if judge is None else judge.undefined(course)
    return undefined or (
        f"validation gave no finite number in {course.epoch} epochs; look for absurd values in its rows"
    )


def kept_value(course: Course, curve: str, epoch: int) -> float | None:
    """Return a curve's value at the epoch whose weights are kept; none before the first."""
    value = float(course.curve(curve)[epoch - 1]) if epoch else math.nan
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Trial:
    """Settings and how they scored.

    Attributes:
        number: its place in the study, from 0.
        settings: values by path.
        state: how it ended.
        scores: a score per training that was finished.
        rungs: the value at each rung reached, by epoch.
    """

    number: int
    settings: Settings
    state: State = "running"
    scores: Mapping[Place, Score] = field(default_factory=dict)
    rungs: Mapping[int, float] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """The mean over folds and seeds, where all of them have a value."""
        return mean_value(list(self.scores.values())) if self.state in ("complete", "stopped early") else None

    @property
    def rung(self) -> int | None:
        """How many times it was promoted in a halving study; none in another."""
        return len(self.rungs) - 1 if self.rungs else None

    @property
    def problem(self) -> str | None:
        """Why it has no value, if so."""
        return next((score.problem for score in self.scores.values() if score.problem), None)

    def column(self, name: str) -> list[Any]:
        """Return one field of the scores, in the order of folds and seeds."""
        return [getattr(self.scores[place], name) for place in sorted(self.scores)]


def ended_of(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """Return the trials that ended."""
    return tuple(trial for trial in trials if trial.state != "running")


def mean_value(scores: list[Score]) -> float | None:
    """Return the mean of the values, none where one is missing."""
    values = [score.value for score in scores if score.value is not None]
    return float(np.mean(values)) if values and len(values) == len(scores) else None


def state_of(scores: list[Score]) -> State:
    """Return how a trial ended whose trainings have all ended or been stopped."""
    if any(score.diverged for score in scores):
        return "diverged"
    if any(score.value is None for score in scores):
        return "failed"
    return "complete" if all(score.ended for score in scores) else "stopped early"
