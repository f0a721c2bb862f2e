"""What an expert checks before believing a training run: rows 1 to 8 of the practice, done by the program.

Half of them look at the data, half train the same compiled program on small variations of it: a handful of rows learned
by heart, inputs blanked out. None changes the run itself.

Sources: A. Karpathy, "A Recipe for Training Neural Networks", 2019; I. Goodfellow et al., "Deep Learning", ch. 11.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np

from trainwell.clinic.finding import jsonable
from trainwell.engine import Problem, Program, Recipe, Trained, train
from trainwell.engine.state import INTERRUPTED
from trainwell.records import Record

Status = Literal["passed", "failed", "warned", "not applicable"]

FEW_ROWS = 16
STEPS_BY_HEART = 400
STEPS_BLANK = 300


@dataclass(frozen=True)
class Preflight:
    """One check before believing a run: its number in the practice, how it went, and the evidence."""

    row: int
    name: str
    status: Status
    sentence: str
    evidence: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the check as JSON-able data."""
        return {
            "row": self.row,
            "name": self.name,
            "status": self.status,
            "sentence": self.sentence,
            "evidence": jsonable(self.evidence),
        }


def check_start(problem: Problem, trained: Trained) -> Preflight:
    """Row 5: before any update the loss is that of a network that knows only how often each answer occurs."""
    name = "loss at the start"
    if "probe_loss" not in trained.record:
        return Preflight(5, name, "not applicable", "Nothing was measured before the first update.", {})
    got, expected = float(trained.record["probe_loss"][0]), expected_start(problem, trained)
    fine = got < 2 * expected + 0.1
    words = f"The loss before any update is {got:.3g}, where knowing only averages gives {expected:.3g}."
    if not fine:
        words += " The weights start too large for the inputs: look at the initializer and the scaling."
    return Preflight(5, name, "passed" if fine else "warned", words, {"got": got, "expected": expected})


def expected_start(problem: Problem, trained: Trained) -> float:
    """Return the training part's mean loss of the base rate: the classes' entropy, the target's variance, or alike."""
    rows = problem.rows.training[: int(problem.rows.training_count)]
    outputs = jnp.broadcast_to(problem.base_rate, (len(rows), problem.outputs))
    loss = trained.program.objective(dict(trained.recipe.knobs())).loss
    return float(loss(outputs, problem.examples.targets[rows], problem.examples.weights[rows]))


def without_regularization(recipe: Recipe) -> Recipe:
    """Return the recipe with its dropout, decay and smoothing at zero, its structure untouched; not validated."""
    ending = ("dropout", "weight_decay", "label_smoothing")
    return recipe.with_knobs({path: 0.0 for path in recipe.knobs() if path.endswith(ending)})


def check_by_heart(recipe: Recipe, problem: Problem, program: Program) -> Preflight:
    """Row 8: a network that cannot learn a handful of rows by heart has a bug, or too little capacity."""
    count = min(FEW_ROWS, int(problem.rows.training_count))
    length = problem.rows.training.shape[0]
    few = np.zeros(length, np.int32)
    few[:count] = spread_rows(problem, count)
    rows = problem.rows._replace(
        training=jnp.asarray(few),
        training_count=jnp.asarray(count, jnp.int32),
        validation_count=jnp.asarray(0, jnp.int32),
    )
    steps = STEPS_BY_HEART // -(-count // recipe.batch_size)
    trial = without_regularization(recipe).with_knobs({"max_epochs": steps})
    record = rehearsed(trial, replace(problem, rows=rows), program)
    first, least = float(record["training_loss"][0]), float(np.min(record["training_loss"]))
    updates = int(record["step"][-1])
    learned = least < max(0.1 * first, 0.05)
    words = f"{count} rows were learned by heart: the loss fell from {first:.2g} to {least:.2g} in {updates} updates."
    if not learned:
        words = (
            f"{count} rows could not be learned by heart: the loss fell only from {first:.2g} to {least:.2g} in "
            f"{updates} updates. The rate may be too low, the network too small, or equal rows have different answers."
        )
    evidence = {"rows": count, "updates": updates, "first": first, "least": least}
    return Preflight(8, "a few rows learned by heart", "passed" if learned else "warned", words, evidence)


def rehearsed(recipe: Recipe, problem: Problem, program: Program) -> Record:
    """Return the record of a rehearsal; raises ``KeyboardInterrupt`` where it was cut short, which proves nothing."""
    record = train(recipe, problem, program=program).record
    if record.facts["outcome"] == INTERRUPTED:
        raise KeyboardInterrupt
    return record


def spread_rows(problem: Problem, count: int) -> np.ndarray:
    """Return that many training rows, spread evenly over the order of their targets, so that classes differ."""
    rows = np.asarray(problem.rows.training)[: int(problem.rows.training_count)]
    targets = np.asarray(problem.examples.targets)[rows].reshape(len(rows), -1)[:, 0]
    order = rows[np.argsort(targets, kind="stable")]
    return order[np.linspace(0, len(order) - 1, count).astype(int)]


def check_blank(recipe: Recipe, problem: Problem, trained: Trained) -> Preflight:
    """Row 7: a network that sees blanked inputs must do worse; if not, it does not use what it is given."""
    name = "inputs matter"
    with_inputs = best_loss(trained.record)
    if not np.isfinite(with_inputs):
        return Preflight(7, name, "not applicable", "No epoch ended with a finite loss to compare with.", {})
    steps_per_epoch = int(trained.record.facts["steps_per_epoch"])
    epochs = max(1, min(STEPS_BLANK // steps_per_epoch, recipe.max_epochs))
    blank = problem.examples._replace(inputs=jnp.zeros_like(problem.examples.inputs))
    trial = recipe.with_knobs({"max_epochs": epochs})
    record = rehearsed(trial, replace(problem, examples=blank), trained.program)
    without = best_loss(record)
    fine = with_inputs < 0.98 * without
    words = f"With blanked inputs the loss is {without:.3g}, with the real ones {with_inputs:.3g}."
    if not fine:
        words += " The network does no better with its inputs than without: they may say nothing about the target."
    evidence = {"blanked": without, "real": with_inputs, "epochs": epochs}
    return Preflight(7, name, "passed" if fine else "failed", words, evidence)


def best_loss(record: Record) -> float:
    """Return the lowest watched loss of a record; infinity where none is finite."""
    validation = record["validation_loss"]
    loss = validation if np.isfinite(validation).any() else record["training_loss"]
    return float(np.min(loss[np.isfinite(loss)], initial=np.inf))
