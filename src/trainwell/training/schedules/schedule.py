"""What every learning-rate schedule is: a factor for the optimizer's rate, at every step, with any optimizer.

A schedule is a description; its ``multiplier`` runs inside the compiled program with traced numbers. One that watches a
quantity keeps a small state, which ``observe`` renews after every epoch. Durations are in epochs, phases in shares of
the planned run, so that another batch size changes neither.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.registry import Registry
from trainwell.specification import Specification, knob

Share = Annotated[float, Field(ge=0, le=1), knob()]


class Schedule(Specification):
    """How the rate moves over a run. Subclasses register in :data:`SCHEDULES`.

    Args:
        warm_up: fraction of the run's steps over which the rate first rises linearly from 0.
    """

    warm_up: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0

    def start(self) -> Any:
        """Return the state before the first step; most schedules have none."""
        return ()

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        """Return the factor without warm-up.

        Args:
            state: what the schedule remembers.
            progress: fraction of the steps after warm-up that are done, 0 to 1.
            elapsed: epochs since warm-up, with their fraction.
        """
        raise NotImplementedError

    def watches(self) -> str:
        """Return the name of the recorded quantity that ``observe`` is shown."""
        return "validation_loss"

    def counted(self, step: Any, steps: Any) -> Any:
        """Return the step whose factor holds at ``step``: that step itself."""
        return step

    def multiplier(self, state: Any, step: Any, steps: Any, epochs: Any) -> Array:
        """Return the factor for ``step`` (from 0), where ``epochs`` of ``steps`` each are planned."""
        done, total = self.counted(step, steps), steps * epochs
        if not self.on("warm_up"):
            return self.shape(state, done / total, done / steps)
        rise = self.warm_up * total
        after = jnp.maximum(done - rise, 0.0)
        rising = jnp.minimum((step + 1) / jnp.maximum(rise, 1.0), 1.0)
        return rising * self.shape(state, after / (total - rise), after / steps)

    def observe(self, state: Any, loss: Array) -> Any:
        """Return the state after an epoch that ended with the watched ``loss``, or whatever else is wanted small."""
        return state


class Timed(Schedule):
    """A schedule that follows the clock; no schedule itself.

    Args:
        by: ``"step"`` moves the rate at every step, ``"epoch"`` only between epochs; warm-up always goes by step.
    """

    by: Literal["step", "epoch"] = "step"

    def counted(self, step: Any, steps: Any) -> Any:
        """Return ``step``, or the first one of its epoch."""
        return step if self.by == "step" else step - step % steps


SCHEDULES: Registry[type[Schedule]] = Registry("schedule", "tw")
