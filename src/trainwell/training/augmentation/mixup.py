"""Mixup: rows blended with others, and their losses in the same shares."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.layout import Layout
from trainwell.specification import knob
from trainwell.training.augmentation.augmentation import AUGMENTATIONS, Augmentation
from trainwell.training.augmentation.rows import partners


class Blend(NamedTuple):
    """Whose label counts besides a row's own: ``partner (batch,)`` row numbers, ``share (batch,)`` of its own label."""

    partner: Array
    share: Array


def blended(inputs: Array, blend: Blend, layout: Layout) -> Array:
    """Return λx + (1−λ)x′; codes of categories, which have no between, come from the row of the larger share."""
    share = blend.share[:, None]
    mixed = share * inputs + (1 - share) * inputs[blend.partner]
    if not layout.cardinalities:
        return mixed
    first_code = layout.numbers + layout.dense
    chosen = jnp.where(share >= 0.5, inputs, inputs[blend.partner])
    return jnp.where(jnp.arange(inputs.shape[1]) < first_code, mixed, chosen)


@AUGMENTATIONS.register(
    "Mixup",
    formula="x ← λx + (1−λ)x′, loss ← λL(y) + (1−λ)L(y′), λ ~ Beta(α, α) once a batch",
    source="Zhang, Cisse, Dauphin & Lopez-Paz 2018, arXiv:1710.09412",
)
class Mixup(Augmentation):
    """Train on blends of two rows, each of whose labels counts by its share.

    Args:
        alpha: α; near 0 one of the two rows dominates, at 1 all shares are alike.
    """

    alpha: Annotated[float, Field(ge=0), knob(off=0.0)] = 0.2

    def blend(self, key: Array, count: int) -> Blend:
        """Draw with whom each of ``count`` rows is blended, and the share of its own."""
        pair_key, share_key = jax.random.split(key)
        alpha = jnp.maximum(self.alpha, 1e-6)
        share = jnp.where(jnp.asarray(self.alpha) > 0, jax.random.beta(share_key, alpha, alpha), 1.0)
        return Blend(partners(pair_key, count), jnp.full(count, share))

    def apply(self, key: Array, inputs: Array, layout: Layout) -> Array:
        return blended(inputs, self.blend(key, inputs.shape[0]), layout)
