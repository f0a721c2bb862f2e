"""Activation functions as layers: the named ones, and the one that learns its slope."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from trainwell.functions.activations import ACTIVATIONS, prelu


class Activation(eqx.Module):
    """A named activation function, applied entry by entry."""

    name: str = eqx.field(static=True)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return ACTIVATIONS[self.name](x), state


class PReLU(eqx.Module):
    """y = max(x, 0) + α min(x, 0) with a learned slope α per feature, the last axis; α starts at ``slope``.

    Weight decay does not reach α, as it would pull the function towards ReLU.

    Reference: K. He et al., "Delving Deep into Rectifiers", ICCV 2015.

    >>> PReLU(2, slope=0.5)(jnp.array([-2.0, 3.0]), None)[0].tolist()
    [-1.0, 3.0]
    """

    alpha: Array
    name: str = eqx.field(static=True)

    def __init__(self, features: int, *, slope: float = 0.25):
        self.alpha, self.name = jnp.full(features, slope, jnp.float32), "prelu"

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return prelu(x, self.alpha), state


def activation_layer(name: str, features: int) -> Activation | PReLU:
    """Return the layer of a named activation for so many features; ``"prelu"`` learns a slope for each.

    >>> activation_layer("prelu", 3).alpha.shape, activation_layer("tanh", 3).name
    ((3,), 'tanh')
    """
    return PReLU(features) if name == "prelu" else Activation(name)
