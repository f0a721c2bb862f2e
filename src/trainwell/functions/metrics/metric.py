"""The metric record and its registry: what scores have in common; their formulas are in the files beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainwell.errors import DataError
from trainwell.registry import Registry
from trainwell.tasks import Task

Needs: TypeAlias = Literal["labels", "probabilities", "values"]
Numbers: TypeAlias = NDArray[Any]
Score: TypeAlias = Callable[[Numbers, Numbers, Numbers], Any]


@dataclass(frozen=True)
class Metric:
    """How good predictions are, for people to read; computed on the host, once per evaluation.

    ``score(truth, predictions, weights)`` gets arrays; calling the record prepares them first. ``needs`` says
    what the predictions are:

    - labels: the same as the truth, classes ``(rows,)`` or 0 and 1 ``(rows, labels)``
    - probabilities: of yes ``(rows,)``, of no and yes ``(rows, 2)``, of each class ``(rows, classes)`` or of each
      label ``(rows, labels)``; the truth is class numbers from 0, or 0 and 1
    - values: numbers ``(rows, outputs)``, like the truth; a single column may come as ``(rows,)`` everywhere
    """

    name: str
    score: Score
    tasks: tuple[Task, ...]
    needs: Needs
    greater_is_better: bool
    formula: str
    source: str

    def __post_init__(self) -> None:
        """Wear the documentation of the function inside, which is also where doctest looks for it."""
        object.__setattr__(self, "__doc__", self.score.__doc__)
        object.__setattr__(self, "__module__", self.score.__module__)
        object.__setattr__(self, "__wrapped__", self.score)

    def __call__(self, truth: ArrayLike, predictions: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score, or NaN where a prediction is not finite, as after a run that diverged.

        Args:
            truth: what is right, ``(rows,)`` or ``(rows, columns)``.
            predictions: what was predicted, by :attr:`needs`.
            sample_weight: one non-negative weight per row; all count alike without it.

        Raises:
            DataError: the numbers of rows differ, there is no row, no row has any weight, or truth and predictions
                are not what the metric reads.
        """
        truth, predictions = flat(truth), flat(predictions)
        weights = np.ones(len(truth)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        check_rows(truth, predictions, weights)
        if not is_finite(predictions):
            return float("nan")
        if self.needs == "probabilities":
            truth, predictions = truth_and_probabilities(truth, predictions)
        if self.needs == "labels":
            check_labels(truth, predictions)
        return float(self.score(truth, predictions, weights))

    def is_better(self, score: float, other: float) -> bool:
        """Tell whether ``score`` beats ``other``; NaN beats nothing and loses to every number.

        >>> from trainwell.functions.metrics import METRICS
        >>> METRICS["rmse"].is_better(1.0, 2.0), METRICS["accuracy"].is_better(float("nan"), 0.0)
        (True, False)
        """
        if np.isnan(score) or np.isnan(other):
            return bool(np.isnan(other) and not np.isnan(score))
        return score > other if self.greater_is_better else score < other


METRICS: Registry[Metric] = Registry("metric")
#: By how much rounding may lift a probability above 1.
ROUNDING = 1e-3


def metric(
    name: str, *, tasks: tuple[Task, ...], needs: Needs, greater_is_better: bool, formula: str, source: str
) -> Callable[[Score], Metric]:
    """Turn a function of truth, predictions and weights into a registered :class:`Metric`."""

    def register(score: Score) -> Metric:
        record = Metric(name, score, tasks, needs, greater_is_better, formula, source)
        facts = {"tasks": tasks, "needs": needs, "greater_is_better": greater_is_better}
        return METRICS.register(name, formula=formula, source=source, **facts)(record)

    return register


def flat(values: ArrayLike) -> Numbers:
    """Return an array in which a single column is written ``(rows,)``.

    >>> flat([[1], [2]]).tolist()
    [1, 2]
    """
    array = np.asarray(values)
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def is_finite(values: Numbers) -> bool:
    """Tell whether every number is finite; labels of other kinds always are."""
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def check_labels(truth: Numbers, predictions: Numbers) -> None:
    """Raise :class:`DataError` unless predictions are labels of the truth's shape."""
    if truth.shape != predictions.shape:
        raise DataError(
            f"predictions must be labels like the truth, but got {predictions.shape} for {truth.shape}; "
            "of probabilities take the class of the largest, as model.predict does."
        )


def truth_and_probabilities(truth: Numbers, predictions: Numbers) -> tuple[Numbers, Numbers]:
    """Return both after looking that they go together; of the probabilities of no and yes, those of yes alone.

    Raises:
        DataError: shapes that do not go together, numbers that are no probabilities, or a truth that is not stated by
            class numbers.
    """
    if truth.ndim == 1 and predictions.ndim == 2 and predictions.shape[1] == 2:
        predictions = predictions[:, 1]
    classes = predictions.shape[1] if predictions.ndim == 2 and truth.ndim == 1 else 2
    if classes == 2 and truth.shape != predictions.shape:
        raise DataError(
            f"probabilities must be one per label, but got {predictions.shape} for truth {truth.shape}; "
            "hand in (rows,), (rows, classes) or (rows, labels)."
        )
    if predictions.min() < 0 or predictions.max() > 1 + ROUNDING:
        raise DataError(
            f"probabilities must lie between 0 and 1, but got {predictions.min():g} to {predictions.max():g}; "
            "of logits take the sigmoid or the softmax first."
        )
    known = np.isin(truth, np.arange(classes))
    if not known.all():
        raise DataError(
            f"the truth must be class numbers from 0 to {classes - 1}, in the order of the probabilities, but got "
            f"{truth[~known].ravel()[0].item()!r}; number them first, as in np.searchsorted(classes, labels)."
        )
    return truth.astype(np.int64), predictions


def check_rows(truth: Numbers, predictions: Numbers, weights: Numbers) -> None:
    """Raise :class:`DataError` unless all three have the same, positive number of rows, and some weight."""
    rows = [len(each) for each in (truth, predictions, weights)]
    if len(set(rows)) > 1 or rows[0] == 0:
        raise DataError(
            "truth, predictions and weights must have the same number of rows, at least one, but got "
            f"{rows[0]}, {rows[1]} and {rows[2]}; score the rows that were predicted."
        )
    if not (np.all(weights >= 0) and np.sum(weights) > 0):
        raise DataError(
            f"weights must be at least 0 and not all 0, but got {weights.min():g} to {weights.max():g}; "
            "leave out the rows that should not count."
        )
