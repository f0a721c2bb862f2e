"""Metrics of predicted probabilities: how well they rank, how far to believe them; hits are in labels.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from trainwell.functions.metrics.metric import Numbers, metric
from trainwell.tasks import Task

CLASSIFICATION: tuple[Task, ...] = ("binary", "multiclass", "multilabel")


def columns(truth: Numbers, probabilities: Numbers) -> tuple[Numbers, Numbers]:
    """Return both as ``(rows, columns)``: one column per class or label, or the positive class alone."""
    probabilities = probabilities.astype(np.float64)
    if probabilities.ndim == 2 and truth.ndim == 1:
        return truth[:, None] == np.arange(probabilities.shape[1]), probabilities
    shape = (len(truth), -1)
    return truth.reshape(shape).astype(bool), probabilities.reshape(shape)


@metric(
    "log_loss",
    tasks=CLASSIFICATION,
    needs="probabilities",
    greater_is_better=False,
    formula="−Σ wᵢ log p(yᵢ) / Σ wᵢ, mean over labels",
    source="Good 1952",
)
def log_loss(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Mean surprise, in nats, at what is true; the cross-entropy that training makes small.

    Probabilities of 0 count as the smallest step of their dtype, so that one certain error costs much, not ∞.

    >>> round(log_loss([1, 0], [0.5, 0.5]), 4)
    0.6931
    """
    step = np.finfo(predictions.dtype if predictions.dtype.kind == "f" else np.float64).eps
    hits, probabilities = columns(truth, predictions)
    if truth.ndim == 1 and predictions.ndim == 2:
        surprises = -np.log(np.maximum(probabilities[hits], step))
    else:
        of_truth = np.where(hits, probabilities, 1 - probabilities)
        surprises = -np.log(np.maximum(of_truth, step)).mean(axis=1)
    return float(np.average(surprises, weights=weights))


@metric(
    "brier",
    tasks=CLASSIFICATION,
    needs="probabilities",
    greater_is_better=False,
    formula="Σ wᵢ Bᵢ / Σ wᵢ, B = (p − y)² for one probability or label, Σₖ (pₖ − yₖ)² over classes",
    source="Brier 1950",
)
def brier(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Mean squared distance of probabilities from what happened: 0 at best, and it rewards honesty.

    >>> brier([1, 0], [0.5, 0.5])
    0.25
    """
    hits, probabilities = columns(truth, predictions)
    squares = np.square(probabilities - hits)
    one_of_many = truth.ndim == 1 and predictions.ndim == 2
    each = squares.sum(axis=1) if one_of_many else squares.mean(axis=1)
    return float(np.average(each, weights=weights))


def one_against_rest(score: Callable[..., Any], truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Average ``score`` over the columns that hold both a yes and a no; NaN where none does."""
    counted = weights > 0
    hits, probabilities = columns(truth[counted], predictions[counted])
    scored = [
        score(hits[:, column], probabilities[:, column], sample_weight=weights[counted])
        for column in range(hits.shape[1])
        if 0 < hits[:, column].sum() < len(hits)
    ]
    return float(np.mean(scored)) if scored else float("nan")


@metric(
    "roc_auc",
    tasks=CLASSIFICATION,
    needs="probabilities",
    greater_is_better=True,
    formula="P(p⁺ > p⁻) + ½ P(p⁺ = p⁻), mean over classes against the rest",
    source="Hanley & McNeil 1982",
)
def roc_auc(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Probability that a positive row ranks above a negative one: ½ for guessing; NaN for a single class.

    >>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    from sklearn.metrics import roc_auc_score  # costs 1.5 s to import: only once a score is wanted

    return one_against_rest(roc_auc_score, truth, predictions, weights)


@metric(
    "average_precision",
    tasks=CLASSIFICATION,
    needs="probabilities",
    greater_is_better=True,
    formula="Σₙ (Rₙ − Rₙ₋₁) Pₙ, mean over classes against the rest",
    source="Buckley & Voorhees 2000",
)
def average_precision(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Area under precision against recall: guessing scores the share of positives; NaN for a single class.

    >>> round(average_precision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]), 4)
    0.8333
    """
    from sklearn.metrics import average_precision_score  # costs 1.5 s to import: only once a score is wanted

    return one_against_rest(average_precision_score, truth, predictions, weights)
