"""How columns enter a network: waves, vectors per category, and the order they come out in."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from tests.network.calls import KEY, over_batch, rows
from trainwell.layout import Layout
from trainwell.network import Periodic
from trainwell.network.embeddings import CategoryEmbedding, PeriodicEmbedding, TableInput, embedding_width


def waves(layer: PeriodicEmbedding, x: np.ndarray) -> np.ndarray:
    """Return ``[x, V cos(2π(fx + φ)) + c]`` column by column, in NumPy."""
    frequency, phase, weight, bias = (
        np.asarray(part, np.float64) for part in (layer.frequency, layer.phase, layer.weight, layer.bias)
    )
    columns = []
    for column, value in enumerate(x):
        wave = np.cos(2 * np.pi * (frequency[column] * value + phase[column]))
        columns.append([value, *(wave @ weight[column] + bias[column])])
    return np.concatenate(columns)


def test_periodic_embedding_is_a_small_fourier_series_per_column():
    layer = PeriodicEmbedding(3, Periodic(frequencies=5, width=4, deviation=1.0), key=KEY)
    for x in rows(4, 3):
        np.testing.assert_allclose(layer(x), waves(layer, x), atol=1e-5)


def test_periodic_embedding_draws_frequencies_of_the_deviation_asked_for():
    layer = PeriodicEmbedding(200, Periodic(frequencies=200, deviation=0.3), key=KEY)
    assert float(layer.frequency.std()) == pytest.approx(0.3, rel=0.03)
    assert float(jnp.abs(layer.phase).max()) <= 0.5
    assert float(jnp.abs(layer.weight).max()) <= 200**-0.5


def test_category_embedding_looks_its_code_up():
    table = CategoryEmbedding(4, 3, key=KEY)
    for code in range(4):
        np.testing.assert_array_equal(table(jnp.float32(code)), table.weight[code])
    many = CategoryEmbedding(1000, 100, key=KEY)
    assert float(many.weight.var()) == pytest.approx(1 / 100, rel=0.03)


LAYOUT = Layout(numbers=2, dense=3, cardinalities=(5, 9))
ROW = np.array([0.5, -1.0, 1.0, 0.0, 1.0, 4.0, 0.0], np.float32)


@pytest.mark.parametrize("periodic", [None, Periodic(width=4)], ids=["plain", "waves"])
def test_a_row_comes_out_as_numbers_then_dense_then_categories(periodic):
    entry = TableInput(LAYOUT, periodic, key=KEY)
    numbers = ROW[:2] if periodic is None else waves(entry.numbers, ROW[:2])
    first, second = entry.categories
    expected = np.concatenate([numbers, ROW[2:5], first.weight[4], second.weight[0]])
    out, _ = entry(jnp.asarray(ROW), None)
    np.testing.assert_allclose(out, expected, atol=1e-5)
    assert entry.width == out.size
    assert entry.width == (2 if periodic is None else 8) + 3 + embedding_width(5) + embedding_width(9)


def test_images_and_signals_are_laid_out_flat():
    entry = TableInput(Layout(shape=(4, 5)), Periodic(), key=KEY)
    x = rows(3, 4, 5)
    np.testing.assert_array_equal(over_batch(entry, x)[0], x.reshape(3, 20))
    assert entry.width == 20


def test_without_numbers_nothing_is_embedded():
    assert TableInput(Layout(dense=3), Periodic(), key=KEY).numbers is None
