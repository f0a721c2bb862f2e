"""Statistics of predicted labels, one for each metric of labels; those that read probabilities are beside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.evaluation.statistics.statistic import (
    STATISTICS,
    Statistic,
    defined_mean,
    means_of,
    shares,
    sums_of,
)


@STATISTICS.register("accuracy")
@STATISTICS.register("subset_accuracy")
def accuracy(answers: Answers) -> Statistic:
    """Share of rows that are right, in every label where there are several."""
    right = answers.labels == answers.truth
    return Statistic(means_of(right.reshape(len(answers), -1).all(axis=1)))


@STATISTICS.register("balanced_accuracy")
def balanced_accuracy(answers: Answers) -> Statistic:
    """Mean over the classes drawn of the share of their rows that is right."""
    right = answers.labels == answers.truth
    found, members = sums_by_class(answers.truth, where=right), sums_by_class(answers.truth)
    return Statistic(lambda weights: defined_mean(shares(found(weights), members(weights)), axis=1), passes=2)


@STATISTICS.register("macro_f1")
def macro_f1(answers: Answers) -> Statistic:
    """Mean of 2 TP / (2 TP + FP + FN) over labels, or over the classes that a draw holds or answers."""
    if answers.task == "multilabel":
        counts = label_counts(answers)
        return Statistic(lambda weights: np.nan_to_num(shares(*counts(weights))).mean(axis=1))
    classes = int(max(answers.truth.max(), answers.labels.max())) + 1
    found = sums_by_class(answers.truth, classes, where=answers.labels == answers.truth)
    members, claimed = sums_by_class(answers.truth, classes), sums_by_class(answers.labels, classes)

    def score(weights: Numbers) -> Numbers:
        return defined_mean(shares(2 * found(weights), members(weights) + claimed(weights)), axis=1)

    return Statistic(score, passes=3)


@STATISTICS.register("micro_f1")
def micro_f1(answers: Answers) -> Statistic:
    """2 Σ TP / (2 Σ TP + Σ FP + Σ FN), sums over labels; 0 where no label holds and none was claimed."""
    counts = label_counts(answers)

    def score(weights: Numbers) -> Numbers:
        found, named = counts(weights)
        return np.nan_to_num(shares(found.sum(axis=1), named.sum(axis=1)))

    return Statistic(score)


def label_counts(answers: Answers) -> Callable[[Numbers], tuple[Numbers, Numbers]]:
    """Return 2 TP and 2 TP + FP + FN as a function of weights, both ``(resamples, labels)``."""
    truth = answers.hits.astype(np.float64)
    claimed = answers.labels.reshape(truth.shape).astype(np.float64)
    found, named = sums_of(2 * truth * claimed), sums_of(truth + claimed)
    return lambda weights: (found(weights), named(weights))


def sums_by_class(labels: Numbers, classes: int = 0, where: Numbers | None = None) -> Callable[[Numbers], Numbers]:
    """Return a function of weights ``(resamples, rows)`` that sums them by class, ``(resamples, classes)``.

    Args:
        labels: class codes ``(rows,)``.
        classes: how many there are; up to the largest code where left out.
        where: the rows to sum over, as True and False; all of them where left out.

    >>> sums_by_class(np.array([2, 0, 2]))(np.array([[1.0, 2.0, 4.0]])).tolist()
    [[2.0, 0.0, 5.0]]
    """
    order = np.argsort(labels, kind="stable")
    order = order if where is None else order[where[order]]
    present, starts = np.unique(labels[order], return_index=True)
    width = classes or int(labels.max()) + 1

    def sums(weights: Numbers) -> Numbers:
        totals = np.zeros((len(weights), width))
        if len(present):
            totals[:, present] = np.add.reduceat(weights[:, order], starts, axis=1)
        return totals

    return sums
