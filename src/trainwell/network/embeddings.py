"""How the columns of a table enter a network: numbers as waves, many-valued categories as learned vectors."""

from __future__ import annotations

from typing import Annotated

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array
from pydantic import Field

from trainwell.layout import Layout
from trainwell.network.turns import cosine_of_turns
from trainwell.specification import Specification, knob


class Periodic(Specification):
    """Embed each number x as ``[x, V cos(2π(fx + φ)) + c]``: a small learned Fourier series per column.

    Args:
        frequencies: number of waves per column.
        width: entries per column that come out, x itself among them.
        deviation: standard deviation of the frequencies at the start; larger resolves finer steps.

    References: Y. Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022;
    D. Holzmüller et al., "Better by Default" (PBLD), NeurIPS 2024.
    """

    frequencies: Annotated[int, Field(ge=1)] = 16
    width: Annotated[int, Field(ge=2)] = 4
    deviation: Annotated[float, Field(gt=0), knob()] = 0.1


class PeriodicEmbedding(eqx.Module):
    """The layer that :class:`Periodic` describes, for ``(columns,)`` numbers, giving ``(columns · width,)``."""

    frequency: Array
    phase: Array
    weight: Array
    bias: Array

    def __init__(self, columns: int, specification: Periodic, *, key: Array):
        waves, width = specification.frequencies, specification.width - 1
        frequency_key, phase_key, weight_key, bias_key = jax.random.split(key, 4)
        bound = waves**-0.5
        self.frequency = specification.deviation * jax.random.normal(frequency_key, (columns, waves))
        self.phase = jax.random.uniform(phase_key, (columns, waves), minval=-0.5, maxval=0.5)
        self.weight = jax.random.uniform(weight_key, (columns, waves, width), minval=-bound, maxval=bound)
        self.bias = jax.random.uniform(bias_key, (columns, width), minval=-bound, maxval=bound)

    def __call__(self, x: Array) -> Array:
        waves = cosine_of_turns(self.frequency * x[:, None] + self.phase)
        learned = jnp.einsum("cw,cwo->co", waves, self.weight) + self.bias
        return jnp.concatenate([x[:, None], learned], axis=1).ravel()


class CategoryEmbedding(eqx.Module):
    """A learned vector per category; ``code`` 0 is the vector for unknown and missing."""

    weight: Array

    def __init__(self, cardinality: int, width: int, *, key: Array):
        self.weight = jax.random.normal(key, (cardinality, width)) * width**-0.5

    def __call__(self, code: Array) -> Array:
        return self.weight[code.astype(jnp.int32)]


def embedding_width(cardinality: int) -> int:
    """Return the customary width for a category of that many values: ``min(50, ⌈1.6 · n^0.56⌉)``.

    >>> embedding_width(2), embedding_width(100), embedding_width(10_000)
    (3, 22, 50)
    """
    return min(50, -int(-1.6 * cardinality**0.56 // 1))


class TableInput(eqx.Module):
    """The first layer of every network for tables: an encoded row in, one flat vector of features out."""

    numbers: PeriodicEmbedding | None
    categories: tuple[CategoryEmbedding, ...]
    layout: Layout = eqx.field(static=True)

    def __init__(self, layout: Layout, periodic: Periodic | None, *, key: Array):
        number_key, category_key = jax.random.split(key)
        self.numbers = None
        if periodic is not None and layout.numbers > 0:
            self.numbers = PeriodicEmbedding(layout.numbers, periodic, key=number_key)
        keys = jax.random.split(category_key, max(len(layout.cardinalities), 1))
        self.categories = tuple(
            CategoryEmbedding(size, embedding_width(size), key=own)
            for size, own in zip(layout.cardinalities, keys, strict=False)
        )
        self.layout = layout

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        if self.layout.shape is not None:
            return x.ravel(), state
        first_code = self.layout.numbers + self.layout.dense
        numbers, dense = x[: self.layout.numbers], x[self.layout.numbers : first_code]
        parts = [numbers if self.numbers is None else self.numbers(numbers), dense]
        parts += [table(x[first_code + at]) for at, table in enumerate(self.categories)]
        return jnp.concatenate(parts), state

    @property
    def width(self) -> int:
        """The number of features that come out."""
        if self.layout.shape is not None:
            return self.layout.width
        numbers = (
            self.layout.numbers
            if self.numbers is None
            else self.numbers.bias.shape[0] * (self.numbers.bias.shape[1] + 1)
        )
        return numbers + self.layout.dense + sum(table.weight.shape[1] for table in self.categories)
