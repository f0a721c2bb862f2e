"""Were enough points sampled? The distribution of the best of n trials, for growing n.

The playbook draws n of the N trials with replacement, again and again, and looks at the best. No draws are needed:
with the scores in order, v₁ ≤ … ≤ v_N, the best of n is v_k with probability (k/N)ⁿ − ((k−1)/N)ⁿ. That is the
bootstrap's own limit over endless resamples (J. Dodge et al., "Show Your Work", EMNLP 2019, equation 4).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.reading import DIVERGED, Reading, Study, read_study
from trainwell.search.lessons.resolution import at_the_best, resolution
from trainwell.search.lessons.wording import count, difference

Verdict: TypeAlias = Literal["enough", "more would help", "too few to say"]

#: Fewer scores than this say nothing about what more would bring.
FEWEST = 8
#: A gain below this share of the way from the median trial to the best one is no reason to go on.
NEGLIGIBLE = 0.03
#: A gain below this share of the scores' size is rounding.
ROUNDING = 1e-9
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
SOURCE = "Deep Learning Tuning Playbook, enough points sampled; Dodge et al. 2019, Show Your Work"


@dataclass(frozen=True)
class BestOf:
    """How good the best of ``trials`` trials is: its mean and five quantiles (5, 25, 50, 75 and 95 %), as scores."""

    trials: int
    mean: float
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class Sampling:
    """Whether enough trials were sampled.

    Attributes:
        boxes: the best of n for n = 1, 2, 4, … up to all trials.
        gain: what the second half of the trials brought on average, in the metric.
        tolerance: the gain that would be too small to matter: the best trial's standard error over folds and seeds or
            of its validation rows, or 3 % of the way from the median trial to the best.
        verdict: ``"enough"``, ``"more would help"`` or ``"too few to say"``.
        sentence: all that in words.
    """

    boxes: tuple[BestOf, ...]
    gain: float
    tolerance: float
    verdict: Verdict
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        going_on = self.verdict != "enough"
        return Lesson(
            name="sampling",
            sentence=self.sentence,
            severity="warning" if going_on else "note",
            advice="Run the study again with twice as many trials." if going_on else "",
            evidence={"gain of the last doubling": self.gain, "too small to matter": self.tolerance},
            data=self,
            source=SOURCE,
        )


def probabilities(scores: int, drawn: int) -> np.ndarray:
    """Return how likely each of ``scores`` scores, worst first, is the best of ``drawn`` draws with replacement.

    >>> probabilities(2, 2).tolist()
    [0.25, 0.75]
    """
    below = (np.arange(scores + 1) / scores) ** drawn
    return np.diff(below)


def best_of(goodness: Sequence[float], drawn: int) -> float:
    """Return the expected largest of ``drawn`` draws with replacement: Σ v_k [(k/N)ⁿ − ((k−1)/N)ⁿ].

    >>> best_of([0.0, 1.0], 3)
    0.875
    """
    return float(probabilities(len(goodness), drawn) @ np.sort(goodness))


def best_quantile(goodness: Sequence[float], drawn: int, share: float) -> float:
    """Return the quantile of the largest of ``drawn`` draws: the smallest v_k with (k/N)ⁿ ≥ share.

    >>> best_quantile([1.0, 2.0, 3.0, 4.0], 1, 0.5)
    2.0
    """
    place = math.ceil(len(goodness) * share ** (1 / drawn) - 1e-9)
    return float(np.sort(goodness)[max(place, 1) - 1])


def sampled_enough(study: Study) -> Sampling | None:
    """Return whether more trials would have found better ones; none without any score.

    Diverged trials cost their turn too: they stand with the worst score of all.

    >>> study = {"metric": "accuracy", "direction": "maximize", "space": {}, "trials": [
    ...     {"state": "complete", "value": 0.9 + min(k, 8) / 100} for k in range(16)]}
    >>> sampled_enough(study).verdict
    'enough'
    """
    reading = read_study(study)
    scores = goodness_of(reading)
    if not scores:
        return None
    boxes = tuple(box(reading, scores, drawn) for drawn in ladder(len(scores)))
    gain = best_of(scores, len(scores)) - best_of(scores, max(len(scores) // 2, 1))
    spread = max(scores) - float(np.median(scores))
    tolerance = max(resolution(reading), NEGLIGIBLE * spread, ROUNDING * float(np.abs(scores).max()))
    too_few = len(reading.scored) < FEWEST and not at_the_best(reading)
    verdict: Verdict = "too few to say" if too_few else "enough"
    if verdict == "enough" and gain > tolerance and not at_the_best(reading):
        verdict = "more would help"
    return Sampling(boxes, gain, tolerance, verdict, wording(reading, verdict, gain, tolerance))


def goodness_of(reading: Reading) -> list[float]:
    """Return the goodness of every trial, the diverged ones with the worst of it."""
    known = [reading.goodness(trial.value) for trial in reading.scored]
    lost = sum(trial.state == DIVERGED for trial in reading.trials)
    return known + [min(known)] * lost if known else []


def box(reading: Reading, scores: list[float], drawn: int) -> BestOf:
    """Return the box of the best of ``drawn``, turned back into the metric's own direction."""
    quantiles = [reading.goodness(best_quantile(scores, drawn, share)) for share in QUANTILES]
    return BestOf(drawn, reading.goodness(best_of(scores, drawn)), tuple(sorted(quantiles)))


def ladder(trials: int) -> list[int]:
    """Return the numbers of trials to look at: powers of two, and all.

    >>> ladder(12)
    [1, 2, 4, 8, 12]
    """
    return sorted({2**power for power in range(trials.bit_length()) if 2**power < trials} | {trials})


def wording(reading: Reading, verdict: Verdict, gain: float, tolerance: float) -> str:
    """Say whether to go on."""
    trials = count(len(reading.trials), "trial")
    if verdict == "too few to say":
        have = count(len(reading.scored), "trial has a score", "trials have a score")
        return f"Only {have}: too few to say how much better the best could be."
    if at_the_best(reading):
        return f"{trials} were enough: the best score is the best that there is."
    found = difference(reading.metric, gain)
    if verdict == "enough":
        return f"{trials} were enough: the second half of them brought {found} on average, too little to matter."
    return f"More trials would help: the second half of the {trials} still brought {found} on average."
