"""A cohort: many trials (settings × folds × seeds) that share compiled programs, each the same as if it ran alone.

On a CPU the trials fan out over threads, one per core: the interpreter lock is free while compiled code runs, and one
compilation per structure serves all. Not for choosing settings, not for judging.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from trainwell.arguments import whole_number
from trainwell.engine.collector import spared
from trainwell.engine.course import Course
from trainwell.engine.platoon import chunks, follow_together, lanes_for, platoons
from trainwell.engine.problem import Problem
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import INTERRUPTED
from trainwell.engine.training import Trained, begin, interruptible, train
from trainwell.errors import RecipeError

Result = TypeVar("Result")
Kept = TypeVar("Kept")

#: How often the main thread looks for Ctrl-C and the end of the budget, seconds.
GLANCE = 0.1
#: Works handed to the threads beforehand, per thread, so that none waits for the main thread.
AHEAD = 2


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


class Watch:
    """Looks out for Ctrl-C and the end of a budget of time while a cohort, or several in turn, are at work.

    Attributes:
        stop: set once either has come; work under way ends at its next glance.
        interrupted: whether it was Ctrl-C.

    >>> with Watch(seconds=60) as watch:
    ...     watch.is_over()
    False
    """

    def __init__(self, seconds: float | None = None):
        self.seconds, self.stop = seconds, threading.Event()
        self._contexts = ExitStack()

    def __enter__(self) -> Self:
        self.began = time.perf_counter()
        self._interrupted = self._contexts.enter_context(interruptible())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self._contexts.close()

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._interrupted.is_set()

    @property
    def elapsed(self) -> float:
        """Seconds since the watch began."""
        return time.perf_counter() - self.began

    def is_over(self) -> bool:
        """Tell whether to stop, and let everyone know if so."""
        if self.interrupted or (self.seconds is not None and self.elapsed >= self.seconds):
            self.stop.set()
        return self.stop.is_set()


def workers_for(members: int, asked: int | None = None) -> int:
    """Return how many threads train: as asked, else one per core that this process may use, and one for lanes."""
    if asked is None and lanes_for() > 1:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(members, cores if asked is None else whole_number("workers", asked)))


def fan_out(works: Iterable[Callable[[], Result]], watch: Watch, workers: int) -> Iterator[Result]:
    """Do pieces of work in threads and yield each result in the calling thread as soon as it is there.

    Args:
        works: drawn from in the calling thread, a few ahead of the threads, so that there may be any number of them.
        watch: once it is over nothing more is begun; work under way must look at ``watch.stop`` itself.
        workers: how many threads.

    What a piece of work raises is raised here, after those under way have ended.
    """
    supply, waiting = iter(works), set[Future[Result]]()
    with spared(), ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(waiting) < AHEAD * workers and not watch.is_over():
                    work = next(supply, None)
                    if work is None:
                        break
                    waiting.add(pool.submit(work))
                if not waiting:
                    return
                done, waiting = wait(waiting, timeout=GLANCE, return_when=FIRST_COMPLETED)
                watch.is_over()
                for future in done:
                    yield future.result()
        except BaseException:
            watch.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def train_cohort(
    members: Sequence[Member],
    keep: Callable[[int, Trained], Kept],
    *,
    workers: int | None = None,
    lanes: int | None = None,
    listener: Callable[[CohortProgress], None] | None = None,
    seconds: float | None = None,
) -> list[Outcome[Kept]]:
    """Train every member and return what ``keep`` makes of each, in the members' order.

    Args:
        members: the trials; those of one structure share a compiled program.
        keep: called in the worker's thread with a member's index and its trained network; only what it returns is held,
            so that memory stays flat over thousands of trials.
        workers: threads; one per core unless said.
        lanes: trials that share a call of the program; one on a CPU, where results are then the same bits as alone, and
            many on an accelerator, where they agree up to rounding.
        listener: called when trials finish.
        seconds: wall-clock budget of the whole; members not finished by then stay empty.

    Ctrl-C keeps what is finished; the others stay empty. A member whose recipe is refused is reported, not raised.
    """
    outcomes: list[Outcome[Kept]] = [Outcome(index) for index in range(len(members))]
    finished = 0
    with Watch(seconds) as watch:
        works = (work_on(chunk, keep, watch.stop) for chunk in chunks(enumerate(members), lanes_for(lanes)))
        for together in fan_out(works, watch, workers_for(len(members), workers)):
            for outcome in together:
                outcomes[outcome.index] = outcome
            finished += len(together)
            if listener is not None:
                listener(CohortProgress(finished, len(members), watch.elapsed))
    return outcomes


def work_on(
    chunk: Sequence[tuple[int, Member]], keep: Callable[[int, Trained], Kept], stop: threading.Event
) -> Callable[[], list[Outcome[Kept]]]:
    """Return the piece of work that trains some members, in lanes where there are several."""

    def work() -> list[Outcome[Kept]]:
        if len(chunk) == 1:
            return [alone(*chunk[0], keep, stop)]
        return side_by_side(chunk, keep, stop)

    return work


def alone(index: int, member: Member, keep: Callable[[int, Trained], Kept], stop: threading.Event) -> Outcome[Kept]:
    """Train one member."""
    if stop.is_set():
        return Outcome(index)
    try:
        trained = train(member.recipe, member.problem, stop=stop)
    except KeyboardInterrupt:
        return Outcome(index)
    except RecipeError as problem:
        return Outcome(index, problem=str(problem))
    cut_short = trained.record.facts["outcome"] == INTERRUPTED
    return Outcome(index) if cut_short else Outcome(index, keep(index, trained))


def side_by_side(
    chunk: Sequence[tuple[int, Member]], keep: Callable[[int, Trained], Kept], stop: threading.Event
) -> list[Outcome[Kept]]:
    """Train several members in lanes."""
    if stop.is_set():
        return [Outcome(index) for index, _ in chunk]
    outcomes: list[Outcome[Kept]] = []
    courses: dict[int, Course] = {}
    for index, member in chunk:
        try:
            courses[index] = begin(member.recipe, member.problem, alone=False)
        except RecipeError as problem:
            outcomes.append(Outcome(index, problem=str(problem)))
    for platoon in platoons(list(courses.values())):
        follow_together(platoon, stops=(stop,))
    for index, course in courses.items():
        cut_short = course.outcome == INTERRUPTED
        outcomes.append(Outcome(index) if cut_short else Outcome(index, keep(index, Trained.of(course))))
    return outcomes


def trained_cohort(members: Sequence[Member], **options: Any) -> list[Trained | None]:
    """Train every member and keep the networks whole; none where one was not finished."""
    return [outcome.kept for outcome in train_cohort(members, lambda _, trained: trained, **options)]
