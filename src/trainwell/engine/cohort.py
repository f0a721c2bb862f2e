"""A cohort: many trials (settings × folds × seeds) that share compiled programs, each the same as if it ran alone.

On a CPU the trials fan out over threads, one per core: the interpreter lock is free while compiled code runs, and one
compilation per structure serves all. On an accelerator they ride the lanes of one vectorised program (``lanes``).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from trainwell.engine.problem import Problem
from trainwell.engine.recipe import Recipe
from trainwell.engine.training import Trained, interruptible, train
from trainwell.errors import RecipeError

Kept = TypeVar("Kept")

#: How often the main thread looks for Ctrl-C and the end of the budget, seconds.
GLANCE = 0.1


@dataclass(frozen=True)
class Member:
    """One trial of a cohort: by which recipe, on what."""

    recipe: Recipe
    problem: Problem


@dataclass(frozen=True)
class CohortProgress:
    """Where a cohort stands: trials finished of all, and the seconds since it began."""

    finished: int
    trials: int
    seconds: float


@dataclass(frozen=True)
class Outcome(Generic[Kept]):
    """What became of one member: what was kept of it, or nothing where it was not finished.

    Attributes:
        index: its place in the cohort.
        kept: what ``keep`` made of the trained network.
        problem: why it could not be trained, if so.
    """

    index: int
    kept: Kept | None = None
    problem: str | None = None


def workers_for(members: int, asked: int | None = None) -> int:
    """Return how many trials run at a time: as asked, else one per core that this process may use."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(members, asked or cores))


def train_cohort(
    members: Sequence[Member],
    keep: Callable[[int, Trained], Kept],
    *,
    workers: int | None = None,
    listener: Callable[[CohortProgress], None] | None = None,
    seconds: float | None = None,
) -> list[Outcome[Kept]]:
    """Train every member and return what ``keep`` makes of each, in the members' order.

    Args:
        members: the trials; those of one structure share a compiled program.
        keep: called in the worker's thread with a member's index and its trained network; only what it returns is held,
            so that memory stays flat over thousands of trials.
        workers: trials at a time; one per core unless said.
        listener: called when trials finish.
        seconds: wall-clock budget of the whole; members not finished by then stay empty.

    Ctrl-C keeps what is finished; the others stay empty. A member whose recipe is refused is reported, not raised.
    """
    began = time.perf_counter()
    outcomes: list[Outcome[Kept]] = [Outcome(index) for index in range(len(members))]
    stop = threading.Event()

    def work(index: int) -> Outcome[Kept]:
        if stop.is_set():
            return Outcome(index)
        try:
            trained = train(members[index].recipe, members[index].problem, stop=stop)
        except KeyboardInterrupt:
            return Outcome(index)
        except RecipeError as problem:
            return Outcome(index, problem=str(problem))
        return Outcome(index) if stop.is_set() else Outcome(index, keep(index, trained))

    with interruptible() as interrupted, ThreadPoolExecutor(workers_for(len(members), workers)) as pool:
        waiting: set[Future[Outcome[Kept]]] = {pool.submit(work, index) for index in range(len(members))}
        while waiting:
            done, waiting = wait(waiting, timeout=GLANCE, return_when=FIRST_COMPLETED)
            for future in done:
                outcomes[future.result().index] = future.result()
            if interrupted.is_set() or (seconds is not None and time.perf_counter() - began > seconds):
                stop.set()
            if done and listener is not None:
                listener(CohortProgress(len(members) - len(waiting), len(members), time.perf_counter() - began))
    return outcomes


def trained_cohort(members: Sequence[Member], **options: Any) -> list[Trained | None]:
    """Train every member and keep the networks whole; none where one was not finished."""
    return [outcome.kept for outcome in train_cohort(members, lambda _, trained: trained, **options)]
