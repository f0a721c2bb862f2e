"""How far a score may be from that on endless rows: 95 % intervals. What is scored is said in scores.py.

Scores get percentile bootstrap intervals (B. Efron, 1979; B. Efron and R. Tibshirani, "An Introduction to the
Bootstrap", 1993, chapter 13): the rows are drawn anew with replacement, up to 1000 times, and the interval
holds the middle 95 % of the scores. It speaks of the luck in the rows that were scored, not of the luck in
training. Two models are compared on the same draws (P. Koehn, 2004). Counts get the interval of E. B. Wilson
(1927), which holds at 0 and at n.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.evaluation.resampling import Draws, affordable_resamples
from trainwell.evaluation.statistics import Statistic, statistic_of

Interval: TypeAlias = tuple[float, float]
NORMAL_QUANTILE = 1.959963984540054  # Φ⁻¹(0.975)
FEWEST_ROWS = 10  # fewer rows resemble endless ones too little to be drawn in their stead
ROUNDING = 1e-12  # ends closer than this, relative to their size, are one value
SHARES_OF_ROWS = ("accuracy", "subset_accuracy")


def score_intervals(answers: Answers, metrics: Iterable[str], seed: int = 0) -> dict[str, Interval]:
    """Return the 95 % interval of every metric that has one, by name.

    A metric is left out where there are fewer than 10 rows (or groups), where too few draws define it, and
    where every draw gives the same value: resampling cannot see the mistakes that did not happen. A share of
    rows that is 0 or 1 gets Wilson's interval instead.

    >>> sure = np.r_[np.full(30, 0.9), np.full(10, 0.2)]
    >>> answers = Answers("binary", np.ones(40, int), sure[:, None], np.ones(40))
    >>> score_intervals(answers, ["accuracy"])
    {'accuracy': (0.625, 0.875)}
    """
    answers = answers.counted
    draws = Draws.of(answers, seed)
    if not answers.are_finite or draws.effective_rows < FEWEST_ROWS:
        return {}
    resampled = resampled_scores({name: statistic_of(name, answers) for name in metrics}, draws)
    found = {name: middle(values) for name, values in resampled.items()}
    for name in SHARES_OF_ROWS:
        if found.get(name) in ((0.0, 0.0), (1.0, 1.0)):
            found[name] = wilson(found[name][0] * draws.effective_rows, draws.effective_rows)
    return {name: (low, high) for name, (low, high) in found.items() if high - low > ROUNDING * abs(high)}


def difference_interval(metric: str, first: Answers, second: Answers, seed: int = 0) -> Interval:
    """Return the 95 % interval of the first model's score less the second's, both on the same draws.

    NaN where there are fewer than 10 rows (or groups) or the difference is not defined.
    """
    first, second = first.counted, second.counted
    draws = Draws.of(first, seed)
    if not (first.are_finite and second.are_finite) or draws.effective_rows < FEWEST_ROWS:
        return (math.nan, math.nan)
    models = {"first": statistic_of(metric, first), "second": statistic_of(metric, second)}
    scores = resampled_scores(models, draws)
    count = min(len(values) for values in scores.values())
    return middle(scores["first"][:count] - scores["second"][:count])


def resampled_scores(statistics: Mapping[str, Statistic], draws: Draws) -> dict[str, Numbers]:
    """Return the value of every statistic in every draw, as many draws as it can afford, ``(resamples,)``."""
    rows = len(draws.weights)
    wanted = {name: affordable_resamples(rows, each.passes) for name, each in statistics.items()}
    values: dict[str, list[Numbers]] = {name: [] for name in statistics}
    done = 0
    for weights in draws:
        going_on = [name for name in statistics if done < wanted[name]]
        if not going_on:
            break
        for name in going_on:
            values[name].append(statistics[name].of(weights[: wanted[name] - done]))
        done += len(weights)
    return {name: np.concatenate([np.empty(0), *each]) for name, each in values.items()}


def middle(values: Numbers) -> Interval:
    """Return the ends of the middle 95 % of what is finite; NaN where that is less than half of the values.

    >>> middle(np.arange(201.0))
    (5.0, 195.0)
    """
    finite = values[np.isfinite(values)]
    if not len(finite) or 2 * len(finite) < len(values):
        return (math.nan, math.nan)
    low, high = np.quantile(finite, [0.025, 0.975])
    return float(low), float(high)


def wilson(successes: float, trials: float) -> Interval:
    """Return Wilson's 95 % interval for a share: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n).

    Reference: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927.

    >>> [round(end, 4) for end in wilson(20, 20)]
    [0.8389, 1.0]
    """
    if trials <= 0:
        return (math.nan, math.nan)
    share, square = successes / trials, NORMAL_QUANTILE**2
    centre = share + square / (2 * trials)
    reach = NORMAL_QUANTILE * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    scale = 1 + square / trials
    low, high = (centre - reach) / scale, (centre + reach) / scale
    return (max(low, 0.0) if successes > 0 else 0.0, min(high, 1.0) if successes < trials else 1.0)
