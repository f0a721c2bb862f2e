"""Was training long enough, too long, or right? Read from the epoch at which the best trials were best.

The number of steps is never searched. Best in the last quarter: train longer; best in the first tenth: shorter
(Deep Learning Tuning Playbook, "Deciding how long to train when training is not compute-bound"). Best at the very
first epoch, before which nobody looked: the rate is too high, or an epoch too long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.reading import Reading, Study, Trial, read_study
from trainwell.search.lessons.resolution import at_the_best
from trainwell.search.lessons.wording import count

Verdict: TypeAlias = Literal["longer", "shorter", "first epoch", "right", "ends low by design"]

LAST_QUARTER, FIRST_TENTH = 0.75, 0.1
#: Schedules that end at a low rate: their last epochs are the best whatever the length.
ENDING_LOW = ("Cosine", "CosineRestarts", "Linear", "OneCycle", "Power", "PiecewiseConstant")
SOURCE = "Deep Learning Tuning Playbook, deciding how long to train"


@dataclass(frozen=True)
class StepsBudget:
    """When the best trials were best, as shares of the epochs they were allowed.

    Attributes:
        shares: best epoch over allowed epochs of every run of the best few trials.
        middle: their median.
        max_epochs: the epochs allowed.
        verdict: ``"longer"``, ``"shorter"``, ``"first epoch"``, ``"right"``, or ``"ends low by design"`` where the
            schedule decides it.
        proposal: the epochs to allow next; the same where nothing should change.
        sentence: all that in words.
    """

    shares: tuple[float, ...]
    middle: float
    max_epochs: int
    verdict: Verdict
    proposal: int
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson, with the epochs to allow as the change."""
        changes = self.proposal != self.max_epochs
        return Lesson(
            name="steps",
            sentence=self.sentence,
            severity="warning" if self.verdict in ("longer", "first epoch") else "note",
            advice=" ".join(self.advice()),
            change={"max_epochs": self.proposal} if changes else None,
            evidence={"best after, share of the epochs": self.middle},
            data=self,
            source=SOURCE,
        )

    def advice(self) -> Iterator[str]:
        """Yield what to do in the next round."""
        if self.verdict == "first epoch":
            yield "Search lower learning rates."
        if self.proposal != self.max_epochs:
            yield f"Allow {self.proposal} epochs in the next round."


def steps_budget(study: Study) -> StepsBudget | None:
    """Return whether the best few finished trials had too few or too many epochs; none where it is not known.

    >>> study = {"metric": "rmse", "direction": "minimize", "space": {}, "trials": [
    ...     {"state": "complete", "value": 1.0, "best_epochs": [95], "max_epochs": 100}]}
    >>> steps_budget(study).proposal
    200
    """
    reading = read_study(study)
    few = [trial for trial in reading.best_few() if trial.finished and trial.max_epochs > 0 and trial.best_epochs]
    if not few:
        return None
    shares = tuple(epoch / trial.max_epochs for trial in few for epoch in trial.best_epochs)
    middle, allowed = float(np.median(shares)), max(trial.max_epochs for trial in few)
    verdict = "right" if at_the_best(reading) else judge(reading, middle, few)
    fewer = shorter(few, allowed)
    proposal = {"longer": 2 * allowed, "shorter": fewer, "first epoch": fewer}.get(verdict, allowed)
    if proposal == allowed and verdict == "shorter":
        verdict = "right"
    return StepsBudget(shares, middle, allowed, verdict, proposal, wording(verdict, middle, allowed, len(few)))


def judge(reading: Reading, middle: float, few: list[Trial]) -> Verdict:
    """Return the verdict on the median share, and on the median epoch where that is the first of several."""
    if middle < 1 and np.median([epoch for trial in few for epoch in trial.best_epochs]) <= 1:
        return "first epoch"
    if middle > LAST_QUARTER:
        kind = (reading.recipe.get("schedule") or {}).get("kind")
        return "ends low by design" if kind in ENDING_LOW else "longer"
    return "shorter" if middle < FIRST_TENTH else "right"


def shorter(few: list[Trial], allowed: int) -> int:
    """Return twice the latest best epoch, rounded up to tens, and never more than was allowed."""
    latest = max(epoch for trial in few for epoch in trial.best_epochs)
    return min(allowed, -(-2 * latest // 10) * 10)


def wording(verdict: Verdict, middle: float, allowed: int, trials: int) -> str:
    """Say when the best trials were best, and what follows."""
    who = "The best trial was" if trials == 1 else f"The {count(trials, 'best trial')} were"
    text = f"{who} best after {middle:.0%} of the {count(allowed, 'epoch')} allowed"
    endings = {
        "longer": ", in the last quarter: they were still learning when time was up.",
        "shorter": ", in the first tenth: most of the time was spent for nothing.",
        "first epoch": ", at the very first of them: none of the later ones was better.",
        "right": ": the length of training was right.",
        "ends low by design": ", as the schedule ends at a low rate: only a longer run can tell whether more helps.",
    }
    ending = endings[verdict]
    return text + (ending.replace("they were", "it was") if trials == 1 else ending)
