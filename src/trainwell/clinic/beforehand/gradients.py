"""Row 12 of the practice: the gradient of a person's own network against differences of its loss."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff import DerivativeError, check_gradient
from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Program, Recipe
from trainwell.keys import key_for
from trainwell.network import Architecture
from trainwell.network.layers import split_parameters

NAME = "gradient of your own network"
ROWS, ENTRIES = 8, 50
#: The largest relative error of float32 derivatives that passes.
TOLERANCE = 1e-2


def check_own_gradient(recipe: Recipe, problem: Problem, program: Program) -> Preflight:
    """Compare the derivatives that training would use with central differences, for a network of one's own."""
    if isinstance(recipe.network, Architecture):
        words = "No layer of your own is in the recipe; ours are checked by the project's tests."
        return Preflight(12, NAME, "not applicable", words, {})
    objective = program.objective(dict(recipe.knobs()))
    network, state = objective.build(key_for(recipe.seed, "initialization"))
    parameters, _ = split_parameters(network)
    rows = np.asarray(problem.rows.training)[: min(ROWS, int(problem.rows.training_count))]
    inputs, targets = jnp.asarray(problem.examples.inputs)[rows], jnp.asarray(problem.examples.targets)[rows]

    def loss(parameters: Any) -> jax.Array:
        losses, _ = objective.judge(parameters, state, inputs, targets)
        return jnp.mean(losses)

    try:
        found = check_gradient(loss, (parameters,), tolerance=TOLERANCE, most=ENTRIES)
    except DerivativeError as problem_found:
        return Preflight(12, NAME, "not applicable", f"It could not be checked: {problem_found}", {})
    evidence = {"entries": found.checked, "largest_error": found.worst.error, "worst": found.worst.name}
    return Preflight(12, NAME, "passed" if found else "failed", found.sentence, evidence)
