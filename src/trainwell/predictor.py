"""What everything that predicts from raw rows shares: labels, probabilities or numbers. How, its subclasses say."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, overload

import numpy as np

from trainwell.arguments import seed_number, whole_number
from trainwell.errors import DataError
from trainwell.samples import Samples
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

    @property
    def states_variance(self) -> bool:
        """Whether it says how sure it is of each number."""
        return False

    def variance_of(self, rows: Any) -> np.ndarray:
        """Return the variance that it states for raw rows, ``(rows, outputs)``, in squared units of the target."""
        raise DataError(
            f"{self!r} states no variance; train a network that does: Recipe(loss='gaussian_nll') "
            "(--set loss=gaussian_nll)."
        )

    def predict_variance(self, rows: Any) -> np.ndarray:
        """Return the variance that the network states for raw rows, in squared units of the target.

        Shape ``(rows,)``, or ``(rows, outputs)`` where there are several targets. It is what is left of the spread of
        the target once the inputs are known, as trained by ``loss="gaussian_nll"``; an ensemble adds how far its
        members disagree.

        Raises:
            DataError: no variance is stated.
        """
        variance = self.variance_of(rows)
        return variance[:, 0] if variance.shape[1] == 1 else variance

    def draws_of(self, rows: Any, samples: int, seed: int) -> np.ndarray:
        """Return many answers to raw rows, each of another draw of the network, ``(samples, rows, outputs)``."""
        raise DataError(f"{self!r} always gives the same answer, so there are no samples to draw; use predict(rows).")

    @overload
    def predict(self, rows: Any) -> np.ndarray: ...

    @overload
    def predict(self, rows: Any, *, samples: int, seed: int = 0) -> Samples: ...

    def predict(self, rows: Any, *, samples: int | None = None, seed: int = 0) -> np.ndarray | Samples:
        """Return answers for raw rows: labels ``(rows,)``, numbers ``(rows,)`` or ``(rows, outputs)``, or 0/1 labels.

        Args:
            rows: a data frame of any kind, a list of rows (mappings of columns to values), one row as pandas gives it
                (``frame.iloc[0]``), an array or a path.
            samples: how many answers to draw with dropout left on (Monte-Carlo dropout); the result is a
                :class:`~trainwell.Samples` with their mean, deviation and interval.
            seed: of the draws; the same seed gives the same draws.

        Raises:
            DataError: a column is missing or of another kind, or samples are asked of a network without dropout.
        """
        if samples is not None:
            return self.sampled(rows, samples, seed)
        if self.task in ("binary", "multiclass"):
            return np.asarray(self.classes)[self.predict_proba(rows).argmax(axis=1)]
        values = self.answers_to(rows)
        if self.task == "multilabel":
            return (values > 0.5).astype(int)
        return values[:, 0] if values.shape[1] == 1 else values

    def sampled(self, rows: Any, samples: int, seed: int) -> Samples:
        """Return the answers of ``samples`` draws with their mean and spread."""
        samples, seed = whole_number("samples", samples, error=DataError), seed_number("seed", seed, error=DataError)
        draws = self.draws_of(rows, samples, seed)
        if self.task == "binary":
            draws = np.concatenate([1 - draws, draws], axis=2)
        return Samples(draws, self.task, self.classes)
