"""The planner's estimate: how long a study will take, from a moment of training, before it starts."""

from __future__ import annotations

import time

from trainwell.data import Dataset
from trainwell.engine import Recipe, keep_compilations, prepare
from trainwell.engine.cohort import workers_for
from trainwell.engine.space import Space
from trainwell.engine.state import RUNNING
from trainwell.engine.training import begin, follow
from trainwell.search.folds import Fold, folds_of
from trainwell.search.lessons import Plan, plan
from trainwell.search.request import Request

#: Seconds of training that are timed, and the most epochs.
MOMENT, MOST_EPOCHS = 0.5, 20


def plan_search(
    space: Space,
    data: Dataset,
    *,
    trials: int = 64,
    strategy: str = "quasi-random",
    folds: int | None = None,
    seeds: int = 1,
    workers: int | None = None,
) -> Plan:
    """Return what :func:`~trainwell.search.tune` would do with the same arguments, and how long it would take.

    The time is that of all epochs for every trial, by the recipe's own sizes; early stopping and halving shorten it.

    Raises:
        RecipeError: the strategy cannot search this space with so many trials.
        DataError: the folds cannot be made.
    """
    request = Request(space, data, trials, strategy, folds, seeds)
    fold = folds_of(data, request.folds, space.recipe.seed)[0]
    compile_seconds, epoch_seconds = timed(space.recipe, data, fold)
    return plan(
        request.outline(),
        request.trials,
        run_seconds=epoch_seconds * space.recipe.max_epochs,
        compile_seconds=compile_seconds,
        workers=workers_for(request.trials * len(request.places()), workers),
    )


def timed(recipe: Recipe, data: Dataset, fold: Fold) -> tuple[float, float]:
    """Return the seconds before and of the first epoch, compilation included, and those of a later epoch."""
    keep_compilations()
    began = time.perf_counter()
    problem = prepare(recipe, data, fold.training, fold.validation)
    epochs = {"telemetry": False, "max_epochs": MOST_EPOCHS, "early_stopping": None}
    course = begin(recipe.with_settings(epochs), problem)
    follow(course, until=1)
    warm = time.perf_counter()
    while course.epoch < MOST_EPOCHS and course.outcome == RUNNING and time.perf_counter() - warm < MOMENT:
        follow(course, until=course.epoch + 1)
    return warm - began, (time.perf_counter() - warm) / max(course.epoch - 1, 1)
