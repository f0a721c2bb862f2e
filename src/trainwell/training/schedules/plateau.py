"""The rate that watches the loss and falls when the loss no longer does."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.schedules.schedule import SCHEDULES, Schedule, Share


class PlateauState(NamedTuple):
    """What :class:`Plateau` remembers: the rate's fraction, the best loss, epochs waited and still to rest."""

    fraction: Array
    best: Array
    waited: Array
    rest: Array


@SCHEDULES.register(
    "Plateau",
    formula="rate ← factor · rate after more than `patience` epochs without improvement",
    source="practice; ReduceLROnPlateau of Keras and PyTorch",
)
class Plateau(Schedule):
    """Lower the rate when the watched loss has stopped falling; looks once per epoch.

    Args:
        factor: what the rate is multiplied by.
        patience: epochs without improvement that are waited for.
        min_delta: by how much the loss must fall below the last improvement to count as improved.
        cooldown: epochs after a reduction that are not counted.
        floor: the smallest fraction of the rate that is reached.
        monitor: which recorded quantity is watched; without a validation part training's.

    >>> schedule = Plateau(factor=0.5, patience=1)
    >>> state = schedule.start()
    >>> for loss in (1.0, 1.0, 1.0):
    ...     state = schedule.observe(state, loss)
    >>> float(schedule.multiplier(state, step=30, steps=10, epochs=10))
    0.5
    """

    factor: Annotated[float, Field(gt=0, lt=1), knob()] = 0.1
    patience: Annotated[int, Field(ge=0), knob()] = 10
    min_delta: Annotated[float, Field(ge=0), knob()] = 1e-4
    cooldown: Annotated[int, Field(ge=0), knob()] = 0
    floor: Share = 1e-4
    monitor: Literal["validation_loss", "validation_score", "training_loss", "training_score", "gradient_norm"] = (
        "validation_loss"
    )

    def start(self) -> PlateauState:
        return PlateauState(jnp.ones(()), jnp.array(jnp.inf), jnp.array(0), jnp.array(0))

    def watches(self) -> str:
        return self.monitor

    def shape(self, state: PlateauState, progress: Array, elapsed: Array) -> Array:
        return state.fraction

    def observe(self, state: PlateauState, loss: Any) -> PlateauState:
        better = loss < state.best - self.min_delta
        waited = jnp.where(better | (state.rest > 0), 0, state.waited + 1)
        reduce = waited > self.patience
        return PlateauState(
            fraction=jnp.where(reduce, jnp.maximum(state.fraction * self.factor, self.floor), state.fraction),
            best=jnp.where(better, loss, state.best),
            waited=jnp.where(reduce, 0, waited),
            rest=jnp.where(reduce, self.cooldown, jnp.maximum(state.rest - 1, 0)),
        )
