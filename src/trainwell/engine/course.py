"""The course of one trial on the host: how large the next call of the program is, and what the calls wrote down."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.engine.batches import planned_updates, rows_per_update, updates_per_epoch
from trainwell.engine.fields import plain
from trainwell.engine.looks.reference import reference
from trainwell.engine.looks.telemetry import Look, next_measured, table_of
from trainwell.engine.problem import Problem
from trainwell.engine.program import Program
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import OUTCOMES, RUNNING
from trainwell.engine.transformations import chained
from trainwell.engine.trial import CURVES
from trainwell.records import Record

#: Seconds that one call of the program should take: often enough for a progress bar and a clean stop.
CALL_SECONDS = 0.25
FIRST_CALL_STEPS = 200
SCORES = ("training_score", "validation_score")
BASE_LOSSES = ("base_loss", "base_validation_loss")


@dataclass(frozen=True)
class Progress:
    """Where a run stands, handed to a listener after every call of the program.

    ``epoch`` counts finished epochs and ``share`` is the fraction of all planned updates; losses are of the last epoch.
    """

    epoch: int
    max_epochs: int
    share: float
    seconds: float
    training_loss: float
    validation_loss: float
    best_epoch: int


class Course:
    """The host's side of one trial: how many updates the next call makes, and what the calls wrote down."""

    def __init__(self, recipe: Recipe, problem: Problem, program: Program, began: float):
        self.recipe, self.problem, self.program, self.began = recipe, problem, program, began
        self.knobs = program.knobs(recipe)
        rows = int(problem.rows.training_count)
        self.batch_rows = rows_per_update(recipe, rows)
        self.steps_per_epoch = updates_per_epoch(recipe, rows)
        self.planned = planned_updates(recipe, rows)
        self.padded_rows = problem.rows.training.shape[0]
        self.outcome = RUNNING
        self.rows: list[dict[str, np.ndarray]] = []
        self.looks: list[Look] = []
        self.compile_seconds = 0.0

    def start(self, *, alone: bool = True) -> None:
        """Draw the weights and look at the layers before any update; courses that go on in lanes are not alone."""
        problem = self.problem
        if alone:
            data, looks = (problem.examples, problem.rows), self.recipe.telemetry
            self.program.compile_ahead(self.knobs, self.recipe.seed, problem.base_rate, data, looks=looks)
        self.state = self.program.start(self.knobs, self.recipe.seed, problem.base_rate)
        self.look()
        self.compile_seconds = time.perf_counter() - self.began

    def look(self) -> None:
        """Measure the layers as they stand, and say when they are measured next."""
        if not self.recipe.telemetry:
            self.next_look = self.recipe.max_epochs + 1
            return
        self.looks.append(self.program.measure(self.knobs, self.state, self.problem.examples, self.problem.rows))
        self.next_look = next_measured(self.epoch, self.steps_per_epoch, self.batch_rows)

    def advance(self, until: int | None = None) -> None:
        """Call the program once; how long it took sets the next call's size.

        Args:
            until: the epoch not to go beyond, where a pause is wanted; the next look at the layers bounds it too.
        """
        began = time.perf_counter()
        before = self.position()
        bound = self.next_look if until is None else min(self.next_look, until)
        left = bound * self.steps_per_epoch - before
        budget = np.int32(min(self.budget, left))
        arguments = (self.knobs, self.state, self.problem.examples, self.problem.rows, budget)
        compiled = self.program.advance.knows(*arguments)
        self.state, curves = self.program.advance(*arguments)
        rows = np.asarray(curves.rows)[: int(curves.filled)]
        took = time.perf_counter() - began
        self.note(rows, took)
        self.outcome = int(self.state.outcome)
        if compiled:
            self.program.pace[self.padded_rows] = max(self.position() - before, 1) / max(took, 1e-6)
        else:
            self.compile_seconds += took
        if self.epoch == self.next_look or self.outcome != RUNNING:
            self.look()

    @property
    def budget(self) -> int:
        """Updates that the next call may make; few, where no trial of this structure has told how long they take."""
        pace = self.program.pace.get(self.padded_rows)
        return FIRST_CALL_STEPS if pace is None else max(1, int(pace * CALL_SECONDS))

    def note(self, rows: np.ndarray, took: float) -> None:
        """Keep the rows of the epochs that the call finished, ``(epochs, quantities)``, and when they finished."""
        finished = time.perf_counter() - self.began
        seconds = np.linspace(finished - took, finished, len(rows) + 1)[1:]
        self.rows.append(dict(zip(CURVES, rows.T, strict=True)) | {"seconds": seconds})

    @property
    def epoch(self) -> int:
        """The number of epochs finished."""
        return int(self.state.epoch)

    def position(self) -> int:
        """Return the number of updates made so far."""
        return min(self.epoch * self.steps_per_epoch + int(self.state.batch), self.planned)

    def progress(self) -> Progress:
        """Return where the run stands."""
        last = next((rows for rows in reversed(self.rows) if len(rows["epoch"])), None)
        return Progress(
            epoch=self.epoch,
            max_epochs=self.recipe.max_epochs,
            share=self.position() / self.planned,
            seconds=time.perf_counter() - self.began,
            training_loss=float(last["training_loss"][-1]) if last else float("nan"),
            validation_loss=float(last["validation_loss"][-1]) if last else float("nan"),
            best_epoch=int(self.state.best.epoch),
        )

    def curve(self, name: str) -> np.ndarray:
        """Return what was written down under a name so far, one value an epoch, scores in the person's units."""
        column = np.concatenate([rows[name] for rows in self.rows]).astype(np.float64)
        return column * self.problem.target_scale if name in SCORES and self.problem.task == "regression" else column

    def record(self) -> Record:
        """Put what the calls wrote down into one record."""
        epochs = self.curve("epoch").astype(np.int64)
        arrays = {
            "epoch": epochs,
            "step": np.minimum(epochs * self.steps_per_epoch, self.planned),
            "seconds": self.curve("seconds"),
        }
        arrays |= {name: self.curve(name) for name in CURVES if name != "epoch"}
        seen = self.telemetry()
        yardsticks, known = reference(self.problem, self.reached()) if seen else ({}, {})
        known |= {name: float(seen.pop(name)[0]) for name in BASE_LOSSES if name in seen}
        return Record(arrays | seen | yardsticks, self.facts() | finite(known))

    def reached(self) -> float | None:
        """Return the best score on the validation part so far; none without one."""
        scores = self.curve("validation_score")
        scores = scores[np.isfinite(scores)]
        if not len(scores):
            return None
        return float(scores.min() if self.problem.task == "regression" else scores.max())

    def telemetry(self) -> dict[str, np.ndarray]:
        """Return what the looks at the layers saw, one row a look."""
        seen = table_of(self.looks)
        if seen:
            seen["telemetry_epoch"] = seen["telemetry_epoch"].astype(np.int64)
        return seen

    @property
    def score_name(self) -> str:
        """What the curves of the score hold; errors of several targets are one curve of their scaled values."""
        if self.problem.task != "regression":
            return "accuracy"
        return "RMSE" if self.problem.examples.targets.shape[1] == 1 else "RMSE of scaled targets"

    def facts(self) -> dict[str, Any]:
        """Return what the record states besides arrays."""
        loss = self.program.objective(self.recipe.knobs()).loss
        return {
            "task": self.problem.task,
            "score": self.score_name,
            **self.program.network_facts,
            "loss": loss.name,
            "loss_takes": loss.takes,
            "optimizer": plain(self.recipe.optimizer) | chained(self.recipe.optimizer),
            "steps_per_epoch": self.steps_per_epoch,
            "batch_size": self.batch_rows,
            "training_rows": int(self.problem.rows.training_count),
            "validation_rows": int(self.problem.rows.validation_count),
            "epochs": self.epoch,
            "max_epochs": self.recipe.max_epochs,
            "best_epoch": int(self.state.best.epoch),
            "outcome": self.outcome,
            "stopped_because": OUTCOMES[self.outcome],
            "seed": self.recipe.seed,
            "compile_seconds": round(self.compile_seconds, 3),
            "seconds": round(time.perf_counter() - self.began, 3),
        }


def finite(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts without those that are not finite numbers, which no JSON holds."""
    return {name: fact for name, fact in facts.items() if not isinstance(fact, float) or np.isfinite(fact)}
