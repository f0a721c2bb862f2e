"""Every score of a task from one set of predictions, and which of them decides; no formula lives here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from trainwell.functions.metrics.metric import METRICS, Metric, Numbers, flat, is_finite
from trainwell.tasks import Task

PRIMARY: dict[Task, str] = {
    "binary": "accuracy",
    "multiclass": "accuracy",
    "multilabel": "micro_f1",
    "regression": "rmse",
}


def metrics_for(task: Task) -> dict[str, Metric]:
    """Return the metrics of a task by name, the primary one first.

    >>> list(metrics_for("regression"))
    ['rmse', 'mae', 'r2', 'median_absolute_error']
    """
    first = PRIMARY[task]
    others = {name: metric for name, metric in METRICS.items() if task in metric.tasks and name != first}
    return {first: METRICS[first], **others}


def labels_of(probabilities: ArrayLike, task: Task) -> Numbers:
    """Return the label that each row's probabilities favour: the likeliest class, or yes above ½.

    >>> labels_of([[0.2, 0.8], [0.9, 0.1]], "multiclass").tolist()
    [1, 0]
    >>> labels_of([0.2, 0.8], "binary").tolist()
    [0, 1]
    """
    array = flat(probabilities)
    return array.argmax(axis=1) if task == "multiclass" else (array > 0.5).astype(np.int64)


def evaluate(
    truth: ArrayLike,
    predictions: ArrayLike,
    task: Task,
    sample_weight: ArrayLike | None = None,
    *,
    only: str | None = None,
) -> dict[str, float]:
    """Return every score of the task by name, the primary one first.

    Args:
        truth: class numbers ``(rows,)``, 0 and 1 ``(rows, labels)``, or numbers ``(rows, outputs)``.
        predictions: probabilities for classes, shaped as :class:`Metric` says, or numbers for regression.
        task: which of the four it is.
        sample_weight: one non-negative weight per row.
        only: the name of the one score that is wanted; all unless said.

    Raises:
        DataError: the shapes do not go together.

    >>> evaluate([1.0, 2.0], [1.0, 4.0], "regression")["mae"]
    1.0
    """
    found = metrics_for(task) if only is None else {only: METRICS[only]}
    if not is_finite(flat(predictions)):
        return dict.fromkeys(found, float("nan"))
    by_need: dict[str, Any] = {"values": predictions, "probabilities": predictions}
    if task != "regression":
        by_need["labels"] = labels_of(predictions, task)
    return {name: metric(truth, by_need[metric.needs], sample_weight) for name, metric in found.items()}
