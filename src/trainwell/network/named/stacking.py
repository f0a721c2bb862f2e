"""From layers in words to a stack of layers: shapes followed through, initializers paired, names given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import jax
from jax import Array

from trainwell.errors import RecipeError
from trainwell.network.layers.windows import Sizes
from trainwell.network.named.layer import NamedLayer
from trainwell.network.named.units import Activation, PReLU


def shapes_through(layers: Sequence[NamedLayer], shape: Sizes, place: str = "Recipe.network") -> list[Sizes]:
    """Return the shape of examples before every layer, and after the last.

    Args:
        layers: in order.
        shape: of the examples that come in, channels last.
        place: how errors call the network.

    Raises:
        RecipeError: a layer cannot take what it receives; the message names its number and kind, the shape
            expected and the shape received.
    """
    shapes = [shape]
    for number, layer in enumerate(layers, start=1):
        try:
            shapes.append(layer.shape_after(shapes[-1]))
        except RecipeError as problem:
            raise RecipeError(f"{place}: layer {number} ({type(layer).__name__}) {problem}") from None
    return shapes


def following_activation(layers: Sequence[NamedLayer], position: int) -> str:
    """Return the activation that the layer at ``position`` feeds, before any other weights; identity where none.

    >>> following_activation([Activation(function="relu"), Activation(function="tanh")], 0)
    'tanh'
    """
    for layer in layers[position + 1 :]:
        if isinstance(layer, PReLU):
            return "prelu"
        if isinstance(layer, Activation):
            return layer.function
        if layer.weighted:
            break
    return "identity"


def named(layers: Sequence[NamedLayer]) -> Iterator[str]:
    """Yield a name for every layer: its word and a number where there are several.

    >>> list(named([Activation(), PReLU()]))
    ['activation 1', 'activation 2']
    """
    totals = Counter(layer.word for layer in layers)
    seen: Counter[str] = Counter()
    for layer in layers:
        seen[layer.word] += 1
        counted = totals[layer.word] > 1 or layer.word in ALWAYS_COUNTED
        yield f"{layer.word} {seen[layer.word]}" if counted else layer.word


#: Words that carry a number even where there is one such layer, as the multilayer perceptron's do.
ALWAYS_COUNTED = ("hidden", "convolution", "activation", "normalization")


def built(layers: Sequence[NamedLayer], shape: Sizes, key: Array) -> list[tuple[str, Any]]:
    """Return layers with freshly drawn weights, each with its name.

    Raises:
        RecipeError: a layer cannot take what it receives.
    """
    shapes = shapes_through(layers, shape)
    keys = jax.random.split(key, max(len(layers), 1))
    modules = [
        layer.build(shapes[position], key=keys[position], activation=following_activation(layers, position))
        for position, layer in enumerate(layers)
    ]
    return list(zip(named(layers), modules, strict=True))
