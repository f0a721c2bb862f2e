"""What is asked of a search, checked: the space, the data, how many trials, how judged. Not for doing it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from trainwell.arguments import seed_number, whole_number
from trainwell.data import Dataset
from trainwell.engine.space import Settings, Space
from trainwell.errors import RecipeError
from trainwell.keys import seed_after
from trainwell.search.folds import fold_count
from trainwell.search.judging import direction_of, metric_of
from trainwell.search.strategies import STRATEGIES, Question, Strategy, Tried
from trainwell.search.strategies.halving import rungs_of
from trainwell.search.trials import Place, Trial


@dataclass(frozen=True)
class Request:
    """What is asked of :func:`trainwell.tune`; raises ``RecipeError`` where it cannot be done."""

    space: Space
    data: Dataset
    trials: int
    strategy: str
    folds: int | None
    seeds: int
    asked_seed: int | None = None
    asked_metric: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.space, Space):
            raise RecipeError(
                f"a search needs a space, such as recipe.vary({{...}}), but got {type(self.space).__name__}; ranges by "
                "path become one by recipe.vary(ranges)."
            )
        metric_of(self.data, self.asked_metric)
        numbers = {name: whole_number(name, getattr(self, name)) for name in ("trials", "seeds")}
        if self.folds is not None:
            numbers["folds"] = fold_count(self.folds)
        if self.asked_seed is not None:
            numbers["asked_seed"] = seed_number("seed", self.asked_seed)
        for name, number in numbers.items():
            object.__setattr__(self, name, number)
        self.how.propose(self.question([], 0, 0))

    @property
    def how(self) -> Strategy:
        """The strategy itself."""
        return STRATEGIES[self.strategy]

    @property
    def direction(self) -> Literal["maximize", "minimize"]:
        """Whether large or small values are better."""
        return direction_of(self.metric)

    @property
    def metric(self) -> str:
        """The score that is compared."""
        return metric_of(self.data, self.asked_metric)

    @property
    def seed(self) -> int:
        """The strategy's seed: the recipe's unless asked for."""
        return self.space.recipe.seed if self.asked_seed is None else self.asked_seed

    @property
    def rungs(self) -> list[int]:
        """The epochs at which trials are compared; the last is the end of training."""
        epochs = self.space.recipe.max_epochs
        return rungs_of(epochs, self.trials) if self.how.halving else [epochs]

    def places(self) -> list[Place]:
        """Return every fold and seed that a trial is trained on."""
        seeds = [seed_after(self.space.recipe.seed, number) for number in range(self.seeds)]
        return [Place(fold, seed) for fold in range(self.folds or 1) for seed in seeds]

    def outline(self) -> dict[str, Any]:
        """Return the study's plain data before its first trial, which the planner reads."""
        counts = {"folds": self.folds or 1, "seeds": self.seeds}
        return {
            "metric": self.metric,
            "direction": self.direction,
            "space": self.space.to_dict(),
            "trials": [],
        } | counts

    def identity(self) -> dict[str, Any]:
        """Return what must be the same for a study to go on, by name."""
        return {
            "recipe": self.space.recipe.to_dict(),
            "space": self.space.to_dict(),
            "data": fingerprint(self.data),
            "metric": self.metric,
            "strategy": self.strategy,
            "seed": self.seed,
            "folds": self.folds,
            "seeds": self.seeds,
        } | ({} if self.how.extends else {"trials": self.trials})

    def first_settings(self) -> list[Settings]:
        """Return the settings that are tried first, a round of them."""
        count = min(self.how.round_size(self.trials), self.trials)
        return self.how.propose(self.question([], 0, count))

    def question(self, tried: list[Trial], first: int, count: int) -> Question:
        """Return what the strategy is asked."""
        seen = [Tried(trial.settings, trial.value) for trial in tried]
        return Question(self.space, seen, first, count, self.trials, self.seed, self.direction)


def fingerprint(data: Dataset) -> str:
    """Return a short text that differs for other rows, columns, targets, classes, weights or parts."""
    digest = hashlib.blake2b(repr((data.target.names, data.target.classes)).encode(), digest_size=8)
    arrays = [data.target.values, *(getattr(data.parts, part) for part in ("train", "validation", "test"))]
    arrays += [array for array in (data.array, data.sample_weight) if array is not None]
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    for column in [] if data.frame is None else data.frame.get_columns():
        digest.update(column.name.encode())
        digest.update(bytes_of(column))
    return digest.hexdigest()


def bytes_of(column: pl.Series) -> bytes:
    """Return the bytes that a column's values are told apart by."""
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).to_numpy().tobytes()
    return str(column.cast(pl.String).fill_null("\0").str.join("\x1f").item()).encode()
