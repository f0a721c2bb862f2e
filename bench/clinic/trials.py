"""Settings trained as one cohort: what the clinic gets to see of each run, and the score on the untouched test part."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bench.clinic.faults import Setting
from bench.clinic.tables import SOURCES
from trainwell.clinic import Case
from trainwell.data import profile
from trainwell.engine import Trained, prepare
from trainwell.engine.cohort import CohortProgress, Member, train_cohort
from trainwell.errors import TrainwellError


@dataclass(frozen=True)
class Seen:
    """One finished run: the case the clinic examines, and accuracy or R² on the test part."""

    case: Case
    score: float


def train_all(
    settings: Sequence[Setting], listener: Callable[[CohortProgress], None] | None = None
) -> list[Seen | None]:
    """Train every setting; none where a setting was refused before it was trained.

    Encoded data are made when a member is reached and given up when it is done, so that memory stays flat.
    """
    members, places = [], []
    profiles = {}
    for place, setting in enumerate(settings):
        try:
            data = setting.table.read()
            members.append(Member(setting.recipe, prepare(setting.recipe, data)))
        except TrainwellError as problem:
            logging.getLogger(__name__).info("%s refused: %s", setting.table.name, problem)
            continue
        seen = setting.table.kept(np.flatnonzero(setting.table.parts != "test")).read()
        profiles[place] = profile(seen)
        places.append((place, data.parts.test))

    def keep(index: int, trained: Trained) -> Seen:
        place, rows = places[index]
        problem, setting = members[index].problem, settings[place]
        answers = trained.outputs(np.asarray(problem.examples.inputs)[rows])
        truth = np.asarray(problem.examples.targets)[rows]
        recall = class_recall(trained, members[index])
        case = Case(trained.record, setting.recipe, profiles[place], {"class_recall": recall} if recall else {})
        return Seen(case, score_of(setting, problem.task, answers, truth, problem))

    seen: list[Seen | None] = [None] * len(settings)
    for outcome, (place, _) in zip(train_cohort(members, keep, listener=listener), places, strict=True):
        seen[place] = outcome.kept
    return seen


def class_recall(trained: Trained, member: Member) -> list[float]:
    """Return the share of each class's validation rows told rightly; nothing but for classes."""
    problem = member.problem
    if problem.task not in ("multiclass", "binary"):
        return []
    rows = np.asarray(problem.rows.validation)[: int(problem.rows.validation_count)]
    answers = trained.outputs(np.asarray(problem.examples.inputs)[rows])
    told = answers.argmax(axis=1) if problem.task == "multiclass" else (answers[:, 0] > 0).astype(int)
    truth = np.asarray(problem.examples.targets)[rows].reshape(len(rows)).astype(int)
    classes = range(max(problem.outputs, 2))
    return [float(np.mean(told[truth == each] == each)) if np.any(truth == each) else float("nan") for each in classes]


def score_of(setting: Setting, task: str, answers: np.ndarray, truth: np.ndarray, problem: object) -> float:
    """Return accuracy, balanced over classes, or R²; 0 for answers that are not numbers."""
    if not np.isfinite(answers).all():
        return 0.0
    if SOURCES[setting.table.name][0] != "regression" and task == "regression":  # classes taken for numbers
        units = problem.encoder  # type: ignore[attr-defined]
        return balanced(np.rint(np.ravel(units.decode_target(answers))), np.rint(np.ravel(units.decode_target(truth))))
    if task == "multiclass":
        return balanced(answers.argmax(axis=1), truth)
    if task == "binary":
        return balanced(answers[:, 0] > 0, np.ravel(truth) > 0.5)
    rest = np.mean(np.square(answers - truth))
    return max(0.0, 1 - float(rest / np.var(truth)))


def balanced(told: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean over classes of the share told rightly."""
    return float(np.mean([np.mean(told[truth == each] == each) for each in np.unique(truth)]))
