"""The order of rows is a permutation, uniform, and serves any number of rows with one program."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trainwell.engine.shuffle import grid_for, shuffled
from trainwell.keys import key_for

LONGEST = 300
ORDER = jax.jit(lambda key, count: shuffled(key, jnp.arange(LONGEST) % count, count))


@settings(max_examples=60, deadline=None)
@given(count=st.integers(1, LONGEST), seed=st.integers(0, 2**31 - 1))
def test_every_row_comes_once(count: int, seed: int) -> None:
    order = np.asarray(ORDER(key_for(seed, "shuffle"), jnp.int32(count)))[:count]
    assert sorted(order) == list(range(count))


@pytest.mark.parametrize("count", [3, 7, 64])
def test_every_place_is_uniform(count: int) -> None:
    keys = jax.random.split(key_for(1, "shuffle"), 5000)
    orders = np.asarray(jax.jit(jax.vmap(lambda key: shuffled(key, jnp.arange(count), count)))(keys))
    for place in (0, count // 2, count - 1):
        assert stats.chisquare(np.bincount(orders[:, place], minlength=count)).pvalue > 1e-4


def test_large_counts_stay_inside() -> None:
    count = 1_000_003
    order = np.asarray(shuffled(key_for(0, "shuffle"), jnp.arange(count), jnp.uint32(count)))
    assert np.array_equal(np.sort(order), np.arange(count))


def test_grids_hold_all_rows_about_square_and_with_few_cells_to_spare() -> None:
    counts = np.arange(1, 30_000, 7, dtype=np.uint32)
    widths, heights = (np.asarray(side, np.int64) for side in jax.jit(jax.vmap(grid_for))(jnp.asarray(counts)))
    spare = widths * heights - counts
    assert spare.min() >= 0
    assert (widths <= 16 / 9 * heights + 3).all()
    assert np.mean(spare[counts > 1000]) < 4
