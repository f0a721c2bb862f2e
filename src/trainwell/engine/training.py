"""One trial, driven from the host: short calls of the compiled program, to be watched, timed and stopped."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

from trainwell.engine.course import Course, Progress
from trainwell.engine.problem import Problem
from trainwell.engine.program import Program, program_for
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import DIVERGED, INTERRUPTED, OUT_OF_TIME, RUNNING, TrialState
from trainwell.engine.trial import EVALUATION_ROWS
from trainwell.errors import RecipeError
from trainwell.records import Record

Listener = Callable[[Progress], None]


@dataclass(frozen=True)
class Trained:
    """What a trial leaves: the record and the weights of its best epoch.

    Attributes:
        recipe: the recipe that was followed.
        record: what was written down.
        parameters: the best epoch's weights.
        network_state: the running statistics that go with them.
        state: where the run stopped, all that is needed to go on.
        program: the compiled program, to predict with.
    """

    recipe: Recipe
    record: Record
    parameters: Any
    network_state: Any
    state: TrialState
    program: Program

    @staticmethod
    def of(course: Course) -> Trained:
        """Return what a course leaves: the best epoch's weights, or the last ones where no epoch was judged."""
        best = course.state.best
        keep = best.parameters, best.network_state
        if int(best.epoch) == 0 and course.outcome != DIVERGED:
            keep = course.state.parameters, course.state.network_state
        return Trained(course.recipe, course.record(), *keep, course.state, course.program)

    @property
    def network(self) -> eqx.Module:
        """The trained network, as at prediction; call it as ``network(x, state)``."""
        return self.program.objective(self.recipe.knobs()).assemble(self.parameters, inference=True)

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """Return the network's outputs ``(rows, outputs)`` for encoded rows."""
        return predict_outputs(self.program, self.recipe, self.parameters, self.network_state, inputs)


def predict_outputs(
    program: Program, recipe: Recipe, parameters: Any, network_state: Any, inputs: np.ndarray
) -> np.ndarray:
    """Return outputs for any number of encoded rows, a fixed number at a time so that one compilation serves all."""
    knobs = program.knobs(recipe)
    pieces = []
    for first in range(0, len(inputs), EVALUATION_ROWS):
        piece = inputs[first : first + EVALUATION_ROWS]
        filled = np.zeros((EVALUATION_ROWS, *inputs.shape[1:]), inputs.dtype)
        filled[: len(piece)] = piece
        pieces.append(np.asarray(program.predict(knobs, parameters, network_state, filled))[: len(piece)])
    return np.concatenate(pieces) if pieces else np.zeros((0, program.outputs), np.float32)


def train(
    recipe: Recipe,
    problem: Problem,
    *,
    program: Program | None = None,
    listener: Listener | None = None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> Trained:
    """Train one network and return it with its record.

    Args:
        recipe: how.
        problem: on what.
        program: the compiled program of the recipe's structure, where its knobs were set to what would be another.
        listener: called several times a second with where the run stands.
        seconds: wall-clock budget, compilation included; the best weights so far are kept when it is used up.
        stop: ends the run like Ctrl-C once it is set, for runs in threads.

    Ctrl-C ends training after the call under way, with the best weights so far kept; a second one stops at once.
    """
    with interruptible() as interrupted:
        course = begin(recipe, problem, program)
        follow(course, listener=listener, seconds=seconds, stops=(interrupted, *([stop] if stop else [])))
    refuse_empty(course, seconds)
    return Trained.of(course)


def begin(recipe: Recipe, problem: Problem, program: Program | None = None) -> Course:
    """Return the course of a run whose weights are drawn and whose first update is still to come."""
    began = time.perf_counter()
    program = program or program_for(recipe, problem.layout, problem.task, problem.outputs)
    course = Course(recipe, problem, program, began)
    course.start()
    return course


def follow(
    course: Course,
    *,
    until: int | None = None,
    listener: Listener | None = None,
    seconds: float | None = None,
    stops: Sequence[threading.Event] = (),
) -> None:
    """Go on with a course until the run ends, or pauses after the epoch ``until`` to be followed again later.

    Args:
        course: what to go on with; the bits are the same however often it pauses.
        until: the number of finished epochs at which to pause.
        listener: called several times a second with where the run stands.
        seconds: wall-clock budget since the course began.
        stops: any of these ends the run once it is set.
    """
    while course.outcome == RUNNING and (until is None or course.epoch < until):
        course.advance(until)
        if listener is not None:
            listener(course.progress())
        if course.outcome == RUNNING and any(stop.is_set() for stop in stops):
            course.outcome = INTERRUPTED
        if course.outcome == RUNNING and seconds is not None and time.perf_counter() - course.began >= seconds:
            course.outcome = OUT_OF_TIME


def refuse_empty(course: Course, seconds: float | None) -> None:
    """Raise where a run was stopped before its first epoch ended, so that there is nothing to keep."""
    if course.epoch == 0 and course.outcome == INTERRUPTED:
        raise KeyboardInterrupt
    if course.epoch == 0 and course.outcome == OUT_OF_TIME:
        raise RecipeError(
            f"no epoch was finished within {seconds:g} s, so there is nothing to keep; allow more time, or fewer rows."
        )


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C into an event that is looked at between calls; the second interrupts as ever."""
    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = signal.getsignal(signal.SIGINT)

    def note(*_: Any) -> None:
        interrupted.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)
