"""Scores of many trainings in one cohort, in the order in which they were asked for; only the scores are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from trainwell.arguments import budget
from trainwell.engine import Problem, Recipe, keep_compilations
from trainwell.engine.cohort import CohortProgress, Watch, fan_out, workers_for
from trainwell.engine.platoon import chunks, lanes_for
from trainwell.errors import RecipeError
from trainwell.search.judging import Judge
from trainwell.search.running import Training, work_on
from trainwell.search.trials import Place, Score

Listener = Callable[[CohortProgress], None]


def scores_of(
    tasks: Iterable[tuple[Recipe, Problem]],
    count: int,
    workers: int | None = None,
    lanes: int | None = None,
    seconds: float | None = None,
    listener: Listener | None = None,
    judge: Judge | None = None,
) -> list[Score | None]:
    """Train every task and return its score; none where Ctrl-C or the end of the budget came first.

    Args:
        tasks: recipes and problems, made when a worker is free for them.
        count: how many there are.
        workers: threads; one per core unless said.
        lanes: trainings that share a call of the program; many on an accelerator unless said.
        seconds: wall-clock budget of the whole.
        listener: called when trainings end.
        judge: who scores trainings, where the score is not the one that is written down every epoch.

    Raises:
        RecipeError: not one training has a value, or the budget is none.
    """
    seconds = budget("seconds", seconds)
    keep_compilations()
    scores: list[Score | None] = [None] * count
    with Watch(seconds) as watch:
        trainings = (training_of(number, recipe, problem, judge) for number, (recipe, problem) in enumerate(tasks))
        works = (work_on(chunk, watch.stop) for chunk in chunks(trainings, lanes_for(lanes)))
        finished = 0
        for results in fan_out(works, watch, workers_for(count, workers)):
            for result in results:
                scores[result.number] = result.score
            finished += len(results)
            if listener is not None:
                listener(CohortProgress(finished, count, watch.elapsed))
        refuse_none(scores, watch)
    return scores


def worded(values: np.ndarray) -> str:
    """Return the mean of what has a value, and its deviation where there are several.

    >>> worded(np.array([0.5, 0.75, np.nan])), worded(np.array([0.5])), worded(np.array([np.nan]))
    ('0.625 ± 0.18', '0.5', 'no value')
    """
    known = values[~np.isnan(values)]
    if not known.size:
        return "no value"
    return f"{known.mean():.4g} ± {spread(known):.2g}" if known.size > 1 else f"{known[0]:.4g}"


def counted(values: np.ndarray) -> str:
    """Return how many of the trainings a mean counts, to be put before their number; nothing where it counts all.

    >>> counted(np.array([0.5, np.nan])) + "2 seeds", counted(np.array([0.5, 0.75])) + "2 seeds"
    ('1 of the 2 trainings of 2 seeds', '2 seeds')
    """
    known = np.count_nonzero(~np.isnan(values))
    return "" if known == values.size else f"{known} of the {values.size} trainings of "


def training_of(number: int, recipe: Recipe, problem: Problem, judge: Judge | None = None) -> Training:
    """Return one task as a training to its end."""
    own = recipe.with_settings({"telemetry": False})
    return Training(number, Place(0, own.seed), own, problem, own.max_epochs, judge=judge)


def refuse_none(scores: list[Score | None], watch: Watch) -> None:
    """Raise where no training has a value, saying why."""
    if any(score is not None and score.value is not None for score in scores):
        return
    if watch.interrupted:
        raise KeyboardInterrupt
    problem = next((score.problem for score in scores if score is not None), None)
    if problem is None:
        raise RecipeError(f"no training was finished within {watch.seconds:g} s; allow more time or fewer epochs.")
    raise RecipeError(f"none of the {len(scores)} trainings has a score: {problem.rstrip('.')}.")


def recipes_by_seed(recipe: Recipe, seeds: Iterable[int]) -> Iterator[Recipe]:
    """Yield the same recipe with each of the seeds."""
    for seed in seeds:
        yield recipe.with_settings({"seed": seed})


def values_of(scores: list[Score | None], name: str = "value") -> np.ndarray:
    """Return one number of each score, NaN where there is none."""
    values = [None if score is None else getattr(score, name) for score in scores]
    return np.array([np.nan if value is None else value for value in values])


def spread(values: np.ndarray) -> float:
    """Return the standard deviation of a sample, NaN for fewer than two values."""
    present = values[~np.isnan(values)]
    return float(np.std(present, ddof=1)) if len(present) > 1 else float("nan")


def mean_of(values: np.ndarray) -> float:
    """Return the mean of what has a value, NaN where nothing has."""
    present = values[~np.isnan(values)]
    return float(np.mean(present)) if len(present) else float("nan")


def pooled(table: np.ndarray) -> float:
    """Return the root of the mean variance within rows, NaN where rows hold one value."""
    deviations = np.array([spread(row) for row in table])
    present = deviations[~np.isnan(deviations)]
    return float(np.sqrt(np.mean(present**2))) if len(present) else float("nan")
