"""What one way of training gains over another, paired by seed: the mean difference, its interval, the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import t as student

Verdict: TypeAlias = Literal["helped", "made no difference", "did harm", "unknown"]
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Paired:
    """Scores of two ways of training over the same seeds.

    Attributes:
        metric: what was scored.
        greater_is_better: whether more of it is better.
        before: ``(seeds,)`` scores of the first.
        after: ``(seeds,)`` scores of the second.
        comparisons: how many such comparisons are looked at together.
    """

    metric: str
    greater_is_better: bool
    before: np.ndarray
    after: np.ndarray
    comparisons: int = 1

    @property
    def gain(self) -> float:
        """The mean difference in the metric's own units, positive where the second is better."""
        return float(np.mean(self.gains))

    @property
    def gains(self) -> np.ndarray:
        """What each seed gained, ``(seeds,)``."""
        return (self.after - self.before) * (1 if self.greater_is_better else -1)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the mean gain; those of all comparisons hold their means together with 95 % confidence."""
        return mean_interval(self.gains, self.comparisons)

    @property
    def verdict(self) -> Verdict:
        """What the interval shows: help or harm only where it holds nothing else."""
        low, high = self.interval
        if not (math.isfinite(low) and math.isfinite(high)):
            return "unknown"
        if low > 0:
            return "helped"
        return "did harm" if high < 0 else "made no difference"


def mean_interval(values: np.ndarray, comparisons: int = 1) -> tuple[float, float]:
    """Return Student's interval of a mean: v̄ ± t(n−1) s/√n; NaN for fewer than two values.

    Of several comparisons each is allowed its share of the 5 % (Bonferroni), so that the best of many remedies that do
    nothing is not taken for help.

    Reference: Student, "The Probable Error of a Mean", Biometrika, 1908.

    >>> [round(end, 3) for end in mean_interval(np.array([1.0, 2.0, 3.0]))]
    [-0.484, 4.484]
    """
    count = len(values)
    if count < 2:
        return (math.nan, math.nan)
    reach = (
        float(student.ppf(1 - (1 - CONFIDENCE) / (2 * comparisons), count - 1))
        * float(np.std(values, ddof=1))
        / math.sqrt(count)
    )
    middle = float(np.mean(values))
    return (middle - reach, middle + reach)
