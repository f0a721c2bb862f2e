"""The residual block in words."""

from __future__ import annotations

from typing import Annotated, Any

from jax import Array
from pydantic import Field

from trainwell.errors import RecipeError
from trainwell.network import layers as modules
from trainwell.network.layers.windows import Sizes
from trainwell.network.named.layer import LAYERS, NamedLayer
from trainwell.network.named.stacking import built, shapes_through
from trainwell.network.stack import Stack
from trainwell.specification import member_of


@LAYERS.register("Residual", formula="y = x + f(x)", source="He et al. 2016")
class Residual(NamedLayer):
    """Layers that learn what to add to their input, and so must keep its shape.

    Args:
        layers: f, in order.

    >>> from trainwell.network.named.units import Activation
    >>> from trainwell.network.named.images import Convolution
    >>> Residual(layers=[Convolution(channels=8), Activation()]).shape_after((4, 4, 8))
    (4, 4, 8)
    """

    word = "residual"
    weighted = True
    layers: Annotated[tuple[Annotated[Any, member_of(LAYERS, NamedLayer)], ...], Field(min_length=1)]

    def shape_after(self, shape: Sizes) -> Sizes:
        after = shapes_through(self.layers, shape, "inside it")[-1]
        if after != shape:
            raise RecipeError(f"must give back the shape it receives, {shape}, to add them, but gives {after}.")
        return shape

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return modules.Residual(Stack(built(self.layers, shape, key)))
