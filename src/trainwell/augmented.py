"""What augmentation makes of a few training images, as plain data for the report; tables have no picture."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.data import Dataset
from trainwell.keys import key_for
from trainwell.model import Model
from trainwell.training.augmentation import augment

IMAGES, SAMPLES = 5, 9
#: Pixels along a side of an image in the picture, at most.
LARGEST = 48


def augmented_samples(model: Model, data: Dataset) -> dict[str, Any]:
    """Return training images beside augmented copies under ``"augmentation"``; nothing where there are none.

    The images are :data:`IMAGES` rows, each an original and :data:`SAMPLES` draws, ``(height, width[, channels])``
    nested lists of encoded values; ``names`` says which augmentations made them.
    """
    recipe, layout = model.recipe, model.encoder.layout
    if not recipe.augmentation or layout.shape is None or data.array is None:
        return {}
    chosen = data.parts.train[np.linspace(0, len(data.parts.train) - 1, IMAGES).astype(int)]
    originals = jnp.asarray(model.encoder.transform(data.array[chosen]))
    key = key_for(recipe.seed, "augmented samples")
    draw = jax.jit(jax.vmap(lambda own: augment(recipe.augmentation, own, originals, layout)[0], out_axes=1))
    drawn = draw(jax.random.split(key, SAMPLES))
    rows = np.concatenate([originals[:, None], drawn], axis=1).reshape(IMAGES, SAMPLES + 1, *layout.shape)
    stride = -(-max(layout.shape[:2]) // LARGEST)
    thinned = np.asarray(rows[:, :, ::stride, ::stride], np.float64).round(3)
    names = [type(augmentation).__name__ for augmentation in recipe.augmentation]
    return {"augmentation": {"names": names, "images": thinned.tolist()}}
