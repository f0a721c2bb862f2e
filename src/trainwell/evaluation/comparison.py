"""The network against the best of the simple models on the same rows; the models are made in baselines.py."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from trainwell.evaluation.answers import Answers
from trainwell.evaluation.intervals import difference_interval
from trainwell.functions.metrics import METRICS

Conclusion: TypeAlias = Literal["clearly better", "no better", "worse", "unknown"]


def against_baseline(
    metric: str, network: Answers, baselines: Mapping[str, Answers], seed: int = 0
) -> dict[str, Any] | None:
    """Compare the network with the baseline that scores best; None where either has no score.

    Args:
        metric: what to compare by.
        network: its answers.
        baselines: answers for the same rows, by name.
        seed: of the draws.

    Returns:
        ``name`` of the baseline, ``difference`` (network less baseline, in the metric's own units), its 95 %
        ``interval`` from a paired bootstrap, and the ``conclusion`` from that.
    """
    own = network.scores.get(metric, math.nan)
    others = {name: answers.scores.get(metric, math.nan) for name, answers in baselines.items()}
    rival = best_of(metric, others)
    if rival is None or not math.isfinite(own):
        return None
    interval = difference_interval(metric, network, baselines[rival], seed)
    return {
        "name": rival,
        "difference": own - others[rival],
        "interval": interval,
        "conclusion": conclusion(interval, METRICS[metric].greater_is_better),
    }


def best_of(metric: str, scores: Mapping[str, float]) -> str | None:
    """Return the name with the best score, the first of equals; None where no score is a number.

    >>> best_of("rmse", {"mean": 3.0, "linear regression": 2.0})
    'linear regression'
    """
    defined = {name: score for name, score in scores.items() if math.isfinite(score)}
    if not defined:
        return None
    sign = 1 if METRICS[metric].greater_is_better else -1
    return max(defined, key=lambda name: sign * defined[name])


def conclusion(interval: tuple[float, float], greater_is_better: bool) -> Conclusion:
    """Say what an interval of differences shows: a gain only if it holds nothing but gains.

    >>> conclusion((0.01, 0.05), True), conclusion((-0.01, 0.05), True), conclusion((0.01, 0.05), False)
    ('clearly better', 'no better', 'worse')
    """
    low, high = interval if greater_is_better else (-interval[1], -interval[0])
    if not (math.isfinite(low) and math.isfinite(high)):
        return "unknown"
    if low > 0:
        return "clearly better"
    return "worse" if high < 0 else "no better"
