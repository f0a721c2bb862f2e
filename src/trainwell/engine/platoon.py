"""Courses that march together: many trials of one structure in one call of the program, for accelerators.

A GPU that trains one small network is idle; one that trains a hundred is not. Once half of the lanes stand still, the
others close up. On a CPU threads are better, see cohort.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.arguments import whole_number
from trainwell.engine.course import CALL_SECONDS, Course
from trainwell.engine.state import INTERRUPTED, RUNNING
from trainwell.engine.trial import CURVES, EPOCHS_PER_CALL
from trainwell.errors import RecipeError

Item = TypeVar("Item")

#: Lanes on an accelerator unless said: enough to fill it with small networks.
LANES = 128
FIRST_CALL_EPOCHS = 1


def lanes_for(asked: int | None = None) -> int:
    """Return how many trials share a call: as asked, else one on a CPU and :data:`LANES` on an accelerator.

    >>> lanes_for(8)
    8
    """
    if asked is not None:
        return whole_number("lanes", asked)
    return 1 if jax.default_backend() == "cpu" else LANES


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items so many at a time, drawn as they are needed.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    supply = iter(items)
    while chunk := list(islice(supply, size)):
        yield chunk


def lane_count(trials: int) -> int:
    """Return the lanes for so many trials: the next power of two, so that closing up compiles few shapes.

    >>> [lane_count(trials) for trials in (1, 2, 3, 64, 65)]
    [1, 2, 4, 64, 128]
    """
    return 1 << (trials - 1).bit_length()


class Platoon:
    """Courses that march together: their states stacked, lane by lane. All are of one program and one problem.

    Attributes:
        courses: one a lane; lanes beyond repeat the first and are thrown away.
    """

    def __init__(self, courses: Sequence[Course]):
        self.courses = list(courses)
        filled = [*self.courses, *[self.courses[0]] * (lane_count(len(self.courses)) - len(self.courses))]
        self.knobs = stacked([course.knobs for course in filled])
        self.states = stacked([course.state for course in filled])

    def advance(self, epochs: int) -> None:
        """Go on with all lanes for some epochs, and let the courses note what came of it."""
        first, began = self.courses[0], time.perf_counter()
        problem = first.problem
        self.states, curves = first.program.advance_together(
            self.knobs, self.states, problem.examples, problem.rows, jnp.asarray(epochs)
        )
        written = np.asarray(curves)
        outcomes = np.asarray(self.states.outcome)
        took = time.perf_counter() - began
        for lane, course in enumerate(self.courses):
            rows = written[lane]
            course.note(rows[np.isfinite(rows[:, CURVES.index("epoch")])], took)
            course.outcome = int(outcomes[lane])

    def settle(self) -> None:
        """Hand every course its own state back, by way of the host: one transfer for all."""
        states = jax.device_get(self.states)
        for lane, course in enumerate(self.courses):
            course.state = jax.tree.map(lambda leaf, at=lane: leaf[at], states)
            if course.outcome != RUNNING:
                course.look()


def stacked(trees: Sequence[Any]) -> Any:
    """Return trees of equal shape as one, with a leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack([jnp.asarray(leaf) for leaf in leaves]), *trees)


def follow_together(
    courses: Sequence[Course], *, until: int | None = None, stops: Sequence[threading.Event] = ()
) -> None:
    """Go on with many courses at once until each has ended, or pauses after the epoch ``until``.

    Results agree with those of the same courses followed one by one up to rounding, as vectorised products sum in
    another order.

    Args:
        courses: of one program and one problem, all after the same epoch; see :func:`platoons`.
        until: the number of finished epochs at which to pause.
        stops: any of these ends the runs once it is set.
    """
    going = [course for course in courses if course.outcome == RUNNING and (until is None or course.epoch < until)]
    if going and going[0].recipe.precision == "float64":
        raise RecipeError("Recipe.precision: float64 runs one by one, not in lanes; ask for lanes=1.")
    epochs = FIRST_CALL_EPOCHS
    while going:
        platoon = Platoon(going)
        epoch = going[0].epoch
        while len(going) * 2 > len(platoon.courses):
            left = (until or max(course.recipe.max_epochs for course in going)) - epoch
            began, compilations = time.perf_counter(), going[0].program.compilations
            done = max(1, min(epochs, left, EPOCHS_PER_CALL))
            platoon.advance(done)
            epoch += done
            if going[0].program.compilations == compilations:
                epochs = max(1, int(done / max(time.perf_counter() - began, 1e-6) * CALL_SECONDS))
            if any(stop.is_set() for stop in stops):
                for course in platoon.courses:
                    course.outcome = INTERRUPTED if course.outcome == RUNNING else course.outcome
            going = [course for course in going if course.outcome == RUNNING and (until is None or epoch < until)]
        platoon.settle()


def platoons(courses: Sequence[Course]) -> list[list[Course]]:
    """Divide courses into those that can march together: of one program, on one problem, after the same epoch."""
    found: dict[Any, list[Course]] = {}
    for course in courses:
        found.setdefault((id(course.program), id(course.problem), course.epoch), []).append(course)
    return list(found.values())
