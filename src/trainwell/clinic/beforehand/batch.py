"""Row 10 of the practice: one batch exactly as the network receives it, after encoding and augmentation."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Program, Recipe
from trainwell.engine.batches import rows_per_update
from trainwell.engine.state import Examples
from trainwell.keys import key_for

NAME = "one batch as it arrives"
#: Inputs beyond this size are no inputs that networks of customary initialization can begin from.
LARGE = 30.0
ROWS_SHOWN, NUMBERS_SHOWN = 3, 8


def first_batch(recipe: Recipe, problem: Problem, program: Program) -> Examples:
    """Return the first training rows as many as a batch holds, augmented as in training."""
    count = rows_per_update(recipe, int(problem.rows.training_count))
    rows = np.asarray(problem.rows.training)[:count]
    batch = Examples(*(jnp.asarray(part)[rows] for part in problem.examples))
    objective = program.objective(dict(recipe.knobs()))
    augmented, _ = objective.augmented(batch, key_for(recipe.seed, "augmentation"))
    return augmented


def check_batch(recipe: Recipe, problem: Problem, program: Program) -> Preflight:
    """Look at one batch: its shape, its range, its first rows."""
    batch = first_batch(recipe, problem, program)
    inputs, targets = np.asarray(batch.inputs, float), np.asarray(batch.targets, float)
    evidence = {
        "inputs_shape": " × ".join(map(str, inputs.shape)),
        "mean": inputs.mean(),
        "deviation": inputs.std(),
        "minimum": inputs.min(),
        "maximum": inputs.max(),
        "constant_inputs": int(np.sum(np.ptp(inputs.reshape(len(inputs), -1), axis=0) == 0)),
        "first_rows": "; ".join(shown(row) for row in inputs.reshape(len(inputs), -1)[:ROWS_SHOWN]),
        "first_targets": shown(targets.reshape(len(targets), -1)[:NUMBERS_SHOWN, 0]),
    }
    if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
        words = "The batch holds what is no finite number: clean the data, or let the encoding fill gaps."
        return Preflight(10, NAME, "failed", words, evidence)
    words = f"Inputs of shape {evidence['inputs_shape']}, {inputs.min():.3g} to {inputs.max():.3g}."
    codes = len(problem.layout.cardinalities)
    numbers = inputs[:, :-codes] if codes and inputs.ndim == 2 else inputs
    if numbers.size and np.abs(numbers).max() > LARGE:
        words += f" Networks want numbers of about 1; the largest is {np.abs(numbers).max():.3g}: scale the inputs."
        return Preflight(10, NAME, "warned", words, evidence)
    return Preflight(10, NAME, "passed", words, evidence)


def shown(numbers: np.ndarray) -> str:
    """Return the first few of a row of numbers as text."""
    text = ", ".join(f"{number:.3g}" for number in numbers[:NUMBERS_SHOWN])
    return f"{text}, …" if len(numbers) > NUMBERS_SHOWN else text
