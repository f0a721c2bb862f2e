"""How a metric is called, written and compared; its value was computed elsewhere."""

from __future__ import annotations

import math
from typing import Any

from trainwell.report.numbers import MISSING, as_float, percent, significant

_SHORT_NAMES = {
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "mse": "mean squared error",
    "r2": "share of variance explained (R²)",
    "auc": "area under the ROC curve",
    "roc_auc": "area under the ROC curve",
    "macro_f1": "macro F1",
    "f1": "F1",
    "micro_f1": "micro F1",
}
_FALLING = (
    "error",
    "loss",
    "rmse",
    "mse",
    "mae",
    "brier",
    "entropy",
    "deviance",
    "divergence",
    "distance",
    "deviation",
)
_SHARES = ("accuracy",)
_UNITS = ("rmse", "mae", "root_mean_squared_error", "mean_absolute_error", "median_absolute_error")


def _key(metric: str) -> str:
    return metric.strip().casefold().replace(" ", "_").replace("-", "_")


def metric_name(metric: str) -> str:
    """Return the metric's name in words.

    >>> metric_name("rmse"), metric_name("average_precision")
    ('root mean squared error', 'average precision')
    """
    return _SHORT_NAMES.get(_key(metric), metric.replace("_", " "))


def lower_is_better(metric: str) -> bool:
    """Tell whether a smaller value is the better one, from the metric's name.

    >>> lower_is_better("rmse"), lower_is_better("log_loss"), lower_is_better("roc_auc")
    (True, True, False)
    """
    return any(word in _key(metric) for word in _FALLING)


def is_share(metric: str) -> bool:
    """Tell whether the metric is a share of the rows, to be written as a percentage."""
    return any(word in _key(metric) for word in _SHARES)


def in_units_of_target(metric: str) -> bool:
    """Tell whether the metric is a typical distance in the target's own units."""
    return _key(metric) in _UNITS


def score_text(metric: str, value: Any) -> str:
    """Write a score: shares of the rows as percentages, bounded scores with three decimals, others shortly.

    >>> score_text("accuracy", 0.9857), score_text("average_precision", 0.6612), score_text("rmse", 48123.4)
    ('98.6%', '0.661', '48,123')
    """
    number = as_float(value)
    if not math.isfinite(number):
        return significant(number) if math.isinf(number) else MISSING
    if is_share(metric):
        return percent(number)
    if not lower_is_better(metric) and abs(number) <= 1:
        return f"{round(number, 3) + 0.0:.3f}".replace("-", "−")  # + 0.0 turns a negative zero positive
    return significant(number, 3 if abs(number) < 1000 else 4)


def interval_text(metric: str, low: Any, high: Any) -> str:
    """Write the two ends of an interval.

    >>> interval_text("accuracy", 0.9571, 1.0)
    '95.7% to 100%'
    """
    return f"{score_text(metric, low)} to {score_text(metric, high)}"
