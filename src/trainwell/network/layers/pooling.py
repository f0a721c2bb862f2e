"""Pooling: what a window keeps of what it sees, channel by channel."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import reduce

import equinox as eqx
import jax
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
        if self.stride == self.window and self.padding == "valid":
            return largest(side_by_side(x, self.window)), state
        return reduce(jnp.maximum, shifted(x, self.window, self.stride, self.padding, fill=-jnp.inf)), state


def side_by_side(x: Array, window: Sizes) -> Array:
    """Return ``(*space, channels)`` as ``(places, window, places, window, …, channels)``, rests left out."""
    places = [size // width for size, width in zip(x.shape, window, strict=False)]
    whole = x[tuple(slice(count * width) for count, width in zip(places, window, strict=True))]
    return whole.reshape(*itertools.chain(*zip(places, window, strict=True)), x.shape[-1])


@jax.custom_jvp
def largest(windows: Array) -> Array:
    """Return the largest entry of every window of :func:`side_by_side`, ``(*places, channels)``.

    Its derivative is stated as one comparison with the largest: that of cuts with gaps between them, which is what a
    maximum of shifted views comes to, is added up from as many sparse arrays as a window has entries.
    """
    return jnp.max(windows, axis=within(windows))


@largest.defjvp
def largest_jvp(primals: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    """Pass on the tangents of the largest entries, of several in a window their mean."""
    (windows,), (moved,) = primals, tangents
    axes, most = within(windows), largest(windows)
    hits = windows == jnp.expand_dims(most, axes)
    each = [hits[at] for at in itertools.product(*(choices(hits, axis) for axis in range(hits.ndim)))]
    share = 1 / sum(hit.astype(moved.dtype) for hit in each)
    return most, jnp.sum(jnp.where(hits, moved * jnp.expand_dims(share, axes), 0.0), axis=axes)


def within(windows: Array) -> tuple[int, ...]:
    """Return the axes along which a window lies."""
    return tuple(range(1, windows.ndim - 1, 2))


def choices(windows: Array, axis: int) -> Sequence[int | slice]:
    """Return what to take of an axis: every entry on its own within a window, everything elsewhere."""
    return range(windows.shape[axis]) if axis in within(windows) else (slice(None),)


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
