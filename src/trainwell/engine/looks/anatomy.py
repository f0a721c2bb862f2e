"""What a network is made of, as facts for the record: sizes of its layers, and whether it normalizes over the batch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.engine.layers import by_layer
from trainwell.network import Stack


def network_facts(network: Any) -> dict[str, Any]:
    """Return the layers and their sizes, the activation functions, whether batches normalize, and the numbers learned.

    Args:
        network: the module, or the tree of its parameters' shapes.
    """
    shapes = {name: [leaf.shape for leaf in group] for name, group in by_layer(network, network).items()}
    functions = network.activation_functions if isinstance(network, Stack) else {}
    return layer_facts(shapes) | {
        "activations": list(functions),
        "activation_functions": list(functions.values()),
        "batch_normalization": has_batch_normalization(network),
        "parameters": sum(math.prod(shape) for group in shapes.values() for shape in group),
    }


def layer_facts(shapes: Mapping[str, Sequence[tuple[int, ...]]]) -> dict[str, Any]:
    """Return the layers' names, units, and inputs a unit, from the shapes of their arrays, which have units first.

    >>> layer_facts({"Linear 1": [(5, 3), (5,)], "Conv 2": [(8, 3, 3, 3)]})
    {'layers': ['Linear 1', 'Conv 2'], 'layer_units': [5, 8], 'layer_inputs': [3, 27]}
    """
    widest = [max(group, key=len, default=()) for group in shapes.values()]
    return {
        "layers": list(shapes),
        "layer_units": [shape[0] if len(shape) > 1 else 0 for shape in widest],
        "layer_inputs": [math.prod(shape[1:]) if len(shape) > 1 else 0 for shape in widest],
    }


def names_of(part: Any) -> set[str]:
    """Return the names of the types a network is made of, such as ``BatchNormalization``."""
    if isinstance(part, tuple | list):
        return set().union(*map(names_of, part)) if part else set()
    if not hasattr(part, "__dataclass_fields__"):
        return set()
    inner = (names_of(getattr(part, name, None)) for name in part.__dataclass_fields__)
    return {type(part).__name__}.union(*inner)


def has_batch_normalization(network: Any) -> bool:
    """Tell whether a network normalizes over the batch, ours or another's layers, by the names of its parts."""
    return any(name.lower().startswith("batchnorm") for name in names_of(network))
