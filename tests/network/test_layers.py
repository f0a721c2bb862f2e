"""Layers against NumPy, and their gradients against differences."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.functions.activations import ACTIVATIONS
from trainwell.network import Periodic, Stack
from trainwell.network.embeddings import CategoryEmbedding, PeriodicEmbedding
from trainwell.network.layers import (
    Activation,
    BatchNormalization,
    Dropout,
    Flatten,
    LayerNormalization,
    Linear,
    split_parameters,
)


def test_linear_is_a_matrix_times_a_vector_plus_a_bias():
    layer = eqx.tree_at(lambda own: own.bias, Linear(3, 2, initializer="he_normal", key=KEY), jnp.array([1.0, -2.0]))
    x = rows(5, 3)
    np.testing.assert_allclose(over_batch(layer, x)[0], x @ np.asarray(layer.weight).T + [1.0, -2.0], rtol=1e-5)


def test_linear_scale_multiplies_the_weights_drawn():
    plain, doubled = (Linear(3, 2, initializer="he_normal", scale=scale, key=KEY) for scale in (1.0, 2.0))
    np.testing.assert_allclose(doubled.weight, 2 * plain.weight)
    assert not plain.bias.any()


def test_activation_and_flatten():
    x = rows(4, 2, 3)
    np.testing.assert_allclose(over_batch(Activation("tanh"), x)[0], np.tanh(x), rtol=1e-5)
    np.testing.assert_array_equal(over_batch(Flatten(), x)[0], x.reshape(4, 6))


RATE, EXAMPLES, UNITS = 0.3, 400, 500


def test_dropout_drops_its_rate_and_keeps_the_mean():
    out = np.asarray(over_batch(Dropout(RATE), np.ones((EXAMPLES, UNITS), np.float32), key=KEY)[0])
    deviation = np.sqrt(RATE * (1 - RATE) / out.size)
    assert abs((out == 0).mean() - RATE) < 4 * deviation
    assert abs(out.mean() - 1) < 4 * deviation / (1 - RATE)
    np.testing.assert_allclose(out[out != 0], 1 / (1 - RATE), rtol=1e-6)


def test_dropout_draws_anew_for_every_example_layer_and_step():
    ones = np.ones((2, UNITS), np.float32)
    alone = Stack([("dropout", Dropout(0.5))])
    mask = over_batch(alone, ones, key=KEY)[0] > 0
    next_step = over_batch(alone, ones, key=jax.random.fold_in(KEY, 1))[0] > 0
    next_layer = over_batch(Stack([("flatten", Flatten()), ("dropout", Dropout(0.5))]), ones, key=KEY)[0] > 0
    for other in (mask[::-1], next_step, next_layer):
        assert abs(float((mask == other).mean()) - 0.5) < 4 * 0.5 / UNITS**0.5
    np.testing.assert_array_equal(mask, over_batch(alone, ones, key=KEY)[0] > 0)


def test_dropout_is_off_at_prediction_and_without_a_key():
    x = rows(3, 4)
    np.testing.assert_array_equal(predicted(Dropout(RATE), x), x)
    np.testing.assert_array_equal(over_batch(Dropout(RATE), x)[0], x)


def test_dropout_takes_a_traced_rate_and_training_leaves_it_alone():
    traces = []

    @jax.jit
    def share_dropped(rate):
        traces.append(1)
        return jnp.mean(over_batch(Dropout(rate), jnp.ones((EXAMPLES, UNITS)), key=KEY)[0] == 0)

    for rate in (0.0, 0.2, 0.9):
        assert float(share_dropped(rate)) == pytest.approx(rate, abs=0.005)
    assert len(traces) == 1
    assert not jax.tree.leaves(split_parameters(Dropout(jnp.array(0.5)))[0])


def with_scale_and_shift(layer):
    features = len(layer.scale)
    values = jnp.linspace(0.5, 2.0, features), jnp.linspace(-1.0, 1.0, features)
    return eqx.tree_at(lambda own: (own.scale, own.shift), layer, values)


def test_batch_normalization_uses_and_keeps_statistics():
    layer, state = eqx.nn.make_with_state(BatchNormalization)(4, momentum=0.8)
    layer, x = with_scale_and_shift(layer), 3 * rows(64, 4) + 5
    mean, variance = x.mean(0), x.var(0)
    out, renewed = over_batch(layer, x, state)
    np.testing.assert_allclose(out, (x - mean) / np.sqrt(variance + 1e-5) * layer.scale + layer.shift, atol=1e-4)
    running = renewed.get(layer.running)
    np.testing.assert_allclose(running[0], 0.8 * 0 + 0.2 * mean, rtol=1e-4)
    np.testing.assert_allclose(running[1], 0.8 * 1 + 0.2 * variance, rtol=1e-4)
    expected = (x - running[0]) / np.sqrt(running[1] + 1e-5) * layer.scale + layer.shift
    np.testing.assert_allclose(predicted(layer, x, renewed), expected, atol=1e-4)
    np.testing.assert_allclose(predicted(layer, x[:1], renewed), expected[:1], atol=1e-4)


def test_batch_normalization_gives_mean_0_and_variance_1_per_feature():
    layer, state = eqx.nn.make_with_state(BatchNormalization)(4)
    out = np.asarray(over_batch(layer, 3 * rows(256, 4) + 5, state)[0])
    np.testing.assert_allclose(out.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(out.var(0), 1, atol=1e-4)


def test_layer_normalization_gives_mean_0_and_variance_1_per_example():
    layer, x = LayerNormalization(50), 3 * rows(6, 50) + 5
    out = np.asarray(over_batch(layer, x)[0])
    np.testing.assert_allclose(out.mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(out.var(1), 1, atol=1e-4)
    layer = with_scale_and_shift(layer)
    expected = (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * layer.scale + layer.shift
    np.testing.assert_allclose(over_batch(layer, x)[0], expected, atol=1e-4)


LAYERS = {
    "linear": lambda: Linear(3, 2, initializer="glorot_normal", key=KEY),
    "activation": lambda: Activation("mish"),
    "dropout": lambda: Dropout(0.4),
    "batch normalization": lambda: BatchNormalization(3),
    "layer normalization": lambda: LayerNormalization(3),
    "periodic embedding": lambda: Stateless(PeriodicEmbedding(3, Periodic(frequencies=4, deviation=1.0), key=KEY)),
    "category embedding": lambda: Stateless(CategoryEmbedding(5, 3, key=KEY)),
}


class Stateless(eqx.Module):
    """An embedding behind the calling convention of layers; codes are no place for a gradient."""

    embedding: eqx.Module

    def __call__(self, x, state, *, key=None):
        return self.embedding(jnp.array(2) if isinstance(self.embedding, CategoryEmbedding) else x), state


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_equal_central_differences(name):
    """Along random directions in parameters and inputs at once, in float64."""
    with jax.enable_x64(True):
        layer, state = eqx.nn.make_with_state(LAYERS[name])()
        precise = jax.tree.map(lambda leaf: leaf.astype(float) if eqx.is_inexact_array(leaf) else leaf, (layer, state))
        (layer, state), x = precise, jnp.asarray(rows(6, 3), float)
        parameters, rest = split_parameters(layer)
        flat, restore = ravel_pytree((parameters, x))

        @jax.jit
        def height(flat):
            parameters, x = restore(flat)
            out, _ = over_batch(eqx.combine(parameters, rest), x, state, KEY)
            return jnp.sum(jnp.sin(jnp.arange(out.size)) * out.ravel() ** 2)

        gradient, h = jax.grad(height)(flat), 1e-5
        for direction in np.random.default_rng(0).normal(size=(3, flat.size)):
            difference = (height(flat + h * direction) - height(flat - h * direction)) / (2 * h)
            assert float(difference) == pytest.approx(float(gradient @ direction), rel=1e-6, abs=1e-8)


def test_a_stack_shows_what_its_activations_received_and_gave():
    network = Stack([("first", Linear(3, 4, initializer="he_normal", key=KEY)), ("bend", Activation("relu"))])
    (x,) = rows(1, 3)
    before, after = network.activations(x, None)["bend"]
    np.testing.assert_allclose(before, network.layers[0].weight @ x, rtol=1e-5)
    np.testing.assert_array_equal(after, ACTIVATIONS["relu"](before))
    assert network.activation_functions == {"bend": "relu"}
