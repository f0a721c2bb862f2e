"""Statistics of predicted numbers, in the units of the target; several outputs have equal say."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.evaluation.statistics.statistic import STATISTICS, Statistic, means_of


@STATISTICS.register("rmse")
def rmse(answers: Answers) -> Statistic:
    """Root of the mean squared error, mean over outputs."""
    squares = means_of(np.square(answers.errors))
    return Statistic(lambda weights: np.sqrt(squares(weights)).mean(axis=1))


@STATISTICS.register("mae")
def mae(answers: Answers) -> Statistic:
    """Mean absolute error."""
    return Statistic(means_of(np.abs(answers.errors).mean(axis=1)))


@STATISTICS.register("r2")
def r2(answers: Answers) -> Statistic:
    """Share of the variance explained, mean over outputs; one that is constant as drawn scores 1 or 0."""
    truth = answers.truth.reshape(answers.errors.shape)
    centred = truth - truth.mean(axis=0)  # lest the squares cancel in their leading digits
    left, mean = means_of(np.square(answers.errors)), means_of(centred)
    mean_square = means_of(np.square(centred))
    rounding = 1e-12 * np.square(centred).max(axis=0)

    def score(weights: Numbers) -> Numbers:
        variance = mean_square(weights) - np.square(mean(weights))
        constant = variance <= rounding
        shares = 1 - left(weights) / np.where(constant, 1, variance)
        return np.where(constant, left(weights) == 0, shares).mean(axis=1)

    return Statistic(score)


@STATISTICS.register("median_absolute_error")
def median_absolute_error(answers: Answers) -> Statistic:
    """Median of the absolute errors, mean over outputs."""
    medians = [median_of(errors) for errors in np.abs(answers.errors).T]
    return Statistic(lambda weights: np.mean([median(weights) for median in medians], axis=0), len(medians))


def median_of(values: Numbers) -> Callable[[Numbers], Numbers]:
    """Return the weighted median as a function of weights: the value with half of the weight on either side.

    >>> median_of(np.array([3.0, 1.0, 2.0]))(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.0]])).tolist()
    [2.0, 2.0]
    """
    order = np.argsort(values)
    ordered = values[order]

    def median(weights: Numbers) -> Numbers:
        reached = weights[:, order].cumsum(axis=1)
        half = reached[:, -1:] / 2
        return (ordered[(reached >= half).argmax(axis=1)] + ordered[(reached > half).argmax(axis=1)]) / 2

    return median
