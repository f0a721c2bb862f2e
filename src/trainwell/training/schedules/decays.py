"""Rates that only fall, each by its own law."""

from __future__ import annotations

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.schedules.schedule import SCHEDULES, Share, Timed

Epochs = Annotated[float, Field(gt=0), knob()]


@SCHEDULES.register("Power", formula="1/(1 + t/s)ᶜ, t in epochs", source="Robbins & Monro 1951; Xu 2011")
class Power(Timed):
    """Fall fast at first and ever more slowly: with exponent 1, a half after s epochs and a third after 2s.

    Args:
        scale: s, in epochs.
        exponent: c, the power.

    >>> round(float(Power(scale=20).multiplier((), step=200, steps=10, epochs=100)), 4)
    0.5
    """

    scale: Epochs = 20.0
    exponent: Annotated[float, Field(gt=0), knob()] = 1.0

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return (1 + elapsed / self.scale) ** -self.exponent


@SCHEDULES.register("Exponential", formula="cᵗ/ˢ, t in epochs", source="Senior et al. 2013, with c = 0.1")
class Exponential(Timed):
    """Fall by the same factor in every s epochs: with factor 0.1, a tenth after s.

    Args:
        factor: c, what the rate is multiplied by in s epochs.
        scale: s, in epochs.

    >>> round(float(Exponential(scale=20).multiplier((), step=200, steps=10, epochs=100)), 4)
    0.1
    """

    factor: Annotated[float, Field(gt=0, le=1), knob()] = 0.1
    scale: Epochs = 50.0

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return self.factor ** (elapsed / self.scale)


@SCHEDULES.register(
    "Linear", formula="1 − k + kf, k = min(p/K, 1), p the share of the run", source="Goodfellow et al. 2016, eq. 8.14"
)
class Linear(Timed):
    """Fall in a straight line to the ``final`` fraction of the rate, and stay there.

    Args:
        final: f, the fraction of the rate that is reached.
        until: K, the share of the run after warm-up at which it is reached.

    >>> float(Linear().multiplier((), step=500, steps=10, epochs=100))
    0.5
    """

    final: Share = 0.0
    until: Annotated[float, Field(gt=0, le=1), knob()] = 1.0

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        share = jnp.minimum(progress / self.until, 1.0)
        return 1 - share + share * self.final


@SCHEDULES.register("TimeDecay", formula="1/(1 + dt), t in epochs", source="Bottou 2012")
class TimeDecay(Timed):
    """Fall as one over time: a half after 1/d epochs; the power law in the words of older libraries.

    Args:
        decay: d, per epoch.

    >>> float(TimeDecay(decay=0.05).multiplier((), step=200, steps=10, epochs=100))
    0.5
    """

    decay: Annotated[float, Field(ge=0), knob()] = 0.01

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return 1 / (1 + self.decay * elapsed)


@SCHEDULES.register(
    "InverseSquareRoot",
    formula="min(t/w, √(w/t)), w the steps of warm-up; the paper's d^−½ · min(t^−½, t·w^−³ᐟ²) at rate (dw)^−½",
    source="Vaswani et al. 2017, arXiv:1706.03762",
)
class InverseSquareRoot(Timed):
    """Rise to the rate over the warm-up, then fall with the root of time, as Transformers were first trained.

    Args:
        warm_up: w, as a fraction of the run's steps; the longer, the slower the fall.

    >>> float(InverseSquareRoot(warm_up=0.1).multiplier((), step=400, steps=10, epochs=100))
    0.5
    """

    warm_up: Annotated[float, Field(gt=0, lt=1), knob()] = 0.1

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return jnp.sqrt(self.warm_up / (self.warm_up + (1 - self.warm_up) * progress))
