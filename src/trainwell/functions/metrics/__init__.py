"""Metrics: scores for people to read, on the host, each behind :data:`METRICS`; what is trained on is a loss.

>>> accuracy([0, 1, 1], [0, 1, 0], sample_weight=[1, 1, 2])
0.5
>>> METRICS["rmse"].greater_is_better, PRIMARY["regression"]
(False, 'rmse')
"""

from __future__ import annotations

from trainwell.functions.metrics.evaluation import PRIMARY, evaluate, labels_of, metrics_for
from trainwell.functions.metrics.labels import (
    accuracy,
    balanced_accuracy,
    macro_f1,
    micro_f1,
    subset_accuracy,
)
from trainwell.functions.metrics.metric import METRICS, Metric
from trainwell.functions.metrics.probabilities import average_precision, brier, log_loss, roc_auc
from trainwell.functions.metrics.values import mae, median_absolute_error, r2, rmse

__all__ = [
    "METRICS",
    "PRIMARY",
    "Metric",
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "brier",
    "evaluate",
    "labels_of",
    "log_loss",
    "macro_f1",
    "mae",
    "median_absolute_error",
    "metrics_for",
    "micro_f1",
    "r2",
    "rmse",
    "roc_auc",
    "subset_accuracy",
]
