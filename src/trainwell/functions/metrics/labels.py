"""Metrics of predicted labels, right or wrong; those that read the probabilities are in probabilities.py."""

from __future__ import annotations

import numpy as np

from trainwell.functions.metrics.metric import Numbers, metric


@metric(
    "accuracy",
    tasks=("binary", "multiclass"),
    needs="labels",
    greater_is_better=True,
    formula="Σ wᵢ [ŷᵢ = yᵢ] / Σ wᵢ",
    source="practice",
)
def accuracy(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Fraction of rows whose label is right.

    >>> accuracy([0, 1, 2, 2], [0, 1, 2, 1])
    0.75
    """
    return float(np.average(truth == predictions, weights=weights))


@metric(
    "balanced_accuracy",
    tasks=("binary", "multiclass"),
    needs="labels",
    greater_is_better=True,
    formula="mean over the classes present of Σ wᵢ [ŷᵢ = yᵢ = k] / Σ wᵢ [yᵢ = k]",
    source="Brodersen et al. 2010",
)
def balanced_accuracy(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Mean over classes of the fraction found: guessing scores 1/K however rare a class is.

    >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
    0.5
    """
    shares = weights * (truth == predictions)
    members = [truth == label for label in np.unique(truth[weights > 0])]
    return float(np.mean([shares[rows].sum() / weights[rows].sum() for rows in members]))


def f1(truth: Numbers, predictions: Numbers, weights: Numbers, average: str) -> float:
    """Return F₁, or its average over classes; one that is neither present nor predicted scores 0."""
    from sklearn.metrics import f1_score  # costs 1.5 s to import: only once a score is wanted

    return float(f1_score(truth, predictions, sample_weight=weights, average=average, zero_division=0.0))


@metric(
    "macro_f1",
    tasks=("binary", "multiclass", "multilabel"),
    needs="labels",
    greater_is_better=True,
    formula="mean over classes of 2 TP / (2 TP + FP + FN)",
    source="van Rijsbergen 1979",
)
def macro_f1(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Harmonic mean of precision and recall, averaged over classes or labels with equal say.

    >>> round(macro_f1([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.7333
    """
    return f1(truth, predictions, weights, "macro")


@metric(
    "micro_f1",
    tasks=("multilabel",),
    needs="labels",
    greater_is_better=True,
    formula="2 Σ TP / (2 Σ TP + Σ FP + Σ FN), sums over labels",
    source="Yang 1999",
)
def micro_f1(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Harmonic mean of precision and recall over all pairs of row and label at once.

    >>> round(micro_f1([[1, 0], [1, 1]], [[1, 0], [0, 1]]), 4)
    0.8
    """
    columns = truth.size // len(truth)
    return f1(truth.ravel(), predictions.ravel(), np.repeat(weights, columns), "binary")


@metric(
    "subset_accuracy",
    tasks=("multilabel",),
    needs="labels",
    greater_is_better=True,
    formula="Σ wᵢ [ŷᵢ = yᵢ in every label] / Σ wᵢ",
    source="Zhu et al. 2005",
)
def subset_accuracy(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Fraction of rows all of whose labels are right.

    >>> subset_accuracy([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    0.5
    """
    hits = (truth == predictions).reshape(len(truth), -1).all(axis=1)
    return float(np.average(hits, weights=weights))
