"""Every trial placed on the axis of every varied hyperparameter: the data of the axis plots, and what they show.

The score of a trial is its best over training; a diverged trial has a place but no score (Deep Learning Tuning
Playbook, "Examining the training curves" and "basic hyperparameter axis plots").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from trainwell.search.lessons.boundary import EDGE_BAND
from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range
from trainwell.search.lessons.reading import DIVERGED, Reading, Study, Trial, read_study
from trainwell.search.lessons.wording import listed, number, setting

#: Trials keep together where as many at random would lie so close together less often than this.
RARE = 0.05
SOURCE = "Deep Learning Tuning Playbook, basic hyperparameter axis plots"


@dataclass(frozen=True)
class Point:
    """One trial on one axis: its setting, the place of that from 0 to 1, and its score (none if it has none)."""

    number: int
    setting: Any
    position: float
    value: float | None
    state: str


@dataclass(frozen=True)
class Axis:
    """All trials on the axis of one hyperparameter.

    Attributes:
        path: the hyperparameter.
        kind: ``"uniform"``, ``"loguniform"``, ``"integer"`` or ``"choice"``.
        role: ``"scientific"`` or ``"nuisance"``.
        low: smallest value searched; none for choices.
        high: largest value searched; none for choices.
        choices: the values of a choice, as written.
        points: every trial that has the setting.
        best: number of the best trial; none without one.
        good: settings of the best few trials, smallest and largest; empty for choices.
        together: whether they lie closer together than as many at random would, so that where they lie says something.
        edge_band: share of the axis at each end that counts as its edge.
        sentence: where the best few lie, and whether other settings diverge.
    """

    path: str
    kind: str
    role: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    points: tuple[Point, ...]
    best: int | None
    good: tuple[float, ...]
    together: bool
    edge_band: float
    sentence: str


def axes(study: Study) -> tuple[Axis, ...]:
    """Return the axis of every varied hyperparameter, in the order of the space.

    >>> study = {"metric": "accuracy", "direction": "maximize",
    ...     "space": {"network.dropout": {"kind": "uniform", "low": 0.0, "high": 0.5}},
    ...     "trials": [{"number": k, "settings": {"network.dropout": k / 40}, "state": "complete",
    ...                 "value": 0.9 - k / 50} for k in range(20)]}
    >>> print(axes(study)[0].sentence)
    The 3 best trials have network.dropout between 0 and 0.05.
    """
    reading = read_study(study)
    return tuple(axis_of(reading, each) for each in reading.varied)


def axis_of(reading: Reading, searched: Range) -> Axis:
    """Return one hyperparameter's axis."""
    points = tuple(point_of(trial, searched) for trial in reading.trials if searched.path in trial.settings)
    numeric = searched.kind != "choice"
    good = good_region(reading, searched)
    return Axis(
        path=searched.path,
        kind=searched.kind,
        role=searched.role,
        low=searched.low if numeric else None,
        high=searched.high if numeric else None,
        choices=tuple(setting(choice) for choice in searched.choices),
        points=points,
        best=reading.best.number if reading.best else None,
        good=good,
        together=bool(good) and is_narrow(searched, good, len(reading.best_few())),
        edge_band=EDGE_BAND,
        sentence=sentence_of(reading, searched, points, good),
    )


def point_of(trial: Trial, searched: Range) -> Point:
    """Return one trial's place on an axis."""
    value = trial.settings[searched.path]
    shown = value if searched.kind != "choice" else setting(value)
    return Point(trial.number, shown, searched.position(value), trial.value if trial.scored else None, trial.state)


def good_region(reading: Reading, searched: Range) -> tuple[float, ...]:
    """Return the smallest and the largest setting among the best few trials; empty where that says nothing."""
    if searched.kind == "choice" or len(reading.scored) < 5:
        return ()
    settings = [trial.settings.get(searched.path) for trial in reading.best_few()]
    known = [float(value) for value in settings if value is not None and not math.isnan(searched.position(value))]
    return (min(known), max(known)) if known else ()


def sentence_of(reading: Reading, searched: Range, points: tuple[Point, ...], good: tuple[float, ...]) -> str:
    """Say where the best few trials lie on an axis."""
    if not reading.scored:
        return f"No trial over {searched.path} has a score{divergences(searched, points)}."
    few = reading.best_few()
    if searched.kind == "choice":
        names = [setting(trial.settings.get(searched.path)) for trial in few]
        most = max(dict.fromkeys(names), key=names.count)
        return f"{names.count(most)} of the {len(few)} best trials took {searched.path} = {most}."
    if not good:
        return f"The best trial has {searched.path} = {setting(few[0].settings.get(searched.path))}."
    who = f"The {len(few)} best trials"
    if not is_narrow(searched, good, len(few)):
        return f"{who} are spread widely over {searched.path}{divergences(searched, points)}."
    ends = f"between {number(good[0])} and {number(good[1])}"
    return f"{who} have {searched.path} {ends}{divergences(searched, points)}."


def is_narrow(searched: Range, ends: tuple[float, ...], points: int) -> bool:
    """Tell whether points between two ends lie closer together than as many at random would."""
    return chance_of_width(points, searched.position(ends[-1]) - searched.position(ends[0])) < RARE


def chance_of_width(points: int, width: float) -> float:
    """Return how likely n points at random in the unit interval span at most a width w: n wⁿ⁻¹ − (n − 1) wⁿ.

    Reference: H. David and H. Nagaraja, "Order Statistics", 2003, section 2.3.

    >>> chance_of_width(3, 0.5), chance_of_width(6, 0.25) < 0.01
    (0.5, True)
    """
    return float(points * width ** (points - 1) - (points - 1) * width**points)


def divergences(searched: Range, points: tuple[Point, ...]) -> str:
    """Say where trials diverged, if they did so in one part of the range."""
    lost = [point.setting for point in points if point.state == DIVERGED and not math.isnan(point.position)]
    if not lost or searched.kind == "choice":
        return ""
    ends = (min(lost), max(lost))
    if len(lost) == 1:
        return f"; 1 trial diverged, at {number(lost[0])}"
    return (
        f"; {len(lost)} diverged, between {number(ends[0])} and {number(ends[1])}"
        if is_narrow(searched, ends, len(lost))
        else ""
    )


def axes_lesson(study: Study) -> Lesson | None:
    """Return all axes as one lesson that names those on which the best few keep together; none without axes."""
    reading = read_study(study)
    found = axes(reading)
    if not found:
        return None
    return Lesson("axes", lesson_sentence(reading, found), data=found, source=SOURCE)


def lesson_sentence(reading: Reading, found: tuple[Axis, ...]) -> str:
    """Say in one sentence where the best few lie on all axes, or that nothing held anywhere."""
    if not reading.scored and reading.diverged:
        return nowhere(found)
    if len(reading.scored) < 5:
        return "Too few trials have a score to show where good settings lie."
    places = []
    for axis in found:
        if axis.together:
            places.append(f"{axis.path} between {number(axis.good[0])} and {number(axis.good[1])}")
    few = f"The {len(reading.best_few())} best trials"
    return f"{few} all have {listed(places)}." if places else f"{few} are spread widely over every range."


def nowhere(found: tuple[Axis, ...]) -> str:
    """Say that trials diverged wherever they lay; at the lowest learning rate too, where one was searched."""
    for axis in found:
        rates = [point.setting for point in axis.points if point.state == DIVERGED]
        if axis.path.endswith("learning_rate") and rates:
            return f"Trials diverged over the whole space, even at the lowest {axis.path} tried ({number(min(rates))})."
    return "Trials diverged over the whole space: nothing that was varied prevents it."
