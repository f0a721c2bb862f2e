"""What the layers looked like on a probe batch: norms, update ratios, activations. Measured rarely, never acted on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.engine.layers import by_layer
from trainwell.engine.looks.probe import (
    PROBE_ROWS,
    agreement,
    cosine,
    flat,
    loss_in_training_mode,
    measure_curvature,
    probe_gradient,
    probe_loss,
    probe_of,
)
from trainwell.engine.looks.reference import base_losses
from trainwell.engine.looks.units import idle_share, unit_similarity
from trainwell.engine.objective import Objective
from trainwell.engine.outputs import measure_outputs
from trainwell.engine.state import Examples, Rows, TrialState
from trainwell.functions.activations import ACTIVATIONS
from trainwell.network import Stack
from trainwell.records import BY_ACTIVATION

SHARE = 0.02
#: The least distance between looks as a share of the epochs gone by.
SLOWING = 0.25
SATURATED_BELOW = 1e-3


class Look(eqx.Module):
    """One row of telemetry in one array: to hand over twenty-five small ones takes longer than to compute them.

    Attributes:
        numbers: everything that was measured, one after another.
        shapes: the names of the quantities, sorted, and their shapes.
    """

    numbers: Any
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = eqx.field(static=True)

    @staticmethod
    def of(row: Mapping[str, Any]) -> Look:
        """Put a row together.

        >>> look = Look.of({"probe_loss": jnp.array(2.0), "layer_weight_norm": jnp.array([3.0, 4.0])})
        >>> look.numbers.shape, table_of([look, look])["layer_weight_norm"].tolist()
        ((3,), [[3.0, 4.0], [3.0, 4.0]])
        """
        names = sorted(row)
        shapes = tuple((name, tuple(np.shape(row[name]))) for name in names)
        return Look(jnp.concatenate([jnp.ravel(jnp.asarray(row[name], float)) for name in names]), shapes)


def table_of(looks: Sequence[Look]) -> dict[str, np.ndarray]:
    """Return what several looks saw on the host, quantity by quantity, a row a look; nothing of none."""
    if not looks:
        return {}
    shapes, numbers = looks[0].shapes, np.stack([np.asarray(look.numbers) for look in looks])
    columns = np.split(numbers, np.cumsum([math.prod(shape) for _, shape in shapes])[:-1], axis=1)
    return {name: column.reshape(-1, *shape).copy() for (name, shape), column in zip(shapes, columns, strict=True)}


def norms(groups: Iterable[list[Array]]) -> Array:
    """Return the Euclidean norm of each group of arrays."""
    return jnp.stack([jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in group)) for group in groups])


def products(groups: Iterable[list[Array]], others: Iterable[list[Array]]) -> Array:
    """Return the scalar product of each group of arrays with its like."""
    pairs = zip(groups, others, strict=True)
    return jnp.stack([sum(jnp.vdot(*pair) for pair in zip(*both, strict=True)) for both in pairs])


def measure(objective: Objective, state: TrialState, examples: Examples, rows: Rows) -> Look:
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
    value, outputs, gradient, halves = probe_gradient(objective, state, probe)
    clipped, _ = objective.clipped(gradient)

    def cost(parameters: Any) -> Array:
        return probe_loss(objective, parameters, state, probe)

    updates, _ = objective.updates(clipped, state.optimizer_state, state.parameters, multiplier, cost)
    weights, moved = (by_layer(network, tree).values() for tree in (state.parameters, updates))
    weight_norm, gradients = norms(weights), by_layer(network, gradient).values()
    moved_norm, gradient_norm = norms(moved), norms(gradients)
    return Look.of(
        {
            "telemetry_epoch": state.epoch,
            "probe_loss": value,
            "probe_loss_training_mode": loss_in_training_mode(objective, state, probe, value),
            "layer_weight_norm": weight_norm,
            "layer_gradient_norm": gradient_norm,
            "layer_update_ratio": moved_norm / jnp.maximum(weight_norm, 1e-12),
            "layer_update_alignment": -products(moved, gradients) / jnp.maximum(moved_norm * gradient_norm, 1e-30),
            "unit_similarity": jnp.stack([unit_similarity(group) for group in weights]),
            "idle_share": jnp.stack([idle_share(group) for group in gradients]),
            "update_alignment": -cosine(flat(updates), flat(gradient)),
        }
        | agreement(halves, probe.weights.shape[0] // 2)
        | measure_outputs(outputs)
        | measure_curvature(objective, state, probe, outputs)
        | measure_activations(network, state.network_state, probe.inputs)
        | first_only(state, lambda: base_losses(objective, examples, rows))
    )


def first_only(state: TrialState, look: Callable[[], dict[str, Array]]) -> dict[str, Array]:
    """Return what stays the same all run long, computed before the first update alone; zeros later."""
    blank = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), jax.eval_shape(look))
    return jax.lax.cond(state.epoch == 0, look, lambda: blank) if blank else {}


def measure_activations(network: Any, network_state: Any, inputs: Array) -> dict[str, Array]:
    """Return mean, deviation, dead and saturated shares of every activation layer over the probe rows."""
    functions = network.activation_functions if isinstance(network, Stack) else {}
    if not functions:
        return {}
    seen = jax.vmap(lambda x: network.activations(x, network_state))(inputs)
    rows = [activation_row(function, *seen[name]) for name, function in functions.items()]
    return {name: jnp.stack(column) for name, column in zip(BY_ACTIVATION, zip(*rows, strict=True), strict=True)}


def activation_row(function: str, before: Array, after: Array) -> tuple[Array, Array, Array, Array]:
    """Return mean, deviation, dead share and saturated share of one layer, from ``(rows, …, units)`` arrays."""
    slope = jax.jvp(ACTIVATIONS[function], (before,), (jnp.ones_like(before),))[1]
    dead = jnp.all(after == 0, axis=tuple(range(after.ndim - 1)))  # a channel lives where any place does
    return (
        jnp.mean(after),
        jnp.std(after),
        jnp.mean(dead.astype(jnp.float32)),
        jnp.mean((jnp.abs(slope) < SATURATED_BELOW).astype(jnp.float32)),
    )


def cost_in_steps(batch_size: int) -> float:
    """Return what one look at the layers costs, in training steps: those that see as many rows, and the two calls."""
    return 10 + 2 * PROBE_ROWS / batch_size


def next_measured(epoch: int, steps_per_epoch: int, batch_size: int) -> int:
    """Return the epoch after ``epoch`` at whose end the layers are measured next.

    The distance is such that a run spends :data:`SHARE` of its time on looking, and less of it the longer it lasts,
    since what changes late changes slowly. The first epoch, where most faults show, comes besides.

    >>> next_measured(0, 100, 256), next_measured(1, 100, 256), next_measured(1, 6, 64), next_measured(1000, 6, 64)
    (1, 7, 151, 1250)
    """
    if epoch == 0:
        return 1
    distance = cost_in_steps(batch_size) / (SHARE * steps_per_epoch)
    return epoch + max(1, math.ceil(distance), math.floor(SLOWING * epoch))
