"""Running trials: every fold and seed of every settings, over the cores, to the next rung or to the end.

A trial's score is what the same recipe scores alone. Not for choosing settings, not for storing.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from trainwell.engine import Recipe
from trainwell.engine.checkpoint import Checkpoint
from trainwell.engine.cohort import Watch, fan_out
from trainwell.engine.course import Course
from trainwell.engine.platoon import chunks, follow_together, platoons
from trainwell.engine.precision import arithmetic
from trainwell.engine.problem import Problem
from trainwell.engine.space import Space, plain_settings
from trainwell.engine.state import INTERRUPTED, RUNNING
from trainwell.engine.training import begin, follow
from trainwell.errors import ArtifactError, TrainwellError
from trainwell.search.judging import Judge
from trainwell.search.ledger import Ledger
from trainwell.search.paused import Paused
from trainwell.search.problems import Problems
from trainwell.search.trials import Place, Score, Trial, score_of


@dataclass(frozen=True)
class Training:
    """One training that a trial still needs.

    Attributes:
        number: of the trial.
        place: on which fold, by which seed.
        recipe: how.
        problem: on what; or what is wrong with the recipe there, where it cannot be trained.
        until: the epoch at which to pause.
        course: where it stands, if it was begun before in this sitting.
        checkpoint: where it stood when an earlier sitting ended, if it paused then.
        earlier: seconds that it has taken so far.
        judge: who scores it, where the score is not the one that is written down every epoch.
    """

    number: int
    place: Place
    recipe: Recipe
    problem: Problem | TrainwellError
    until: int
    course: Course | None = None
    checkpoint: Checkpoint | None = None
    earlier: float = 0.0
    judge: Judge | None = None


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
        workers: threads.
        lanes: trainings that share a call of the program.
        paused: where trainings wait that stand at a rung.
        judge: who scores trainings, where the score is not the one that is written down every epoch.
        twins: numbers of trials whose settings came up before, each with that of the first with those settings.
    """

    space: Space
    problems: Problems
    places: list[Place]
    ledger: Ledger
    watch: Watch
    workers: int
    lanes: int = 1
    paused: Paused = field(default_factory=Paused)
    judge: Judge | None = None
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
        works = (work_on(chunk, self.watch.stop) for chunk in chunks(self.trainings(trials, until), self.lanes))
        for result in (result for results in fan_out(works, self.watch, self.workers) for result in results):
            if result.score is None:
                continue
            if result.course is not None and not last:
                self.paused.add(result.number, result.place, result.course)
            trial = self.ledger.note(result.number, result.place, result.score)
            if last:
                self.paused.drop(result.number, result.place)
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

    def trainings(self, trials: Iterable[Trial], until: int) -> Iterator[Training]:
        """Yield the trainings that trials still need; settings that came up before need none."""
        for trial in trials:
            first = self.first.setdefault(key_of(trial), trial.number)
            if first != trial.number:
                self.twins.append((trial.number, first))
                continue
            recipe = self.space.recipe_for(trial.settings)
            by_seed = {
                seed: recipe.with_settings({"telemetry": False, "seed": seed})
                for seed in {place.seed for place in self.places}
            }
            for place in self.places:
                score = trial.scores.get(place)
                if score is None or not (score.ended or score.epochs >= until):
                    yield self.training(by_seed[place.seed], trial.number, place, until)

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
            self.paused.drop(number, place)

    def training(self, recipe: Recipe, number: int, place: Place, until: int) -> Training:
        """Return the training on one fold by the recipe of one seed."""
        course, checkpoint = self.paused.take(number, place)
        score = self.ledger.trials[number].scores.get(place)
        earlier = 0.0 if score is None or (course is None and checkpoint is None) else score.seconds
        problem = self.problem_of(recipe, place.fold)
        return Training(number, place, recipe, problem, until, course, checkpoint, earlier, self.judge)

    def problem_of(self, recipe: Recipe, fold: int) -> Problem | TrainwellError:
        """Return the problem of a fold, or what is wrong with the recipe there: its trial fails, the others go on."""
        try:
            return self.problems.of(recipe, fold)
        except TrainwellError as problem:
            return problem


def key_of(trial: Trial) -> str:
    """Return a text that is the same for the same settings."""
    return json.dumps(plain_settings(trial.settings), sort_keys=True)


def work_on(trainings: Sequence[Training], stop: threading.Event) -> Callable[[], list[Result]]:
    """Return the piece of work that goes on with some trainings, in lanes where there are several."""

    def work() -> list[Result]:
        if len(trainings) == 1:
            return [trained(trainings[0], stop)]
        return trained_together(trainings, stop)

    return work


def trained(training: Training, stop: threading.Event) -> Result:
    """Begin a training or go on with it, until its epoch, and return how far it came."""
    if stop.is_set():
        return Result(training.number, training.place, None)
    began = time.perf_counter()
    try:
        course = course_of(training, alone=True)
        follow(course, until=training.until, stops=(stop,))
    except TrainwellError as problem:
        return refused(training, problem, time.perf_counter() - began)
    return result_of(training, course, time.perf_counter() - began)


def course_of(training: Training, *, alone: bool) -> Course:
    """Return the course of a training where it stands: as it paused, as an earlier sitting left it, or at its start.

    Raises:
        TrainwellError: it cannot be trained.
    """
    if isinstance(training.problem, TrainwellError):
        raise training.problem
    course = training.course or begin(training.recipe, training.problem, alone=alone)
    if training.checkpoint is not None:
        with suppress(ArtifactError), arithmetic(training.recipe):  # one that is damaged costs time, not the trial
            training.checkpoint.open(course)
    return course


def trained_together(trainings: Sequence[Training], stop: threading.Event) -> list[Result]:
    """Do the same with several at once; each is charged its share of the time."""
    if stop.is_set():
        return [Result(training.number, training.place, None) for training in trainings]
    began = time.perf_counter()
    results, courses = [], []
    for training in trainings:
        try:
            courses.append((training, course_of(training, alone=False)))
        except TrainwellError as problem:
            results.append(refused(training, problem, 0.0))
    for platoon in platoons([course for _, course in courses]):
        follow_together(platoon, until=trainings[0].until, stops=(stop,))
    share = (time.perf_counter() - began) / max(len(courses), 1)
    return results + [result_of(training, course, share) for training, course in courses]


def refused(training: Training, problem: TrainwellError, seconds: float) -> Result:
    """Return the result of a training that cannot be done."""
    return Result(training.number, training.place, Score(None, 0, 0, True, seconds, problem=str(problem)))


def result_of(training: Training, course: Course, seconds: float) -> Result:
    """Return how far a course came."""
    if course.outcome == INTERRUPTED:
        return Result(training.number, training.place, None)
    score = score_of(course, round(training.earlier + seconds, 4), training.judge)
    return Result(training.number, training.place, score, course if course.outcome == RUNNING else None)
