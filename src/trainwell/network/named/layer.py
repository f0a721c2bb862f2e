"""What every layer in words is: a frozen description that knows its shapes, and builds the Equinox layer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, TypeAlias

from jax import Array
from pydantic import AfterValidator, BeforeValidator, Field

from trainwell.errors import RecipeError
from trainwell.functions.activations import ACTIVATIONS
from trainwell.functions.initializers import INITIALIZERS
from trainwell.network.layers.windows import Sizes
from trainwell.registry import Registry
from trainwell.specification import Specification

AUTO = "auto"


class NamedLayer(Specification):
    """A layer in words. Subclasses register in :data:`LAYERS`.

    Attributes:
        word: what the layer is called in records and reports, a number behind it.
        weighted: whether it holds weights, so that an activation after it is not its predecessor's.
    """

    word: ClassVar[str]
    weighted: ClassVar[bool] = False

    def shape_after(self, shape: Sizes) -> Sizes:
        """Return the shape of what comes out for examples of ``shape``.

        Raises:
            RecipeError: examples of this shape cannot come in; the sentence goes on from the layer's name.
        """
        return shape

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        """Return the layer with freshly drawn weights, called as ``layer(x, state, key=key)``.

        Args:
            shape: of the examples that come in.
            key: of the draw.
            activation: name of the activation that follows, which the initializer is chosen by.
        """
        raise NotImplementedError


LAYERS: Registry[type[NamedLayer]] = Registry("layer", "tw.layers")


def known_activation(name: str) -> str:
    """Return the name, or raise ``UnknownNameError`` listing the activations."""
    ACTIVATIONS.entry(name)
    return name


def known_initializer(name: str) -> str:
    """Return the name, or raise ``UnknownNameError`` listing the initializers."""
    if name != AUTO:
        INITIALIZERS.entry(name)
    return name


def each_axis(value: Any) -> Any:
    """Let one number stand for the size along every axis."""
    return (value,) if isinstance(value, int) else value


def one_layer(value: Any) -> Any:
    """Let one whole number stand for the width of a single layer."""
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


Width: TypeAlias = Annotated[int, Field(ge=1)]
Widths: TypeAlias = Annotated[tuple[Width, ...], BeforeValidator(one_layer)]
ActivationName: TypeAlias = Annotated[str, AfterValidator(known_activation)]
InitializerName: TypeAlias = Annotated[str, AfterValidator(known_initializer)]
Window: TypeAlias = Annotated[tuple[Width, ...], Field(min_length=1, max_length=2), BeforeValidator(each_axis)]


def spread(sizes: Iterable[int], shape: Sizes) -> Sizes:
    """Return one size per spatial axis of examples of ``shape``, whose last axis are the channels.

    Raises:
        RecipeError: the examples are no images or signals, or have another number of axes.

    >>> spread((3,), (28, 28, 1)), spread((5,), (40, 1))
    ((3, 3), (5,))
    """
    sizes = tuple(sizes)
    axes = len(shape) - 1
    if axes not in (1, 2):
        raise RecipeError(
            f"expects a signal (length, channels) or an image (height, width, channels), but receives {shape}."
        )
    sizes = sizes * axes if len(sizes) == 1 else sizes
    if len(sizes) != axes:
        raise RecipeError(f"has a window of {len(sizes)} axes, {sizes}, but receives {shape}, which has {axes}.")
    return sizes


def refuse_unless_flat(shape: Sizes) -> None:
    """Raise ``RecipeError`` unless examples are one row of numbers."""
    if len(shape) != 1:
        raise RecipeError(f"expects one row (features,), but receives {shape}; put a Flatten before it.")
