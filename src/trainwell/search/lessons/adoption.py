"""Whether a candidate replaces the incumbent: the record of that decision, and its reason.

Before the best trial replaces the incumbent, its gain must exceed what another seed would have changed, and it must be
worth the complexity it adds (Deep Learning Tuning Playbook, "Determining whether to adopt a training pipeline change").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import t as student

from trainwell.search.lessons.wording import difference, score

Decision: TypeAlias = Literal["adopt", "keep the incumbent", "run more seeds"]


@dataclass(frozen=True)
class Adoption:
    """The record of a decision between the incumbent and a candidate, both trained over several seeds.

    Attributes:
        incumbent: its mean score.
        candidate: its mean score.
        gain: how much better the candidate is (negative where it is worse), in the metric.
        interval: the gain's 95 % interval (B. Welch, 1947).
        seed_deviation: what another seed changes, pooled over both.
        smallest_gain: the least gain that pays for the complexity.
        complexity: what the candidate adds, in words.
        decision: ``"adopt"``, ``"keep the incumbent"`` or ``"run more seeds"``.
        sentence: all that in words.
    """

    incumbent: float
    candidate: float
    gain: float
    interval: tuple[float, float]
    seed_deviation: float
    smallest_gain: float
    complexity: str
    decision: Decision
    sentence: str


def adoption(
    incumbent: Sequence[float],
    candidate: Sequence[float],
    *,
    metric: str = "accuracy",
    maximize: bool = True,
    smallest_gain: float = 0.0,
    complexity: str = "",
) -> Adoption:
    """Decide whether to adopt: only if the gain exceeds the seed's deviation and is worth the complexity.

    Args:
        incumbent: scores over seeds, two at least.
        candidate: scores over seeds, two at least.
        metric: for the sentence.
        maximize: whether more is better.
        smallest_gain: the least gain that pays for the complexity.
        complexity: what the candidate adds, for the record.

    Raises:
        ValueError: either has fewer than two scores; one run says nothing about luck.

    >>> adoption([0.90, 0.91, 0.90], [0.95, 0.96, 0.95]).decision
    'adopt'
    >>> adoption([0.90, 0.92, 0.91], [0.91, 0.92, 0.91]).decision
    'keep the incumbent'
    """
    if min(len(incumbent), len(candidate)) < 2:
        raise ValueError(
            f"each side needs the scores of two seeds at least, but got {len(incumbent)} and {len(candidate)}."
        )
    means = float(np.mean(incumbent)), float(np.mean(candidate))
    gain = (means[1] - means[0]) * (1 if maximize else -1)
    luck = math.sqrt((np.var(incumbent, ddof=1) + np.var(candidate, ddof=1)) / 2)
    reach = welch(incumbent, candidate)
    decision: Decision = "keep the incumbent"
    if gain > max(luck, smallest_gain):
        decision = "adopt" if gain - reach > 0 else "run more seeds"
    text = adoption_wording(metric, decision, means, gain, luck, smallest_gain)
    return Adoption(*means, gain, (gain - reach, gain + reach), luck, smallest_gain, complexity, decision, text)


def welch(first: Sequence[float], second: Sequence[float]) -> float:
    """Return half the width of the 95 % interval of a difference of means with unequal variances (Welch 1947).

    >>> welch([1.0, 1.0], [2.0, 2.0])
    0.0
    """
    parts = [float(np.var(each, ddof=1)) / len(each) for each in (first, second)]
    total = sum(parts)
    if total == 0:
        return 0.0
    freedom = total**2 / sum(part**2 / (len(each) - 1) for part, each in zip(parts, (first, second), strict=True))
    return float(student.ppf(0.975, freedom) * math.sqrt(total))


def adoption_wording(
    metric: str, decision: Decision, means: tuple[float, float], gain: float, luck: float, smallest: float
) -> str:
    """Say what was decided and why."""
    compared = f"{score(metric, means[1])} against {score(metric, means[0])}"
    if decision == "adopt":
        return f"Adopt the candidate ({compared}): it gains {difference(metric, gain)}, more than another seed changes."
    if decision == "run more seeds":
        return f"Undecided ({compared}): the gain is more than a seed changes, but too few seeds were run to be sure."
    if gain <= 0:
        return f"Keep the incumbent: the candidate is no better ({compared})."
    if gain <= luck:
        return f"Keep the incumbent ({compared}): another seed changes {difference(metric, luck)}, as much as the gain."
    return f"Keep the incumbent ({compared}): a gain below {difference(metric, smallest)} is not worth the complexity."
