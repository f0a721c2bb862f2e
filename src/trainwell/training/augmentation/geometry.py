"""Images moved, cut, turned and mirrored, their size kept."""

from __future__ import annotations

from typing import Annotated, Literal

import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.augmentation.augmentation import AUGMENTATIONS, ImageAugmentation

Fill = Literal["edge", "zero"]
Chance = Annotated[float, Field(ge=0, le=1), knob(off=0.0)]


def flip(image: Array, horizontal: Array, vertical: Array) -> Array:
    """Return an image ``(height, width, channels)`` mirrored left to right and upside down, where these are true."""
    image = jnp.where(horizontal, image[:, ::-1], image)
    return jnp.where(vertical, image[::-1], image)


def shift(image: Array, down: Array, right: Array, fill: Fill = "edge") -> Array:
    """Return an image moved by whole pixels; what comes in is the edge repeated, or zeros.

    >>> shift(jnp.arange(3.0).reshape(1, 3, 1), 0, 1).ravel().tolist()
    [0.0, 0.0, 1.0]
    """
    height, width, _ = image.shape
    rows, columns = jnp.arange(height) - down, jnp.arange(width) - right
    moved = image[jnp.clip(rows, 0, height - 1)][:, jnp.clip(columns, 0, width - 1)]
    if fill == "edge":
        return moved
    inside = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return jnp.where(inside[..., None], moved, 0.0)


def rotate(image: Array, angle: Array, fill: Fill = "edge") -> Array:
    """Return an image turned about its centre by ``angle`` radians against the clock, between pixels bilinear."""
    height, width, _ = image.shape
    down = jnp.arange(height)[:, None] - (height - 1) / 2
    right = jnp.arange(width)[None, :] - (width - 1) / 2
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    rows = cosine * down + sine * right + (height - 1) / 2
    columns = cosine * right - sine * down + (width - 1) / 2
    return sample(image, rows, columns, fill)


def sample(image: Array, rows: Array, columns: Array, fill: Fill) -> Array:
    """Return the image at fractional places ``(height, width)``, bilinear between the four pixels around each."""
    height, width, _ = image.shape
    top, left = jnp.floor(rows), jnp.floor(columns)
    result = jnp.zeros_like(image)
    for below in (0, 1):
        for beside in (0, 1):
            row, column = top + below, left + beside
            weight = (1 - jnp.abs(rows - row)) * (1 - jnp.abs(columns - column))
            if fill == "zero":
                weight = jnp.where((row >= 0) & (row < height) & (column >= 0) & (column < width), weight, 0.0)
            at = jnp.clip(row, 0, height - 1).astype(jnp.int32), jnp.clip(column, 0, width - 1).astype(jnp.int32)
            result += weight[..., None] * image[at]
    return result


@AUGMENTATIONS.register(
    "Flip",
    formula="mirror left to right with probability p_h, upside down with probability p_v",
    source="Krizhevsky, Sutskever & Hinton 2012",
)
class Flip(ImageAugmentation):
    """Mirror images at random. Not for digits and letters, whose meaning it changes.

    Args:
        horizontal: probability of mirroring left to right.
        vertical: probability of mirroring upside down.

    >>> Flip().horizontal
    0.5
    """

    horizontal: Chance = 0.5
    vertical: Chance = 0.0

    def change(self, key: Array, image: Array) -> Array:
        """Mirror one image."""
        across, over = jax.random.uniform(key, (2,))
        return flip(image, across < self.horizontal, over < self.vertical)


@AUGMENTATIONS.register(
    "Shift",
    formula="move by whole pixels, uniform in ±f of each side",
    source="Simard, Steinkraus & Platt 2003",
)
class Shift(ImageAugmentation):
    """Move images at random by whole pixels.

    Args:
        fraction: f, the farthest way as a share of the side.
        fill: what comes in: ``"edge"`` repeats the border, ``"zero"`` is 0 (black, for 8-bit images).
    """

    fraction: Annotated[float, Field(ge=0, le=1), knob(off=0.0)] = 0.1
    fill: Fill = "edge"

    def change(self, key: Array, image: Array) -> Array:
        """Move one image."""
        sides = jnp.array(image.shape[:2])
        way = jnp.round(jax.random.uniform(key, (2,), minval=-1.0, maxval=1.0) * self.fraction * sides)
        down, right = way.astype(jnp.int32)
        return shift(image, down, right, self.fill)


@AUGMENTATIONS.register(
    "Crop",
    formula="pad every side by p pixels, cut out a window of the image's size anywhere",
    source="He, Zhang, Ren & Sun 2016, arXiv:1512.03385",
)
class Crop(ImageAugmentation):
    """Pad images and cut a window of their own size out of them, at a random place.

    Args:
        padding: p, pixels added to every side.
        fill: what is added: ``"zero"`` is 0 (black, for 8-bit images), ``"edge"`` repeats the border.
    """

    padding: Annotated[int, Field(ge=0), knob(off=0)] = 4
    fill: Fill = "zero"

    def change(self, key: Array, image: Array) -> Array:
        """Cut one window out."""
        chosen = jnp.floor(jax.random.uniform(key, (2,)) * (2 * self.padding + 1)).astype(jnp.int32)
        down, right = self.padding - jnp.minimum(chosen, 2 * self.padding)
        return shift(image, down, right, self.fill)


@AUGMENTATIONS.register(
    "Rotation",
    formula="turn about the centre by an angle uniform in ±a, bilinear",
    source="Simard, Steinkraus & Platt 2003",
)
class Rotation(ImageAugmentation):
    """Turn images at random about their centre.

    Args:
        degrees: a, the largest angle, in degrees.
        fill: what comes in at the corners: ``"edge"`` repeats the border, ``"zero"`` is 0.
    """

    degrees: Annotated[float, Field(ge=0, le=180), knob(off=0.0)] = 10.0
    fill: Fill = "edge"

    def change(self, key: Array, image: Array) -> Array:
        """Turn one image."""
        angle = jax.random.uniform(key, (), minval=-1.0, maxval=1.0) * jnp.deg2rad(self.degrees)
        return rotate(image, angle, self.fill)
