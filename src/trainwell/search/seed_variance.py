"""How much a score moves with the seed alone, all else equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.arguments import seeds_of
from trainwell.data import Dataset
from trainwell.engine import Recipe, prepare, told_apart
from trainwell.search.folds import folds_of
from trainwell.search.judging import judge_of, metric_of
from trainwell.search.repeated import Listener, counted, mean_of, recipes_by_seed, scores_of, spread, values_of, worded


@dataclass(frozen=True)
class SeedVariance:
    """How much a score moves with the seed alone: ``values`` ``(seeds,)``, NaN where training gave none."""

    metric: str
    seeds: tuple[int, ...]
    values: np.ndarray

    def __repr__(self) -> str:
        return f"<SeedVariance: {self.metric} {worded(self.values)} over {counted(self.values)}{len(self.seeds)} seeds>"

    @property
    def mean(self) -> float:
        """The mean score."""
        return mean_of(self.values)

    @property
    def deviation(self) -> float:
        """The standard deviation of the score."""
        return spread(self.values)


def seed_variance(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    seeds: int | Sequence[int] = 10,
    *,
    metric: str | None = None,
    workers: int | None = None,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> SeedVariance:
    """Train by the same recipe with other seeds on the same rows: what differences between scores are mere luck.

    Args:
        recipe: how to train; the default preset for this data if left out. ``seed_variance(data)`` works as well.
        data: on what; its own training and validation parts.
        seeds: how many, from the recipe's on; or which.
        metric, workers, seconds, listener: as in :func:`cross_validate`.

    Raises:
        DataError: no data, or data without a validation part.
        RecipeError: no seeds, a metric of another task, or no training had a value.
    """
    recipe, data = told_apart("seed_variance", recipe, data)
    chosen, name = seeds_of(recipe.seed, seeds), metric_of(data, metric)
    (fold,) = folds_of(data, None)
    problem = prepare(recipe, data, fold.training, fold.validation)
    tasks = ((own, problem) for own in recipes_by_seed(recipe, chosen))
    judge = judge_of(data, name)
    scores = scores_of(tasks, len(chosen), workers, seconds=seconds, listener=listener, judge=judge)
    return SeedVariance(name, chosen, values_of(scores))
