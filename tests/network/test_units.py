"""Learned slopes, noise, embeddings, the max norm, residual blocks, sparsity: each against its formula."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.errors import RecipeError
from trainwell.network import Stack
from trainwell.network.layers import (
    Activation,
    BatchNormalization,
    Embedding,
    GaussianNoise,
    LayerNormalization,
    Linear,
    MaxNorm,
    PReLU,
    Residual,
    Sparsity,
    charges,
    constrained,
    has_constraint,
    split_parameters,
)


def test_prelu_is_its_formula_with_a_slope_per_feature():
    layer = eqx.tree_at(lambda own: own.alpha, PReLU(3), jnp.array([0.1, 0.2, -0.5]))
    x = rows(4, 2, 3)
    expected = np.maximum(x, 0) + np.array([0.1, 0.2, -0.5]) * np.minimum(x, 0)
    np.testing.assert_allclose(over_batch(layer, x)[0], expected, rtol=1e-6)
    assert jax.tree.leaves(split_parameters(PReLU(3))[0])[0].shape == (3,)


def test_the_slope_learns_from_what_is_negative():
    gradient = jax.grad(lambda layer, x: layer(x, None)[0].sum())(PReLU(2), jnp.array([-3.0, 4.0]))
    np.testing.assert_allclose(gradient.alpha, [-3.0, 0.0])


def test_gaussian_noise_has_its_moments_and_is_off_at_prediction():
    x = np.full((200, 500), 2.0, np.float32)
    out = np.asarray(over_batch(GaussianNoise(0.3), x, key=KEY)[0], np.float64)
    assert out.mean() == pytest.approx(2, abs=4 * 0.3 / out.size**0.5)
    assert out.std() == pytest.approx(0.3, rel=0.01)
    assert abs(np.mean((out - 2) ** 3)) < 4 * 0.3**3 * (15 / out.size) ** 0.5
    np.testing.assert_array_equal(predicted(GaussianNoise(0.3), x), x)
    np.testing.assert_array_equal(over_batch(GaussianNoise(0.3), x)[0], x)


def test_embedding_looks_its_codes_up_and_draws_vectors_of_length_one():
    layer = Embedding(1000, 100, key=KEY)
    codes = np.array([[0, 3], [999, 3]])
    np.testing.assert_array_equal(over_batch(layer, codes.astype(np.float32))[0], np.asarray(layer.weight)[codes])
    assert float(layer.weight.var()) == pytest.approx(1 / 100, rel=0.03)
    np.testing.assert_array_equal(layer(jnp.array([5000.0]), None)[0][0], layer.weight[999])


def test_the_max_norm_shortens_what_is_too_long_and_nothing_else():
    network = Stack(
        [
            ("held", MaxNorm(Linear(5, 40, initializer="he_normal", scale=1.0, key=KEY), 1.5)),
            ("free", Linear(40, 2, initializer="he_normal", scale=9.0, key=KEY)),
        ]
    )
    before, after = (np.asarray(each.layers[0].layer.weight) for each in (network, constrained(network)))
    lengths = np.linalg.norm(before, axis=1, keepdims=True)
    assert (lengths > 1.5).any()
    assert (lengths < 1.5).any()
    np.testing.assert_allclose(after, before * np.minimum(1, 1.5 / lengths), rtol=1e-5)
    np.testing.assert_array_equal(constrained(network).layers[1].weight, network.layers[1].weight)
    assert has_constraint(split_parameters(network)[0])
    assert not has_constraint(Stack([("free", network.layers[1])]))
    x = rows(3, 5)
    np.testing.assert_allclose(over_batch(network.layers[0], x)[0], x @ before.T, atol=1e-4)


def test_a_residual_block_adds_its_input():
    linear, x = Linear(4, 4, initializer="he_normal", key=KEY), rows(5, 4)
    block = Residual(Stack([("linear", linear), ("bend", Activation("tanh"))]))
    np.testing.assert_allclose(over_batch(block, x)[0], x + np.tanh(x @ np.asarray(linear.weight).T), atol=1e-5)


def test_sparsity_charges_by_its_formulas_and_only_while_training():
    x = np.random.default_rng(0).uniform(0.05, 0.95, (64, 7)).astype(np.float32)
    mean = x.mean(0).astype(np.float64)
    divergence = 0.1 * np.log(0.1 / mean) + 0.9 * np.log(0.9 / (1 - mean))
    for measure, expected in (("kl", 2 * divergence.sum()), ("l1", 2 * mean.sum())):
        layer, state = eqx.nn.make_with_state(Sparsity)(measure, 2.0, target=0.1)
        assert float(charges(layer, state)[0]) == 0
        np.testing.assert_array_equal(predicted(layer, x, state), x)
        out, renewed = over_batch(layer, x, state)
        np.testing.assert_array_equal(out, x)
        assert float(charges(layer, renewed)[0]) == pytest.approx(expected, rel=1e-4)
    assert charges(Linear(2, 2, initializer="zeros", key=KEY), None) == []


def test_the_charge_pulls_activations_towards_the_target():
    layer, state = eqx.nn.make_with_state(Sparsity)("kl", 1.0, target=0.2)

    def charge(x):
        return charges(layer, over_batch(layer, x, state)[1])[0]

    gradient = jax.grad(charge)(jnp.full((4, 1), 0.5))
    np.testing.assert_allclose(gradient, (-0.2 / 0.5 + 0.8 / 0.5) / 4, rtol=1e-5)


def test_batch_normalization_of_images_takes_statistics_per_channel():
    layer, state = eqx.nn.make_with_state(BatchNormalization)(3, momentum=0.5)
    x = rows(6, 4, 5, 3) * np.array([1, 2, 3], np.float32) + 7
    out, renewed = over_batch(layer, x, state)
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    np.testing.assert_allclose(out, (x - mean) / np.sqrt(variance + 1e-5), atol=1e-4)
    np.testing.assert_allclose(renewed.get(layer.running)[0], 0.5 * mean, rtol=1e-4)
    np.testing.assert_allclose(renewed.get(layer.running)[1], 0.5 + 0.5 * variance, rtol=1e-4)


def test_layer_normalization_of_images_takes_all_entries_of_an_example():
    x = rows(3, 4, 5, 2)
    mean, variance = (getattr(x, name)((1, 2, 3), keepdims=True) for name in ("mean", "var"))
    np.testing.assert_allclose(
        over_batch(LayerNormalization(2), x)[0], (x - mean) / np.sqrt(variance + 1e-5), atol=1e-4
    )


def test_batch_normalization_refuses_a_batch_of_one_row_in_training_alone():
    layer, state = eqx.nn.make_with_state(BatchNormalization)(3)
    with pytest.raises(RecipeError, match="batch normalization needs batches of 2 rows or more, but got 1"):
        over_batch(layer, rows(1, 3), state)
    assert predicted(layer, rows(1, 3), state).shape == (1, 3)
