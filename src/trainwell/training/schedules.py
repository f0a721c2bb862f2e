"""Learning-rate schedules: a factor for the optimizer's rate, at every step, with any optimizer.

A schedule is a description; its ``multiplier`` runs inside the compiled program with traced numbers. One that watches a
quantity (:class:`Plateau`) keeps a small state, which ``observe`` renews after every epoch.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.registry import Registry
from trainwell.specification import Specification, knob

Share = Annotated[float, Field(ge=0, le=1), knob()]


class PlateauState(NamedTuple):
    """What :class:`Plateau` remembers: the rate's fraction, the best loss, epochs waited and still to rest."""

    fraction: Array
    best: Array
    waited: Array
    rest: Array


class Schedule(Specification):
    """How the rate moves over a run. Subclasses register in :data:`SCHEDULES`.

    Args:
        warm_up: fraction of the run's steps over which the rate first rises linearly from 0.
    """

    warm_up: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0

    def start(self) -> Any:
        """Return the state before the first step; most schedules have none."""
        return ()

    def shape(self, state: Any, progress: Array) -> Array:
        """Return the factor at ``progress``, the fraction of the steps after warm-up that are done, 0 to 1."""
        raise NotImplementedError

    def multiplier(self, state: Any, step: Array, total: Array) -> Array:
        """Return the factor for ``step`` (from 0) of ``total`` planned steps."""
        done = step / total
        if not self.on("warm_up"):
            return self.shape(state, done)
        after = jnp.clip((done - self.warm_up) / (1 - self.warm_up), 0.0, 1.0)
        rising = (step + 1) / jnp.maximum(self.warm_up * total, 1.0)
        return jnp.minimum(rising, 1.0) * self.shape(state, after)

    def observe(self, state: Any, loss: Array) -> Any:
        """Return the state after an epoch that ended with the watched ``loss``."""
        return state


SCHEDULES: Registry[type[Schedule]] = Registry("schedule")


@SCHEDULES.register("Constant", formula="1")
class Constant(Schedule):
    """The same rate throughout."""

    def shape(self, state: Any, progress: Array) -> Array:
        return jnp.ones(())


@SCHEDULES.register("Cosine", formula="f + (1−f)(1 + cos πp)/2", source="Loshchilov & Hutter 2017")
class Cosine(Schedule):
    """Half a cosine wave from 1 down to the ``final`` fraction of the rate; with ``warm_up``, one cycle.

    >>> float(Cosine(final=0.0).multiplier((), jnp.array(50), jnp.array(100)))
    0.5
    """

    final: Share = 0.0

    def shape(self, state: Any, progress: Array) -> Array:
        return self.final + (1 - self.final) * 0.5 * (1 + jnp.cos(jnp.pi * progress))


@SCHEDULES.register("Plateau", formula="rate ← factor · rate after `patience` epochs without improvement")
class Plateau(Schedule):
    """Lower the rate when the watched loss has stopped falling.

    Args:
        factor: what the rate is multiplied by.
        patience: epochs without improvement that are waited for.
        min_delta: by how much the loss must fall to count as improved.
        cooldown: epochs after a reduction that are not counted.
        floor: the smallest fraction of the rate that is reached.
    """

    factor: Annotated[float, Field(gt=0, lt=1), knob()] = 0.1
    patience: Annotated[int, Field(ge=0), knob()] = 10
    min_delta: Annotated[float, Field(ge=0), knob()] = 1e-4
    cooldown: Annotated[int, Field(ge=0), knob()] = 0
    floor: Share = 1e-4

    def start(self) -> PlateauState:
        return PlateauState(jnp.ones(()), jnp.array(jnp.inf), jnp.array(0), jnp.array(0))

    def shape(self, state: PlateauState, progress: Array) -> Array:
        return state.fraction

    def observe(self, state: PlateauState, loss: Array) -> PlateauState:
        better = loss < state.best - self.min_delta
        resting = state.rest > 0
        waited = jnp.where(better | resting, 0, state.waited + 1)
        reduce = waited > self.patience
        return PlateauState(
            fraction=jnp.where(reduce, jnp.maximum(state.fraction * self.factor, self.floor), state.fraction),
            best=jnp.minimum(loss, state.best),
            waited=jnp.where(reduce, 0, waited),
            rest=jnp.where(reduce, self.cooldown, jnp.maximum(state.rest - 1, 0)),
        )
