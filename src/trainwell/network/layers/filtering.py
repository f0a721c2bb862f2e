"""Convolution three wide with fewer products: two places at once from four products instead of six.

For inputs d₀…d₃ and weights g₀, g₁, g₂ along the last axis, the two sums y₀ = d₀g₀ + d₁g₁ + d₂g₂ and
y₁ = d₁g₀ + d₂g₁ + d₃g₂ are

    m₀ = (d₀ − d₂) g₀,  m₁ = (d₁ + d₂)(g₀ + g₁ + g₂)/2,  m₂ = (d₂ − d₁)(g₀ − g₁ + g₂)/2,  m₃ = (d₁ − d₃) g₂,
    y₀ = m₀ + m₁ + m₂,  y₁ = m₁ − m₂ − m₃.

What is summed over channels and over the window's other axes are the m, as products of matrices; the rest is additions.
Rounding is that of the plain sum, as nothing but halves and differences comes in. Its gradients, which transpose every
step, need as few products.

References: S. Winograd, "Arithmetic complexity of computations", 1980; A. Lavin and S. Gray, "Fast algorithms for
convolutional neural networks", 2016.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.network.layers.windows import Padding, Sizes, margins, positions, shifted

WIDTH = 3
#: Channels in and out below which the additions cost more than the products they save, and places, as odd ones are
#: filled up.
FEWEST_INPUTS, FEWEST_OUTPUTS, FEWEST_PLACES = 24, 16, 4


def suits(x: Array, weight: Array, stride: Sizes) -> bool:
    """Tell whether a convolution is computed faster this way: three wide, without gaps, over several channels."""
    outputs, inputs, *_, width = weight.shape
    many = inputs >= FEWEST_INPUTS and outputs >= FEWEST_OUTPUTS and x.shape[-2] >= FEWEST_PLACES
    return many and width == WIDTH and stride[-1] == 1


def by_filtering(x: Array, weight: Array, stride: Sizes, padding: Padding) -> Array:
    """Return the convolution, along its last axis two places at a time.

    Args:
        x: ``(*space, inputs)``.
        weight: ``(outputs, inputs, *kernel)``, the last axis of the kernel three long.
        stride: steps along every spatial axis, 1 along the last.
        padding: ``"same"`` or ``"valid"``.

    >>> x, weight = jnp.arange(5.0)[:, None], jnp.array([[[1.0, 10.0, 100.0]]])
    >>> by_filtering(x, weight, (1,), "valid").ravel().tolist()
    [210.0, 321.0, 432.0]
    """
    size = x.shape[-2]
    places, (before, _) = positions(size, WIDTH, 1, padding), margins(size, WIDTH, 1, padding)
    pairs = -(-places // 2)
    sides = [(0, 0)] * (x.ndim - 2) + [(before, 2 * pairs + 2 - size - before), (0, 0)]
    first, second, third, fourth = quarters(jnp.pad(x, sides), pairs)
    entering = first - third, second + third, third - second, second - fourth
    window, steps = (*weight.shape[2:-1], 1), (*stride[:-1], 1)
    m = [
        jnp.concatenate(shifted(each, window, steps, padding), axis=-1) @ matrix
        for each, matrix in zip(entering, matrices(weight), strict=True)
    ]
    both = jnp.stack([m[0] + m[1] + m[2], m[1] - m[2] - m[3]], axis=-2)
    return both.reshape(*both.shape[:-3], 2 * pairs, both.shape[-1])[..., :places, :]


def quarters(x: Array, pairs: int) -> tuple[Array, ...]:
    """Return d₀, d₁, d₂ and d₃ of every pair of places along the last spatial axis, ``(…, pairs, channels)`` each.

    They are cut from a view of twos: what is cut with gaps between has a gradient that is slow to put together.
    """
    twos = x.reshape(*x.shape[:-2], pairs + 1, 2, x.shape[-1])
    which = [jax.lax.index_in_dim(twos, at, axis=-2, keepdims=False) for at in (0, 1)]
    return tuple(jax.lax.slice_in_dim(each, at, at + pairs, axis=-2) for at in (0, 1) for each in which)


def matrices(weight: Array) -> list[Array]:
    """Return g₀, (g₀ + g₁ + g₂)/2, (g₀ − g₁ + g₂)/2 and g₂ as matrices ``(rest of the window · inputs, outputs)``."""
    outputs, inputs, *rest, _ = weight.shape
    first, second, third = (jax.lax.index_in_dim(weight, at, axis=-1, keepdims=False) for at in range(WIDTH))
    outer = first + third
    entries = first, (outer + second) / 2, (outer - second) / 2, third
    return [jnp.moveaxis(each, (0, 1), (-1, -2)).reshape(math.prod(rest) * inputs, outputs) for each in entries]
