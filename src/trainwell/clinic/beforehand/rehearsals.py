"""Rows 7 and 8 of the practice: small variations of the run trained by the same program, inputs blank or rows few.

Sources: A. Karpathy, "A Recipe for Training Neural Networks", 2019; I. Goodfellow et al., "Deep Learning", ch. 11.
"""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Program, Recipe, Trained, train
from trainwell.engine.batches import updates_per_epoch
from trainwell.engine.state import INTERRUPTED
from trainwell.records import Record

NAME = "a few rows learned by heart"
#: What outputs stand for where the loss is a likelihood of numbers, which nothing holds above 0.
WITHOUT_FLOOR = ("mean and variance", "log-rates")
FEW_ROWS = 16
STEPS_BY_HEART = 400
STEPS_BLANK = 300


def without_regularization(recipe: Recipe) -> Recipe:
    """Return the recipe with all that regularizes at zero, its structure untouched, unchecked."""
    return recipe.with_knobs({path: type(value)(0) for path, value in recipe.knobs().items() if regularizes(path)})


def regularizes(path: str) -> bool:
    """Tell whether a knob is of dropout, noise, decay, smoothing, a penalty or augmentation, all nothing at zero.

    >>> [regularizes(path) for path in ("network.layers.2.rate", "penalties.0.strength", "optimizer.learning_rate")]
    [True, True, False]
    """
    if path.startswith(("augmentation.", "penalties.")):
        return True
    drawn = path.startswith("network.layers.") and path.endswith((".rate", ".deviation"))
    return drawn or path.endswith(("dropout", "weight_decay", "label_smoothing"))


def check_by_heart(recipe: Recipe, problem: Problem, program: Program) -> Preflight:
    """Row 8: a network that cannot learn a handful of rows by heart has a bug, or too little capacity."""
    if program.objective(dict(recipe.knobs())).loss.takes in WITHOUT_FLOOR:
        return Preflight(8, NAME, "not applicable", "A loss that may fall below 0 has no least to be learned to.", {})
    count = min(FEW_ROWS, int(problem.rows.training_count))
    length = problem.rows.training.shape[0]
    few = np.zeros(length, np.int32)
    few[:count] = spread_rows(problem, count)
    rows = problem.rows._replace(
        training=jnp.asarray(few),
        training_count=jnp.asarray(count, jnp.int32),
        validation_count=jnp.asarray(0, jnp.int32),
    )
    steps = STEPS_BY_HEART // updates_per_epoch(recipe, count)
    trial = without_regularization(recipe).with_knobs({"max_epochs": steps})
    record = rehearsed(trial, replace(problem, rows=rows), program)
    first, least = float(record["training_loss"][0]), float(np.min(record["training_loss"]))
    updates = int(record["step"][-1])
    if recipe.max_steps is not None and updates >= recipe.max_steps:
        return Preflight(
            8, NAME, "not applicable", f"The recipe ends after {updates} updates, too few to learn by.", {}
        )
    learned = least < max(0.1 * first, 0.05)
    words = f"{count} rows were learned by heart: the loss fell from {first:.2g} to {least:.2g} in {updates} updates."
    if not learned:
        words = (
            f"{count} rows could not be learned by heart: the loss fell only from {first:.2g} to {least:.2g} in "
            f"{updates} updates. The rate may be too low, the network too small, or equal rows have different answers."
        )
    evidence = {"rows": count, "updates": updates, "first": first, "least": least}
    return Preflight(8, NAME, "passed" if learned else "warned", words, evidence)


def rehearsed(recipe: Recipe, problem: Problem, program: Program) -> Record:
    """Return the record of a rehearsal; raises ``KeyboardInterrupt`` where it was cut short, which proves nothing."""
    record = train(recipe.with_settings({"telemetry": False}), problem, program=program).record
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
    fine = without - with_inputs > 0.02 * abs(without)
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
