"""What a layer's units have in common and whether they learn: measured on weights and gradients, for any network."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array


def matrices(group: list[Array]) -> list[Array]:
    """Return a layer's weights as ``(units, inputs)`` matrices of two units and two inputs or more, biases left out."""
    found = [leaf.reshape(leaf.shape[0], -1) for leaf in group if leaf.ndim >= 2]
    return [leaf for leaf in found if min(leaf.shape) > 1]


def unit_similarity(group: list[Array]) -> Array:
    """Return how far the units of a layer are one another's copies: 1 where all weights are the same, near 0 at random.

    s = ‖mean of the units' weights‖² / mean of ‖a unit's weights‖², 1 as well where all weights are zero. Units that
    are copies get the same gradient and stay copies for ever.

    >>> float(unit_similarity([jnp.full((4, 3), 0.1)])), round(float(unit_similarity([jnp.eye(4)])), 3)
    (1.0, 0.25)
    """
    found = [similarity(matrix) for matrix in matrices(group)]
    return jnp.max(jnp.stack(found)) if found else jnp.zeros(())


def similarity(matrix: Array) -> Array:
    """Return the similarity of the rows of one matrix."""
    whole = jnp.mean(jnp.sum(jnp.square(matrix), axis=1))
    shared = jnp.sum(jnp.square(jnp.mean(matrix, axis=0)))
    return jnp.where(whole > 0, shared / jnp.maximum(whole, 1e-30), 1.0)


def idle_share(group: list[Array]) -> Array:
    """Return the share of a layer's units whose weights get a gradient of exactly zero.

    A unit that is off on every row, or whose output nothing uses, is idle.

    >>> float(idle_share([jnp.array([[0.0, 0.0], [0.0, 1.0]])]))
    0.5
    """
    found = [jnp.mean(jnp.all(matrix == 0, axis=1).astype(jnp.float32)) for matrix in matrices(group)]
    return jnp.max(jnp.stack(found)) if found else jnp.zeros(())
