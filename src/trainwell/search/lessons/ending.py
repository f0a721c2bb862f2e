"""Whether a search came to its end, or was cut off by Ctrl-C, by its time or with its process."""

from __future__ import annotations

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.planner import UNBOUNDED
from trainwell.search.lessons.reading import Study, read_study

#: How a search that came to no end ended, by what its study says.
ENDINGS = {
    "interrupted": "The search was interrupted by Ctrl-C after {done} trials.",
    "the time budget was used up": "The search ended when its time was used up, after {done} trials.",
    "not finished": "The search is not finished: {done} trials have ended.",
}


def ending(study: Study) -> Lesson | None:
    """Return that a search was cut off, after how many of its trials; none where all were done or nothing is known.

    A search that ends with its time may have been meant to; one that was interrupted was not.

    >>> study = {"metric": "rmse", "direction": "minimize", "space": {}, "trials": [{"value": 1.0}],
    ...     "plan": {"trials": 64}, "ended": "interrupted"}
    >>> print(ending(study).sentence)
    The search was interrupted by Ctrl-C after 1 of at most 64 trials.
    """
    reading = read_study(study)
    if reading.ended not in ENDINGS:
        return None
    ended, planned = len(reading.trials), reading.plan.get("trials")
    bounded = isinstance(planned, int) and planned < UNBOUNDED
    done = f"{ended} of at most {planned}" if bounded else f"{ended}"
    return Lesson(
        name="ending",
        sentence=ENDINGS[reading.ended].format(done=done),
        severity="note" if reading.ended == "the time budget was used up" else "warning",
        evidence={"trials that ended": ended, "ended": reading.ended}
        | ({"trials at most": planned} if bounded else {}),
    )
