"""Metrics of predicted numbers, in the units of the target; several targets are averaged with equal say."""

from __future__ import annotations

import numpy as np

from trainwell.errors import DataError
from trainwell.functions.metrics.metric import Numbers, metric
from trainwell.tasks import Task

REGRESSION: tuple[Task, ...] = ("regression",)


def residuals(truth: Numbers, predictions: Numbers) -> Numbers:
    """Return predictions less truth in float64, ``(rows, outputs)``.

    Raises:
        DataError: the two differ in shape.
    """
    if truth.shape != predictions.shape:
        raise DataError(
            f"predictions must have the shape of the truth, but got {predictions.shape} for {truth.shape}; "
            "predict one number for each target."
        )
    return (predictions.astype(np.float64) - truth.astype(np.float64)).reshape(len(truth), -1)


@metric(
    "rmse",
    tasks=REGRESSION,
    needs="values",
    greater_is_better=False,
    formula="√(Σ wᵢ (ŷᵢ − yᵢ)² / Σ wᵢ), mean over targets",
    source="Gauss 1809",
)
def rmse(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Root of the mean squared error: the size of a typical error, large ones weighing more.

    >>> round(rmse([1.0, 2.0], [1.0, 4.0]), 4)
    1.4142
    """
    squares = np.square(residuals(truth, predictions))
    return float(np.sqrt(np.average(squares, axis=0, weights=weights)).mean())


@metric(
    "mae",
    tasks=REGRESSION,
    needs="values",
    greater_is_better=False,
    formula="Σ wᵢ |ŷᵢ − yᵢ| / Σ wᵢ, mean over targets",
    source="Laplace 1774",
)
def mae(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Mean absolute error.

    >>> mae([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    return float(np.average(np.abs(residuals(truth, predictions)), axis=0, weights=weights).mean())


@metric(
    "r2",
    tasks=REGRESSION,
    needs="values",
    greater_is_better=True,
    formula="1 − Σ wᵢ (ŷᵢ − yᵢ)² / Σ wᵢ (yᵢ − ȳ)², mean over targets",
    source="Wright 1921",
)
def r2(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Share of the variance explained: 1 at best, 0 for predicting the mean. Constant targets score 1 or 0.

    >>> r2([1.0, 2.0, 3.0], [2.0, 2.0, 2.0])
    0.0
    """
    left = weights @ np.square(residuals(truth, predictions))
    mean = np.broadcast_to(np.average(truth, axis=0, weights=weights), truth.shape)
    total = weights @ np.square(residuals(truth, mean))
    varies = total > 0
    shares = 1 - left[varies] / total[varies]
    return float(np.mean(np.concatenate([shares, left[~varies] == 0])))


@metric(
    "median_absolute_error",
    tasks=REGRESSION,
    needs="values",
    greater_is_better=False,
    formula="median of |ŷᵢ − yᵢ|, rows counting wᵢ-fold, mean over targets",
    source="Gauss 1816",
)
def median_absolute_error(truth: Numbers, predictions: Numbers, weights: Numbers) -> float:
    """Half of the errors are smaller: a typical error that no outlier moves.

    >>> median_absolute_error([1.0, 2.0, 3.0], [1.5, 2.0, 99.0])
    0.5
    """
    from sklearn.metrics import median_absolute_error as median  # costs 1.5 s to import: only when wanted

    return float(median(truth, predictions, sample_weight=weights))
