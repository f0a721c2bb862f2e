"""Does a short round rank settings as a long one does? Only then may the short one choose who trains longer.

When training is limited by time, many settings are trained shortly and the best few long (Deep Learning Tuning
Playbook, "Deciding how long to train when training is compute-bound"). What that rests on is measured here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from scipy.stats import rankdata

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import alike
from trainwell.search.lessons.reading import Study, Trial, read_study
from trainwell.search.lessons.wording import count

Verdict: TypeAlias = Literal["trust the short round", "do not trust the short round", "too few pairs"]

FEWEST = 5
#: From this correlation on, the short round is believed.
TRUSTED = 0.7
NORMAL_QUANTILE = 1.959963984540054
SOURCE = "Deep Learning Tuning Playbook, compute-bound training; Bonett and Wright 2000"


@dataclass(frozen=True)
class Rounds:
    """How alike two rounds rank the same settings.

    Attributes:
        short: scores of the short round.
        long: scores of the same settings in the long round.
        correlation: Spearman's rank correlation; none where it is not defined.
        interval: its 95 % interval.
        verdict: whether the short round may choose.
        sentence: all that in words.
    """

    short: tuple[float, ...]
    long: tuple[float, ...]
    correlation: float | None
    interval: tuple[float, float] | None
    verdict: Verdict
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        return Lesson(
            name="rounds",
            sentence=self.sentence,
            severity="warning" if self.verdict == "do not trust the short round" else "note",
            evidence={"rank correlation": self.correlation, "pairs": len(self.short)},
            data=self,
            source=SOURCE,
        )


def rank_agreement(short: Sequence[float], long: Sequence[float]) -> Rounds:
    """Return Spearman's ρ of two rounds over the same settings, with its interval.

    On Fisher's scale, artanh ρ has the standard error √((1 + ρ²/2)/(n − 3)) (D. Bonett and T. Wright, "Sample size
    requirements for estimating Pearson, Kendall and Spearman correlations", 2000).

    Raises:
        ValueError: the rounds are not of equal length.

    >>> rank_agreement([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12]).verdict
    'trust the short round'
    >>> rank_agreement([1.0] * 6, [2, 4, 6, 8, 10, 12]).sentence
    'All 6 settings scored the same in the short round: there is no rank to compare.'
    """
    if len(short) != len(long):
        raise ValueError(f"both rounds need the same settings, but got {len(short)} and {len(long)} scores.")
    pairs = tuple(map(float, short)), tuple(map(float, long))
    if len(short) < FEWEST:
        text = f"Only {count(len(short), 'setting')} ran in both rounds: too few to compare how they rank."
        return Rounds(*pairs, None, None, "too few pairs", text)
    if np.ptp(short) == 0 or np.ptp(long) == 0:
        which = "short" if np.ptp(short) == 0 else "long"
        text = f"All {count(len(short), 'setting')} scored the same in the {which} round: there is no rank to compare."
        return Rounds(*pairs, None, None, "too few pairs", text)
    correlation = float(np.corrcoef(rankdata(short), rankdata(long))[0, 1])
    ends = fisher_interval(correlation, len(short))
    trusted = correlation >= TRUSTED
    verdict: Verdict = "trust the short round" if trusted else "do not trust the short round"
    ending = "the short round may choose who trains longer" if trusted else "the short round picks the wrong ones"
    text = (
        f"The short and the long round rank {count(len(short), 'setting')} with a correlation of {correlation:.2f} "
        f"(95% interval {ends[0]:.2f} to {ends[1]:.2f}): {ending}."
    )
    return Rounds(*pairs, correlation, ends, verdict, text)


def fisher_interval(correlation: float, pairs: int) -> tuple[float, float]:
    """Return the 95 % interval of a rank correlation on Fisher's scale."""
    inside = min(max(correlation, -1 + 1e-12), 1 - 1e-12)
    reach = NORMAL_QUANTILE * math.sqrt((1 + inside**2 / 2) / (pairs - 3))
    return math.tanh(math.atanh(inside) - reach), math.tanh(math.atanh(inside) + reach)


def rounds(study: Study) -> Rounds | None:
    """Compare the settings of a study that were trained twice, shortly and long; none where there are none."""
    pairs: list[tuple[Trial, Trial]] = []
    by_settings: dict[object, list[Trial]] = {}
    for trial in read_study(study).scored:
        by_settings.setdefault(repr(alike(trial.settings)), []).append(trial)
    for trials in by_settings.values():
        ordered = sorted(trials, key=lambda trial: trial.max_epochs)
        if ordered[0].max_epochs < ordered[-1].max_epochs:
            pairs.append((ordered[0], ordered[-1]))
    if not pairs:
        return None
    return rank_agreement([first.value for first, _ in pairs], [last.value for _, last in pairs])
