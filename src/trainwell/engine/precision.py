"""How many digits a run computes with: float32, float64 for checks, or bfloat16 inside the layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from jax import Array

if TYPE_CHECKING:
    from trainwell.engine.recipe import Recipe


@contextmanager
def arithmetic(recipe: Recipe) -> Iterator[None]:
    """Let everything inside compute as the recipe's ``precision`` says; of this thread alone.

    JAX has no 64-bit numbers unless asked for, so that whatever makes, moves or reads arrays of a float64 run stands
    in such a block.
    """
    if recipe.precision != "float64":
        yield
        return
    with jax.enable_x64(True):
        yield


def float_of(recipe: Recipe) -> Any:
    """Return the type of the weights, the data and the loss."""
    return jnp.float64 if recipe.precision == "float64" else jnp.float32


def halved(tree: Any) -> Any:
    """Return a tree whose float32 arrays are bfloat16: 8 bits of exponent as before, 8 of the 24 digits.

    >>> halved({"weight": jnp.ones(2), "count": jnp.array(1)})["weight"].dtype.name
    'bfloat16'
    """
    return jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16) if is_single(leaf) else leaf, tree)


def single(tree: Any) -> Any:
    """Return a tree whose bfloat16 arrays are float32."""

    def read(leaf: Any) -> Any:
        return leaf.astype(jnp.float32) if isinstance(leaf, Array) and leaf.dtype == jnp.bfloat16 else leaf

    return jax.tree.map(read, tree)


def widened(tree: Any) -> Any:
    """Return a tree whose float32 arrays are float64, their values the same."""
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float64) if is_single(leaf) else leaf, tree)


def is_single(leaf: Any) -> bool:
    """Tell whether a leaf is an array of float32."""
    return isinstance(leaf, Array) and leaf.dtype == jnp.float32


def restored(tree: Any, before: Any) -> Any:
    """Return a tree whose arrays have the types that they had before."""
    return jax.tree.map(lambda leaf, old: leaf.astype(old.dtype) if isinstance(leaf, Array) else leaf, tree, before)
