"""A network as a stack of named layers, which can say what every layer made of an example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers import Activation, Linear, MaxNorm, PReLU


class Stack(eqx.Module):
    """Layers applied one after another, each with a name that records, reports and errors use.

    Args:
        named_layers: the layers with their names.
        base_rate: whether the last layer's bias may start at the base rate of the targets.

    >>> network = Stack([("output", Linear(3, 2, initializer="he_normal", key=jax.random.key(0)))])
    >>> network(jnp.ones(3), None)[0].shape
    (2,)
    """

    layers: tuple[Any, ...]
    names: tuple[str, ...] = eqx.field(static=True)
    base_rate: bool = eqx.field(static=True)

    def __init__(self, named_layers: Sequence[tuple[str, Any]], *, base_rate: bool = True):
        self.names = tuple(name for name, _ in named_layers)
        self.layers = tuple(layer for _, layer in named_layers)
        self.base_rate = base_rate

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        for position, layer in enumerate(self.layers):
            x, state = layer(x, state, key=layer_key(key, position))
        return x, state

    def activations(self, x: Array, state: eqx.nn.State) -> dict[str, tuple[Array, Array]]:
        """Return, by name, what each activation layer received and gave for one example."""
        seen: dict[str, tuple[Array, Array]] = {}
        for name, layer in zip(self.names, self.layers, strict=True):
            before = x
            x, state = layer(x, state)
            if isinstance(layer, Activation | PReLU):
                seen[name] = before, x
        return seen

    @property
    def activation_functions(self) -> dict[str, str]:
        """Name of each activation layer's function, by the layer's name, in order."""
        pairs = zip(self.names, self.layers, strict=True)
        return {name: layer.name for name, layer in pairs if isinstance(layer, Activation | PReLU)}

    def with_output_bias(self, bias: Array) -> Stack:
        """Return the same network whose last linear layer starts from ``bias``, the base rate of the targets."""
        last = self.layers[-1]
        held = isinstance(last, MaxNorm)
        if not self.base_rate or not isinstance(last.layer if held else last, Linear):
            return self
        value = jnp.asarray(bias, jnp.float32)
        return eqx.tree_at(lambda own: (own.layers[-1].layer if held else own.layers[-1]).bias, self, value)


def layer_key(key: Array | None, position: int) -> Array | None:
    """Return the key of the layer at ``position``, or none where there is no randomness."""
    return None if key is None else jax.random.fold_in(key, position)
