"""Dropout left on where everything else is as at prediction: what Monte-Carlo dropout asks of a network."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax

from trainwell.network.layers import Dropout


def is_dropout(part: Any) -> bool:
    """Tell whether a part of a network is a dropout layer, ours or Equinox's."""
    return isinstance(part, Dropout | eqx.nn.Dropout)


def has_dropout(network: eqx.Module) -> bool:
    """Tell whether a network holds a dropout layer."""
    return any(is_dropout(part) for part in jax.tree.leaves(network, is_leaf=is_dropout))


def with_dropout_on(network: eqx.Module) -> eqx.Module:
    """Return the same network whose dropout layers drop, whatever the others do.

    >>> layer = eqx.nn.inference_mode(Dropout(0.5))
    >>> layer.inference, with_dropout_on(layer).inference
    (True, False)
    """

    def turned_on(part: Any) -> Any:
        return eqx.tree_at(lambda layer: layer.inference, part, replace=False) if is_dropout(part) else part

    return jax.tree.map(turned_on, network, is_leaf=is_dropout)
