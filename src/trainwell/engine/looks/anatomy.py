"""What a network is made of, as facts for the record: sizes of its layers, and whether it normalizes over the batch."""

from __future__ import annotations

from typing import Any

import jax

from trainwell.engine.layers import by_layer


def network_facts(network: Any) -> dict[str, Any]:
    """Return ``layers``, their ``layer_units`` and ``layer_inputs``, and ``batch_normalization``.

    Args:
        network: the module, or the tree of its parameters' shapes.
    """
    groups = by_layer(network, network)
    widest = [max((leaf.shape for leaf in group), key=len, default=()) for group in groups.values()]
    return {
        "layers": list(groups),
        "layer_units": [shape[0] if len(shape) > 1 else 0 for shape in widest],
        "layer_inputs": [size_of(shape[1:]) if len(shape) > 1 else 0 for shape in widest],
        "batch_normalization": has_batch_normalization(network),
    }


def size_of(shape: tuple[int, ...]) -> int:
    """Return the number of entries of an array of this shape."""
    return jax.ShapeDtypeStruct(shape, "float32").size


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
