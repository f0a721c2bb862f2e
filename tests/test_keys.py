"""The cheap generator is a proper generator: uniform, independent of order, accepted by jax.random."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from trainwell.keys import FAST, key_for, scramble


@pytest.fixture(scope="module")
def words() -> np.ndarray:
    return np.asarray(jax.random.bits(key_for(3, "test"), (200_000,)))


def test_scramble_is_one_to_one() -> None:
    counters = jnp.arange(1 << 16, dtype=jnp.uint32)
    assert len(np.unique(np.asarray(scramble(counters)))) == 1 << 16


def test_scramble_agrees_with_plain_integers() -> None:
    word = 123456789
    expected = word
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        expected = ((expected ^ (expected >> shift)) * factor) & 0xFFFFFFFF
    expected ^= expected >> 16
    assert int(scramble(jnp.uint32(word))) == expected


def test_words_are_uniform(words: np.ndarray) -> None:
    counts = np.bincount(words >> 24, minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_every_bit_is_fair(words: np.ndarray) -> None:
    share = [((words >> bit) & 1).mean() for bit in range(32)]
    assert np.abs(np.array(share) - 0.5).max() < 4.5 * 0.5 / np.sqrt(len(words))


def test_neighbours_are_uncorrelated(words: np.ndarray) -> None:
    numbers = words.astype(float)
    for lag in (1, 2, 64, 128):
        assert abs(np.corrcoef(numbers[:-lag], numbers[lag:])[0, 1]) < 4.5 / np.sqrt(len(words))


def test_children_differ_from_parent_and_each_other() -> None:
    parent = key_for(0, "layers")
    draws = [
        jax.random.bits(key, (1000,)) for key in (parent, *jax.random.split(parent, 3), jax.random.fold_in(parent, 0))
    ]
    for first in range(len(draws)):
        for second in range(first):
            assert int(jnp.sum(draws[first] == draws[second])) <= 1


def test_jax_random_accepts_the_generator() -> None:
    key = jax.random.key(0, impl=FAST)
    normal = np.asarray(jax.random.normal(key, (50_000,)))
    assert stats.kstest(normal, "norm").pvalue > 1e-3
    assert np.asarray(jax.random.bernoulli(key, 0.3, (50_000,))).mean() == pytest.approx(0.3, abs=0.01)


def test_streams_are_named() -> None:
    assert not bool((key_for(0, "shuffle") == key_for(1, "shuffle")).all())
    traced = jax.jit(lambda seed: jax.random.key_data(key_for(seed, "shuffle")))(5)
    assert (traced == jax.random.key_data(key_for(5, "shuffle"))).all()
