"""Convolution over signals and images, the same code for both."""

from __future__ import annotations

import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.functions.initializers import INITIALIZERS, fans
from trainwell.network.layers.filtering import by_filtering, suits
from trainwell.network.layers.windows import Padding, Sizes, margins, shifted

#: How the two spatial axes (or the one) stand in lax's words: inputs, weights, outputs.
DIMENSIONS = {1: ("NWC", "OIW", "NWC"), 2: ("NHWC", "OIHW", "NHWC")}


class Convolution(eqx.Module):
    """y[p, o] = b[o] + Σ w[o, c, d] · x[s·p + d, c], summed over channels c and offsets d of the window, at stride s.

    Takes ``(length, inputs)`` or ``(height, width, inputs)`` and gives the same with ``outputs`` channels; how long the
    kernel is says which. The kernel is not flipped, as everywhere in the field. Weights ``(outputs, inputs, *kernel)``
    are drawn by a named initializer with fan_in = inputs · window and fan_out = outputs · window, b = 0.

    On a CPU it is computed as patches times a matrix, which ``vmap`` makes one large product over the whole batch, many
    times faster there than the native operation in a compiled loop, and windows three wide with a third of the
    products less (:mod:`trainwell.network.layers.filtering`); elsewhere it is the native one.

    Args:
        inputs: channels that come in.
        outputs: channels that go out.
        kernel: size of the window along each spatial axis, ``(5,)`` or ``(3, 3)``.
        stride: steps between two places, along each axis or one for all.
        padding: ``"same"`` fills the edges up with zeros so that ⌈size/stride⌉ places come out; ``"valid"`` does not.
        initializer: name of the weights' initializer.
        key: of the draw.

    References: Y. LeCun et al., "Gradient-based learning applied to document recognition", 1998; K. Chellapilla et al.,
    "High performance convolutional neural networks for document processing", 2006 (patches times a matrix).

    >>> layer = Convolution(1, 4, (3, 3), key=jax.random.key(0))
    >>> layer(jnp.ones((8, 8, 1)), None)[0].shape
    (8, 8, 4)
    """

    weight: Array
    bias: Array
    stride: Sizes = eqx.field(static=True)
    padding: Padding = eqx.field(static=True)

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: Sequence[int],
        *,
        stride: Sequence[int] | int = 1,
        padding: Padding = "same",
        initializer: str = "he_normal",
        key: Array,
    ):
        shape = (outputs, inputs, *kernel)
        fan_in, fan_out = fans(shape)
        self.weight = INITIALIZERS[initializer](key, shape, fan_in=fan_in, fan_out=fan_out)
        self.bias = jnp.zeros(outputs)
        self.stride = (stride,) * len(kernel) if isinstance(stride, int) else tuple(stride)
        self.padding = padding

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        convolve = natively
        if jax.default_backend() == "cpu":
            convolve = by_filtering if suits(x, self.weight, self.stride) else by_patches
        return convolve(x, self.weight, self.stride, self.padding) + self.bias, state


def by_patches(x: Array, weight: Array, stride: Sizes, padding: Padding) -> Array:
    """Return the convolution as one product, patches ``(*places, window · inputs)`` times a matrix.

    Args:
        x: ``(*space, inputs)``.
        weight: ``(outputs, inputs, *kernel)``.
        stride: steps along every spatial axis.
        padding: ``"same"`` or ``"valid"``.
    """
    outputs, inputs, *kernel = weight.shape
    patches = jnp.concatenate(shifted(x, tuple(kernel), stride, padding), axis=-1)
    matrix = jnp.moveaxis(weight, (0, 1), (-1, -2)).reshape(math.prod(kernel) * inputs, outputs)
    return patches @ matrix


def natively(x: Array, weight: Array, stride: Sizes, padding: Padding) -> Array:
    """Return the same by the accelerator's own operation."""
    kernel = weight.shape[2:]
    edges = [margins(*axis, padding) for axis in zip(x.shape[:-1], kernel, stride, strict=True)]
    dimensions = DIMENSIONS[len(kernel)]
    return jax.lax.conv_general_dilated(x[None], weight, stride, edges, dimension_numbers=dimensions)[0]
