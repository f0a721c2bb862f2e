"""Products made plain give what they gave before, and the compiled step holds the copies that make them so."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.engine.products import with_plain_products

SIZES = st.integers(1, 7)


def loss(weights, x):
    for weight in weights:
        x = jnp.tanh(jax.vmap(lambda row, weight=weight: weight @ row)(x))
    return jnp.sum(jnp.square(x)), x


@settings(deadline=None, max_examples=6)
@given(rows=SIZES, widths=st.lists(SIZES, min_size=2, max_size=4))
def test_gradients_are_those_of_the_function_as_it_was(rows: int, widths: list[int]) -> None:
    keys = jax.random.split(jax.random.key(rows), len(widths))
    weights = [
        jax.random.normal(key, (after, before)) for key, before, after in zip(keys, widths, widths[1:], strict=False)
    ]
    x = jax.random.normal(keys[-1], (rows, widths[0]))
    gradient = jax.grad(loss, has_aux=True)
    (wanted, outputs), (found, given_back) = gradient(weights, x), with_plain_products(gradient)(weights, x)
    for one, other in zip(jax.tree.leaves(wanted), jax.tree.leaves(found), strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)
    np.testing.assert_array_equal(outputs, given_back)


def test_what_a_function_closes_over_may_be_traced() -> None:
    def scaled(factor):
        return with_plain_products(lambda x, g: factor * (g.T @ x))(jnp.ones((4, 2)), jnp.ones((4, 3)))

    assert jax.jit(scaled)(2.0).tolist() == [[8.0, 8.0]] * 3


def test_lanes_hold_as_well() -> None:
    x, g = jnp.arange(24.0).reshape(3, 4, 2), jnp.ones((3, 4, 3))
    found = jax.vmap(with_plain_products(lambda x, g: g.T @ x))(x, g)
    np.testing.assert_allclose(found, jnp.einsum("nrg,nrx->ngx", g, x))


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="only there are products made plain")
def test_the_transpose_is_copied_before_the_product() -> None:
    x, g = jnp.ones((64, 32)), jnp.ones((64, 48))
    text = jax.jit(with_plain_products(lambda x, g: g.T @ (2 * x))).lower(x, g).compile().as_text()
    assert "lhs_contracting_dims={1}" in text
    merged = jax.jit(lambda x, g: g.T @ (2 * x)).lower(x, g).compile().as_text()
    assert "lhs_contracting_dims={0}" in merged


@settings(deadline=None, max_examples=6)
@given(batch=SIZES, places=SIZES, inputs=SIZES, outputs=SIZES)
def test_sums_over_places_are_what_they_were(batch: int, places: int, inputs: int, outputs: int) -> None:
    keys = jax.random.split(jax.random.key(batch), 2)
    x, w = jax.random.normal(keys[0], (batch, places, inputs)), jax.random.normal(keys[1], (inputs, outputs))
    gradient = jax.grad(lambda w, x: jnp.sum(jnp.sin(x @ w)))
    np.testing.assert_allclose(with_plain_products(gradient)(w, x), gradient(w, x), rtol=2e-5, atol=1e-5)


def test_a_sum_over_places_is_divided_into_parts_of_the_batch() -> None:
    x, g = jnp.ones((12, 5, 3)), jnp.ones((12, 5, 2))
    product = with_plain_products(lambda x, g: jnp.einsum("rpi,rpo->io", x, g))
    assert "f32[4,15,3]" in str(jax.make_jaxpr(product)(x, g))
    np.testing.assert_array_equal(product(x, g), jnp.full((3, 2), 60.0))
