"""What recipes build: the multilayer perceptron's layers and weights, and a person's own modules."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trainwell as tw
from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.network import (
    ARCHITECTURES,
    CNN,
    MLP,
    Autoencoder,
    Custom,
    LeNet5,
    Perceptron,
    Periodic,
    build_network,
)
from trainwell.network.autoencoder import halves
from trainwell.network.inputs import shape_in_space
from trainwell.network.layers import BatchNormalization, Dropout, LayerNormalization, split_parameters

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


MIXED, IMAGES = Layout(numbers=2, dense=1, cardinalities=(4,)), Layout(shape=(16, 16))
#: What an architecture is built for, where rows of mixed columns and two outputs do not suit it.
SUITED = {"CNN": (IMAGES, 2), "LeNet5": (IMAGES, 2), "Perceptron": (MIXED, 1), "Autoencoder": (Layout(numbers=4), 4)}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_maps_a_row_to_the_outputs(name):
    layout, outputs = SUITED.get(name, (MIXED, 2))
    ARCHITECTURES[name]().check(layout, outputs)
    network, state = build(ARCHITECTURES[name](), layout, outputs)
    out, _ = over_batch(network, np.ones((3, layout.width), np.float32), state, KEY)
    assert out.shape == (3, outputs)
    assert jnp.isfinite(out).all()
    assert ARCHITECTURES.entry(name).formula
    recipe = tw.Recipe(network=name)
    assert tw.Recipe.from_toml(recipe.to_toml()) == recipe


def test_a_cnn_has_the_layers_asked_for_in_order():
    cnn = CNN(channels=(4, 8), convolutions=2, hidden=(6,), dropout=0.1, normalization="batch", noise=0.2)
    network, _ = build(cnn, IMAGES)
    shapes = {
        name: layer.weight.shape
        for name, layer in zip(network.names, network.layers, strict=True)
        if hasattr(layer, "weight")
    }
    assert shapes == {
        "convolution 1": (4, 1, 3, 3),
        "convolution 2": (4, 4, 3, 3),
        "convolution 3": (8, 4, 3, 3),
        "convolution 4": (8, 8, 3, 3),
        "hidden 1": (6, 8 * 4 * 4),
        "output": (3, 6),
    }
    once = [f"{word} {{}}" for word in ("convolution", "normalization", "activation")]
    first = [name.format(number) for number in (1, 2) for name in once]
    second = [name.format(number) for number in (3, 4) for name in once]
    head = ["flatten", "dropout 1", "hidden 1", "activation 5", "dropout 2"]
    assert list(network.names) == ["input", "noise", *first, "pooling 1", *second, "pooling 2", *head, "output"]
    assert network.layers[network.names.index("dropout 2")].rate.value == 0.1


def test_lenet5_has_as_many_weights_as_published_with_full_connections():
    parameters = eqx.filter_eval_shape(
        lambda key: split_parameters(build_network(LeNet5(), Layout(shape=(28, 28)), 10, key=key)[0])[0], KEY
    )
    sizes = [leaf.size for leaf in jax.tree.leaves(parameters)]
    # 6·(25+1) + 16·(6·25+1) + 120·(400+1) + 84·(120+1) + 10·(84+1)
    assert sum(sizes) == 156 + 2416 + 48120 + 10164 + 850


@pytest.mark.parametrize(
    ("layout", "axes", "shape"),
    [
        (Layout(shape=(28, 28)), "auto", (28, 28, 1)),
        (Layout(shape=(28, 20, 3)), "auto", (28, 20, 3)),
        (Layout(shape=(40, 1)), "auto", (40, 1)),
        (Layout(shape=(128, 9)), "auto", (128, 9)),
        (Layout(shape=(128, 9)), 2, (128, 9, 1)),
        (Layout(shape=(28, 28)), 1, (28, 28)),
        (Layout(numbers=40), "auto", (40, 1)),
    ],
)
def test_examples_enter_with_their_places(layout, axes, shape):
    assert shape_in_space(layout, axes) == shape


@pytest.mark.parametrize(
    ("network", "layout", "outputs", "message"),
    [
        (
            CNN(),
            MIXED,
            2,
            "convolutions take images, signals, or tables of numbers alone, but of the 4 encoded columns 2",
        ),
        (
            CNN(axes=1),
            Layout(shape=(8, 8, 3)),
            2,
            r"with axes = 1 takes signals .*, but one example has the shape \(8, 8, 3\)",
        ),
        (CNN(), Layout(shape=(4, 8, 8, 3)), 2, r"one example has the shape \(4, 8, 8, 3\)"),
        (LeNet5(), Layout(shape=(8, 8)), 2, r"layer 4 \(Convolution\) expects examples of at least 5×5.*\(4, 4, 6\)"),
        (Perceptron(), LAYOUT, 3, "Perceptron tells two classes apart, but the target needs 3 outputs"),
        (Autoencoder(), LAYOUT, 3, "Autoencoder gives back its inputs, 4 numbers, but the target has 3"),
        (
            Autoencoder(sparsity="Sparsity").with_knobs({"sparsity": tw.layers.Sparsity(measure="kl")}),
            LAYOUT,
            4,
            "sparsity by 'kl' needs a code between 0 and 1, but code_activation is 'identity'",
        ),
    ],
    ids=["categories", "wrong axes", "four axes", "too small", "many classes", "other targets", "code of any size"],
)
def test_rows_that_do_not_suit_are_refused(network, layout, outputs, message):
    with pytest.raises(RecipeError, match=message):
        network.check(layout, outputs)


def test_an_autoencoder_divides_into_encoder_and_decoder():
    network, state = build(Autoencoder(hidden=(6, 5), code=2, noise=0.1, sparsity="Sparsity"), LAYOUT, 4)
    names = ["input", "noise", "hidden 1", "activation 1", "hidden 2", "activation 2", "code", "code activation"]
    assert list(network.names[:9]) == [*names, "sparsity"]
    encoder, decoder = halves(network)
    x = rows(3, 4)
    codes = predicted(encoder, x, state)
    assert codes.shape == (3, 2)
    np.testing.assert_allclose(predicted(decoder, codes, state), predicted(network, x, state), atol=1e-6)


def test_a_perceptron_starts_from_zero_and_keeps_its_bias_there():
    network, _ = build(Perceptron(), LAYOUT, 1)
    assert not network.layers[-1].weight.any()
    assert network.with_output_bias(jnp.ones(1)) is network


def test_prelu_in_an_mlp_learns_its_slopes():
    network, _ = build(MLP(hidden=(8,), activation="prelu"))
    assert network.layers[2].alpha.shape == (8,)
    assert network.activation_functions == {"activation 1": "prelu"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rlu"}, "MLP.activation: no activation is called 'rlu'. Did you mean 'relu'?"),
        ({"initializer": "he"}, "MLP.initializer: no initializer is called 'he'."),
        ({"hidden": (8, 0)}, "MLP.hidden.1: input should be greater than or equal to 1, but got 0."),
        ({"dropout": 1.0}, "MLP.dropout: input should be less than 1, but got 1.0."),
        (
            {"normalization": "btach"},
            "MLP.normalization: input should be 'batch' or 'layer', or none, but got 'btach'.",
        ),
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
    with pytest.raises(
        RecipeError, match=r"network must be one of .*MLP, Sequential, an eqx\.Module, or a function of a key"
    ):
        build(3)
