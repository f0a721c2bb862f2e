"""Sliding windows over images and signals, shared by convolution and pooling; no parameters live here.

Arrays are ``(height, width, channels)`` or ``(length, channels)``: space first, channels last.
"""

from __future__ import annotations

import itertools
import math
from typing import Literal, TypeAlias

import jax.numpy as jnp
from jax import Array

Sizes: TypeAlias = tuple[int, ...]
Padding: TypeAlias = Literal["same", "valid"]


def margins(size: int, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Return how many entries are added before and after one axis.

    ``"same"`` adds what gives ⌈size/stride⌉ positions, the odd one behind; ``"valid"`` adds none.

    >>> margins(28, 3, 1, "same"), margins(28, 3, 2, "same"), margins(28, 3, 1, "valid")
    ((1, 1), (0, 1), (0, 0))
    """
    if padding == "valid":
        return 0, 0
    missing = max((math.ceil(size / stride) - 1) * stride + window - size, 0)
    return missing // 2, missing - missing // 2


def positions(size: int, window: int, stride: int, padding: Padding) -> int:
    """Return at how many places a window fits along one axis; below 1 it fits nowhere.

    >>> positions(28, 5, 1, "valid"), positions(28, 5, 2, "same"), positions(4, 5, 1, "valid")
    (24, 14, 0)
    """
    before, after = margins(size, window, stride, padding)
    return (size + before + after - window) // stride + 1


def shifted(x: Array, window: Sizes, stride: Sizes, padding: Padding = "valid", fill: float = 0.0) -> list[Array]:
    """Return, for every entry of the window, what it sees at all places: ``(*places, channels)`` each.

    Args:
        x: ``(*space, channels)``.
        window: its size along every spatial axis.
        stride: steps between two places along every spatial axis.
        padding: whether and how the edges are filled up.
        fill: with what.

    >>> [part.ravel().tolist() for part in shifted(jnp.arange(4.0)[:, None], (2,), (2,))]
    [[0.0, 2.0], [1.0, 3.0]]
    """
    axes = list(zip(x.shape[:-1], window, stride, strict=True))
    if padding == "same":
        x = jnp.pad(x, [*(margins(*axis, padding) for axis in axes), (0, 0)], constant_values=fill)
    places = [positions(*axis, padding) for axis in axes]

    def seen_from(offsets: Sizes) -> Array:
        cuts = zip(offsets, places, stride, strict=True)
        return x[tuple(slice(first, first + (count - 1) * step + 1, step) for first, count, step in cuts)]

    return [seen_from(offsets) for offsets in itertools.product(*map(range, window))]
