"""Tuning: a space, data and a strategy in; a study out. It proposes, trains and writes down, and can stop at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from optuna.storages import BaseStorage

from trainwell.data import Dataset
from trainwell.engine import Recipe, keep_compilations
from trainwell.engine.cohort import Watch, workers_for
from trainwell.engine.space import Space
from trainwell.errors import DataError, RecipeError
from trainwell.search.budget import default_space
from trainwell.search.folds import folds_of
from trainwell.search.ledger import Ledger
from trainwell.search.planner import plan_study
from trainwell.search.problems import Problems
from trainwell.search.running import Crew
from trainwell.search.strategies import STRATEGIES, Question, Strategy, Tried
from trainwell.search.strategies.halving import promoted, rungs_of
from trainwell.search.storing import claimed
from trainwell.search.study import Ended, Study, worth
from trainwell.search.trials import Place, Trial, mean_value


class AllDivergedError(RecipeError):
    """Every trial of a study diverged; ``study`` holds them."""

    def __init__(self, message: str, study: Study):
        super().__init__(message)
        self.study = study


@dataclass(frozen=True)
class StudyProgress:
    """Where a search stands, handed to a listener whenever a trial ends.

    Attributes:
        finished: trials that ended, those of earlier sittings included.
        trials: how many there will be at most.
        seconds: since this sitting began.
        best: the best value so far, or none.
        diverged: how many trials diverged.
        trial: the trial that has just ended.
    """

    finished: int
    trials: int
    seconds: float
    best: float | None
    diverged: int
    trial: Trial


Listener = Callable[[StudyProgress], None]


@dataclass(frozen=True)
class Search:
    """What is asked of :func:`tune`, checked."""

    space: Space
    data: Dataset
    trials: int
    strategy: str
    folds: int | None
    seeds: int
    seed: int

    @property
    def how(self) -> Strategy:
        """The strategy itself."""
        return STRATEGIES[self.strategy]

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """Whether large or small values are better."""
        return "minimize" if self.data.task == "regression" else "maximize"

    @property
    def metric(self) -> str:
        """The score that is compared."""
        return "rmse" if self.data.task == "regression" else "accuracy"

    @property
    def rungs(self) -> list[int]:
        """The epochs at which trials are compared; the last is the end of training."""
        epochs = self.space.recipe.max_epochs
        return rungs_of(epochs, self.trials) if self.how.halving else [epochs]

    def places(self) -> list[Place]:
        """Return every fold and seed that a trial is trained on."""
        first = self.space.recipe.seed
        return [Place(fold, first + number) for fold in range(self.folds or 1) for number in range(self.seeds)]

    def identity(self, problems: Problems) -> dict[str, Any]:
        """Return what must be the same for a study to go on, by name."""
        return {
            "recipe": self.space.recipe.to_dict(),
            "space": self.space.to_dict(),
            "data": fingerprint(problems, self.space.recipe),
            "strategy": self.strategy,
            "seed": self.seed,
            "folds": self.folds,
            "seeds": self.seeds,
        } | ({} if self.how.extends else {"trials": self.trials})


def fingerprint(problems: Problems, recipe: Recipe) -> str:
    """Return a short text that differs for other data, other folds or another encoding."""
    digest = hashlib.blake2b(digest_size=8)
    for array in (*problems.of(recipe, 0).examples, *(fold.validation for fold in problems.folds)):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def tune(
    space: Space | Recipe,
    data: Dataset,
    *,
    trials: int = 64,
    strategy: str = "quasi-random",
    folds: int | None = None,
    seeds: int = 1,
    seed: int | None = None,
    storage: str | Path | BaseStorage | None = None,
    name: str | None = None,
    timeout: float | None = None,
    workers: int | None = None,
    listener: Listener | None = None,
) -> Study:
    """Search a space for the settings that score best on validation rows. The test part is never touched.

    Args:
        space: ``recipe.vary({...})``; for a recipe alone, the default space of its network.
        data: what to train on.
        trials: how many settings to try.
        strategy: one of :data:`STRATEGIES`.
        folds: cross-validate every trial; none for the data's own validation part.
        seeds: trainings per fold, by the recipe's seed and those after it.
        seed: of the strategy; the recipe's unless given.
        storage: a file (SQLite) that keeps the study, a URL, or one of Optuna's storages; none for memory alone.
            Asked again with the same file, the search goes on where it was, killed or not.
        name: the study's name in the storage; the data's unless given.
        timeout: seconds after which no more is trained; what is unfinished then waits in the storage.
        workers: trainings at a time; one per core unless said.
        listener: called whenever a trial ends.

    Ctrl-C ends the search with what is done.

    Raises:
        RecipeError: the strategy cannot search this space with so many trials, all trials diverged, or the time was too
            short for one.
        DataError: the folds cannot be made.
        ArtifactError: the storage holds another study, is damaged or locked.
    """
    space = default_space(space, trials) if isinstance(space, Recipe) else space
    check_counts(trials=trials, seeds=seeds)
    check_timeout(timeout)
    search = Search(
        space, data, trials, strategy, folds, seeds, space.recipe.seed if seed is None else seed
    )
    search.how.propose(search_question(search, [], 0))
    keep_compilations()
    with claimed(storage), Watch(timeout) as watch:
        problems = Problems(data, folds_of(data, folds, space.recipe.seed))
        ledger = Ledger(storage, name or data.name, space, search.direction, search.identity(problems))
        places = search.places()
        crew = Crew(space, problems, places, ledger, watch, workers_for(trials * len(places), workers))
        plan = plan_study(space, trials, len(places), crew.workers).to_dict()
        try:
            for trial in ended_trials(search, crew):
                if listener is not None:
                    listener(progress_of(search, ledger, trial, watch.elapsed))
        finally:
            ledger.release()
        return concluded(search, ledger, plan, watch)


def ended_trials(search: Search, crew: Crew) -> Iterator[Trial]:
    """Train what is asked for, and yield each trial as it ends."""
    if search.how.halving:
        yield from halve(search, crew)
        return
    epochs = search.space.recipe.max_epochs
    yield from crew.close_done(epochs)
    for trials in rounds(search, crew.ledger, search.places()):
        yield from crew.train(trials, until=epochs, last=True)
        if crew.watch.is_over():
            return


def rounds(search: Search, ledger: Ledger, places: list[Place]) -> Iterator[Iterator[Trial]]:
    """Yield the trials of one round after the other: those left from an earlier sitting, then new ones."""
    if ledger.pending():
        yield iter(ledger.pending())
    size = search.how.round_size(search.trials)
    while (entered := len(ledger.trials)) < search.trials:
        start = entered // size * size
        question = search_question(search, ledger.trials[:start], min(size, search.trials - start))
        proposals = search.how.propose(question)[entered - start :]
        if not proposals:
            return
        seeds = sorted({place.seed for place in places})
        yield (ledger.enter(settings, seeds) for settings in proposals)


def search_question(search: Search, tried: list[Trial], count: int) -> Question:
    """Return what the strategy is asked."""
    seen = [Tried(trial.settings, trial.value) for trial in tried]
    return Question(search.space, seen, count, search.trials, search.seed, search.direction)


def halve(search: Search, crew: Crew) -> Iterator[Trial]:
    """Train all trials to the first rung, and the best of each rung to the next from where they stand."""
    ledger, rungs = crew.ledger, search.rungs
    for trials in rounds(search, ledger, search.places()):
        for _ in crew.train(trials, rungs[0], last=False):
            pass
        if crew.watch.is_over():
            return
    contenders = list(range(len(ledger.trials)))
    for epoch in rungs:
        running = [ledger.trials[number] for number in contenders if ledger.trials[number].state == "running"]
        for _ in crew.train(iter(running), epoch, last=False):
            pass
        if crew.watch.is_over():
            return
        compare(search, ledger, contenders, epoch)
        ranked = sorted(contenders, key=lambda number: rung_worth(search, ledger.trials[number], epoch), reverse=True)
        kept = ranked[: promoted(len(ranked))] if epoch != rungs[-1] else []
        for number in sorted(set(contenders) - set(kept)):
            if ledger.trials[number].state == "running":
                crew.drop(number)
                yield ledger.close(number)
        contenders = sorted(kept)


def compare(search: Search, ledger: Ledger, contenders: list[int], epoch: int) -> None:
    """Write down the contenders' values at a rung."""
    for number in contenders:
        trial = ledger.trials[number]
        value = mean_value(list(trial.scores.values()))
        if trial.state == "running" and epoch not in trial.rungs and value is not None:
            ledger.compare(number, epoch, value)


