"""What was asked, what was answered and how that scores, for the rows of one part; no formula lives here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from trainwell.data import Dataset
from trainwell.functions.metrics import evaluate, labels_of
from trainwell.tasks import Task

Numbers: TypeAlias = NDArray[Any]
Part: TypeAlias = Literal["training", "validation", "test"]
PARTS: tuple[Part, ...] = ("training", "validation", "test")
HELD_OUT: tuple[Part, ...] = ("validation", "test")


@dataclass(frozen=True)
class Answers:
    """Truth beside predictions, row by row.

    Attributes:
        task: what was asked.
        truth: class codes ``(rows,)``, 0 and 1 ``(rows, labels)``, or numbers ``(rows, outputs)``.
        predictions: float64 ``(rows, outputs)``: probabilities, or numbers in the units of the truth.
        weights: how much each row counts, ``(rows,)``.
        groups: the group of each row, where rows of one group resemble each other; else None.
    """

    task: Task
    truth: Numbers
    predictions: Numbers
    weights: Numbers
    groups: Numbers | None = None

    def __len__(self) -> int:
        return len(self.truth)

    @cached_property
    def labels(self) -> Numbers:
        """The labels that the probabilities favour, shaped like the truth."""
        return labels_of(self.predictions, self.task).reshape(self.truth.shape)

    @cached_property
    def errors(self) -> Numbers:
        """Predictions less truth, ``(rows, outputs)``; of a regression."""
        return self.predictions - self.truth.reshape(self.predictions.shape)

    @cached_property
    def hits(self) -> Numbers:
        """What ought to have been likely: True ``(rows, outputs)`` for the class or labels of each row."""
        if self.task == "multiclass":
            return np.asarray(self.truth[:, None] == np.arange(self.predictions.shape[1]))
        return self.truth.reshape(self.predictions.shape) > 0

    @cached_property
    def scores(self) -> dict[str, float]:
        """Every metric of the task by name, the primary one first; none where no row counts."""
        if not np.any(self.weights > 0):
            return {}
        return evaluate(self.truth, self.predictions, self.task, self.weights)

    @property
    def counted(self) -> Answers:
        """The same answers without the rows that weigh nothing."""
        rows = self.weights > 0
        groups = None if self.groups is None else self.groups[rows]
        return Answers(self.task, self.truth[rows], self.predictions[rows], self.weights[rows], groups)

    @property
    def are_finite(self) -> bool:
        """Tell whether every prediction is a finite number, as they are not after a run that diverged."""
        return bool(np.isfinite(self.predictions).all())


def answers_of(data: Dataset, rows: Numbers, predictions: Numbers) -> Answers:
    """Return the answers given for ``rows``, out of predictions for all rows of the data."""
    rows = np.asarray(rows, np.int64)
    given = np.asarray(predictions)[rows].astype(np.float64)
    given = given if given.ndim > 1 else given[:, None]
    weights = np.ones(len(data)) if data.sample_weight is None else np.asarray(data.sample_weight, np.float64)
    groups = None if data.groups is None else np.asarray(data.groups)[rows].astype(str)
    return Answers(data.task, data.target.values[rows], given, weights[rows], groups)
