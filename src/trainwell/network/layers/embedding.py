"""Learned vectors for integer codes."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array


class Embedding(eqx.Module):
    """Replace each code of ``(…,)`` by its learned vector, giving ``(…, width)``.

    Codes are whole numbers from 0 below ``cardinality``, as integers or floats; what lies outside takes the nearest
    one's vector. Vectors start from N(0, 1/width), so that their length is about 1.

    >>> Embedding(5, 3, key=jax.random.key(0))(jnp.array([4, 0]), None)[0].shape
    (2, 3)
    """

    weight: Array

    def __init__(self, cardinality: int, width: int, *, key: Array):
        self.weight = jax.random.normal(key, (cardinality, width)) * width**-0.5

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        codes = jnp.clip(x.astype(jnp.int32), 0, self.weight.shape[0] - 1)
        return self.weight[codes], state
