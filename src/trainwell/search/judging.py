"""By which score trainings are compared: the one that is written down every epoch, or another that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from trainwell.data import Dataset
from trainwell.engine.course import Course
from trainwell.engine.held_out import best_score, training_rows, validation_rows
from trainwell.errors import DataError, RecipeError
from trainwell.functions.metrics import METRICS, PRIMARY, evaluate, metrics_for
from trainwell.search.folds import Fold


@dataclass(frozen=True)
class Judge:
    """Scores a training by a metric of its best weights' answers on the validation rows.

    Attributes:
        metric: which.
        data: whose rows.
        training: whether their answers on the training rows are scored too.
    """

    metric: str
    data: Dataset
    training: bool = False

    def __call__(self, course: Course) -> float:
        return best_score(course, self.metric, self.data, validation_rows(course.problem))

    def of_training(self, course: Course) -> float:
        """Return the score on the training rows."""
        return best_score(course, self.metric, self.data, training_rows(course.problem))

    def undefined(self, course: Course) -> str | None:
        """Say why the metric has no value on a course's validation rows; none where it has one."""
        return undefined(self.metric, self.data, validation_rows(course.problem))


def metric_of(data: Dataset, asked: str | None = None) -> str:
    """Return the name of the score that trainings are compared by: the one asked for, or the task's primary one.

    Raises:
        UnknownNameError: no such metric.
        RecipeError: one that is not of the data's task.
    """
    if asked is None:
        return PRIMARY[data.task]
    if data.task not in METRICS[asked].tasks:
        raise RecipeError(
            f"metric {asked!r} is for {', '.join(METRICS[asked].tasks)}, but the task is {data.task}; "
            f"take {', '.join(metrics_for(data.task))}."
        )
    return asked


def judge_of(data: Dataset, metric: str, *, training: bool = False) -> Judge | None:
    """Return who scores trainings by a metric; none where training writes that score down itself."""
    return None if metric == written_down(data) else Judge(metric, data, training)


def written_down(data: Dataset) -> str | None:
    """Return the metric that training itself writes down every epoch; none where its curves hold another score.

    Those of several labels hold the share of right ones, those of several numbers errors of their scaled values.
    """
    several = data.task == "multilabel" or (data.task == "regression" and data.target.outputs > 1)
    return None if several else PRIMARY[data.task]


def direction_of(metric: str) -> Literal["maximize", "minimize"]:
    """Return whether large or small values of a metric are better.

    >>> direction_of("average_precision"), direction_of("log_loss")
    ('maximize', 'minimize')
    """
    return "maximize" if METRICS[metric].greater_is_better else "minimize"


def refuse_undefined(metric: str, data: Dataset, folds: list[Fold]) -> None:
    """Raise where a metric has no value on the validation rows of a fold, whatever is answered there.

    Raises:
        DataError: names the first such fold, what its rows have in common, and the metrics that all folds have.
    """
    several = len(folds) > 1
    for number, fold in enumerate(folds, start=1):
        where = f" of fold {number} of {len(folds)}" if several else ""
        reason = undefined(metric, data, fold.validation, where)
        if reason is not None:
            others = [
                name
                for name in metrics_for(data.task)
                if not any(undefined(name, data, each.validation) for each in folds)
            ]
            remedy = "ask for fewer folds" if several else "divide the rows in another way"
            raise DataError(f"{reason}; {remedy}, or take a metric that is defined there: {', '.join(others)}.")


def undefined(metric: str, data: Dataset, rows: np.ndarray, where: str = "") -> str | None:
    """Say why a metric has no value on the validation rows of somewhere; none where one guess for all has a value."""
    truth, classes = data.target.values[rows], data.target.classes
    shape = (len(rows), len(classes)) if data.task == "multiclass" else truth.shape
    weights = None if data.sample_weight is None else np.asarray(data.sample_weight, float)[rows]
    guess = np.full(shape, 1 / max(len(classes), 2))
    if not np.isnan(evaluate(truth, guess, data.task, weights, only=metric)[metric]):
        return None
    common = f"which are all of class {classes[truth[0]]!r}" if classes else "in which no target differs"
    return f"metric {metric!r} is not defined on the {len(rows)} validation rows{where}, {common}"
