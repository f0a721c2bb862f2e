"""Several augmentations one after another, each with a key of its own."""

from __future__ import annotations

from collections.abc import Sequence

import jax
from jax import Array

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.training.augmentation.augmentation import Augmentation
from trainwell.training.augmentation.mixup import Blend, Mixup, blended


def augment(
    augmentations: Sequence[Augmentation], key: Array, inputs: Array, layout: Layout
) -> tuple[Array, Blend | None]:
    """Return a batch after all augmentations in their order, and how labels are blended if Mixup is among them.

    Args:
        augmentations: a recipe's, in order.
        key: of this step.
        inputs: encoded rows ``(batch, width)``.
        layout: what one row looks like.
    """
    blend = None
    for position, augmentation in enumerate(augmentations):
        own = jax.random.fold_in(key, position)
        if isinstance(augmentation, Mixup):
            blend = augmentation.blend(own, inputs.shape[0])
            inputs = blended(inputs, blend, layout)
        else:
            inputs = augmentation.apply(own, inputs, layout)
    return inputs, blend


def refuse_unsuited(augmentations: Sequence[Augmentation], layout: Layout) -> None:
    """Raise ``RecipeError`` unless every augmentation suits rows of this layout and at most one blends labels."""
    for augmentation in augmentations:
        augmentation.check(layout)
    if sum(isinstance(augmentation, Mixup) for augmentation in augmentations) > 1:
        raise RecipeError("Recipe.augmentation holds Mixup twice, but a row is blended with one other; keep one.")
