"""Row 11 of the practice: what the network answers to one example does not depend on the others in its batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Program, Recipe
from trainwell.engine.looks.anatomy import has_batch_normalization
from trainwell.keys import key_for
from trainwell.network.layers import BATCH_AXIS

NAME = "no leak across the batch"
ROWS = 8


def check_independence(recipe: Recipe, problem: Problem, program: Program) -> Preflight:
    """Take the gradient of one example's outputs with respect to the others' inputs; it must be zero.

    Batch normalization mixes a batch in training on purpose; such a network is checked as at prediction.
    """
    objective = program.objective(dict(recipe.knobs()))
    network, state = objective.build(key_for(recipe.seed, "initialization"))
    mixes = has_batch_normalization(network)
    count = min(ROWS, int(problem.rows.training_count))
    inputs = jnp.asarray(problem.examples.inputs)[np.asarray(problem.rows.training)[:count]]
    leak, own = influence(network_answers(network, state, training=not mixes), inputs)
    evidence = {"influence_of_others": leak, "influence_of_its_own": own, "rows": count}
    if leak == 0:
        words = "The answer to one example depends on no other of its batch"
        words += " at prediction; in training batch normalization mixes them, as it should." if mixes else "."
        return Preflight(11, NAME, "passed", words, evidence)
    words = (
        f"The answer to one example changes with the others of its batch (gradient {leak:.3g}): a layer mixes rows. "
        "Look for means, sums or reshapes over the batch."
    )
    return Preflight(11, NAME, "failed", words, evidence)


def network_answers(network: Any, state: Any, *, training: bool) -> Callable[[Array], Array]:
    """Return the function from a batch of inputs to outputs ``(batch, outputs)``."""
    ready = eqx.nn.inference_mode(network, not training)

    def answers(inputs: Array) -> Array:
        keys = jax.random.split(key_for(0, "independence"), len(inputs))
        return jax.vmap(lambda x, key: ready(x, state, key=key)[0], axis_name=BATCH_AXIS)(inputs, keys)

    return answers


def influence(answers: Callable[[Array], Array], inputs: Array) -> tuple[float, float]:
    """Return the largest derivative of the first example's outputs by the others' inputs, and by its own.

    >>> influence(lambda x: x - x.mean(), jnp.ones((4, 1)))
    (0.25, 0.75)
    """
    gradient = np.asarray(jax.grad(lambda given: jnp.sum(answers(given)[0]))(inputs))
    return float(np.abs(gradient[1:]).max(initial=0.0)), float(np.abs(gradient[0]).max(initial=0.0))
