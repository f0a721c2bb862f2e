"""Bootstrap resamples, written as how much each row counts; what is measured on them is not known here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers

MOST_RESAMPLES = 1000
FEWEST_RESAMPLES = 100
MOST_CELLS = 10_000_000  # rows × resamples × passes over them: about 0.1 s of work
MOST_CELLS_AT_ONCE = 1 << 18  # 2 MB of weights, which stay in the cache


@dataclass(frozen=True)
class Draws:
    """Endless draws of the same rows with replacement, as many as there are.

    Iterating yields weights ``(resamples, rows)``: how often each row was drawn, times the weight it has
    anyway, which is not 0. Every iteration repeats the same draws, so that two models can be compared on the
    same. Where rows come in groups, whole groups are drawn: they tell less than as many strangers.

    Reference: B. Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979; for groups A. C. Davison
    and D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8.
    """

    weights: Numbers
    groups: Numbers | None = None
    seed: int = 0

    @classmethod
    def of(cls, answers: Answers, seed: int) -> Draws:
        """Return the draws of the rows that were answered."""
        return cls(answers.weights, answers.groups, seed)

    def __iter__(self) -> Iterator[Numbers]:
        generator = np.random.default_rng(self.seed)
        unit_of_row = None if self.groups is None else np.unique(self.groups, return_inverse=True)[1]
        units = len(self.weights) if unit_of_row is None else int(unit_of_row.max()) + 1
        at_once = min(max(MOST_CELLS_AT_ONCE // len(self.weights), 1), MOST_RESAMPLES)
        while True:
            counts = drawn_counts(generator, at_once, units)
            yield (counts if unit_of_row is None else counts[:, unit_of_row]) * self.weights

    @property
    def effective_rows(self) -> float:
        """How many rows of equal weight, or groups, would tell as much: (Σ w)² / Σ w² (Kish 1965).

        >>> Draws(np.array([1.0, 1.0, 1.0, 3.0])).effective_rows
        3.0
        """
        weights = self.weights
        if self.groups is not None:
            weights = np.bincount(np.unique(self.groups, return_inverse=True)[1], self.weights)
        return float(weights.sum() ** 2 / np.square(weights).sum()) if len(weights) else 0.0


def drawn_counts(generator: np.random.Generator, resamples: int, units: int) -> Numbers:
    """Draw ``units`` out of as many with replacement, and count: multinomial, int64 ``(resamples, units)``.

    >>> drawn_counts(np.random.default_rng(0), resamples=2, units=5).sum(axis=1).tolist()
    [5, 5]
    """
    picks = generator.integers(units, size=(resamples, units))
    picks += units * np.arange(resamples)[:, None]
    return np.bincount(picks.ravel(), minlength=resamples * units).reshape(resamples, units)


def affordable_resamples(rows: int, passes: int = 1) -> int:
    """Return how many resamples a statistic gets that passes so often over the rows; 0 if all cost too much.

    >>> affordable_resamples(10_000), affordable_resamples(5_000, passes=10), affordable_resamples(10**8)
    (1000, 200, 0)
    """
    cells = max(rows * passes, 1)
    if FEWEST_RESAMPLES * cells > 10 * MOST_CELLS:
        return 0
    return min(max(MOST_CELLS // cells, FEWEST_RESAMPLES), MOST_RESAMPLES)
