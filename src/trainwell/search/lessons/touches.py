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
        sitting: looks of one sitting, between which nothing was chosen, share its number and count as one touch; a look
            without a number counts by itself.
    """

    when: str
    why: str
    trial: int | None = None
    score: float | None = None
    sitting: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the touch as data that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Touch:
        """Read what :meth:`to_dict` gave."""
        return cls(str(facts["when"]), str(facts["why"]), facts.get("trial"), facts.get("score"), facts.get("sitting"))


def sittings(touches: Sequence[Touch]) -> list[list[Touch]]:
    """Return the looks of each sitting together, in their order.

    >>> log = [Touch("10:00", "one", sitting=1), Touch("10:01", "two", sitting=1), Touch("11:00", "three", sitting=2)]
    >>> [len(together) for together in sittings(log)]
    [2, 1]
    """
    found: dict[object, list[Touch]] = {}
    for at, touch in enumerate(touches):
        found.setdefault(("alone", at) if touch.sitting is None else touch.sitting, []).append(touch)
    return list(found.values())


def touches_sentence(touches: Sequence[Touch]) -> str:
    """Say how often the test part was looked at, and what its score is still worth.

    >>> touches_sentence([])
    'The test part was not touched: its score is still to come, and unspoilt.'
    >>> touches_sentence([Touch("2026-11-20T21:54:00", "the final score", 12, 0.98)])
    'The test part was touched once, for the final score.'
    """
    if not touches:
        return "The test part was not touched: its score is still to come, and unspoilt."
    together = sittings(touches)
    if len(together) == 1:
        whys = list(dict.fromkeys(touch.why for touch in touches))
        return f"The test part was touched once, for {' and '.join(whys)}."
    scores = [number(touch.score) for touch in touches if touch.score is not None]
    seen = f" ({', '.join(scores)})" if scores else ""
    honest = "only the first score is an honest one" if len(together[0]) == 1 else "only the first scores are honest"
    return f"The test part was touched {count(len(together), 'time')}{seen}: {honest}."


def touches_lesson(touches: Sequence[Touch]) -> Lesson:
    """Return the log as a lesson; a second touch is a warning."""
    return Lesson(
        name="test touches",
        sentence=touches_sentence(touches),
        severity="warning" if len(sittings(touches)) > 1 else "note",
        data=[touch.to_dict() for touch in touches],
        source=SOURCE,
    )
