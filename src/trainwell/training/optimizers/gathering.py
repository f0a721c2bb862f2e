"""Rules applied to all weights of a small network as one vector: a few large operations in place of many small ones."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax import Array

#: Networks of at most so many weights are gathered: their copy stays in a core's own cache.
MOST_GATHERED = 1 << 16


def few(tree: Any) -> bool:
    """Tell whether the arrays of a tree are small enough to be gathered, and more than one."""
    leaves = jax.tree.leaves(tree)
    return len(leaves) > 1 and sum(leaf.size for leaf in leaves) <= MOST_GATHERED


def gathered(tree: Any) -> Array:
    """Return all numbers of a tree as one vector.

    >>> gathered({"b": jnp.zeros(1), "w": jnp.ones((1, 2))}).tolist()
    [0.0, 1.0, 1.0]
    """
    return jnp.concatenate([leaf.reshape(-1) for leaf in jax.tree.leaves(tree)])


def gathering(rule: optax.GradientTransformation) -> optax.GradientTransformation:
    """Return a rule that treats every number alike as one of the same updates that works on the numbers gathered.

    Its memory is of vectors where the weights are few, and as the rule's own where they are many.
    """
    together = optax.flatten(rule)

    def init(parameters: Any) -> Any:
        return (together if few(parameters) else rule).init(parameters)

    def update(updates: Any, memory: Any, parameters: Any = None) -> tuple[Any, Any]:
        return (together if few(updates) else rule).update(updates, memory, parameters)

    return optax.GradientTransformation(init, update)
