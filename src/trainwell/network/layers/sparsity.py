"""Penalties on activations, which layers hand to the loss through the network's state."""

from __future__ import annotations

from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers.parameters import BATCH_AXIS, Fixed

Measure = Literal["l1", "kl"]


class Sparsity(eqx.Module):
    """Hand activations on unchanged, and charge the loss for those that are busy, while training.

    - ``"l1"``: λ Σ over units of the batch's mean |a|;
    - ``"kl"``: λ Σ over units of KL(ρ ‖ ρ̂) = ρ log(ρ/ρ̂) + (1 − ρ) log((1 − ρ)/(1 − ρ̂)), where ρ̂ is the unit's mean
      over the batch; for activations in (0, 1), such as the sigmoid's.

    The charge lies in the state under ``charge``, where :func:`charges` finds it.

    Args:
        measure: ``"l1"`` or ``"kl"``.
        strength: λ.
        target: ρ, the mean activation wanted; for ``"kl"`` alone.

    Reference: A. Ng, "Sparse autoencoder", CS294A lecture notes, 2011.
    """

    strength: Fixed
    target: Fixed
    charge: eqx.nn.StateIndex
    measure: Measure = eqx.field(static=True)
    inference: bool

    def __init__(self, measure: Measure, strength: float | Array, *, target: float | Array = 0.05):
        self.strength, self.target, self.measure = Fixed(strength), Fixed(target), measure
        self.charge, self.inference = eqx.nn.StateIndex(jnp.zeros(())), False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        if self.inference:
            return x, state
        busy = jax.lax.pmean(jnp.abs(x) if self.measure == "l1" else x, BATCH_AXIS)
        cost = busy if self.measure == "l1" else divergence(self.target.value, busy)
        return x, state.set(self.charge, self.strength.value * jnp.sum(cost))


def divergence(target: float | Array, mean: Array) -> Array:
    """Return KL(ρ ‖ ρ̂) of two coins, entry by entry; ρ̂ is kept off 0 and 1.

    >>> divergence(0.5, jnp.array([0.5])).tolist()
    [0.0]
    """
    mean = jnp.clip(mean, 1e-6, 1 - 1e-6)
    return target * jnp.log(target / mean) + (1 - target) * jnp.log((1 - target) / (1 - mean))


def is_sparsity(part: Any) -> bool:
    """Tell whether a part of a network is a :class:`Sparsity`."""
    return isinstance(part, Sparsity)


def charges(network: Any, state: eqx.nn.State) -> list[Array]:
    """Return what the layers of a network charge the loss, scalars; an empty list where none does."""
    parts = jax.tree.leaves(network, is_leaf=is_sparsity)
    return [state.get(part.charge) for part in parts if is_sparsity(part)]
