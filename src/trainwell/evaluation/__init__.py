"""Scores of predictions, with intervals, beside baselines, with the mistakes; nothing is trained here.

>>> wilson(8, 10)[0] > 0.49
True
"""

from __future__ import annotations

from trainwell.evaluation.baselines import baseline_predictions
from trainwell.evaluation.intervals import wilson
from trainwell.evaluation.scores import score

__all__ = ["baseline_predictions", "score", "wilson"]
