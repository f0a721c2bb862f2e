"""What recipes build: the multilayer perceptron's layers and weights, and a person's own modules."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.network import ARCHITECTURES, MLP, Custom, Periodic, build_network
from trainwell.network.layers import BatchNormalization, Dropout, LayerNormalization

LAYOUT = Layout(numbers=4)


def build(network, layout=LAYOUT, outputs=3):
    return build_network(network, layout, outputs, key=KEY)


def test_an_mlp_has_the_layers_asked_for_in_order():
    network, _ = build(MLP(hidden=(8, 6), dropout=0.1, input_dropout=0.2, normalization="batch"))
    block = ["hidden {}", "normalization {}", "activation {}", "dropout {}"]
    hidden = [name.format(number) for number in (1, 2) for name in block]
    assert network.names == ("input", "input dropout", *hidden, "output")
    layers = dict(zip(network.names, network.layers, strict=True))
    shapes = {name: layer.weight.shape for name, layer in layers.items() if hasattr(layer, "weight")}
    assert shapes == {"hidden 1": (8, 4), "hidden 2": (6, 8), "output": (3, 6)}
    assert layers["dropout 2"].rate.value == 0.1
    assert layers["input dropout"].rate.value == 0.2


@pytest.mark.parametrize(
    ("settings", "kind"),
    [({"normalization": "batch"}, BatchNormalization), ({"normalization": "layer"}, LayerNormalization)],
)
def test_normalization_by_name(settings, kind):
    assert isinstance(build(MLP(hidden=(8,), **settings))[0].layers[2], kind)


def test_what_is_off_is_not_there():
    network, _ = build(MLP(hidden=(8,)))
    assert network.names == ("input", "hidden 1", "activation 1", "output")
    assert not any(isinstance(layer, Dropout) for layer in network.layers)


def test_without_hidden_layers_it_is_a_linear_model():
    network, state = build(MLP(hidden=()))
    x = rows(5, 4)
    np.testing.assert_allclose(predicted(network, x, state), x @ np.asarray(network.layers[-1].weight).T, rtol=1e-5)


def test_an_mlp_equals_numpy():
    network, state = build(MLP(hidden=(8, 6), activation="tanh"))
    x = signal = rows(5, 4)
    for layer in (network.layers[1], network.layers[3]):
        signal = np.tanh(signal @ np.asarray(layer.weight).T + layer.bias)
    expected = signal @ np.asarray(network.layers[-1].weight).T
    np.testing.assert_allclose(predicted(network, x, state), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("activation", "variance"),
    [("relu", 2 / 400), ("mish", 2 / 400), ("tanh", 2 / (400 + 500)), ("selu", 1 / 400)],
    ids=["He", "He for its relatives", "Glorot", "LeCun"],
)
def test_weights_suit_their_activation(activation, variance):
    network, _ = build(MLP(hidden=(500,), activation=activation), Layout(numbers=400), outputs=400)
    assert float(network.layers[1].weight.var()) == pytest.approx(variance, rel=0.03)
    assert float(network.layers[-1].weight.var()) == pytest.approx(2 / (500 + 400), rel=0.03)
    assert not network.layers[1].bias.any()


def test_an_initializer_may_be_named():
    network, _ = build(MLP(hidden=(8,), initializer="orthogonal"))
    weight = np.asarray(network.layers[1].weight)
    np.testing.assert_allclose(weight.T @ weight, np.eye(4), atol=1e-5)


def test_the_output_bias_may_start_at_the_base_rate():
    network, _ = build(MLP(hidden=(8,)))
    rate = jnp.array([0.1, 0.2, 0.7])
    started = network.with_output_bias(rate)
    np.testing.assert_array_equal(started.layers[-1].bias, rate)
    assert not network.layers[-1].bias.any()
    np.testing.assert_array_equal(started.layers[1].weight, network.layers[1].weight)


def test_the_key_decides_and_layers_differ():
    network, _ = build(MLP(hidden=(4, 4)))
    again, _ = build(MLP(hidden=(4, 4)))
    assert eqx.tree_equal(network, again)
    assert not jnp.array_equal(network.layers[1].weight, network.layers[3].weight)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_maps_a_row_to_the_outputs(name):
    network, state = build(ARCHITECTURES[name](), Layout(numbers=2, dense=1, cardinalities=(4,)), outputs=2)
    out, _ = over_batch(network, np.ones((3, 4), np.float32), state, KEY)
    assert out.shape == (3, 2)
    assert jnp.isfinite(out).all()
    assert ARCHITECTURES.entry(name).formula


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rlu"}, "MLP.activation: no activation is called 'rlu'. Did you mean 'relu'?"),
        ({"initializer": "he"}, "MLP.initializer: no initializer is called 'he'."),
        ({"hidden": (8, 0)}, "MLP.hidden.1: input should be greater than or equal to 1, but got 0."),
        ({"dropout": 1.0}, "MLP.dropout: input should be less than 1, but got 1.0."),
        ({"normalization": "btach"}, "MLP.normalization: input should be 'batch' or 'layer', but got 'btach'."),
        ({"numbers": {"widht": 3}}, "Periodic has no field 'widht'. Did you mean 'width'?"),
    ],
)
def test_errors_name_field_value_and_rule(settings, message):
    with pytest.raises(RecipeError) as raised:
        MLP(**settings)
    assert message in str(raised.value)


def test_waves_may_be_a_table():
    assert MLP(numbers={"width": 3}).numbers == Periodic(width=3)


class Plain(eqx.Module):
    """Takes a row and nothing else."""

    weight: jax.Array

    def __call__(self, x):
        return self.weight @ x


class Noisy(Plain):
    """Takes a key besides."""

    def __call__(self, x, *, key=None):
        return self.weight @ x + (0.0 if key is None else jax.random.normal(key, (3,)))


class Counting(eqx.Module):
    """Takes a state besides: how often it was called."""

    count: eqx.nn.StateIndex
    weight: jax.Array

    def __init__(self, *, key):
        self.count, self.weight = eqx.nn.StateIndex(jnp.array(0)), jax.random.normal(key, (3, 4))

    def __call__(self, x, state):
        return self.weight @ x, state.set(self.count, state.get(self.count) + 1)


def test_ones_own_module_gets_what_it_takes():
    weight, x = jax.random.normal(KEY, (3, 4)), rows(2, 4)
    for module in (Plain(weight), Noisy(weight)):
        network, state = build(module)
        assert isinstance(network, Custom)
        np.testing.assert_allclose(predicted(network, x, state), x @ np.asarray(weight).T, rtol=1e-5)
    noisy, _ = over_batch(network, x, state, KEY)
    assert not jnp.allclose(noisy, x @ weight.T)


def test_ones_own_factory_may_hold_state():
    network, state = build(Counting)
    assert network.takes_state
    assert not network.takes_key
    _, state = over_batch(network, rows(2, 4), state)
    assert int(state.get(network.module.count)) == 1


def test_anything_else_is_no_network():
    with pytest.raises(RecipeError, match=r"network must be one of MLP.*, an eqx\.Module, or a function of a key"):
        build(3)
