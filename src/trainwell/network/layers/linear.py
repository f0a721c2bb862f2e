"""The fully connected layer."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from trainwell.functions.initializers import INITIALIZERS


class Linear(eqx.Module):
    """y = Wx + b, with W of shape ``(outputs, inputs)`` drawn by a named initializer and b = 0.

    >>> import jax
    >>> layer = Linear(3, 2, initializer="he_normal", key=jax.random.key(0))
    >>> layer(jnp.ones(3), None)[0].shape
    (2,)
    """

    weight: Array
    bias: Array

    def __init__(self, inputs: int, outputs: int, *, initializer: str, scale: float = 1.0, key: Array):
        draw = INITIALIZERS[initializer]
        self.weight = scale * draw(key, (outputs, inputs), fan_in=inputs, fan_out=outputs)
        self.bias = jnp.zeros(outputs)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return self.weight @ x + self.bias, state
