"""Statistics of predicted probabilities: how far they can be believed and how well they rank the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.evaluation.statistics.statistic import STATISTICS, Statistic, defined_mean, means_of, shares

Ranking: TypeAlias = Callable[[Numbers], tuple[Numbers, Numbers]]


@STATISTICS.register("log_loss")
def log_loss(answers: Answers) -> Statistic:
    """Mean surprise at what is true."""
    smallest = np.finfo(np.float64).eps
    if answers.task == "multiclass":
        of_truth = answers.predictions[answers.hits][:, None]
    else:
        of_truth = np.where(answers.hits, answers.predictions, 1 - answers.predictions)
    return Statistic(means_of(-np.log(np.maximum(of_truth, smallest)).mean(axis=1)))


@STATISTICS.register("brier")
def brier(answers: Answers) -> Statistic:
    """Mean squared distance of the probabilities from what happened."""
    squares = np.square(answers.predictions - answers.hits)
    each = squares.sum(axis=1) if answers.task == "multiclass" else squares.mean(axis=1)
    return Statistic(means_of(each))


@STATISTICS.register("roc_auc")
def roc_auc(answers: Answers) -> Statistic:
    """Probability that a positive row ranks above a negative one, ties counting half."""
    return mean_over_columns(answers, share_of_pairs)


@STATISTICS.register("average_precision")
def average_precision(answers: Answers) -> Statistic:
    """Sum of precision times step in recall, from the likeliest row down."""
    return mean_over_columns(answers, mean_precision)


def mean_over_columns(answers: Answers, score: Callable[[Numbers, Numbers], Numbers]) -> Statistic:
    """Average a score of ranked rows over the classes or labels that have both a yes and a no where drawn."""
    columns = zip(answers.hits.T, answers.predictions.T, strict=True)
    rankings = [ranking_of(hits, scores) for hits, scores in columns if 0 < hits.sum() < len(hits)]

    def of(weights: Numbers) -> Numbers:
        if not rankings:
            return np.full(len(weights), np.nan)
        return defined_mean(np.array([score(*ranking(weights)) for ranking in rankings]), axis=0)

    return Statistic(of, passes=max(len(rankings), 1))


def ranking_of(hits: Numbers, scores: Numbers) -> Ranking:
    """Return, as a function of weights, the weight of yes and of no at each distinct score, highest first.

    Both are ``(resamples, distinct scores)``.

    >>> ranking = ranking_of(np.array([True, False, True]), np.array([0.5, 0.5, 0.9]))
    >>> [weight.tolist() for weight in ranking(np.ones((1, 3)))]
    [[[1.0, 1.0]], [[0.0, 1.0]]]
    """
    order = np.argsort(-scores, kind="stable")
    yes = hits[order].astype(np.float64)
    first_of_ties = np.flatnonzero(np.diff(scores[order], prepend=np.inf))
    tied = len(first_of_ties) < len(order)

    def ranking(weights: Numbers) -> tuple[Numbers, Numbers]:
        both = weights[:, order]
        positive = both * yes
        if tied:
            both = np.add.reduceat(both, first_of_ties, axis=1)
            positive = np.add.reduceat(positive, first_of_ties, axis=1)
        return positive, both - positive

    return ranking


def share_of_pairs(positive: Numbers, negative: Numbers) -> Numbers:
    """Return the share of pairs of yes and no in which the yes ranks higher, ties half, ``(resamples,)``.

    >>> share_of_pairs(np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])).tolist()
    [0.75]
    """
    higher = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return shares(pairs - np.einsum("rs,rs->r", positive, higher), pairs)


def mean_precision(positive: Numbers, negative: Numbers) -> Numbers:
    """Return Σ (Rₙ − Rₙ₋₁) Pₙ, ``(resamples,)``; NaN without both a yes and a no.

    >>> mean_precision(np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])).round(3).tolist()
    [0.833]
    """
    found = np.cumsum(positive, axis=1)
    named = np.cumsum(positive + negative, axis=1)
    precision = found / np.maximum(named, np.finfo(np.float64).tiny)
    defined = found[:, -1] * (named[:, -1] > found[:, -1])
    return shares(np.einsum("rs,rs->r", positive, precision), defined)
