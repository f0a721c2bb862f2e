"""Changes that need no picture: noise on the numbers, and values swapped between rows."""

from __future__ import annotations

from typing import Annotated

import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.layout import Layout
from trainwell.specification import knob
from trainwell.training.augmentation.augmentation import AUGMENTATIONS, Augmentation


def partners(key: Array, count: int) -> Array:
    """Pair the rows of a batch at random: i with (s − i) mod ``count``, s drawn; pairs are mutual.

    >>> pairs = partners(jax.random.key(0), 6)
    >>> bool((pairs[pairs] == jnp.arange(6)).all())
    True
    """
    return (jax.random.randint(key, (), 0, count) - jnp.arange(count)) % count


def swapped(key: Array, inputs: Array, probability: Array) -> Array:
    """Return a batch in which pairs of rows exchange entries; every column keeps exactly the values it has."""
    pair_key, entry_key = jax.random.split(key)
    partner = partners(pair_key, inputs.shape[0])
    drawn = jax.random.uniform(entry_key, inputs.shape)
    exchanged = drawn[jnp.minimum(partner, jnp.arange(inputs.shape[0]))] < probability
    return jnp.where(exchanged, inputs[partner], inputs)


@AUGMENTATIONS.register("Noise", formula="x + ε, ε ~ N(0, d²), one draw an entry", source="Bishop 1995")
class Noise(Augmentation):
    """Add Gaussian noise to every number of a row, or to every pixel; categories and yes/no columns stay.

    Args:
        deviation: d, in encoded units: of a column about its standard deviation, of an 8-bit image its whole range.
    """

    deviation: Annotated[float, Field(ge=0), knob(off=0.0)] = 0.1

    def apply(self, key: Array, inputs: Array, layout: Layout) -> Array:
        noise = self.deviation * jax.random.normal(key, inputs.shape, inputs.dtype)
        numbers = layout.width if layout.shape is not None else layout.numbers
        return inputs + jnp.where(jnp.arange(inputs.shape[1]) < numbers, noise, 0.0)


@AUGMENTATIONS.register(
    "Swap",
    formula="rows of a batch paired at random exchange each column with probability p",
    source="Yoon et al. 2020 (VIME); Bahri et al. 2022 (SCARF)",
)
class Swap(Augmentation):
    """Exchange values of the same column between pairs of rows; every column keeps its values, rows keep their labels.

    Args:
        probability: p, of a column being exchanged.
    """

    suits = "tables"

    probability: Annotated[float, Field(ge=0, le=1), knob(off=0.0)] = 0.1

    def apply(self, key: Array, inputs: Array, layout: Layout) -> Array:
        return swapped(key, inputs, self.probability)  # type: ignore[arg-type]
