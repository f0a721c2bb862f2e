"""What the layers looked like on a probe batch: norms, update ratios, activations. Measured rarely, never acted on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from jax.typing import ArrayLike

from trainwell.engine.objective import Objective
from trainwell.engine.state import Examples, TrialState
from trainwell.functions.activations import ACTIVATIONS
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


def measure(objective: Objective, state: TrialState, probe: Examples, multiplier: Array) -> dict[str, Array]:
    """Return one row of telemetry: a gradient and an update that are looked at and thrown away.

    Args:
        objective: what is trained.
        state: where the run stands.
        probe: the fixed batch of training rows, dropout off.
        multiplier: the schedule's factor at this moment.
    """
    network = objective.assemble(state.parameters, inference=True)

    def loss(parameters: Any) -> Array:
        losses, _ = objective.judge(parameters, state.network_state, probe.inputs, probe.targets)
        return jnp.sum(probe.weights * losses) / jnp.maximum(jnp.sum(probe.weights), 1e-12)

    value, gradient = jax.value_and_grad(loss)(state.parameters)
    updates, _ = objective.transformation(multiplier).update(
        gradient, state.optimizer_state, state.parameters
    )
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
        name: jnp.stack(column)
        for name, column in zip(ACTIVATION_QUANTITIES, zip(*rows, strict=True), strict=True)
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


def nothing_measured(objective: Objective) -> dict[str, Array]:
    """Return a row of telemetry that holds nothing."""
    if not objective.recipe.telemetry:
        return {}
    network = objective.parameter_shapes()
    layers = len(layer_names(network))
    units = len(network.activation_functions) if isinstance(network, Stack) else 0
    row = {"probe_loss": jnp.array(jnp.nan)}
    row |= {name: jnp.full(layers, jnp.nan) for name in LAYER_QUANTITIES}
    if units:
        row |= {name: jnp.full(units, jnp.nan) for name in ACTIVATION_QUANTITIES}
    return row


def is_measured(epoch: ArrayLike, steps_per_epoch: ArrayLike, batch_size: int) -> Array:
    """Tell whether the layers are measured after an epoch, so that it costs :data:`SHARE` of a long run.

    One measurement costs about as much as the training steps that see as many rows, and one more. The moment before
    the first update and the last epoch are measured besides; so is the first epoch, where most faults show.

    >>> [bool(is_measured(epoch, 100, 256)) for epoch in (1, 2, 3)], bool(is_measured(2, 1, 256))
    ([True, True, True], False)
    """
    allowed = SHARE * jnp.asarray(steps_per_epoch, jnp.float32) / (1 + 1.3 * PROBE_ROWS / batch_size)
    epoch = jnp.asarray(epoch, jnp.float32)
    return (epoch == 1) | (jnp.floor(allowed * epoch) > jnp.floor(allowed * (epoch - 1)))
