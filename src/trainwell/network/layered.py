"""What all architectures share that are written as layers in words: entry, shapes, names, the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax
from jax import Array

from trainwell.layout import Layout
from trainwell.network import layers as modules
from trainwell.network.architecture import Architecture
from trainwell.network.embeddings import TableInput
from trainwell.network.inputs import Axes, shape_in_space
from trainwell.network.layers.windows import Sizes
from trainwell.network.named import BatchNormalization, Linear, NamedLayer, Residual, built, shapes_through
from trainwell.network.stack import Stack


class Layered(Architecture):
    """A network in words that is a row of named layers and a linear output; no architecture itself."""

    def hidden_layers(self) -> Sequence[NamedLayer]:
        """Return the layers before the output, in order."""
        raise NotImplementedError

    def entry(self, layout: Layout, key: Array) -> tuple[Any, Sizes]:
        """Return the first layer, which takes an encoded row, and the shape of what it gives."""
        return entry_in_space(layout, "auto")

    def output(self, outputs: int) -> NamedLayer:
        """Return the last layer."""
        return Linear(units=outputs)

    def check(self, layout: Layout, outputs: int) -> None:
        _, shape = self.entry(layout, jax.random.key(0))
        shapes_through([*self.hidden_layers(), self.output(outputs)], shape)

    def needs_batches(self) -> bool:
        return any(map(normalizes_batches, self.hidden_layers()))

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return the :class:`~trainwell.network.stack.Stack` with freshly drawn weights."""
        entry_key, own = jax.random.split(key)
        entry, shape = self.entry(layout, entry_key)
        *hidden, (_, output) = built([*self.hidden_layers(), self.output(outputs)], shape, own)
        return Stack([("input", entry), *hidden, ("output", output)])


def entry_in_space(layout: Layout, axes: Axes) -> tuple[Any, Sizes]:
    """Return the layer that gives rows their places, and the shape."""
    shape = shape_in_space(layout, axes)
    return modules.Shaped(shape), shape


def entry_of_rows(layout: Layout, key: Array) -> tuple[Any, Sizes]:
    """Return the layer that lays rows out flat, categories as vectors, and the shape."""
    entry = TableInput(layout, None, key=key)
    return entry, (entry.width,)


def normalizes_batches(layer: NamedLayer) -> bool:
    """Tell whether a layer, or one inside it, is batch normalization."""
    inside = layer.layers if isinstance(layer, Residual) else ()
    return isinstance(layer, BatchNormalization) or any(map(normalizes_batches, inside))
