"""Row 5 of the practice: the loss before the first update is that of a network that knows only averages."""

from __future__ import annotations

import jax.numpy as jnp

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Trained


def check_start(problem: Problem, trained: Trained) -> Preflight:
    """Row 5: before any update the loss is that of a network that knows only how often each answer occurs."""
    name = "loss at the start"
    if "probe_loss" not in trained.record:
        return Preflight(5, name, "not applicable", "Nothing was measured before the first update.", {})
    got, expected = float(trained.record["probe_loss"][0]), expected_start(problem, trained)
    fine = got - expected < abs(expected) + 0.1
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
