"""The log of the test part: it is scored once, and every touch is written down. Scores nothing itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.wording import count, number

SOURCE = "Deep Learning Tuning Playbook, exploitation; CS231n, use the test set only once"


@dataclass(frozen=True)
class Touch:
    """One look at the test part.

    Attributes:
        when: ISO 8601 date and time.
        why: what it was looked at for.
        trial: number of the trial that was scored; none for an ensemble.
        score: the score seen.
    """

    when: str
    why: str
    trial: int | None = None
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the touch as data that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Touch:
        """Read what :meth:`to_dict` gave."""
        return cls(str(facts["when"]), str(facts["why"]), facts.get("trial"), facts.get("score"))


def touches_sentence(touches: Sequence[Touch]) -> str:
    """Say how often the test part was looked at, and what its score is still worth.

    >>> touches_sentence([])
    'The test part was not touched: its score is still to come, and unspoilt.'
    >>> touches_sentence([Touch("2026-11-20T21:54:00", "the final score", 12, 0.98)])
    'The test part was touched once, for the final score.'
    """
    if not touches:
        return "The test part was not touched: its score is still to come, and unspoilt."
    if len(touches) == 1:
        return f"The test part was touched once, for {touches[0].why}."
    scores = [number(touch.score) for touch in touches if touch.score is not None]
    seen = f" ({', '.join(scores)})" if scores else ""
    return f"The test part was touched {count(len(touches), 'time')}{seen}: only the first score is an honest one."


def touches_lesson(touches: Sequence[Touch]) -> Lesson:
    """Return the log as a lesson; a second touch is a warning."""
    return Lesson(
        name="test touches",
        sentence=touches_sentence(touches),
        severity="warning" if len(touches) > 1 else "note",
        data=[touch.to_dict() for touch in touches],
        source=SOURCE,
    )
