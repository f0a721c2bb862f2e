"""How scores move with the number of training rows: would more data help?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from trainwell.arguments import own, whole_number
from trainwell.data import Dataset
from trainwell.data.splits import evenly_spread
from trainwell.engine import Problem, Recipe, prepare, told_apart
from trainwell.engine.problem import padded
from trainwell.errors import DataError
from trainwell.search.folds import folds_of
from trainwell.search.judging import metric_of
from trainwell.search.repeated import Listener, scores_of, values_of, worded


@dataclass(frozen=True)
class LearningCurve:
    """How scores move with the number of training rows: ``rows`` ``(sizes,)``, scores ``(sizes, repeats)``."""

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
        workers, seconds, listener: as in :func:`cross_validate`.

    Raises:
        DataError: no data, no sizes, or one that asks for more rows than there are, or for none.
    """
    recipe, data = told_apart("learning_curve", recipe, data)
    repeats = whole_number("repeats", repeats)
    (fold,) = folds_of(data, None)
    rows = np.array([rows_of(size, len(fold.training)) for size in listed_sizes(sizes)])

    def tasks() -> Iterator[tuple[Recipe, Problem]]:
        orders = [spread_order(data, fold.training, recipe.seed + repeat) for repeat in range(repeats)]
        for count in rows:
            for order in orders:
                problem = prepare(recipe, data, np.sort(order[:count]), fold.validation)
                yield recipe, as_long_as(problem, int(rows.max()))

    scores = scores_of(tasks(), len(rows) * repeats, workers, seconds=seconds, listener=listener)
    training, validation = (values_of(scores, name).reshape(len(rows), repeats) for name in ("training_value", "value"))
    return LearningCurve(metric_of(data), rows, training, validation)


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
    most = 1 if isinstance(size, float) else available
    if isinstance(size, bool) or not isinstance(size, int | float) or not 0 < size <= most:
        raise DataError(
            f"sizes must lie within the {available} training rows, but got {size!r}; give shares of them, at most 1.0, "
            "or numbers of rows."
        )
    return round(size * available) if isinstance(size, float) else size


def spread_order(data: Dataset, rows: np.ndarray, seed: int) -> np.ndarray:
    """Return rows in an order of which every beginning has the proportions of the classes."""
    classes = data.target.values[rows] if data.target.classes else np.zeros(len(rows), np.int64)
    return np.asarray(rows[evenly_spread(classes, np.random.default_rng(seed))])


def as_long_as(problem: Problem, rows: int) -> Problem:
    """Return a problem whose training rows are padded to a common length, so that one program serves all sizes."""
    longer = np.zeros(len(padded(np.zeros(rows, np.int64))), np.int32)
    longer[: int(problem.rows.training_count)] = np.asarray(problem.rows.training)[: int(problem.rows.training_count)]
    return dataclasses.replace(problem, rows=problem.rows._replace(training=jnp.asarray(longer)))
