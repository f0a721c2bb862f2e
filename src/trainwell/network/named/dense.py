"""Layers in words that take one row: fully connected, flattening, embedding."""

from __future__ import annotations

import math
from typing import Annotated, Any

from jax import Array
from pydantic import Field

from trainwell.errors import RecipeError
from trainwell.functions.activations import initializer_for
from trainwell.network import layers
from trainwell.network.layers.windows import Sizes
from trainwell.network.named.layer import AUTO, LAYERS, InitializerName, NamedLayer, Width, refuse_unless_flat
from trainwell.specification import knob

Limit = Annotated[float | None, Field(gt=0), knob()]


@LAYERS.register("Linear", formula="y = Wx + b", source="Rumelhart et al. 1986")
class Linear(NamedLayer):
    """A fully connected layer: (features,) → (units,).

    Args:
        units: how many numbers come out.
        initializer: name of the weights' initializer; ``"auto"`` takes the one that suits the activation that follows.
        max_norm: largest length of a unit's weight vector, held after every update; none for no limit.

    >>> import jax
    >>> Linear(units=64).build((30,), key=jax.random.key(0)).weight.shape
    (64, 30)
    """

    word = "hidden"
    weighted = True
    units: Width
    initializer: InitializerName = AUTO
    max_norm: Limit = None

    def shape_after(self, shape: Sizes) -> Sizes:
        refuse_unless_flat(shape)
        return (self.units,)

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        layer = layers.Linear(shape[0], self.units, initializer=chosen(self.initializer, activation), key=key)
        return limited(layer, self.max_norm)


def chosen(initializer: str, activation: str) -> str:
    """Return the initializer's name: as stated, or the one that suits the activation."""
    return initializer_for(activation) if initializer == AUTO else initializer


def limited(layer: Any, limit: float | Array | None) -> Any:
    """Return the layer under its max-norm constraint, where there is one."""
    return layer if limit is None else layers.MaxNorm(layer, limit)


@LAYERS.register("Flatten", formula="(…) → (product,)", source="LeCun et al. 1998")
class Flatten(NamedLayer):
    """Lay the entries of an example out in one row.

    >>> Flatten().shape_after((7, 7, 64))
    (3136,)
    """

    word = "flatten"

    def shape_after(self, shape: Sizes) -> Sizes:
        return (math.prod(shape),)

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.Flatten()


@LAYERS.register("Embedding", formula="code → its learned vector", source="Bengio et al. 2003")
class Embedding(NamedLayer):
    """A learned vector for every code, (length,) → (length, width); codes must not be scaled: encoding.numbers none.

    Args:
        cardinality: how many codes there are, from 0.
        width: numbers per vector.
    """

    word = "embedding"
    weighted = True
    cardinality: Width
    width: Width = 16

    def shape_after(self, shape: Sizes) -> Sizes:
        if len(shape) != 1:
            raise RecipeError(f"expects one row of codes (length,), but receives {shape}.")
        return (*shape, self.width)

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.Embedding(self.cardinality, self.width, key=key)
