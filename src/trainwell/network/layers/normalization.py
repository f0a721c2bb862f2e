"""Normalization: activations brought to mean 0 and variance 1, over the batch or over each example."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.errors import RecipeError
from trainwell.network.layers.parameters import BATCH_AXIS, Fixed


class BatchNormalization(eqx.Module):
    """y = γ(x − μ)/√(σ² + ε) + β, per feature over the batch; over running statistics at prediction.

    Of images and signals, the features are the channels, and μ and σ are taken over all places as well. The running
    statistics follow r ← momentum·r + (1 − momentum)·batch.

    Raises:
        RecipeError: while training, the batch holds a single row, whose variance is 0.

    Reference: S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015.
    """

    scale: Array
    shift: Array
    running: eqx.nn.StateIndex
    momentum: Fixed
    epsilon: float = eqx.field(static=True)
    inference: bool

    def __init__(self, features: int, *, momentum: float | Array = 0.9, epsilon: float = 1e-5):
        self.scale, self.shift = jnp.ones(features), jnp.zeros(features)
        self.running = eqx.nn.StateIndex((jnp.zeros(features), jnp.ones(features)))
        self.momentum, self.epsilon, self.inference = Fixed(momentum), epsilon, False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        mean, variance = running = state.get(self.running)
        if not self.inference:
            refuse_batch_of_one(jax.lax.axis_size(BATCH_AXIS))
            mean = over_batch_and_places(x)
            variance = over_batch_and_places(jnp.square(x - mean))
            kept = self.momentum.value
            blended = jax.tree.map(lambda old, new: kept * old + (1 - kept) * new, running, (mean, variance))
            state = state.set(self.running, jax.lax.stop_gradient(blended))
        factor = self.scale * jax.lax.rsqrt(variance + self.epsilon)
        return (x - mean) * factor + self.shift, state


def over_batch_and_places(x: Array) -> Array:
    """Return the mean per feature, the last axis, over the batch and all other axes."""
    return jax.lax.pmean(jnp.mean(x, axis=tuple(range(x.ndim - 1))), BATCH_AXIS)


def refuse_batch_of_one(size: int) -> None:
    """Raise ``RecipeError`` where a batch has no variance to divide by."""
    if size == 1:
        raise RecipeError(
            "Recipe.batch_size: batch normalization needs batches of 2 rows or more, but got 1. "
            "Raise it, or take normalization = 'layer'."
        )


class LayerNormalization(eqx.Module):
    """y = γ(x − μ)/√(σ² + ε) + β, over all entries of each example; γ and β per feature, the last axis.

    Reference: J. Ba, J. Kiros, G. Hinton, "Layer Normalization", 2016.
    """

    scale: Array
    shift: Array
    epsilon: float = eqx.field(static=True)

    def __init__(self, features: int, *, epsilon: float = 1e-5):
        self.scale, self.shift, self.epsilon = jnp.ones(features), jnp.zeros(features), epsilon

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        centred = x - jnp.mean(x)
        factor = jax.lax.rsqrt(jnp.mean(jnp.square(centred)) + self.epsilon)
        return centred * factor * self.scale + self.shift, state
