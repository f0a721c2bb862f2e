"""The probe batch: a few training rows, the same ones every time, that a run is looked at through."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.engine.objective import Objective
from trainwell.engine.outputs import curvature
from trainwell.engine.shuffle import shuffled
from trainwell.engine.state import Examples, Rows, TrialState
from trainwell.keys import key_for

PROBE_ROWS = 256


def probe_of(state: TrialState, examples: Examples, rows: Rows) -> Examples:
    """Return the probe batch: the same training rows, drawn by the seed, every time; no row is in both halves.

    Where there are fewer rows than the batch holds, those of each half come up again and again in it.
    """
    half = min(PROBE_ROWS, rows.training.shape[0]) // 2
    share = jnp.maximum(jnp.minimum(rows.training_count // 2, half), 1)
    within = jnp.arange(half) % share
    positions = jnp.concatenate([within, share + within]) % jnp.maximum(rows.training_count, 1)
    chosen = rows.training[shuffled(key_for(state.seed, "probe"), positions, rows.training_count)]
    return Examples(examples.inputs[chosen], examples.targets[chosen], examples.weights[chosen])


def probe_gradient(objective: Objective, state: TrialState, probe: Examples) -> tuple[Array, Array, Any, Any]:
    """Return the probe's loss, outputs, gradient, and the gradients of its two halves, stacked.

    The halves cost no more than the whole would, and how far they agree says how much of the gradient is chance.
    """

    def loss(parameters: Any, half: Examples) -> tuple[Array, tuple[Array, Array]]:
        outputs = objective.predict(parameters, state.network_state, half.inputs)
        losses = objective.loss.per_example(outputs, half.targets)
        weight = jnp.sum(half.weights)
        return jnp.sum(half.weights * losses) / jnp.maximum(weight, 1e-12), (outputs, weight)

    halves = Examples(*(part.reshape(2, part.shape[0] // 2, *part.shape[1:]) for part in probe))
    found = jax.vmap(jax.value_and_grad(loss, has_aux=True), in_axes=(None, 0))(state.parameters, halves)
    (values, (outputs, weight)), gradients = found
    share = weight / jnp.maximum(jnp.sum(weight), 1e-12)
    whole = jax.tree.map(lambda leaf: jnp.tensordot(share, leaf, axes=1), gradients)
    return values @ share, outputs.reshape(-1, *outputs.shape[2:]), whole, gradients


def probe_loss(objective: Objective, parameters: Any, state: TrialState, probe: Examples) -> Array:
    """Return the probe's weighted mean loss at other weights, as at prediction."""
    losses, _ = objective.judge(parameters, state.network_state, probe.inputs, probe.targets)
    return jnp.sum(probe.weights * losses) / jnp.maximum(jnp.sum(probe.weights), 1e-12)


def flat(tree: Any, axes: int = 0) -> Array:
    """Return the arrays of a tree as one, all axes but the first ``axes`` laid out in a row."""
    leaves = jax.tree.leaves(tree)
    return jnp.concatenate([leaf.reshape(*leaf.shape[:axes], -1) for leaf in leaves], axis=axes)


def cosine(first: Array, second: Array) -> Array:
    """Return the cosine of the angle between two vectors, 0 where one is zero."""
    return first @ second / jnp.maximum(jnp.linalg.norm(first) * jnp.linalg.norm(second), 1e-30)


def agreement(halves: Any, rows: int) -> dict[str, Array]:
    """Return the cosine between the gradients of two halves, and the noise scale that follows from them, in rows.

    With g₁, g₂ of ``rows`` rows each, E g₁·g₂ = |G|² and E |g|² = |G|² + tr Σ / rows; the scale is tr Σ / |G|².

    Source: S. McCandlish et al., "An Empirical Model of Large-Batch Training", 2018.
    """
    gradients = flat(halves, axes=1)
    products = gradients @ gradients.T
    shared, size = products[0, 1], jnp.trace(products) / 2
    return {
        "gradient_agreement": shared / jnp.maximum(jnp.sqrt(products[0, 0] * products[1, 1]), 1e-30),
        "gradient_noise_scale": rows * (size - shared) / jnp.maximum(shared, 1e-30),
    }


def has_modes(network: Any) -> bool:
    """Tell whether a network behaves otherwise in training than at prediction."""
    leaves = jax.tree.leaves(network, is_leaf=lambda part: hasattr(part, "inference"))
    return any(hasattr(leaf, "inference") for leaf in leaves)


def loss_in_training_mode(objective: Objective, state: TrialState, probe: Examples, value: Array) -> Array:
    """Return the probe's loss with dropout on and normalization over the batch; ``value`` where neither is there."""
    if not has_modes(objective.assemble(state.parameters, inference=True)):
        return value
    key = jax.random.fold_in(key_for(state.seed, "probe"), state.epoch)
    own = jax.tree.map(lambda leaf: leaf, state.network_state)  # a copy: normalization's update uses a state up
    _, (_, losses, _) = objective.gradient(state.parameters, own, probe, key)
    return jnp.sum(probe.weights * losses) / jnp.maximum(jnp.sum(probe.weights), 1e-12)


def measure_curvature(objective: Objective, state: TrialState, probe: Examples, outputs: Array) -> dict[str, Array]:
    """Return how far the network is from a straight line, where its inputs have points between them."""
    if objective.layout.cardinalities:
        return {}

    def predict(inputs: Array) -> Array:
        return objective.predict(state.parameters, state.network_state, inputs)

    return {"output_curvature": curvature(predict, probe.inputs, outputs)}
