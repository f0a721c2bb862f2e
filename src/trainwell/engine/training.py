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
import jax
import numpy as np

from trainwell.engine.checkpoint import Checkpoint
from trainwell.engine.course import Course, Progress
from trainwell.engine.precision import arithmetic, float_of
from trainwell.engine.problem import Problem
from trainwell.engine.program import Program, program_for
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import DIVERGED, INTERRUPTED, OUT_OF_TIME, RUNNING, TrialState
from trainwell.engine.suiting import refuse_too_large, suit
from trainwell.engine.trial import EVALUATION_ROWS
from trainwell.errors import RecipeError
from trainwell.keys import key_for
from trainwell.records import Record

Listener = Callable[[Progress], None]
#: A person's own hook: called with where the run stands; returning :data:`STOP` ends the run as Ctrl-C does.
Callback = Callable[[Progress], Any]
STOP = "stop"
#: Rows that a draw is made for at a time where there are no more, so that few rows do not cost as much as many.
FEW_ROWS = (64, 256)


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
        state, best = course.state, course.state.best
        with arithmetic(course.recipe):
            keep = best.parameters, best.network_state
            if int(best.epoch) == 0 and course.outcome != DIVERGED:
                objective = course.program.objective(dict(course.recipe.knobs()))
                keep = objective.evaluated(state.optimizer_state, state.parameters), state.network_state
            return Trained(course.recipe, course.record(), *keep, state, course.program)

    @property
    def network(self) -> eqx.Module:
        """The trained network, as at prediction; call it as ``network(x, state)``."""
        with arithmetic(self.recipe):
            return self.program.objective(self.recipe.knobs()).assemble(self.parameters, inference=True)

    def outputs(self, inputs: np.ndarray) -> np.ndarray:
        """Return the network's outputs ``(rows, outputs)`` for encoded rows."""
        return predict_outputs(self.program, self.recipe, self.parameters, self.network_state, inputs)


def predict_outputs(
    program: Program, recipe: Recipe, parameters: Any, network_state: Any, inputs: np.ndarray
) -> np.ndarray:
    """Return outputs for any number of encoded rows, a fixed number at a time so that one compilation serves all."""
    with arithmetic(recipe):
        knobs = program.knobs(recipe)
        pieces = [
            np.asarray(program.predict(knobs, parameters, network_state, filled))[:count]
            for filled, count in filled_pieces(inputs.astype(float_of(recipe)))
        ]
    return np.concatenate(pieces) if pieces else np.zeros((0, program.outputs), np.float32)


def filled_pieces(inputs: np.ndarray, size: int = EVALUATION_ROWS) -> Iterator[tuple[np.ndarray, int]]:
    """Yield encoded rows ``size`` at a time, the last piece filled up with zeros, and how many rows of each count."""
    for first in range(0, len(inputs), size):
        piece = inputs[first : first + size]
        filled = np.zeros((size, *inputs.shape[1:]), inputs.dtype)
        filled[: len(piece)] = piece
        yield filled, len(piece)


def sample_outputs(
    program: Program, recipe: Recipe, parameters: Any, network_state: Any, inputs: np.ndarray, samples: int, seed: int
) -> np.ndarray:
    """Return the outputs ``(samples, rows, outputs)`` of as many draws of the network, its dropout left on.

    A draw is one network: the same units are dropped for every row, so that a row's answers do not depend on which
    others are asked about.
    """
    drawn = np.zeros((samples, len(inputs), program.outputs), float_of(recipe))
    size = next((few for few in FEW_ROWS if len(inputs) <= few), EVALUATION_ROWS)
    with arithmetic(recipe):
        knobs, root = program.knobs(recipe), key_for(seed, "dropout samples")
        keys = [jax.random.fold_in(root, draw) for draw in range(samples)]
        for place, (filled, count) in enumerate(filled_pieces(inputs.astype(drawn.dtype), size)):
            first = place * size
            for draw, key in enumerate(keys):
                outputs = np.asarray(program.sample(knobs, parameters, network_state, filled, key))
                drawn[draw, first : first + count] = outputs[:count]
    return drawn


