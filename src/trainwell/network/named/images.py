"""Layers in words for images ``(height, width, channels)`` and signals ``(length, channels)``."""

from __future__ import annotations

from typing import Annotated, Any

from jax import Array
from pydantic import BeforeValidator, Field

from trainwell.errors import RecipeError
from trainwell.network import layers
from trainwell.network.layers.windows import Padding, Sizes, positions
from trainwell.network.named.dense import Limit, chosen, limited
from trainwell.network.named.layer import (
    AUTO,
    LAYERS,
    InitializerName,
    NamedLayer,
    Width,
    Window,
    each_axis,
    spread,
)

Stride = Annotated[tuple[Width, ...] | None, Field(min_length=1, max_length=2), BeforeValidator(each_axis)]


def places(shape: Sizes, window: Sizes, stride: Sizes, padding: Padding) -> Sizes:
    """Return at how many places a window stands along every spatial axis.

    Raises:
        RecipeError: it is larger than the examples.

    >>> places((28, 28, 1), (5, 5), (1, 1), "valid")
    (24, 24)
    """
    found = tuple(positions(*axis, padding) for axis in zip(shape[:-1], window, stride, strict=True))
    if min(found) < 1:
        sizes = "×".join(map(str, window))
        raise RecipeError(
            f"expects examples of at least {sizes}, its window, but receives {shape}: nothing would be left. "
            f"Take a smaller window, fewer layers before it, or padding = 'same'."
        )
    return found


@LAYERS.register("Convolution", formula="y[p] = b + Σ w[d] · x[s·p + d]", source="LeCun et al. 1989")
class Convolution(NamedLayer):
    """A convolution of a signal or an image: (height, width, channels) → (height', width', channels').

    Args:
        channels: how many come out.
        kernel: size of the window, one number for all axes or one for each.
        stride: steps between two places.
        padding: ``"same"`` fills edges up with zeros, so that stride 1 keeps the size; ``"valid"`` does not.
        initializer: name of the weights' initializer; ``"auto"`` takes the one that suits the activation that follows.
        max_norm: largest length of a channel's weights, held after every update; none for no limit.

    >>> Convolution(channels=32, kernel=5, padding="valid").shape_after((28, 28, 1))
    (24, 24, 32)
    """

    word = "convolution"
    weighted = True
    channels: Width
    kernel: Window = (3,)
    stride: Window = (1,)
    padding: Padding = "same"
    initializer: InitializerName = AUTO
    max_norm: Limit = None

    def shape_after(self, shape: Sizes) -> Sizes:
        kernel, stride = spread(self.kernel, shape), spread(self.stride, shape)
        return (*places(shape, kernel, stride, self.padding), self.channels)

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        layer = layers.Convolution(
            shape[-1],
            self.channels,
            spread(self.kernel, shape),
            stride=spread(self.stride, shape),
            padding=self.padding,
            initializer=chosen(self.initializer, activation),
            key=key,
        )
        return limited(layer, self.max_norm)


class Pooling(NamedLayer):
    """What both kinds of pooling share; no layer itself.

    Args:
        window: its size, one number for all axes or one for each.
        stride: steps between two windows; side by side unless given.
        padding: ``"valid"`` leaves out what no whole window covers; ``"same"`` keeps it.
    """

    word = "pooling"
    window: Window = (2,)
    stride: Stride = None
    padding: Padding = "valid"

    def steps(self, shape: Sizes) -> Sizes:
        """Return the steps between two windows along every spatial axis."""
        return spread(self.stride or self.window, shape)

    def shape_after(self, shape: Sizes) -> Sizes:
        return (*places(shape, spread(self.window, shape), self.steps(shape), self.padding), shape[-1])


@LAYERS.register("MaxPooling", formula="max over the window", source="Riesenhuber & Poggio 1999")
class MaxPooling(Pooling):
    """Keep the largest entry of every window, channel by channel.

    >>> MaxPooling().shape_after((28, 28, 32))
    (14, 14, 32)
    """

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.MaxPooling(spread(self.window, shape), stride=self.steps(shape), padding=self.padding)


@LAYERS.register("AveragePooling", formula="mean over the window", source="LeCun et al. 1998")
class AveragePooling(Pooling):
    """Keep the mean of every window, channel by channel.

    >>> AveragePooling(window=3, stride=2).shape_after((28, 28, 32))
    (13, 13, 32)
    """

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.AveragePooling(spread(self.window, shape), stride=self.steps(shape), padding=self.padding)
