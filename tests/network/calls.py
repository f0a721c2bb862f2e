"""How the tests call a layer: over a batch, as training does, or as prediction does."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import numpy as np

from trainwell.network.layers import BATCH_AXIS

KEY = jax.random.key(0)


def rows(count: int, *shape: int, seed: int = 0) -> np.ndarray:
    """Return standard normal examples, float32."""
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def over_batch(layer: Any, inputs: Any, state: Any = None, key: Any = None) -> tuple[Any, Any]:
    """Return a layer's outputs ``(batch, …)`` and its new state, with a key of its own for every example."""
    keys = None if key is None else jax.random.split(key, len(inputs))

    def call(x: Any, own: Any) -> Any:
        return layer(x, state, key=own)

    return jax.vmap(call, out_axes=(0, None), axis_name=BATCH_AXIS)(inputs, keys)


def predicted(layer: Any, inputs: Any, state: Any = None) -> Any:
    """Return a layer's outputs as at prediction."""
    return over_batch(eqx.nn.inference_mode(layer), inputs, state)[0]
