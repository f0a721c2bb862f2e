"""Which layer of a network an array belongs to, and what penalties make the weights of a layer cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.errors import unknown_name
from trainwell.network import Stack
from trainwell.training import Penalty
from trainwell.training.optimizers.optimizer import decayed


def by_layer(network: Any, tree: Any) -> dict[str, list[Array]]:
    """Group the arrays of a tree shaped like the network's parameters by the layer they belong to."""
    groups: dict[str, list[Array]] = {}
    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        if eqx.is_inexact_array(leaf) or isinstance(leaf, jax.ShapeDtypeStruct):
            groups.setdefault(layer_of(network, path), []).append(leaf)
    return groups


def layer_of(network: Any, path: tuple[Any, ...]) -> str:
    """Return the name of the layer that the leaf at ``path`` belongs to."""
    if isinstance(network, Stack):
        return network.names[path[1].idx]
    return jax.tree_util.keystr(path[1:-1]).lstrip(".") or "network"


def weights_of(parameters: Any) -> dict[str, list[Array]]:
    """Return the arrays that penalties reach by the layer they belong to: weights, but no biases or normalization."""
    return by_layer(parameters, eqx.filter(parameters, decayed(parameters)))


def penalized(parameters: Any, penalties: Sequence[Penalty]) -> Iterable[Array]:
    """Yield what each penalty adds to the loss, scalars; nothing for those of strength 0."""
    present = [penalty for penalty in penalties if penalty.on("strength")]
    weights = weights_of(parameters) if present else {}
    for penalty in present:
        reached = penalty.layers or tuple(weights)
        sizes = [penalty.size(weight) for name in reached for weight in weights[name]]
        if sizes:
            yield penalty.strength * jnp.sum(jnp.stack(sizes))


def refuse_unknown_layers(parameters: Any, penalties: Sequence[Penalty]) -> None:
    """Raise ``UnknownNameError`` where a penalty names a layer that has no weights, listing those that have."""
    for name in (name for penalty in penalties for name in penalty.layers):
        known = weights_of(parameters)
        if name not in known:
            raise unknown_name("layer with weights", name, known)
