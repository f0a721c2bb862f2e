"""Some epochs of many trials at once, as one pure function: each trial a lane of vectorised steps.

Lanes march in step, an epoch at a time; one whose trial has ended stands still. Who marches together, and when those
that stand still are taken out, is the platoon's to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.engine import trial
from trainwell.engine.objective import Objective
from trainwell.engine.portions import fetched
from trainwell.engine.state import RUNNING, Examples, Rows, TrialState


def advance_together(
    objective: Callable[[dict[str, Any]], Objective],
    knobs: dict[str, Array],
    states: TrialState,
    examples: Examples,
    rows: Rows,
    epochs: Array,
) -> tuple[TrialState, Array]:
    """Go on with every lane for some epochs; return the states and the epochs' rows, ``(lanes, epochs, quantities)``.

    Args:
        objective: makes one of the knobs of a lane.
        knobs: each with a leading axis of lanes.
        states: where the lanes stand, between two epochs, with a leading axis of lanes.
        examples: the data, which all lanes share.
        rows: which of it, which they share too.
        epochs: how many, at most ``EPOCHS_PER_CALL``; a lane whose trial ends before stands still, its rows NaN.
    """

    def epoch(number: Array, carry: tuple[TrialState, Array]) -> tuple[TrialState, Array]:
        before, curves = carry
        steps = objective(first_of(knobs)).steps_in(jnp.max(before.epoch), rows)

        def update(own: dict[str, Array], state: TrialState, number: Array) -> TrialState:
            batch = fetched(objective(own), examples, rows, state, number, updates=1)
            return trial.train_step(objective(own), batch, rows, number, state)

        def step(number: Array, states: TrialState) -> TrialState:
            return jax.vmap(update, in_axes=(0, 0, None))(knobs, states, number)

        after = jax.lax.fori_loop(0, steps, step, before)
        after, row = jax.vmap(lambda own, state: trial.finish_epoch(objective(own), examples, rows, state))(
            knobs, after
        )
        going = before.outcome == RUNNING
        row = jnp.where(going[:, None], row, jnp.nan)
        written = jax.lax.dynamic_update_index_in_dim(curves, row, number, 1)
        return jax.tree.map(lambda new, old: chosen(going, new, old), after, before), written

    lanes = states.outcome.shape[0]
    blank = jnp.full((lanes, trial.EPOCHS_PER_CALL, len(trial.CURVES)), jnp.nan)
    return jax.lax.fori_loop(0, epochs, epoch, (states, blank))


def first_of(tree: Any) -> Any:
    """Return what the first lane holds."""
    return jax.tree.map(lambda leaf: leaf[0], tree)


def chosen(going: Array, new: Array, old: Array) -> Array:
    """Return the new values of lanes that go on and the old ones of those that stand still."""
    return jnp.where(going.reshape(going.shape + (1,) * (new.ndim - 1)), new, old)
