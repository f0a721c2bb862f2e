"""A whole training run as one pure function of knobs, seed and row indices.

:func:`advance` makes a bounded number of updates and comes back, so that the host can move a progress bar, keep a
budget, write a checkpoint or stop. Everything a run needs to go on is in :class:`TrialState`; everything it is asked
to do is in the recipe, whose knobs are traced. Shapes are the only thing that compiles anew.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.engine.objective import Objective
from trainwell.engine.portions import batch_of, fetched, updates_at_once
from trainwell.engine.state import (
    ALL_STEPS,
    CONVERGED,
    DIVERGED,
    FINISHED,
    PATIENCE,
    RUNNING,
    Best,
    Curves,
    Examples,
    Rows,
    Sums,
    TrialState,
)
from trainwell.keys import key_for
from trainwell.network.layers import split_parameters

EPOCHS_PER_CALL = 64
CURVES = (
    "epoch",
    "learning_rate",
    "training_loss",
    "training_score",
    "validation_loss",
    "validation_score",
    "gradient_norm",
)
EVALUATION_ROWS = 1024


def zero_sums() -> Sums:
    """Return the sums before an epoch's first batch."""
    return Sums(*(jnp.zeros(()) for _ in Sums._fields))


def start(objective: Objective, seed: Array, base_rate: Array) -> TrialState:
    """Draw the weights and return the state before the first update.

    Args:
        objective: what is trained, knobs already in place.
        seed: the run's seed, an integer, may be traced.
        base_rate: ``(outputs,)`` start of the output bias, such as the classes' log frequencies.
    """
    network, network_state = objective.build(key_for(seed, "initialization"), base_rate)
    parameters, _ = split_parameters(network)
    return TrialState(
        parameters=parameters,
        network_state=network_state,
        optimizer_state=objective.transformation(jnp.ones(())).init(parameters),
        schedule_state=objective.recipe.schedule.start(),
        seed=jnp.asarray(seed, jnp.int32),
        epoch=jnp.array(0),
        batch=jnp.array(0, jnp.int32),  # typed as advance leaves it, or its second call would compile anew
        sums=zero_sums(),
        best=Best(parameters, network_state, *(jnp.array(start) for start in (jnp.inf, 0, jnp.inf, 0))),
        outcome=jnp.array(RUNNING),
    )


def train_step(objective: Objective, batch: Examples, rows: Rows, number: Array, state: TrialState) -> TrialState:
    """Make update ``number`` of the epoch from its batch."""
    steps = objective.steps_per_epoch(rows)
    step = state.epoch * steps + number
    key = jax.random.fold_in(key_for(state.seed, "layers"), step)
    batch, blend = objective.augmented(batch, jax.random.fold_in(key_for(state.seed, "augmentation"), step))
    gradient, (network_state, losses, scores) = objective.gradient(
        state.parameters, state.network_state, batch, key, blend
    )
    gradient, norm = objective.clipped(gradient)
    rate = objective.multiplier(state.schedule_state, step, steps)

    def cost(parameters: Any) -> Array:
        own = jax.tree.map(lambda leaf: leaf, state.network_state)  # a copy: normalization's update uses a state up
        return objective.cost(parameters, own, batch, key, blend)[0]

    updates, optimizer_state = objective.updates(gradient, state.optimizer_state, state.parameters, rate, cost)
    sums = Sums(
        state.sums.loss + jnp.sum(batch.weights * losses),
        state.sums.score + jnp.sum(batch.weights * scores),
        state.sums.weight + jnp.sum(batch.weights),
        state.sums.gradient_norm + norm,
    )
    return state._replace(
        parameters=objective.constrained(eqx.apply_updates(state.parameters, updates)),
        network_state=network_state,
        optimizer_state=optimizer_state,
        sums=sums,
    )


def update_until(objective: Objective, examples: Examples, rows: Rows, state: TrialState, until: Array) -> TrialState:
    """Go on within the epoch up to update ``until``, a portion of its rows at a time."""
    size, together = objective.batch_rows(rows), updates_at_once(objective, examples, rows)

    def portion(state: TrialState) -> TrialState:
        first = state.batch
        several = fetched(objective, examples, rows, state, first, together)

        def step(number: Array, state: TrialState) -> TrialState:
            return train_step(objective, batch_of(several, number - first, size), rows, number, state)

        end = jnp.minimum(first + together, until)
        return jax.lax.fori_loop(first, end, step, state)._replace(batch=end)

    return jax.lax.while_loop(lambda state: state.batch < until, portion, state)


