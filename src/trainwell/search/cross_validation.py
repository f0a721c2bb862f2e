"""Cross-validation: one recipe over folds, repeats and seeds, in one cohort."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from trainwell.arguments import whole_number
from trainwell.data import Dataset
from trainwell.engine import Problem, Recipe, prepare, told_apart
from trainwell.keys import seed_after
from trainwell.search.folds import fold_count, folds_of
from trainwell.search.judging import judge_of, metric_of
from trainwell.search.repeated import (
    Listener,
    counted,
    mean_of,
    pooled,
    recipes_by_seed,
    scores_of,
    spread,
    values_of,
    worded,
)


@dataclass(frozen=True)
class CrossValidation:
    """How a recipe scores on rows it was not trained on, over folds, repeats and seeds.

    Attributes:
        metric: the score's name.
        values: ``(repeats, folds, seeds)``; NaN where training diverged or was not finished, and where the metric is
            not defined on the fold.
        best_epochs: of the same shape; 0 where there is none.
    """

    metric: str
    values: np.ndarray
    best_epochs: np.ndarray

    def __repr__(self) -> str:
        repeats, folds, seeds = self.values.shape
        counts = f"{repeats} repeats of {folds} folds by {seeds} seeds"
        return f"<CrossValidation: {self.metric} {worded(self.values)} over {counted(self.values)}{counts}>"

    @property
    def mean(self) -> float:
        """The mean over everything that has a value."""
        return mean_of(self.values.ravel())

    @property
    def deviation(self) -> float:
        """The standard deviation of one fold's score."""
        return spread(self.values.ravel())

    @property
    def deviations(self) -> dict[str, float]:
        """How much of it comes from where: another seed, another fold of one division, another division.

        ``seed`` pools the deviations within each fold, ``fold`` those of the folds' means within each repeat,
        ``repeat`` is that of the repeats' means; NaN where there was only one.
        """
        by_fold = np.apply_along_axis(mean_of, 2, self.values)
        return {
            "seed": pooled(self.values.reshape(-1, self.values.shape[2])),
            "fold": pooled(by_fold),
            "repeat": spread(np.apply_along_axis(mean_of, 1, by_fold)),
        }

    @property
    def scores(self) -> pl.DataFrame:
        """One row a training: repeat, fold, seed, value, best_epoch."""
        repeat, fold, seed = (axis.ravel() for axis in np.indices(self.values.shape))
        return pl.DataFrame(
            {"repeat": repeat, "fold": fold, "seed": seed}
            | {"value": self.values.ravel(), "best_epoch": self.best_epochs.ravel()}
        )


def cross_validate(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    folds: int = 5,
    repeats: int = 3,
    seeds: int = 1,
    metric: str | None = None,
    workers: int | None = None,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> CrossValidation:
    """Train on all folds but one and validate on that, in turn, and again with other divisions.

    Encodings are fitted on each fold's training rows. A value is the score at the epoch whose weights are kept; where
    that epoch was chosen by the same validation rows, as early stopping does, it flatters the recipe a little. The test
    part is never touched.

    Args:
        recipe: how to train; the default preset for this data if left out. ``cross_validate(data)`` works as well.
        data: on what; its training and validation rows are divided anew.
        folds: how many parts.
        repeats: how many divisions.
        seeds: trainings per fold, by the recipe's seed and those after it.
        metric: the score, a name from :data:`trainwell.metrics.METRICS`; accuracy, micro-F1 of several labels,
            or RMSE unless given.
        workers: trainings at a time; one per core unless said.
        seconds: wall-clock budget; what is not finished by then has no value.
        listener: called when a training ends.

    Raises:
        DataError: no data, or more folds than rows of the rarest class.
        RecipeError: no training had a value.

    Reference: S. Arlot, A. Celisse, "A survey of cross-validation procedures", 2010.
    """
    recipe, data = told_apart("cross_validate", recipe, data)
    folds, repeats, count = fold_count(folds), whole_number("repeats", repeats), whole_number("seeds", seeds)
    chosen = [seed_after(recipe.seed, number) for number in range(count)]
    name = metric_of(data, metric)

    def tasks() -> Iterator[tuple[Recipe, Problem]]:
        for repeat in range(repeats):
            for fold in folds_of(data, folds, recipe.seed + repeat):
                problem = prepare(recipe, data, fold.training, fold.validation)
                for own in recipes_by_seed(recipe, chosen):
                    yield own, problem

    folds_of(data, folds, recipe.seed)
    scores = scores_of(
        tasks(), repeats * folds * count, workers, seconds=seconds, listener=listener, judge=judge_of(data, name)
    )
    shape = (repeats, folds, count)
    epochs = np.array([score.best_epoch if score else 0 for score in scores]).reshape(shape)
    return CrossValidation(name, values_of(scores).reshape(shape), epochs)
