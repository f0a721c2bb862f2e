"""What everything that predicts from raw rows shares: labels, probabilities or numbers. How, its subclasses say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from trainwell.errors import DataError
from trainwell.tasks import Task, is_classification


class Predictor(ABC):
    """Answers raw rows. Subclasses hold ``task``, ``target_names`` and ``classes`` and give :meth:`answers_to`."""

    task: Task
    target_names: tuple[str, ...]
    classes: tuple[Any, ...]

    @abstractmethod
    def answers_to(self, rows: Any) -> np.ndarray:
        """Return, for raw rows, probabilities or numbers in the target's units, ``(rows, outputs)``."""

    def predict_proba(self, rows: Any) -> np.ndarray:
        """Return probabilities for raw rows: ``(rows, classes)``, or ``(rows, labels)`` for multi-label targets.

        Args:
            rows: a data frame of any kind, or an array; columns may be in any order, extra ones are ignored.

        Raises:
            DataError: a column is missing or of another kind, or the target is a number.
        """
        if not is_classification(self.task):
            raise DataError(f"{', '.join(self.target_names)} is a number, which has no probabilities; use predict.")
        values = self.answers_to(rows)
        return np.column_stack([1 - values[:, 0], values[:, 0]]) if self.task == "binary" else values

    def predict(self, rows: Any) -> np.ndarray:
        """Return answers for raw rows: labels ``(rows,)``, numbers ``(rows,)`` or ``(rows, outputs)``, or 0/1 labels.

        Raises:
            DataError: a column is missing or of another kind.
        """
        if self.task in ("binary", "multiclass"):
            return np.asarray(self.classes)[self.predict_proba(rows).argmax(axis=1)]
        values = self.answers_to(rows)
        if self.task == "multilabel":
            return (values > 0.5).astype(int)
        return values[:, 0] if values.shape[1] == 1 else values
