"""What every augmentation is: a random change of the training rows that leaves their labels alone.

An augmentation is a description; ``apply`` runs inside the compiled step with traced strengths, on encoded rows. A
strength of 0 changes nothing. Validation and prediction never see one.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import jax
from jax import Array

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.registry import Registry
from trainwell.specification import Specification


class Augmentation(Specification):
    """A random change of training rows. Subclasses register in :data:`AUGMENTATIONS`.

    Attributes:
        suits: whether it is made for ``"images"``, ``"tables"`` or ``"both"``.
    """

    suits: ClassVar[Literal["images", "tables", "both"]] = "both"

    def apply(self, key: Array, inputs: Array, layout: Layout) -> Array:
        """Return a batch of encoded rows ``(batch, width)``, changed at random.

        Args:
            key: of this step and this augmentation.
            inputs: encoded rows.
            layout: what one row looks like.
        """
        raise NotImplementedError

    def check(self, layout: Layout) -> None:
        """Raise ``RecipeError`` unless rows of this layout can be changed so."""
        kind = "tables" if layout.shape is None else "images"
        if self.suits not in ("both", kind):
            suited = ", ".join(name for name, member in AUGMENTATIONS.items() if member.suits in ("both", kind))
            raise RecipeError(
                f"Recipe.augmentation: {type(self).__name__} is for {self.suits}, but the examples are "
                f"{described(layout)}. For these: {suited}."
            )


class ImageAugmentation(Augmentation):
    """A random change of one image at a time; no augmentation itself."""

    suits = "images"

    def change(self, key: Array, image: Array) -> Array:
        """Return one image ``(height, width, channels)``, changed at random."""
        raise NotImplementedError

    def apply(self, key: Array, inputs: Array, layout: Layout) -> Array:
        assert layout.shape is not None
        height, width, *channels = layout.shape
        keys = jax.random.split(key, inputs.shape[0])
        images = inputs.reshape(-1, height, width, channels[0] if channels else 1)
        return jax.vmap(self.change)(keys, images).reshape(inputs.shape)

    def check(self, layout: Layout) -> None:
        super().check(layout)
        if layout.shape is not None and len(layout.shape) not in (2, 3):
            raise RecipeError(
                f"Recipe.augmentation: {type(self).__name__} needs images (height, width) or (height, width, channels)"
                f", but one example has the shape {layout.shape}; leave it out."
            )


AUGMENTATIONS: Registry[type[Augmentation]] = Registry("augmentation", "tw.augmentation")


def described(layout: Layout) -> str:
    """Say what the examples are.

    >>> described(Layout(numbers=3)), described(Layout(shape=(8, 8)))
    ('rows of a table', 'images of shape (8, 8)')
    """
    return "rows of a table" if layout.shape is None else f"images of shape {layout.shape}"


def listed(value: Any) -> Any:
    """Let a recipe name one augmentation without a list around it."""
    return value if isinstance(value, list | tuple) else (value,)
