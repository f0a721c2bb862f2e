"""Randomness that regularises: entries dropped, or noise added, while training only."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers.parameters import Fixed


class Dropout(eqx.Module):
    """Inverted dropout: zero each entry with probability ``rate`` and divide the others by ``1 − rate``.

    The expected activation is unchanged, so that nothing needs scaling at prediction, where the layer does nothing.

    Reference: N. Srivastava et al., "Dropout", JMLR 2014.
    """

    rate: Fixed
    inference: bool

    def __init__(self, rate: float | Array):
        self.rate, self.inference = Fixed(rate), False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        if self.inference or key is None:
            return x, state
        kept = jax.random.bits(key, x.shape) >= dropout_threshold(self.rate.value)
        return jnp.where(kept, x / (1 - self.rate.value), 0), state


def dropout_threshold(rate: float | Array) -> Array:
    """Return the 32-bit word below which a uniform word falls with probability ``rate``."""
    return (jnp.asarray(rate, jnp.float32) * jnp.float32(4294967040.0)).astype(jnp.uint32)


class GaussianNoise(eqx.Module):
    """y = x + σε with ε ~ N(0, 1) drawn anew for every entry and step; at prediction the layer does nothing.

    On the inputs, for small σ and squared error, it acts like a penalty of σ²/2 on the squared slopes of the network.

    Reference: C. Bishop, "Training with Noise is Equivalent to Tikhonov Regularization", Neural Computation 1995.
    """

    deviation: Fixed
    inference: bool

    def __init__(self, deviation: float | Array):
        self.deviation, self.inference = Fixed(deviation), False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        if self.inference or key is None:
            return x, state
        return x + self.deviation.value * jax.random.normal(key, x.shape, x.dtype), state
