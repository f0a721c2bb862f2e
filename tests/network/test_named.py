"""Layers in words: one suite for all of them, and what is said of shapes that do not fit."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import trainwell as tw
from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.errors import RecipeError, UnknownNameError
from trainwell.layout import Layout
from trainwell.network import LAYERS, build_network
from trainwell.network.layers import charges, split_parameters
from trainwell.network.named.stacking import following_activation

#: What a layer needs to be stated, and the shape of an example that suits it, where (6, 6, 3) does not.
STATED = {
    "Linear": {"units": 4, "max_norm": 2.0},
    "Convolution": {"channels": 4, "max_norm": 2.0},
    "Embedding": {"cardinality": 5, "width": 4},
    "Residual": {"layers": [{"kind": "Convolution", "channels": 3}, "PReLU"]},
    "Sparsity": {"measure": "l1"},
}
SHAPES = {"Linear": (5,), "Embedding": (5,)}


def stated(name):
    return LAYERS[name](**STATED.get(name, {}))


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_the_shape_it_says_and_finite_numbers(name):
    shape = SHAPES.get(name, (6, 6, 3))
    layer, state = eqx.nn.make_with_state(stated(name).build)(shape, key=KEY)
    x = np.abs(rows(4, *shape))
    out, renewed = over_batch(layer, x, state, KEY)
    assert out.shape == (4, *stated(name).shape_after(shape))
    assert out.dtype == jnp.float32
    assert jnp.isfinite(out).all()
    jitted = jax.jit(lambda x, state: over_batch(layer, x, state, KEY)[0])
    np.testing.assert_allclose(jitted(x, renewed), over_batch(layer, x, renewed, KEY)[0], atol=1e-5)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_goes_through_a_recipe_file_and_states_its_source(name):
    recipe = tw.Recipe(network=tw.Sequential([stated(name), "Flatten"]))
    assert tw.Recipe.from_toml(recipe.to_toml()) == recipe
    assert tw.Recipe.from_dict(recipe.to_dict()) == recipe
    assert LAYERS.entry(name).formula
    assert LAYERS.entry(name).source
    assert LAYERS[name].__doc__


def widened(tree):
    return jax.tree.map(lambda leaf: leaf.astype(float) if eqx.is_inexact_array(leaf) else leaf, tree)


@pytest.mark.parametrize("name", LAYERS)
def test_the_gradient_of_every_layer_equals_differences(name):
    """Along random directions in weights and inputs at once, in float64."""
    shape = SHAPES.get(name, (4, 4, 3))
    with jax.enable_x64(True):
        layer, state = widened(eqx.nn.make_with_state(stated(name).build)(shape, key=KEY))
        x = jnp.asarray(np.abs(rows(3, *shape)) + 0.1, float)
        parameters, rest = split_parameters(layer)
        flat, restore = ravel_pytree(parameters if name == "Embedding" else (parameters, x))

        @jax.jit
        def height(flat):
            parameters, inputs = (restore(flat), x) if name == "Embedding" else restore(flat)
            own = jax.tree.map(lambda leaf: leaf, state)
            out, renewed = over_batch(eqx.combine(parameters, rest), inputs, own, KEY)
            return jnp.sum(jnp.sin(jnp.arange(out.size)) * out.ravel() ** 2) + sum(charges(layer, renewed))

        gradient, h = jax.grad(height)(flat), 1e-5
        for direction in np.random.default_rng(0).normal(size=(3, flat.size)):
            difference = (height(flat + h * direction) - height(flat - h * direction)) / (2 * h)
            assert float(difference) == pytest.approx(float(gradient @ direction), rel=1e-6, abs=1e-8)


def test_knobs_of_layers_are_knobs_of_the_recipe():
    recipe = tw.Recipe(network=tw.Sequential([tw.layers.Dropout(rate=0.2), tw.layers.Linear(units=3, max_norm=2.0)]))
    paths = {path: value for path, value in recipe.knobs().items() if path.startswith("network.")}
    assert paths == {"network.layers.0.rate": 0.2, "network.layers.1.max_norm": 2.0}
    changed = recipe.with_settings({"network.layers.0.rate": 0.4})
    assert changed.network.layers[0].rate == 0.4
    space = recipe.vary({"network.layers.0.rate": tw.uniform(0.1, 0.5)})
    assert space.recipe_for({"network.layers.0.rate": 0.3}).network.layers[0].rate == 0.3


@pytest.mark.parametrize(
    ("behind", "variance"),
    [("relu", 2 / 400), ("tanh", 2 / 900), ("selu", 1 / 400), ("prelu", 2 / 400)],
    ids=["He", "Glorot", "LeCun", "He for PReLU"],
)
def test_the_initializer_suits_the_activation_that_follows(behind, variance):
    between = [tw.layers.BatchNormalization(), tw.layers.Dropout(), tw.layers.Activation(function=behind)]
    layers = [tw.layers.Linear(units=500), *between, tw.layers.Linear(units=3)]
    network, _ = build_network(tw.Sequential(layers), Layout(numbers=400), 3, key=KEY)
    assert float(network.layers[1].weight.var()) == pytest.approx(variance, rel=0.03)
    assert following_activation(layers, 4) == "identity"


def test_an_initializer_may_be_stated():
    layer = tw.layers.Convolution(channels=4, initializer="zeros").build((5, 5, 1), key=KEY)
    assert not layer.weight.any()


@pytest.mark.parametrize(
    ("layers", "shape", "message"),
    [
        (
            [tw.layers.Convolution(channels=4), tw.layers.Linear(units=3)],
            (8, 8),
            r"layer 2 \(Linear\) expects one row \(features,\), but receives \(8, 8, 4\); put a Flatten before it",
        ),
        (
            [tw.layers.Convolution(channels=4, kernel=9, padding="valid"), "Flatten"],
            (8, 8),
            r"layer 1 \(Convolution\) expects examples of at least 9×9, its window, but receives \(8, 8, 1\)",
        ),
        (
            ["MaxPooling", "MaxPooling", "MaxPooling", "MaxPooling", "Flatten"],
            (8, 8),
            r"layer 4 \(MaxPooling\) expects examples of at least 2×2.*receives \(1, 1, 1\): nothing would be left",
        ),
        (
            [tw.layers.Linear(units=4), tw.layers.Convolution(channels=4)],
            None,
            r"layer 1 \(Linear\) expects one row",
        ),
        (
            ["Flatten", tw.layers.Convolution(channels=4)],
            (8, 8),
            r"layer 2 \(Convolution\) expects a signal .* or an image .*, but receives \(64,\)",
        ),
        (
            [tw.layers.Convolution(channels=4, kernel=(3, 3))],
            (40, 1),
            r"layer 1 \(Convolution\) has a window of 2 axes, \(3, 3\), but receives \(40, 1\), which has 1",
        ),
        (
            [tw.layers.Residual(layers=[tw.layers.Convolution(channels=4)]), "Flatten"],
            (8, 8),
            r"layer 1 \(Residual\) must give back the shape it receives, \(8, 8, 1\), to add them, but gives",
        ),
        (
            [tw.layers.Residual(layers=[tw.layers.Linear(units=4)]), "Flatten"],
            (8, 8),
            r"layer 1 \(Residual\) inside it: layer 1 \(Linear\) expects one row",
        ),
        ([], (8, 8), r"layer 1 \(Linear\) expects one row \(features,\), but receives \(8, 8, 1\)"),
        (["Flatten", tw.layers.Embedding(cardinality=3), "Activation"], (8, 8), r"layer 4 \(Linear\) expects one row"),
    ],
)
def test_shapes_that_do_not_fit_are_named(layers, shape, message):
    layout = Layout(numbers=40) if shape is None else Layout(shape=shape)
    with pytest.raises(RecipeError, match=message):
        tw.Sequential(layers).check(layout, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tw.Sequential(["Convolutoin"]), "no layer is called 'Convolutoin'. Did you mean 'Convolution'?"),
        (lambda: tw.Sequential([{"units": 3}]), "layer needs kind = one of Linear, Flatten"),
        (lambda: tw.Sequential([3]), "layer must be one of Linear"),
        (lambda: tw.layers.Linear(), "Linear.units: field required"),
        (lambda: tw.layers.Linear(units=0), "Linear.units: input should be greater than or equal to 1, but got 0"),
        (lambda: tw.layers.Linear(units=3, max_norm=-1), "Linear.max_norm: input should be greater than 0, but got -1"),
        (
            lambda: tw.layers.Convolution(channels=3, kernel=(3, 3, 3)),
            "Convolution.kernel: tuple should have at most 2",
        ),
        (lambda: tw.layers.Convolution(channels=3, padding="full"), "Convolution.padding: input should be 'same' or"),
        (lambda: tw.layers.Convolution(chanels=3), "Convolution has no field 'chanels'. Did you mean 'channels'?"),
        (lambda: tw.layers.Activation(function="rlu"), "no activation is called 'rlu'. Did you mean 'relu'?"),
        (lambda: tw.layers.Dropout(rate=1.0), "Dropout.rate: input should be less than 1, but got 1.0"),
        (
            lambda: tw.layers.GaussianNoise(deviation=-1),
            "GaussianNoise.deviation: input should be greater than or equal",
        ),
        (lambda: tw.layers.Residual(layers=[]), "Residual.layers: tuple should have at least 1 item"),
        (lambda: tw.layers.Linear(units=3, initializer="he"), "no initializer is called 'he'"),
    ],
)
def test_words_that_do_not_fit_are_named(make, message):
    with pytest.raises(RecipeError) as raised:
        make()
    assert message in str(raised.value)


def test_unknown_kinds_list_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"Known: Linear, Flatten, Embedding"):
        LAYERS["Dense"]


def test_dropout_inside_a_residual_block_is_off_at_prediction():
    block = tw.layers.Residual(layers=[tw.layers.Dropout(rate=0.9)]).build((4,), key=KEY)
    np.testing.assert_array_equal(predicted(block, rows(3, 4)), 2 * rows(3, 4))
