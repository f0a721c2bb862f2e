"""Any row of named layers as an architecture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from jax import Array

from trainwell.layout import Layout
from trainwell.network.architecture import ARCHITECTURES
from trainwell.network.inputs import Axes
from trainwell.network.layered import Layered, entry_in_space, entry_of_rows
from trainwell.network.layers.windows import Sizes
from trainwell.network.named import LAYERS, Convolution, NamedLayer
from trainwell.network.named.images import Pooling
from trainwell.specification import member_of


@ARCHITECTURES.register("Sequential", formula="x → layer → layer → … → linear", source="practice")
class Sequential(Layered):
    """Named layers, one after another, and a linear output with as many numbers as the target needs.

    Images enter as ``(height, width, channels)``, signals as ``(length, channels)``, tables as one row; a table of
    numbers alone as a signal where the layers convolve or pool.

    Args:
        layers: the layers before the output: objects such as ``tw.layers.Linear(units=64)``, tables with their
            ``kind``, or bare names.
        axes: how many axes of an example are space, 1 for signals, 2 for images; ``"auto"`` goes by their lengths.

    >>> Sequential(["Flatten", {"kind": "Linear", "units": 32}, "Activation"]).layers[1].units
    32
    """

    layers: tuple[Annotated[Any, member_of(LAYERS, NamedLayer)], ...] = ()
    axes: Axes = "auto"

    def __init__(self, layers: Sequence[Any] = (), **fields: Any) -> None:
        super().__init__(**{"layers": layers, **fields})

    def hidden_layers(self) -> Sequence[NamedLayer]:
        return self.layers

    def entry(self, layout: Layout, key: Array) -> tuple[Any, Sizes]:
        in_space = layout.shape is not None or any(isinstance(layer, Convolution | Pooling) for layer in self.layers)
        return entry_in_space(layout, self.axes) if in_space else entry_of_rows(layout, key)