def train(
    recipe: Recipe,
    problem: Problem,
    *,
    program: Program | None = None,
    listener: Listener | None = None,
    seconds: float | None = None,
    stop: threading.Event | None = None,
    callbacks: Callback | Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train one network and return it with its record.

    Args:
        recipe: how.
        problem: on what.
        program: the compiled program of the recipe's structure, where its knobs were set to what would be another.
        listener: called several times a second with where the run stands.
        seconds: wall-clock budget, compilation included; the best weights so far are kept when it is used up.
        stop: ends the run like Ctrl-C once it is set, for runs in threads.
        callbacks: each called after every epoch; one that returns ``"stop"`` ends the run like Ctrl-C.
        checkpoint: where the run's state is kept, to go on from after a crash.

    Ctrl-C ends training after the call under way, with the best weights so far kept; a second one stops at once.
    """
    with interruptible() as interrupted:
        course = begin(recipe, problem, program)
        with arithmetic(recipe):
            before = checkpoint.open(course) if checkpoint else 0.0
        asked, told_of = threading.Event(), course.epoch
        every = (callbacks,) if callable(callbacks) else tuple(callbacks)

        def tell(progress: Progress) -> None:
            nonlocal told_of
            if listener is not None:
                listener(progress)
            for callback in every if progress.epoch > told_of else ():
                if callback(progress) == STOP:
                    asked.set()
            told_of = progress.epoch
            if checkpoint is not None:
                checkpoint.keep(course)

        budget = None if seconds is None else seconds + before
        told = tell if listener or every or checkpoint else None
        stops = (interrupted, asked, *([stop] if stop else []))
        follow(course, listener=told, seconds=budget, stops=stops, each_epoch=bool(every))
        if checkpoint is not None:
            checkpoint.write(course)
    refuse_empty(course, seconds)
    return Trained.of(course)


def begin(recipe: Recipe, problem: Problem, program: Program | None = None, *, alone: bool = True) -> Course:
    """Return the course of a run whose weights are drawn and whose first update is still to come.

    Args:
        recipe: how it is trained.
        problem: on what.
        program: the compiled program of the recipe's structure, where its knobs were set to what would be another.
        alone: whether it is going to be followed by itself, rather than in lanes.
    """
    began = time.perf_counter()
    with arithmetic(recipe):
        course = Course(recipe, problem, program or suitable_program(recipe, problem), began)
        course.start(alone=alone)
    return course


def suitable_program(recipe: Recipe, problem: Problem) -> Program:
    """Return the program of a recipe's structure for a problem.

    Raises:
        RecipeError: the recipe does not suit the problem, or its network is too large.
    """
    program = program_for(recipe, problem.layout, problem.task, problem.outputs)
    if not program.compilations:
        refuse_too_large(program.parameter_shapes)
    suit(recipe, problem, program)
    return program


def follow(
    course: Course,
    *,
    until: int | None = None,
    listener: Listener | None = None,
    seconds: float | None = None,
    stops: Sequence[threading.Event] = (),
    each_epoch: bool = False,
) -> None:
    """Go on with a course until the run ends, or pauses after the epoch ``until`` to be followed again later.

    Args:
        course: what to go on with; the bits are the same however often it pauses.
        until: the number of finished epochs at which to pause.
        listener: called several times a second with where the run stands.
        seconds: wall-clock budget since the course began.
        stops: any of these ends the run once it is set.
        each_epoch: whether the listener is called after every epoch, however short.
    """
    while course.outcome == RUNNING and (until is None or course.epoch < until):
        bound = min(course.epoch + 1, until or course.recipe.max_epochs) if each_epoch else until
        with arithmetic(course.recipe):
            course.advance(bound)
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