def rung_worth(search: Search, trial: Trial, epoch: int) -> float:
    """Return how good a trial was at a rung, more is better."""
    value = trial.rungs.get(epoch)
    if value is None:
        return float("-inf")
    return value if search.direction == "maximize" else -value


def progress_of(search: Search, ledger: Ledger, trial: Trial, seconds: float) -> StudyProgress:
    """Return where a search stands."""
    ended = [each for each in ledger.trials if each.state != "running"]
    best = max((each for each in ended if each.value is not None), key=lambda each: worth(each, search.direction), default=None)
    return StudyProgress(
        finished=len(ended),
        trials=search.trials,
        seconds=seconds,
        best=None if best is None else best.value,
        diverged=sum(each.state == "diverged" for each in ended),
        trial=trial,
    )


def concluded(search: Search, ledger: Ledger, plan: dict[str, Any], watch: Watch) -> Study:
    """Return the study, or raise where there is nothing to conclude from."""
    finished = tuple(trial for trial in ledger.trials if trial.state != "running")
    ended: Ended = "all trials done"
    if watch.stop.is_set():
        ended = "interrupted" if watch.interrupted else "the time budget was used up"
    study = Study(
        space=search.space,
        finished=finished,
        metric=search.metric,
        direction=search.direction,
        strategy=search.strategy,
        seed=search.seed,
        folds=search.folds or 1,
        seeds=search.seeds,
        data_name=search.data.name,
        plan=plan,
        ended=ended,
    )
    refuse_nothing(study, watch)
    return study


