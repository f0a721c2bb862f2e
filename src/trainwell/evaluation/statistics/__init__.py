"""The metrics once more, for thousands of weightings of the same rows; functions.metrics says what they mean.

A metric scores one weighting of the rows in one call, which is too slow for a bootstrap. Here each one is
split: what depends on the answers alone is prepared once, what depends on the weights is a matrix product or
a running sum. A test holds every member to its metric.
"""

from __future__ import annotations

from trainwell.evaluation.statistics import labels, probabilities, values
from trainwell.evaluation.statistics.statistic import STATISTICS, Statistic, statistic_of

__all__ = ["STATISTICS", "Statistic", "labels", "probabilities", "statistic_of", "values"]
