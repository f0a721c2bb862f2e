"""What the layers looked like on a probe batch: norms, update ratios, activations. Measured rarely, never acted on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.engine.objective import Objective
from trainwell.engine.shuffle import shuffled
from trainwell.engine.state import Examples, Rows, TrialState
from trainwell.functions.activations import ACTIVATIONS
from trainwell.keys import key_for
from trainwell.network import Stack

PROBE_ROWS = 256
SHARE = 0.02
SATURATED_BELOW = 1e-3
LAYER_QUANTITIES = ("layer_weight_norm", "layer_gradient_norm", "layer_update_ratio")
ACTIVATION_QUANTITIES = ("activation_mean", "activation_deviation", "dead_share", "saturated_share")


def layer_names(network: Any) -> tuple[str, ...]:
    """Return the names of the layers that hold parameters, in order."""
    return tuple(by_layer(network, network))


def by_layer(network: Any, tree: Any) -> dict[str, list[Array]]:
    """Group the arrays of a tree shaped like the network's parameters by the layer they belong to."""
    groups: dict[str, list[Array]] = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        if eqx.is_inexact_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct):
            groups.setdefault(layer_of(network, path), []).append(leaf)
    return groups


def layer_of(network: Any, path: tuple[Any, ...]) -> str:
    """Return the name of the layer that the leaf at ``path`` belongs to."""
    if isinstance(network, Stack):
        return network.names[path[1].idx]
    return jax.tree_util.keystr(path[1:-1]).lstrip(".") or "network"


def norms(groups: Iterable[list[Array]]) -> Array:
    """Return the Euclidean norm of each group of arrays."""
    return jnp.stack([jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in group)) for group in groups])


def probe_of(state: TrialState, examples: Examples, rows: Rows) -> Examples:
    """Return the probe batch: the same training rows, drawn by the seed, every time."""
    size = min(PROBE_ROWS, rows.training.shape[0])
    positions = jnp.arange(size) % jnp.maximum(rows.training_count, 1)
    chosen = rows.training[shuffled(key_for(state.seed, "probe"), positions, rows.training_count)]
    return Examples(examples.inputs[chosen], examples.targets[chosen], examples.weights[chosen])


def measure(objective: Objective, state: TrialState, examples: Examples, rows: Rows) -> dict[str, Array]:
    """Return one row of telemetry: a gradient and an update that are looked at and thrown away.

    Args:
        objective: what is trained, knobs already in place.
        state: where the run stands, between two epochs.
        examples: the data.
        rows: which of it this trial uses.
    """
    probe = probe_of(state, examples, rows)
    steps = objective.steps_per_epoch(rows)
    multiplier = objective.multiplier(state.schedule_state, jnp.maximum(state.epoch * steps - 1, 0), steps)
    network = objective.assemble(state.parameters, inference=True)

    def loss(parameters: Any) -> Array:
        losses, _ = objective.judge(parameters, state.network_state, probe.inputs, probe.targets)
        return jnp.sum(probe.weights * losses) / jnp.maximum(jnp.sum(probe.weights), 1e-12)

    value, gradient = jax.value_and_grad(loss)(state.parameters)
    clipped, _ = objective.clipped(gradient)
    updates, _ = objective.transformation(multiplier).update(clipped, state.optimizer_state, state.parameters)
    weight_norm = norms(by_layer(network, state.parameters).values())
    update_norm = norms(by_layer(network, updates).values())
    return {
        "probe_loss": value,
        "layer_weight_norm": weight_norm,
        "layer_gradient_norm": norms(by_layer(network, gradient).values()),
        "layer_update_ratio": update_norm / jnp.maximum(weight_norm, 1e-12),
    } | measure_activations(network, state.network_state, probe.inputs)


def measure_activations(network: Any, network_state: Any, inputs: Array) -> dict[str, Array]:
    """Return mean, deviation, dead and saturated shares of every activation layer over the probe rows."""
    functions = network.activation_functions if isinstance(network, Stack) else {}
    if not functions:
        return {}
    seen = jax.vmap(lambda x: network.activations(x, network_state))(inputs)
    rows = [activation_row(function, *seen[name]) for name, function in functions.items()]
    return {
        name: jnp.stack(column) for name, column in zip(ACTIVATION_QUANTITIES, zip(*rows, strict=True), strict=True)
    }


def activation_row(function: str, before: Array, after: Array) -> tuple[Array, Array, Array, Array]:
    """Return mean, deviation, dead share and saturated share of one layer, from ``(rows, units)`` arrays."""
    slope = jax.jvp(ACTIVATIONS[function], (before,), (jnp.ones_like(before),))[1]
    dead = jnp.all(after == 0, axis=0)
    return (
        jnp.mean(after),
        jnp.std(after),
        jnp.mean(dead.astype(jnp.float32)),
        jnp.mean((jnp.abs(slope) < SATURATED_BELOW).astype(jnp.float32)),
    )


def cost_in_steps(batch_size: int) -> float:
    """Return what one look at the layers costs, in training steps: those that see as many rows, and the two calls."""
    return 9 + 1.3 * PROBE_ROWS / batch_size


def next_measured(epoch: int, steps_per_epoch: int, batch_size: int) -> int:
    """Return the epoch after ``epoch`` at whose end the layers are measured next.

    The distance is such that a long run spends :data:`SHARE` of its time on looking. The first epoch, where most faults
    show, comes besides.

    >>> next_measured(0, 100, 256), next_measured(1, 100, 256), next_measured(1, 6, 64)
    (1, 7, 120)
    """
    if epoch == 0:
        return 1
    distance = cost_in_steps(batch_size) / (SHARE * steps_per_epoch)
    return epoch + max(1, math.ceil(distance))
