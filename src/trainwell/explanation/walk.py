"""One encoded row through a network, layer by layer, there and back: what every layer gave, and what it is worth.

Pure functions of arrays. The derivative by each layer's output is the derivative by a zero that is added to it, so
that one gradient gives them all, whatever the layers are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.network import Stack
from trainwell.network.layers import split_parameters

Scalar = Callable[[Array], Array]


def layers_of(network: Any) -> list[tuple[str, Any]]:
    """Return the layers by name; a network that is no stack is one layer."""
    if isinstance(network, Stack):
        return list(zip(network.names, network.layers, strict=True))
    return [("network", network)]


def run_through(layers: Sequence[Any], state: Any, x: Array) -> list[Array]:
    """Return what every layer gave."""
    found = []
    for layer in layers:
        x, _ = layer(x, state)
        found.append(x)
    return found


def gradients(layers: Sequence[Any], state: Any, x: Array, of: Scalar) -> tuple[Array, list[Array], list[Any]]:
    """Return the derivatives of ``of(outputs)`` by the row, by every layer's output, and by every layer's weights.

    Args:
        layers: in order.
        state: the running statistics.
        x: the encoded row ``(width,)``.
        of: what is differentiated, from the outputs ``(outputs,)``.
    """
    parameters, rest = split_parameters(tuple(layers))  # type: ignore[arg-type]
    probes = [jnp.zeros_like(each) for each in run_through(layers, state, x)]

    def value(x: Array, probes: list[Array], parameters: Any) -> Array:
        for layer, probe in zip(eqx.combine(parameters, rest), probes, strict=True):
            x = layer(x, state)[0] + probe
        return of(x)

    by_row, by_output, by_weight = jax.jit(jax.grad(value, argnums=(0, 1, 2)))(x, probes, parameters)
    return by_row, list(by_output), list(by_weight)


def stepped(layers: Sequence[Any], by_weight: Sequence[Any], learning_rate: float) -> list[Any]:
    """Return the layers after one step of plain gradient descent."""
    parameters, rest = split_parameters(tuple(layers))  # type: ignore[arg-type]
    moved = jax.tree.map(lambda weight, slope: weight - learning_rate * slope, parameters, tuple(by_weight))
    return list(eqx.combine(moved, rest))


def named_arrays(tree: Any) -> dict[str, np.ndarray]:
    """Return the arrays of a layer by the path to them.

    >>> named_arrays({"weight": jnp.ones((1, 2))})["weight"].shape
    (1, 2)
    """
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {plain_path(path): np.asarray(leaf) for path, leaf in leaves}


def plain_path(path: Any) -> str:
    """Return a path as people write it."""
    return jax.tree_util.keystr(path, simple=True, separator=".") or "value"