def evaluate(
    objective: Objective, parameters: Any, network_state: Any, examples: Examples, rows: Array, count: Array
) -> tuple[Array, Array]:
    """Return the weighted mean loss and score of the first ``count`` of ``rows``, as at prediction."""
    size = min(EVALUATION_ROWS, rows.shape[0])

    def add(number: Array, sums: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        first = jnp.minimum(number * size, rows.shape[0] - size)
        chosen = jax.lax.dynamic_slice(rows, (first,), (size,))
        position = first + jnp.arange(size)
        fresh = (position >= number * size) & (position < count)
        weights = jnp.where(fresh, examples.weights[chosen], 0.0)
        losses, scores = objective.judge(parameters, network_state, examples.inputs[chosen], examples.targets[chosen])
        losses, scores = jnp.where(fresh, losses, 0.0), jnp.where(fresh, scores, 0.0)
        return (
            sums[0] + jnp.sum(weights * losses),
            sums[1] + jnp.sum(weights * scores),
            sums[2] + jnp.sum(weights),
        )

    zero = jnp.zeros(())
    loss, score, weight = jax.lax.fori_loop(0, -(-count // size), add, (zero, zero, zero))
    return loss / weight, objective.final_score(score / weight)


def finish_epoch(objective: Objective, examples: Examples, rows: Rows, state: TrialState) -> tuple[TrialState, Array]:
    """Validate, keep the best weights, let the schedule and early stopping look; the row is one of :data:`CURVES`."""
    steps = objective.steps_per_epoch(rows)
    sums, epoch, made = state.sums, state.epoch + 1, objective.steps_in(state.epoch, rows)
    evaluated = objective.evaluated(state.optimizer_state, state.parameters)
    validation_loss, validation_score = evaluate(
        objective, evaluated, state.network_state, examples, rows.validation, rows.validation_count
    )
    row = {
        "epoch": epoch.astype(jnp.float32),
        "learning_rate": objective.learning_rate(state.schedule_state, epoch * steps - 1 + (made - steps), steps),
        "training_loss": sums.loss / sums.weight,
        "training_score": objective.final_score(sums.score / sums.weight),
        "gradient_norm": sums.gradient_norm / made,
        "validation_loss": validation_loss,
        "validation_score": validation_score,
    }
    validated = rows.validation_count > 0
    shown = objective.watched(objective.monitor, row, validated)
    best = renew_best(objective, state, evaluated, shown, objective.keeps_last(validated), epoch)
    outcome = decide(objective, row, best, epoch, steps)
    schedule = objective.recipe.schedule
    seen = objective.watched(schedule.watches(), row, validated)
    finished = state._replace(
        schedule_state=schedule.observe(state.schedule_state, seen),
        epoch=epoch,
        batch=jnp.array(0),
        sums=zero_sums(),
        best=best,
        outcome=outcome,
    )
    return objective.typed(finished, state), jnp.stack([row[name] for name in CURVES])


def renew_best(
    objective: Objective, state: TrialState, evaluated: Any, watched: Array, always: Array, epoch: Array
) -> Best:
    """Keep the weights that were evaluated if what is watched has never been lower, or ``always`` while finite."""
    best = state.best
    lower = (watched < best.watched) | (always & jnp.isfinite(watched))
    improved = watched < best.reference - objective.min_delta
    held = best.parameters, best.network_state, best.watched, best.epoch
    new = objective.typed((evaluated, state.network_state, watched, epoch), held)
    parameters, network_state, least, at = jax.lax.cond(lower, lambda: new, lambda: held)
    reference = jnp.where(improved, watched, best.reference)
    return Best(parameters, network_state, least, at, reference, jnp.where(improved, 0, best.waited + 1))


def decide(objective: Objective, row: dict[str, Array], best: Best, epoch: Array, steps: Array) -> Array:
    """Return the outcome after an epoch of ``steps`` updates that wrote ``row``, an index into :data:`OUTCOMES`."""
    recipe = objective.recipe
    outcome = jnp.where(epoch >= recipe.max_epochs, FINISHED, RUNNING)
    if recipe.max_steps is not None:
        outcome = jnp.where(epoch * steps >= recipe.max_steps, ALL_STEPS, outcome)
    outcome = jnp.where(best.waited >= objective.patience, PATIENCE, outcome)
    if recipe.gradient_tolerance is not None:
        outcome = jnp.where(row["gradient_norm"] < recipe.gradient_tolerance, CONVERGED, outcome)
    return jnp.where(jnp.isfinite(row["training_loss"]), outcome, DIVERGED)


def advance(
    objective: Objective, state: TrialState, examples: Examples, rows: Rows, budget: Array
) -> tuple[TrialState, Curves]:
    """Make at most ``budget`` updates and :data:`EPOCHS_PER_CALL` epochs; return the state and the epochs' rows.

    Args:
        objective: what is trained, knobs already in place.
        state: where the run stands.
        examples: the data.
        rows: which of it this trial uses.
        budget: largest number of updates to make before coming back.
    """

    def going(carry: tuple[TrialState, Curves, Array]) -> Array:
        state, curves, left = carry
        return (state.outcome == RUNNING) & (left > 0) & (curves.filled < EPOCHS_PER_CALL)

    def segment(carry: tuple[TrialState, Curves, Array]) -> tuple[TrialState, Curves, Array]:
        state, curves, left = carry
        last = objective.steps_in(state.epoch, rows)
        until = jnp.minimum(last, state.batch + left)
        left = left - (until - state.batch)
        state = update_until(objective, examples, rows, state, until)

        def close(state: TrialState, curves: Curves) -> tuple[TrialState, Curves]:
            state, row = finish_epoch(objective, examples, rows, state)
            written = jax.lax.dynamic_update_index_in_dim(curves.rows, row, curves.filled, 0)
            return state, Curves(written, curves.filled + 1)

        state, curves = jax.lax.cond(until == last, close, lambda *same: same, state, curves)
        return state, curves, left

    blank = jnp.full((EPOCHS_PER_CALL, len(CURVES)), jnp.nan)
    state, curves, _ = jax.lax.while_loop(going, segment, (state, Curves(blank, jnp.array(0)), budget))
    return state, curves
