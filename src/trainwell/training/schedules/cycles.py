"""Rates that follow a wave: half a cosine, several with restarts, one cycle up and down."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.schedules.schedule import SCHEDULES, Share, Timed


def fall(share: Array, low: Any, high: Any = 1.0) -> Array:
    """Return half a cosine wave from ``high`` at share 0 to ``low`` at share 1."""
    return low + (high - low) * 0.5 * (1 + jnp.cos(jnp.pi * share))


@SCHEDULES.register(
    "Cosine",
    formula="f + (1−f)(1 + cos πp)/2, p the share of the run",
    source="Loshchilov & Hutter 2017, arXiv:1608.03983",
)
class Cosine(Timed):
    """Half a cosine wave from 1 down to the ``final`` fraction of the rate; with ``warm_up``, one cycle.

    Args:
        final: f, the fraction of the rate at the end.

    >>> round(float(Cosine().multiplier((), step=50, steps=10, epochs=10)), 4)
    0.5
    """

    final: Share = 0.0

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return fall(progress, self.final)


@SCHEDULES.register(
    "CosineRestarts",
    formula="f + (1−f)(1 + cos(πt/T))/2, t epochs since the last restart; T ← gT at each restart",
    source="Loshchilov & Hutter 2017 (SGDR), arXiv:1608.03983",
)
class CosineRestarts(Timed):
    """Cosine waves one after another, each starting from the full rate: a way out of poor minima.

    Args:
        period: T, the epochs of the first wave.
        growth: g, how many times longer each wave is than the one before.
        final: f, the fraction of the rate at the end of a wave.

    >>> schedule = CosineRestarts(period=10, growth=2)
    >>> [round(float(schedule.multiplier((), step, steps=1, epochs=70)), 4) for step in (0, 5, 10, 20, 30)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """

    period: Annotated[float, Field(ge=1), knob()] = 10.0
    growth: Annotated[float, Field(ge=1), knob()] = 2.0
    final: Share = 0.0

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        def restart(wave: tuple[Array, Array]) -> tuple[Array, Array]:
            since, period = wave
            return since - period, period * self.growth

        elapsed = jnp.asarray(elapsed)
        first = elapsed, jnp.asarray(self.period, elapsed.dtype)
        since, period = jax.lax.while_loop(lambda wave: wave[0] >= wave[1], restart, first)
        return fall(since / period, self.final)


@SCHEDULES.register(
    "OneCycle",
    formula="i + (1−i)(1 − cos(πp/r))/2 up to share r, then f + (1−f)(1 + cos(π(p−r)/(1−r)))/2",
    source="Smith & Topin 2018, arXiv:1708.07120; cosine form of fastai",
)
class OneCycle(Timed):
    """Rise slowly to a high rate and fall to almost nothing: few epochs at rates that would diverge from the start.

    The momentum is left alone.

    Args:
        initial: i, the fraction of the rate at the start.
        rise: r, the share of the run that the rate rises.
        final: f, the fraction of the rate at the end.

    >>> schedule = OneCycle(initial=0.0, rise=0.5, final=0.0)
    >>> [round(float(schedule.multiplier((), step, steps=10, epochs=10)), 4) for step in (0, 25, 50, 75)]
    [0.0, 0.5, 1.0, 0.5]
    """

    initial: Share = 0.04
    rise: Annotated[float, Field(gt=0, lt=1), knob()] = 0.3
    final: Share = 1e-4

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        rising = fall(progress / self.rise, 1.0, self.initial)
        falling = fall((progress - self.rise) / (1 - self.rise), self.final)
        return jnp.where(progress < self.rise, rising, falling)