def refuse_nothing(study: Study, watch: Watch) -> None:
    """Raise where no trial was finished, or none has a value."""
    if not study.finished and watch.interrupted:
        raise KeyboardInterrupt
    if not study.finished:
        raise RecipeError(
            f"no trial was finished within {watch.seconds:g} s; allow more time, fewer epochs or fewer folds."
        )
    states = {trial.state for trial in study.finished}
    if states == {"failed"}:
        raise RecipeError(f"none of the {len(study.finished)} trials could be trained: {study.finished[0].problem}")
    if states == {"diverged"}:
        raise AllDivergedError(all_diverged(study), study)


def all_diverged(study: Study) -> str:
    """Say that every trial diverged, at which rates, and what to do."""
    recipes = [study.space.recipe_for(trial.settings) for trial in study.finished]
    rates = [rate for recipe in recipes if (rate := getattr(recipe.optimizer, "learning_rate", None)) is not None]
    named = f", with learning rates from {min(rates):g} to {max(rates):g}" if rates else ""
    return (
        f"all {len(study.finished)} trials diverged{named}: the training loss became infinite or NaN in each. Search rates "
        "a hundred times lower, clip the gradients (gradient_clipping=1), or look for absurd values in the data; "
        "error.study holds the trials."
    )


def check_counts(**counts: int) -> None:
    """Raise unless each is a whole number above 0."""
    for name, count in counts.items():
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise RecipeError(f"{name} must be a whole number of at least 1, but got {count!r}.")


def check_timeout(timeout: float | None) -> None:
    """Raise unless a budget is above 0 seconds."""
    if timeout is not None and not timeout > 0:
        raise RecipeError(f"timeout must be above 0 seconds, but got {timeout!r}.")
