"""Laying out what an example is made of."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax import Array


class Flatten(eqx.Module):
    """Lay the entries of an example out in one row."""

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return jnp.ravel(x), state


class Shaped(eqx.Module):
    """Give an encoded row its shape back, the first layer of networks for images and signals.

    >>> Shaped((2, 2, 1))(jnp.arange(4.0), None)[0].shape
    (2, 2, 1)
    """

    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return jnp.reshape(x, self.shape), state
