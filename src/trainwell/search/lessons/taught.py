"""What a study taught: every lesson it holds, the most useful first. Each lesson is drawn in its own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from trainwell.search.lessons.axes import axes_lesson
from trainwell.search.lessons.boundary import boundary
from trainwell.search.lessons.budget import steps_budget
from trainwell.search.lessons.ending import ending
from trainwell.search.lessons.importance import importance
from trainwell.search.lessons.instability import instability
from trainwell.search.lessons.isolation import isolation
from trainwell.search.lessons.lesson import SEVERITIES, Lesson
from trainwell.search.lessons.planner import plan
from trainwell.search.lessons.reading import Reading, Study, read_study
from trainwell.search.lessons.resolution import at_the_best
from trainwell.search.lessons.roles import batch_size_searched, roles
from trainwell.search.lessons.rounds import rounds
from trainwell.search.lessons.sampling import sampled_enough
from trainwell.search.lessons.touches import Touch, touches_lesson
from trainwell.search.lessons.variance import three_variances
from trainwell.search.lessons.wording import count, listed, score, setting

#: Lessons of one severity stand in this order: first the answer, then what to do, then how far to trust it.
ORDER = (
    "outcome",
    "ending",
    "isolation",
    "importance",
    "boundary",
    "instability",
    "sampling",
    "steps",
    "batch size",
    "axes",
    "variance",
    "rounds",
    "plan",
    "roles",
    "test touches",
)


class Teaching(Protocol):
    """What a lesson's own record must do: turn itself into a :class:`Lesson`."""

    def lesson(self) -> Lesson:
        """Return it as a lesson."""


def lessons(
    study: Study, *, studies: Sequence[float] | None = None, touches: Sequence[Touch] | None = None
) -> list[Lesson]:
    """Return what a study taught, the most useful first: its outcome, then faults, warnings and notes.

    Args:
        study: the study's plain data.
        studies: best scores of repetitions of the study under other shifts, if there were any.
        touches: every look at the test part; the study's own ``test_touches`` unless said.

    Raises:
        DataError: the study lacks an entry that every study has.

    >>> study = {"metric": "rmse", "direction": "minimize", "space": {}, "trials": [{"state": "diverged"}]}
    >>> print(lessons(study)[0].sentence)
    No trial has a score: 1 trial, 1 diverged.
    """
    reading = read_study(study)
    if touches is None and isinstance(study, Mapping):
        touches = [Touch.from_dict(facts) for facts in study.get("test_touches") or ()]
    found = [*about_the_space(reading), *about_the_trials(reading, studies)]
    if (cut_off := ending(reading)) is not None:
        found.append(cut_off)
    if touches is not None and (touches or reading.best):
        found.append(touches_lesson(touches))
    return sorted([outcome(reading), *found], key=usefulness)


def usefulness(lesson: Lesson) -> tuple[bool, int, int]:
    """Return the place of a lesson: the outcome first, then by severity and kind."""
    return lesson.name != "outcome", SEVERITIES.index(lesson.severity), ORDER.index(lesson.name)


def about_the_space(reading: Reading) -> Iterator[Lesson]:
    """Yield what the space alone teaches."""
    yield roles(reading).lesson()
    if (batch_size := batch_size_searched(reading)) is not None:
        yield batch_size
    if reading.best and reading.varied and not at_the_best(reading):
        yield plan(reading).lesson()


def about_the_trials(reading: Reading, studies: Sequence[float] | None) -> Iterator[Lesson]:
    """Yield what the trials teach."""
    if (placed := axes_lesson(reading)) is not None:
        yield placed
    singles: tuple[Teaching | None, ...] = (
        importance(reading),
        instability(reading),
        sampled_enough(reading),
        steps_budget(reading),
        three_variances(reading, studies=studies),
        rounds(reading),
    )
    for found in (*boundary(reading), *isolation(reading), *singles):
        if found is not None:
            yield found.lesson()


def outcome(reading: Reading) -> Lesson:
    """Return the best trial in words, or that there is none and what to do then."""
    best = reading.best
    if best is None:
        return nothing_scored(reading)
    known = [each.path for each in reading.varied if each.path in best.settings]
    settings = listed([f"{path} = {setting(best.settings[path])}" for path in known])
    trials, reached = count(len(reading.trials), "trial"), score(reading.metric, best.value)
    sentence = f"The best of {trials} reaches {reading.metric.replace('_', ' ')} {reached}"
    return Lesson(
        name="outcome",
        sentence=f"{sentence}, with {settings}." if settings else f"{sentence}.",
        evidence={"trial": best.number, "diverged": len(reading.diverged)},
    )


def nothing_scored(reading: Reading) -> Lesson:
    """Say that no trial has a score, how they ended, and what to do."""
    if not reading.trials:
        return Lesson("outcome", "No trial was run.", "fault", "Give the study more time, or fewer folds.")
    states = [trial.state for trial in reading.trials]
    ends = listed([f"{states.count(state)} {state}" for state in dict.fromkeys(states)])
    trials = count(len(states), "trial")
    advice = (
        "Search learning rates a hundred times lower, and look at the preflight checks of a single run."
        if reading.diverged
        else "Look at the problem of the first trial that failed, in the table."
    )
    return Lesson("outcome", f"No trial has a score: {trials}, {ends}.", "fault", advice)
