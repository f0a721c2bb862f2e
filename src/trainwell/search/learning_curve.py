"""How scores move with the number of training rows: would more data help?"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from trainwell.arguments import own, whole_number
from trainwell.data import Dataset
from trainwell.data.splits import evenly_spread
from trainwell.data.wording import listed
from trainwell.engine import Problem, Recipe, prepare, told_apart
from trainwell.engine.problem import padded
from trainwell.errors import DataError, TrainwellWarning
from trainwell.search.folds import folds_of
from trainwell.search.judging import judge_of, metric_of
from trainwell.search.repeated import Listener, scores_of, values_of, worded


@dataclass(frozen=True)
class LearningCurve:
    """How scores move with the number of training rows: ``rows`` ``(sizes,)``, scores ``(sizes, repeats)``.

    ``training`` is of the network as it stood at each batch where training writes the metric down, else of the weights
    that are kept.
    """

    metric: str
    rows: np.ndarray
    training: np.ndarray
    validation: np.ndarray

    def __repr__(self) -> str:
        points = [f"{worded(self.validation[at])} at {self.rows[at]} rows" for at in (0, -1)]
        return f"<LearningCurve: validation {self.metric} {points[0]}, {points[1]}>"


def learning_curve(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    sizes: Sequence[float | int] = (0.1, 0.2, 0.4, 0.7, 1.0),
    *,
    repeats: int = 1,
    metric: str | None = None,
    workers: int | None = None,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> LearningCurve:
    """Train on ever more of the training rows and validate on the same rows: would more data help?

    The smaller parts lie within the larger ones, every class with its share.

    Args:
        recipe: how to train, the default preset for this data if left out; its epochs stay the same, so that fewer rows
            mean fewer updates. ``learning_curve(data)`` works as well.
        data: on what; its own training and validation parts.
        sizes: shares of the training part (at most 1.0), or numbers of rows.
        repeats: how many times other rows are drawn.
        metric, workers, seconds, listener: as in :func:`cross_validate`.

    Warns:
        TrainwellWarning: the smallest part holds no row of some class.

    Raises:
        DataError: no data, no sizes, or one that asks for more rows than there are, or for none.
        RecipeError: a metric of another task, or no training had a value.
    """
    recipe, data = told_apart("learning_curve", recipe, data)
    repeats, asked = whole_number("repeats", repeats), metric_of(data, metric)
    (fold,) = folds_of(data, None)
    rows = np.array([rows_of(size, len(fold.training)) for size in listed_sizes(sizes)])
    orders = [spread_order(data, fold.training, recipe.seed + repeat) for repeat in range(repeats)]
    warn_of_untaught(data, [order[: rows.min()] for order in orders])

    def tasks() -> Iterator[tuple[Recipe, Problem]]:
        for count in rows:
            for order in orders:
                problem = prepare(recipe, data, np.sort(order[:count]), fold.validation)
                yield recipe, as_long_as(problem, int(rows.max()))

    judge = judge_of(data, asked, training=True)
    scores = scores_of(tasks(), len(rows) * repeats, workers, seconds=seconds, listener=listener, judge=judge)
    training, validation = (values_of(scores, name).reshape(len(rows), repeats) for name in ("training_value", "value"))
    return LearningCurve(asked, rows, training, validation)


def listed_sizes(sizes: Any) -> tuple[float | int, ...]:
    """Return the sizes that are asked for.

    Raises:
        DataError: there is no list of them, or nothing in it.
    """
    sizes = own(sizes)
    if not isinstance(sizes, Sequence) or isinstance(sizes, str) or not sizes:
        raise DataError(
            f"sizes must be a list of shares of the training rows, or of numbers of rows, such as [0.2, 0.5, 1.0], but "
            f"got {sizes!r}."
        )
    return tuple(sizes)


def rows_of(size: float | int, available: int) -> int:
    """Return how many rows a size asks for.

    >>> rows_of(0.5, 150), rows_of(30, 150)
    (75, 30)
    """
    size = own(size)
    unit = available if isinstance(size, float) else 1
    if isinstance(size, bool) or not isinstance(size, int | float) or not 0.5 < size * unit <= available:
        raise DataError(
            f"sizes must lie within the {available} training rows, but got {size!r}; give shares of them, at most 1.0, "
            "or numbers of rows."
        )
    return round(size * unit)


def warn_of_untaught(data: Dataset, parts: Sequence[np.ndarray]) -> None:
    """Warn of classes of which one of the smallest parts holds no row, so that its network cannot know them."""
    codes = range(len(data.target.classes))
    untaught = sorted({code for part in parts for code in np.setdiff1d(codes, data.target.values[part])})
    if untaught:
        names = listed([data.target.classes[code] for code in untaught])
        warnings.warn(
            f"the smallest part, {len(parts[0])} rows, was drawn without a row of class {names}, which its network "
            "cannot know; begin with a larger one.",
            TrainwellWarning,
            stacklevel=3,
        )


def spread_order(data: Dataset, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return rows in an order of which every beginning has the proportions of the classes."""
    classes = data.target.values[rows] if data.target.classes else np.zeros(len(rows), np.int64)
    return np.asarray(rows[evenly_spread(classes, np.random.default_rng(seed))])


def as_long_as(problem: Problem, rows: int) -> Problem:
    """Return a problem whose training rows are padded to a common length, so that one program serves all sizes."""
    longer = np.zeros(len(padded(np.zeros(rows, np.int64))), np.int32)
    longer[: int(problem.rows.training_count)] = np.asarray(problem.rows.training)[: int(problem.rows.training_count)]
    return dataclasses.replace(problem, rows=problem.rows._replace(training=jnp.asarray(longer)))
