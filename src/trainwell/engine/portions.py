"""The training rows of several updates, fetched at once: what they are, and one update's share of them.

Fetched update by update, the rows of a small network's batch cost a CPU a hand-over between threads at every step,
which takes longer than the step's arithmetic. How many are fetched at once does not change which an update sees.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.engine.batches import ALL
from trainwell.engine.objective import Objective
from trainwell.engine.shuffle import shuffled
from trainwell.engine.state import Examples, Rows, TrialState
from trainwell.keys import key_for

#: Bytes of a portion: they stay in a core's own cache.
PORTION_BYTES = 1 << 19


def updates_at_once(objective: Objective, examples: Examples, rows: Rows) -> int:
    """Return how many updates a portion holds rows for: as many as fit :data:`PORTION_BYTES`, one at least."""
    size = objective.batch_rows(rows)
    row_bytes = sum(array.dtype.itemsize * math.prod(array.shape[1:]) for array in examples)
    return max(1, min(PORTION_BYTES // (size * row_bytes), -(-rows.training.shape[0] // size)))


def rows_at(objective: Objective, state: TrialState, rows: Rows, positions: Array) -> Array:
    """Return the training rows that stand at some positions of the epoch's order; after the last it begins again."""
    within = positions % jnp.maximum(rows.training_count, 1)
    if objective.recipe.batch_size == ALL:
        return rows.training[within]
    key = jax.random.fold_in(key_for(state.seed, "shuffle"), state.epoch)
    return rows.training[shuffled(key, within, rows.training_count)]


def fetched(
    objective: Objective, examples: Examples, rows: Rows, state: TrialState, first: Array, updates: int
) -> Examples:
    """Return what so many updates see, from update ``first`` of the epoch on, one batch after the other.

    Rows that fill up the last short batch weigh nothing.
    """
    size = objective.batch_rows(rows)
    positions = first * size + jnp.arange(updates * size)
    chosen = rows_at(objective, state, rows, positions)
    inputs, targets, weights = (array.at[chosen].get(mode="promise_in_bounds") for array in examples)
    return Examples(inputs, targets, jnp.where(positions < rows.training_count, weights, 0.0))


def batch_of(portion: Examples, number: Array, size: int) -> Examples:
    """Return batch ``number`` of a portion."""
    return Examples(*(jax.lax.dynamic_slice_in_dim(array, number * size, size) for array in portion))
