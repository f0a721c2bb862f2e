"""Pooling: what a window keeps of what it sees, channel by channel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import equinox as eqx
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers.windows import Padding, Sizes, shifted


class MaxPooling(eqx.Module):
    """y[p, c] = max over the window of x[s·p + d, c], over ``(length, channels)`` or ``(height, width, channels)``.

    Entries beyond the last whole window are left out; with padding ``"same"``, edge windows see what there is. Where
    two entries of a window are largest together, they share the gradient.

    Args:
        window: its size along each spatial axis, ``(2,)`` or ``(2, 2)``.
        stride: steps between two windows; side by side unless given.
        padding: ``"valid"`` or ``"same"``.

    >>> MaxPooling((2,))(jnp.array([[1.0], [3.0], [2.0], [0.0], [9.0]]), None)[0].ravel().tolist()
    [3.0, 2.0]
    """

    window: Sizes = eqx.field(static=True)
    stride: Sizes = eqx.field(static=True)
    padding: Padding = eqx.field(static=True)

    def __init__(self, window: Sequence[int], *, stride: Sequence[int] | None = None, padding: Padding = "valid"):
        self.window, self.stride, self.padding = tuple(window), tuple(stride or window), padding

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return reduce(jnp.maximum, shifted(x, self.window, self.stride, self.padding, fill=-jnp.inf)), state


class AveragePooling(eqx.Module):
    """y[p, c] = mean over the window of x[s·p + d, c]; at padded edges, over the entries that are there.

    Takes the arguments of :class:`MaxPooling`.

    >>> AveragePooling((2,))(jnp.array([[1.0], [3.0], [2.0], [0.0]]), None)[0].ravel().tolist()
    [2.0, 1.0]
    """

    window: Sizes = eqx.field(static=True)
    stride: Sizes = eqx.field(static=True)
    padding: Padding = eqx.field(static=True)

    def __init__(self, window: Sequence[int], *, stride: Sequence[int] | None = None, padding: Padding = "valid"):
        self.window, self.stride, self.padding = tuple(window), tuple(stride or window), padding

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        parts = shifted(x, self.window, self.stride, self.padding)
        counted = shifted(jnp.ones_like(x), self.window, self.stride, self.padding)
        return sum(parts[1:], parts[0]) / sum(counted[1:], counted[0]), state
