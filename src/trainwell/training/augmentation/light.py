"""Images made brighter or darker, flatter or stronger, of another tint, or partly covered; nothing moves."""

from __future__ import annotations

from typing import Annotated

import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.specification import knob
from trainwell.training.augmentation.augmentation import AUGMENTATIONS, ImageAugmentation

Amount = Annotated[float, Field(ge=0), knob(off=0.0)]


def contrasted(image: Array, factor: Array) -> Array:
    """Return an image whose distances from its mean are multiplied by ``factor``."""
    mean = jnp.mean(image)
    return mean + factor * (image - mean)


def covered(image: Array, row: Array, column: Array, side: Array) -> Array:
    """Return an image with zeros in the square of ``side`` pixels around a place; it may reach beyond the edge."""
    height, width, _ = image.shape

    def near(pixels: Array, centre: Array) -> Array:
        first = centre - side // 2
        return (pixels >= first) & (pixels < first + side)

    near_row, near_column = near(jnp.arange(height), row), near(jnp.arange(width), column)
    return jnp.where((near_row[:, None] & near_column)[..., None], 0.0, image)


@AUGMENTATIONS.register("Brightness", formula="x + δ, δ uniform in ±a, one δ an image", source="Howard 2013")
class Brightness(ImageAugmentation):
    """Make whole images brighter or darker at random.

    Args:
        amount: a, the largest change, in encoded units (8-bit images reach from 0 to 1).
    """

    amount: Amount = 0.2

    def change(self, key: Array, image: Array) -> Array:
        """Brighten or darken one image."""
        return image + self.amount * jax.random.uniform(key, (), minval=-1.0, maxval=1.0)


@AUGMENTATIONS.register(
    "Contrast", formula="μ + (1 + δ)(x − μ), δ uniform in ±a, μ the image's mean", source="Howard 2013"
)
class Contrast(ImageAugmentation):
    """Make the contrast of images stronger or weaker at random.

    Args:
        amount: a, the largest share by which distances from the image's mean grow or shrink.
    """

    amount: Annotated[float, Field(ge=0, le=1), knob(off=0.0)] = 0.2

    def change(self, key: Array, image: Array) -> Array:
        """Change the contrast of one image."""
        return contrasted(image, 1 + self.amount * jax.random.uniform(key, (), minval=-1.0, maxval=1.0))


@AUGMENTATIONS.register(
    "ColourShift", formula="x_c + δ_c, δ_c uniform in ±a, one a channel", source="Krizhevsky, Sutskever & Hinton 2012"
)
class ColourShift(ImageAugmentation):
    """Change the tint of colour images: every channel is made brighter or darker on its own.

    Args:
        amount: a, the largest change of a channel, in encoded units.
    """

    amount: Amount = 0.1

    def change(self, key: Array, image: Array) -> Array:
        """Change the tint of one image."""
        return image + self.amount * jax.random.uniform(key, (image.shape[2],), minval=-1.0, maxval=1.0)

    def check(self, layout: Layout) -> None:
        super().check(layout)
        if layout.shape is not None and (len(layout.shape) < 3 or layout.shape[2] < 2):
            raise RecipeError(
                f"Recipe.augmentation: ColourShift needs colour images (height, width, channels), but one has the "
                f"shape {layout.shape}; for one channel it is Brightness."
            )


@AUGMENTATIONS.register(
    "Cutout",
    formula="zeros in a square of side s·min(height, width), its centre anywhere",
    source="DeVries & Taylor 2017, arXiv:1708.04552",
)
class Cutout(ImageAugmentation):
    """Cover a square of each image with zeros, at a random place; it may lie partly outside.

    Args:
        size: s, the square's side as a share of the shorter side of the image.
    """

    size: Annotated[float, Field(ge=0, le=1), knob(off=0.0)] = 0.25

    def change(self, key: Array, image: Array) -> Array:
        """Cover a square of one image."""
        height, width, _ = image.shape
        row, column = jnp.floor(jax.random.uniform(key, (2,)) * jnp.array([height, width]))
        return covered(image, row, column, jnp.round(self.size * min(height, width)))
