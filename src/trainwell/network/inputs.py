"""How an encoded row enters a network that sees places: images and signals get their shape back."""

from __future__ import annotations

from typing import Literal, TypeAlias

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.network.layers.windows import Sizes

Axes: TypeAlias = Literal["auto", 1, 2]
#: From how many times as long as wide an array of two axes is a signal with channels rather than an image.
SIGNAL_IF_LONGER = 4


def shape_in_space(layout: Layout, axes: Axes = "auto") -> Sizes:
    """Return the shape in which examples enter: ``(height, width, channels)`` or ``(length, channels)``.

    Args:
        layout: what one encoded row looks like.
        axes: 2 for images, 1 for signals; ``"auto"`` takes two axes for an image, unless the first is at least four
            times the second: then for a signal with channels. A table of numbers alone is a signal of one channel,
            one column after another.

    Raises:
        RecipeError: the rows are neither, or not of so many axes.

    >>> shape_in_space(Layout(shape=(28, 28))), shape_in_space(Layout(numbers=40))
    ((28, 28, 1), (40, 1))
    >>> shape_in_space(Layout(shape=(128, 9)))
    (128, 9)
    """
    shape = layout.shape if layout.shape is not None else row_of_numbers(layout)
    found = axes if axes != "auto" else spatial_axes(shape)
    if len(shape) == found:
        return (*shape, 1)
    if len(shape) == found + 1 <= 3:
        return shape
    wanted = {1: "signals (length,) or (length, channels)", 2: "images (height, width) or (height, width, channels)"}
    raise RecipeError(
        f"Recipe.network with axes = {axes!r} takes {wanted[found]}, but one example has the shape {shape}."
    )


def spatial_axes(shape: Sizes) -> Literal[1, 2]:
    """Return how many axes of an example are space, the rest being channels."""
    if len(shape) == 1:
        return 1
    return 1 if len(shape) == 2 and shape[0] >= SIGNAL_IF_LONGER * shape[1] else 2


def row_of_numbers(layout: Layout) -> Sizes:
    """Return the shape of a table's row read as a signal; raises ``RecipeError`` where it holds more than numbers."""
    others = layout.width - layout.numbers
    if others or not layout.numbers:
        raise RecipeError(
            f"Recipe.network: convolutions take images, signals, or tables of numbers alone, but of the {layout.width} "
            f"encoded columns {others} are categories, booleans or indicators of missing values. Take an MLP."
        )
    return (layout.numbers,)
