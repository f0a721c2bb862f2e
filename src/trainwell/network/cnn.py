"""Convolutional networks for images and signals: the general one, and LeNet-5 by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from jax import Array
from pydantic import Field

from trainwell.layout import Layout
from trainwell.network.architecture import ARCHITECTURES
from trainwell.network.inputs import Axes
from trainwell.network.layered import Layered, entry_in_space
from trainwell.network.layers.windows import Sizes
from trainwell.network.named import (
    Activation,
    AveragePooling,
    BatchNormalization,
    Convolution,
    Dropout,
    Flatten,
    GaussianNoise,
    LayerNormalization,
    Linear,
    MaxPooling,
    NamedLayer,
)
from trainwell.network.named.layer import AUTO, ActivationName, InitializerName, Width, Widths
from trainwell.network.named.units import Probability, Strength

POOLINGS = {"max": MaxPooling, "average": AveragePooling}
NORMALIZATIONS = {"batch": BatchNormalization, "layer": LayerNormalization}


@ARCHITECTURES.register(
    "CNN",
    formula="x → ((convolution → normalization → activation)ⁿ → pooling)* → flatten → (linear → activation)* → linear",
    source="LeCun et al. 1989; Simonyan & Zisserman 2015",
)
class CNN(Layered):
    """A convolutional network: blocks of convolutions, each ended by pooling, then fully connected layers.

    Takes images ``(height, width)`` or ``(height, width, channels)``, signals ``(length, channels)``, and tables of
    numbers alone as signals, one column after another.

    Args:
        channels: of the convolutions of each block.
        kernel: size of their windows along every axis.
        convolutions: how many in each block.
        stride: steps between two places of each block's first convolution.
        pooling: ``"max"``, ``"average"`` or none, at each block's end.
        window: size of the pooling's windows, side by side.
        hidden: widths of the fully connected layers after the blocks; may be empty.
        activation: name of the activation after every convolution and hidden layer; ``"prelu"`` learns its slopes.
        normalization: ``"batch"``, ``"layer"`` or none, before each activation of the blocks.
        dropout: probability of dropping what the blocks give, and each hidden unit.
        noise: deviation of normal noise on the inputs while training; 0 for none.
        padding: ``"same"`` or ``"valid"``, of the convolutions.
        initializer: name of the weights' initializer; ``"auto"`` takes the one that suits the activation.
        axes: 2 for images, 1 for signals; ``"auto"`` goes by the examples' shape.

    >>> CNN(channels=(16, 32), dropout=0.5).channels
    (16, 32)
    """

    channels: tuple[Width, ...] = (32, 64)
    kernel: Width = 3
    convolutions: Width = 1
    stride: Width = 1
    pooling: Literal["max", "average"] | None = "max"
    window: Annotated[int, Field(ge=2)] = 2
    hidden: Widths = (128,)
    activation: ActivationName = "relu"
    normalization: Literal["batch", "layer"] | None = None
    dropout: Probability = 0.0
    noise: Strength = 0.0
    padding: Literal["same", "valid"] = "same"
    initializer: InitializerName = AUTO
    axes: Axes = "auto"

    def entry(self, layout: Layout, key: Array) -> tuple[Any, Sizes]:
        return entry_in_space(layout, self.axes)

    def output(self, outputs: int) -> NamedLayer:
        return Linear(units=outputs, initializer=self.initializer)

    def hidden_layers(self) -> Sequence[NamedLayer]:
        noise = [GaussianNoise.model_construct(deviation=self.noise)] if self.on("noise") else []
        blocks = [layer for channels in self.channels for layer in self.block(channels)]
        return [*noise, *blocks, Flatten(), *self.dropped(), *self.head()]

    def block(self, channels: int) -> Iterator[NamedLayer]:
        """Yield the layers of one block."""
        for number in range(self.convolutions):
            yield Convolution(
                channels=channels,
                kernel=self.kernel,
                stride=self.stride if number == 0 else 1,
                padding=self.padding,
                initializer=self.initializer,
            )
            if self.normalization is not None:
                yield NORMALIZATIONS[self.normalization]()
            yield Activation(function=self.activation)
        if self.pooling is not None:
            yield POOLINGS[self.pooling](window=self.window)

    def head(self) -> Iterator[NamedLayer]:
        """Yield the fully connected layers before the output."""
        for units in self.hidden:
            yield Linear(units=units, initializer=self.initializer)
            yield Activation(function=self.activation)
            yield from self.dropped()

    def dropped(self) -> list[NamedLayer]:
        """Return dropout, where it is on; its rate may be traced."""
        return [Dropout.model_construct(rate=self.dropout)] if self.on("dropout") else []


@ARCHITECTURES.register(
    "LeNet5",
    formula="x → (convolution 5×5 → activation → pooling)² → 120 → 84 → linear",
    source="LeCun, Bottou, Bengio & Haffner 1998",
)
class LeNet5(Layered):
    """LeNet-5 for images of about 28×28: convolutions of 6 and 16 channels, then 120 and 84 units.

    The first convolution fills the edges up, as the original did by setting digits of 28×28 in frames of 32×32. Its
    second convolution sees all six maps, and its output is linear with a softmax in the loss, as is usual now.

    Args:
        activation: name of the activation after every layer.
        pooling: ``"average"`` as published, or ``"max"``.
    """

    activation: ActivationName = "tanh"
    pooling: Literal["average", "max"] = "average"

    def entry(self, layout: Layout, key: Array) -> tuple[Any, Sizes]:
        return entry_in_space(layout, 2)

    def hidden_layers(self) -> Sequence[NamedLayer]:
        bend, pool = Activation(function=self.activation), POOLINGS[self.pooling]()
        return [
            Convolution(channels=6, kernel=5),
            bend,
            pool,
            Convolution(channels=16, kernel=5, padding="valid"),
            bend,
            pool,
            Flatten(),
            Linear(units=120),
            bend,
            Linear(units=84),
            bend,
        ]
