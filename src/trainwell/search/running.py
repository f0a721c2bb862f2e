"""Running trials: every fold and seed of every settings, over the cores, to the next rung or to the end.

A trial's score is what the same recipe scores alone. Not for choosing settings, not for storing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from trainwell.engine import Recipe
from trainwell.engine.cohort import Watch, fan_out
from trainwell.engine.course import Course
from trainwell.engine.problem import Problem
from trainwell.engine.space import Space, plain_settings
from trainwell.engine.state import INTERRUPTED, RUNNING
from trainwell.engine.training import begin, follow
from trainwell.errors import TrainwellError
from trainwell.search.ledger import Ledger
from trainwell.search.problems import Problems
from trainwell.search.trials import Place, Score, Trial, score_of


@dataclass(frozen=True)
class Result:
    """How far one training came: its score, and its course where it is paused; no score where it was interrupted."""

    number: int
    place: Place
    score: Score | None
    course: Course | None = None


@dataclass
class Crew:
    """Those who train a study's trials, and the courses of trials that pause.

    Attributes:
        space: what is searched.
        problems: the data, fold by fold.
        places: every fold and seed that a trial is trained on.
        ledger: where results are written down.
        watch: says when to stop.
        workers: trainings at a time.
        paused: the courses of trials that stand at a rung.
        twins: numbers of trials whose settings came up before, each with that of the first with those settings.
    """

    space: Space
    problems: Problems
    places: list[Place]
    ledger: Ledger
    watch: Watch
    workers: int
    paused: dict[tuple[int, Place], Course] = field(default_factory=dict)
    twins: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first: dict[str, int] = {}
        for trial in self.ledger.trials:
            self.first.setdefault(key_of(trial), trial.number)

    def train(self, trials: Iterable[Trial], until: int, last: bool) -> Iterator[Trial]:
        """Train trials until an epoch and yield each when all its folds and seeds are there.

        Args:
            trials: drawn from as workers become free.
            until: the epoch at which to stop or pause.
            last: whether nothing comes after, so that trials are closed.
        """
        for result in fan_out(self.works(trials, until), self.watch, self.workers):
            if result.score is None:
                continue
            if result.course is not None and not last:
                self.paused[result.number, result.place] = result.course
            trial = self.ledger.note(result.number, result.place, result.score)
            if self.is_done(trial, until):
                yield self.ledger.conclude(trial.number) if last else trial
            yield from self.twins_of_done(until, last)
        yield from self.twins_of_done(until, last)

    def is_done(self, trial: Trial, until: int) -> bool:
        """Tell whether all trainings of a trial have come to an epoch, or have ended before."""
        found = [trial.scores.get(place) for place in self.places]
        return all(score is not None and (score.ended or score.epochs >= until) for score in found)

    def close_done(self, until: int) -> Iterator[Trial]:
        """Close the trials whose trainings had all ended when an earlier sitting was killed."""
        for trial in self.ledger.pending():
            if self.is_done(trial, until):
                yield self.ledger.conclude(trial.number)

    def works(self, trials: Iterable[Trial], until: int) -> Iterator[Callable[[], Result]]:
        """Yield the pieces of work that trials still need; settings that came up before need none."""
        for trial in trials:
            first = self.first.setdefault(key_of(trial), trial.number)
            if first != trial.number:
                self.twins.append((trial.number, first))
                continue
            recipe = self.space.recipe_for(trial.settings).with_settings({"telemetry": False})
            for place in self.places:
                score = trial.scores.get(place)
                if score is None or not (score.ended or score.epochs >= until):
                    yield self.work(recipe, trial.number, place, until, self.watch.stop)

    def twins_of_done(self, until: int, last: bool) -> Iterator[Trial]:
        """Give trials whose settings came up before the scores of the first with those settings, once it has them."""
        for pair in list(self.twins):
            number, first = pair
            original = self.ledger.trials[first]
            if self.is_done(original, until):
                self.twins.remove(pair)
                for place, score in original.scores.items():
                    self.ledger.note(number, place, score)
                yield self.ledger.conclude(number) if last else self.ledger.trials[number]

    def drop(self, number: int) -> None:
        """Forget the paused courses of a trial that goes no further."""
        for place in self.places:
            self.paused.pop((number, place), None)

    def work(
        self, recipe: Recipe, number: int, place: Place, until: int, stop: threading.Event
    ) -> Callable[[], Result]:
        """Return the piece of work that trains on one fold by one seed."""
        own = recipe.with_settings({"seed": place.seed})
        problem = self.problems.of(own, place.fold)
        course = self.paused.pop((number, place), None)
        earlier = self.ledger.trials[number].scores[place].seconds if course is not None else 0.0
        return lambda: trained(number, place, own, problem, course, until, earlier, stop)


def key_of(trial: Trial) -> str:
    """Return a text that is the same for the same settings."""
    return json.dumps(plain_settings(trial.settings), sort_keys=True)


def trained(
    number: int,
    place: Place,
    recipe: Recipe,
    problem: Problem,
    course: Course | None,
    until: int,
    earlier: float,
    stop: threading.Event,
) -> Result:
    """Begin a course or go on with one, until an epoch, and return how far it came."""
    if stop.is_set():
        return Result(number, place, None)
    began = time.perf_counter()
    try:
        course = course or begin(recipe, problem)
        follow(course, until=until, stops=(stop,))
    except TrainwellError as problem_met:
        seconds = time.perf_counter() - began
        return Result(number, place, Score(None, 0, 0, True, seconds, problem=str(problem_met)))
    if course.outcome == INTERRUPTED:
        return Result(number, place, None)
    score = score_of(course, round(earlier + time.perf_counter() - began, 4))
    return Result(number, place, score, course if course.outcome == RUNNING else None)
