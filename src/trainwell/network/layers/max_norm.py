"""The max-norm constraint: after every update, no unit's weights are longer than a limit."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers.parameters import Fixed


class MaxNorm(eqx.Module):
    """A layer whose units' weight vectors are pulled back to ‖w‖ ≤ c after every update.

    Calls the layer and nothing else; the projection w ← w · min(1, c/‖w‖) is :func:`constrained`'s, per unit: over all
    axes of ``weight`` but the first.

    References: N. Srebro, J. Rennie, T. Jaakkola, "Maximum-Margin Matrix Factorization", NIPS 2004; N. Srivastava et
    al., "Dropout", JMLR 2014, section 5.1.
    """

    layer: Any
    limit: Fixed

    def __init__(self, layer: Any, limit: float | Array):
        self.layer, self.limit = layer, Fixed(limit)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return self.layer(x, state, key=key)


def is_constraint(part: Any) -> bool:
    """Tell whether a part of a network is a :class:`MaxNorm`."""
    return isinstance(part, MaxNorm)


def has_constraint(network: Any) -> bool:
    """Tell whether some layer is held to a limit; the tree of a network's parameters shows it as well."""
    return any(map(is_constraint, jax.tree.leaves(network, is_leaf=is_constraint)))


def constrained(network: Any) -> Any:
    """Return a network whose constrained layers obey their limits, all else unchanged.

    >>> from trainwell.network.layers.linear import Linear
    >>> layer = MaxNorm(Linear(2, 1, initializer="constant", scale=300.0, key=jax.random.key(0)), 5.0)
    >>> round(float(jnp.linalg.norm(constrained(layer).layer.weight)), 3)
    4.243
    >>> round(float(jnp.linalg.norm(constrained(MaxNorm(layer.layer, 0.5)).layer.weight)), 3)
    0.5
    """
    return jax.tree.map(lambda part: projected(part) if is_constraint(part) else part, network, is_leaf=is_constraint)


def projected(layer: MaxNorm) -> MaxNorm:
    """Return one constrained layer, each unit's weights no longer than the limit."""
    weight = layer.layer.weight
    square = jnp.sum(jnp.square(weight), axis=tuple(range(1, weight.ndim)), keepdims=True)
    factor = jnp.minimum(1.0, layer.limit.value * jax.lax.rsqrt(jnp.maximum(square, 1e-24)))
    return eqx.tree_at(lambda own: own.layer.weight, layer, weight * factor)
