"""A study: what was searched and what every trial scored. Frozen; made by ``tune``. Not for drawing conclusions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, Literal

import polars as pl

from trainwell.engine import Recipe
from trainwell.engine.ranges import Choice, Interval, label_of
from trainwell.engine.space import Settings, Space, plain_settings
from trainwell.errors import RecipeError
from trainwell.search.trials import Trial

#: How many trials a notebook shows.
MOST_SHOWN = 5
#: What ended a search, and how it is said.
Ended = Literal["all trials done", "the time budget was used up", "interrupted", "not finished"]


@dataclass(frozen=True)
class Best:
    """The best trial: its number, settings and value, and the recipe that gives it again."""

    number: int
    settings: Settings
    value: float
    recipe: Recipe


@dataclass(frozen=True)
class Study:
    """A finished search, or as far as it came.

    Attributes:
        space: what was searched.
        finished: every trial that ended, in order.
        metric: what the values are, such as ``"accuracy"`` or ``"rmse"``, on validation rows.
        direction: whether large or small values are better.
        strategy: how the space was searched.
        seed: of the strategy.
        folds: folds per trial; 1 where the data's own validation part was used.
        seeds: trainings per fold.
        data_name: on what.
        plan: what was planned before the first trial.
        ended: what ended the search; not finished where its process was killed, or runs still.
    """

    space: Space
    finished: tuple[Trial, ...]
    metric: str
    direction: Literal["maximize", "minimize"]
    strategy: str
    seed: int
    folds: int
    seeds: int
    data_name: str
    plan: dict[str, Any] = field(default_factory=dict)
    ended: Ended = "all trials done"

    def __repr__(self) -> str:
        ranking = self.ranking()
        best = f"best {self.metric} {ranking[0].value:.4g} (trial {ranking[0].number})" if ranking else "no value"
        return f"<Study of {self.data_name}: {len(self.finished)} trials, {best}>"

    def _repr_html_(self) -> str:
        done = f"{len(self.finished)} trials on {self.data_name} by {self.strategy} search; {self.ended}."
        ranking = self.ranking()
        best = (
            f"Best: trial {ranking[0].number}, {self.metric} {ranking[0].value:.4g}."
            if ranking
            else "None has a value."
        )
        rows = "".join(
            f"<tr><td>{trial.number}</td><td>{trial.value:.4g}</td><td>{escape(str(plain_settings(trial.settings)))}</td></tr>"
            for trial in ranking[:MOST_SHOWN]
        )
        head = f"<tr><th>trial</th><th>{escape(self.metric)}</th><th>settings</th></tr>"
        return f"<p>{escape(done)} {escape(best)}</p><table>{head}{rows}</table>"

    def ranking(self) -> list[Trial]:
        """Return the trials that were trained to their end, the best first, the earlier of equals first."""
        complete = [trial for trial in self.finished if trial.state == "complete" and trial.value is not None]
        return sorted(complete, key=lambda trial: worth(trial, self.direction), reverse=True)

    @cached_property
    def best(self) -> Best:
        """The best trial that was trained to its end.

        Raises:
            RecipeError: no trial has a value.
        """
        ranking = self.ranking()
        if not ranking:
            raise RecipeError(f"none of the {len(self.finished)} trials has a value; see study.trials for the reasons.")
        first = ranking[0]
        assert first.value is not None
        return Best(first.number, first.settings, first.value, self.space.recipe_for(first.settings))

    @property
    def best_recipe(self) -> Recipe:
        """The recipe of the best trial; training by it gives the recorded value again, bit by bit."""
        return self.best.recipe

    def distinct(self) -> list[Trial]:
        """Return the ranking without trials whose settings a better or earlier one had already."""
        first: dict[str, Trial] = {}
        for trial in self.ranking():
            first.setdefault(repr(sorted(trial.settings.items())), trial)
        return list(first.values())

    @property
    def trials(self) -> pl.DataFrame:
        """One row a trial: number, state, value, a column per varied field, then what its trainings say."""
        rows = [self.row(trial) for trial in self.finished]
        return pl.DataFrame(rows, schema=self.schema(), orient="row")

    def schema(self) -> dict[str, Any]:
        """Return the columns of :attr:`trials` with their types."""
        varied = {path: dtype_of(span) for path, span in self.space.ranges.items()}
        counts = pl.List(pl.Int64)
        return (
            {"number": pl.Int64, "state": pl.String, "value": pl.Float64}
            | varied
            | {"values": pl.List(pl.Float64), "best_epochs": counts, "epochs": counts}
            | {"seconds": pl.Float64, "rung": pl.Int64, "problem": pl.String}
        )

    def row(self, trial: Trial) -> tuple[Any, ...]:
        """Return a trial as a row of :attr:`trials`."""
        settings = [shown(self.space, path, trial.settings.get(path)) for path in self.space.ranges]
        curves = [trial.column(name) for name in ("value", "best_epoch", "epochs")]
        return (
            trial.number,
            trial.state,
            trial.value,
            *settings,
            *curves,
            sum(trial.column("seconds")),
            trial.rung,
            trial.problem,
        )

    def data(self) -> dict[str, Any]:
        """Return the study as JSON-able data, which lessons and reports read."""
        return {
            "metric": self.metric,
            "direction": self.direction,
            "strategy": self.strategy,
            "seed": self.seed,
            "data": self.data_name,
            "recipe": self.space.recipe.to_dict(),
            "space": self.space.to_dict(),
            "folds": self.folds,
            "seeds": self.seeds,
            "plan": self.plan,
            "ended": self.ended,
            "trials": [self.entry(trial) for trial in self.finished],
        }

    def entry(self, trial: Trial) -> dict[str, Any]:
        """Return a trial as JSON-able data."""
        return {
            "number": trial.number,
            "settings": plain_settings(trial.settings),
            "state": trial.state,
            "value": trial.value,
            "values": [value for value in trial.column("value") if value is not None],
            "best_epochs": trial.column("best_epoch"),
            "epochs": trial.column("epochs"),
            "max_epochs": self.space.recipe.max_epochs,
            "seconds": sum(trial.column("seconds")),
            "rung": trial.rung,
            "problem": trial.problem,
        }


def worth(trial: Trial, direction: str) -> float:
    """Return a trial's value, turned so that more is better; trials without one come last."""
    if trial.value is None:
        return float("-inf")
    return trial.value if direction == "maximize" else -trial.value


def dtype_of(span: Any) -> Any:
    """Return the type of a range's column."""
    if isinstance(span, Interval):
        return pl.Int64 if span.kind == "integer" else pl.Float64
    kinds = {type(label) for label in span.labels}
    return {frozenset({bool}): pl.Boolean, frozenset({int}): pl.Int64}.get(frozenset(kinds), pl.String)


def shown(space: Space, path: str, value: Any) -> Any:
    """Return a value as its column holds it."""
    span = space.ranges[path]
    if not isinstance(span, Choice):
        return value
    label = label_of(value)
    return label if dtype_of(span) != pl.String or label is None else str(label)
