"""Cosine and sine of turns against NumPy in float64."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from trainwell.network.turns import cosine_of_turns, sine_of_turns

HALF_A_STEP = 2.0**-24
FINITE = st.floats(-1e6, 1e6, width=32)


@settings(deadline=None)
@given(arrays.arrays(np.float32, 64, elements=FINITE))
def test_cosine_is_right_to_the_last_places(turns):
    exact = np.cos(2 * np.pi * np.remainder(turns.astype(np.float64), 1.0))
    assert np.abs(np.asarray(cosine_of_turns(jnp.asarray(turns))) - exact).max() <= 6 * HALF_A_STEP


def test_both_are_right_all_around():
    turns = np.linspace(-2, 2, 100_001).astype(np.float32)
    for ours, theirs in ((cosine_of_turns, np.cos), (sine_of_turns, np.sin)):
        exact = theirs(2 * np.pi * turns.astype(np.float64))
        assert np.abs(np.asarray(ours(jnp.asarray(turns))) - exact).max() <= 8 * HALF_A_STEP


def test_derivatives_of_every_order():
    def of(order):
        function = cosine_of_turns
        for _ in range(order):
            function = jax.grad(function)
        return jax.vmap(function)

    turns = np.linspace(-0.9, 0.9, 37).astype(np.float32)
    for order in range(4):
        exact = (2 * np.pi) ** order * np.cos(2 * np.pi * turns.astype(np.float64) + order * np.pi / 2)
        np.testing.assert_allclose(of(order)(jnp.asarray(turns)), exact, atol=2e-6 * (2 * np.pi) ** order)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float16, jnp.float32])
def test_the_precision_is_kept(dtype):
    found = cosine_of_turns(jnp.asarray([0.0, 0.5, 1.25], dtype))
    assert found.dtype == dtype
    np.testing.assert_allclose(found.astype(jnp.float32), [1, -1, 0], atol=0.01)


def test_what_is_not_finite_stays_so():
    assert np.isnan(cosine_of_turns(jnp.asarray([jnp.inf, jnp.nan]))).all()


def test_double_precision_is_kept():
    with jax.enable_x64(True):
        turns = jnp.asarray(np.linspace(-3, 3, 1001))
        np.testing.assert_allclose(cosine_of_turns(turns), np.cos(2 * np.pi * np.linspace(-3, 3, 1001)), atol=1e-14)
