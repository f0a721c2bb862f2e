"""By which score trainings are compared: the one that is written down every epoch, or another that is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from trainwell.data import Dataset
from trainwell.engine.course import Course
from trainwell.engine.held_out import best_score
from trainwell.errors import RecipeError
from trainwell.functions.metrics import METRICS, metrics_for
from trainwell.tasks import Task


@dataclass(frozen=True)
class Judge:
    """Scores a training by a metric of its best weights' answers on the validation rows.

    Attributes:
        metric: which.
        data: whose rows.
    """

    metric: str
    data: Dataset

    def __call__(self, course: Course) -> float:
        return best_score(course, self.metric, self.data)


def own_metric(task: Task) -> str:
    """Return the score that training itself writes down every epoch.

    >>> own_metric("binary"), own_metric("regression")
    ('accuracy', 'rmse')
    """
    return "rmse" if task == "regression" else "accuracy"


def metric_of(data: Dataset, asked: str | None = None) -> str:
    """Return the name of the score that trainings are compared by: the one asked for, or training's own.

    Raises:
        UnknownNameError: no such metric.
        RecipeError: one that is not of the data's task.
    """
    if asked is None or asked == own_metric(data.task):
        return own_metric(data.task)
    if data.task not in METRICS[asked].tasks:
        raise RecipeError(
            f"metric {asked!r} is for {', '.join(METRICS[asked].tasks)}, but the task is {data.task}; "
            f"take {', '.join(metrics_for(data.task))}."
        )
    return asked


def judge_of(data: Dataset, metric: str) -> Judge | None:
    """Return who scores trainings by a metric; none where training writes that score down itself."""
    return None if metric == own_metric(data.task) else Judge(metric, data)


def direction_of(metric: str) -> Literal["maximize", "minimize"]:
    """Return whether large or small values of a metric are better.

    >>> direction_of("average_precision"), direction_of("log_loss")
    ('maximize', 'minimize')
    """
    return "maximize" if METRICS[metric].greater_is_better else "minimize"
