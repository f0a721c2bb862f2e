"""The record and registry of statistics: metrics made ready for many weightings; formulas are beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.functions.metrics import METRICS
from trainwell.registry import Registry

PASSES_OF_A_LOOP = 20  # a call of a metric costs about as much as twenty sums over its rows


@dataclass(frozen=True)
class Statistic:
    """A metric of fixed answers, as a function of how much each row counts.

    ``of(weights)`` takes ``(resamples, rows)`` and returns ``(resamples,)``, NaN where it is not defined.
    ``passes`` says how often it goes over the weights, to tell what it costs.
    """

    of: Callable[[Numbers], Numbers]
    passes: int = 1


Builder: TypeAlias = Callable[[Answers], Statistic]
STATISTICS: Registry[Builder] = Registry("statistic")


def statistic_of(metric: str, answers: Answers) -> Statistic:
    """Prepare a metric for many weightings; one that is not known here is called once for each."""
    build = STATISTICS[metric] if metric in STATISTICS else one_by_one(metric)
    return build(answers)


def one_by_one(name: str) -> Builder:
    """Return a builder for a metric that knows one weighting at a time, as a person's own does."""
    metric = METRICS[name]

    def build(answers: Answers) -> Statistic:
        given = answers.labels if metric.needs == "labels" else answers.predictions

        def score(weights: Numbers) -> float:
            drawn = weights > 0
            return metric(answers.truth[drawn], given[drawn], weights[drawn])

        return Statistic(lambda weights: np.array([score(each) for each in weights]), PASSES_OF_A_LOOP)

    return build


def sums_of(values: Numbers) -> Callable[[Numbers], Numbers]:
    """Return Σ wᵢ vᵢ of each column of values, as a function of weights.

    einsum stays in this thread. BLAS would wait for threads that other work holds, and its last digits would
    depend on their number.

    >>> sums_of(np.array([[0.0, 5.0], [1.0, 5.0]]))(np.array([[1.0, 1.0], [1.0, 3.0]])).tolist()
    [[1.0, 10.0], [3.0, 20.0]]
    """
    columns = np.asfortranarray(values, np.float64)
    return lambda weights: np.einsum("rn,n...->r...", weights, columns)


def means_of(values: Numbers) -> Callable[[Numbers], Numbers]:
    """Return Σ wᵢ vᵢ / Σ wᵢ of each column of values, as a function of weights.

    >>> means_of(np.array([0.0, 1.0]))(np.array([[1.0, 1.0], [1.0, 3.0]])).tolist()
    [0.5, 0.75]
    """
    sums, totals = sums_of(values), sums_of(np.ones(values.shape))  # so that a mean of ones is exactly one
    return lambda weights: sums(weights) / totals(weights)


def shares(parts: Numbers, wholes: Numbers) -> Numbers:
    """Divide, with NaN where there is nothing to divide by.

    >>> shares(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    return np.divide(parts, wholes, out=np.full(np.shape(parts), np.nan), where=wholes > 0)


def defined_mean(values: Numbers, axis: int) -> Numbers:
    """Average over an axis what is not NaN; NaN where nothing is left.

    >>> defined_mean(np.array([[1.0, np.nan], [2.0, np.nan]]), axis=0).tolist()
    [1.5, nan]
    """
    defined = ~np.isnan(values)
    return shares(np.where(defined, values, 0.0).sum(axis=axis), defined.sum(axis=axis))
