"""Every layer beside PyTorch's: the same weights and inputs, outputs and gradients equal to float32 rounding."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.network.calls import KEY, over_batch, predicted, rows
from trainwell.functions.activations import ACTIVATIONS
from trainwell.network import layers
from trainwell.network.layers import split_parameters

torch = pytest.importorskip("torch")


def channels_first(x):
    """Return images or signals as PyTorch lays them out."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(np.asarray(x), -1, 1))).requires_grad_()


def channels_last(x):
    return np.moveaxis(x.detach().numpy(), 1, -1)


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


def compare(layer, state, x, theirs, mine, parameters):
    """Hold outputs, gradients at the inputs and at the parameters against PyTorch's, of the sum of tanh of outputs.

    ``theirs`` is PyTorch's layer on ``mine``, the inputs as it lays them out; ``parameters`` names ours and holds its.
    """
    trained, rest = split_parameters(layer)

    def outputs(trained, x):
        return over_batch(eqx.combine(trained, rest), x, jax.tree.map(lambda leaf: leaf, state))[0]

    out = theirs(mine)
    torch.tanh(out).sum().backward()
    spatial = out.ndim > 2
    close(outputs(trained, x), channels_last(out) if spatial else out.detach().numpy())
    by_layer, by_input = jax.grad(lambda *both: jnp.sum(jnp.tanh(outputs(*both))), (0, 1))(trained, x)
    close(by_input, channels_last(mine.grad) if mine.ndim > 2 else mine.grad.numpy())
    for name, parameter in parameters.items():
        close(getattr(by_layer, name), parameter.grad.numpy())


def copied(layer, theirs):
    """Give PyTorch's layer our weights and biases, biases drawn so that they count."""
    layer = eqx.tree_at(lambda own: own.bias, layer, jnp.asarray(rows(1, len(layer.bias))[0]))
    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(np.array(layer.weight)))
        theirs.bias.copy_(torch.from_numpy(np.array(layer.bias)))
    return layer, {"weight": theirs.weight, "bias": theirs.bias}


def flat(x):
    return torch.from_numpy(x.copy()).requires_grad_()


def test_linear():
    theirs, x = torch.nn.Linear(7, 5), rows(6, 7)
    layer, parameters = copied(layers.Linear(7, 5, initializer="he_normal", key=KEY), theirs)
    compare(layer, None, x, theirs, flat(x), parameters)


@pytest.mark.parametrize(("kernel", "stride"), [((3, 3), (1, 1)), ((5, 5), (2, 2)), ((3, 2), (1, 2))])
def test_convolution_of_images(kernel, stride):
    theirs, x = torch.nn.Conv2d(3, 4, kernel, stride=stride), rows(2, 9, 8, 3)
    ours = layers.Convolution(3, 4, kernel, stride=stride, padding="valid", key=KEY)
    layer, parameters = copied(ours, theirs)
    compare(layer, None, x, theirs, channels_first(x), parameters)


def test_convolution_that_keeps_the_size():
    theirs, x = torch.nn.Conv2d(2, 4, (5, 3), padding="same"), rows(2, 7, 6, 2)
    layer, parameters = copied(layers.Convolution(2, 4, (5, 3), key=KEY), theirs)
    compare(layer, None, x, theirs, channels_first(x), parameters)


def test_convolution_of_signals():
    theirs, x = torch.nn.Conv1d(3, 4, 5, padding=2), rows(2, 11, 3)
    layer, parameters = copied(layers.Convolution(3, 4, (5,), key=KEY), theirs)
    compare(layer, None, x, theirs, channels_first(x), parameters)


@pytest.mark.parametrize(
    ("ours", "theirs", "space"),
    [
        (layers.MaxPooling((2, 2)), lambda: torch.nn.MaxPool2d(2), (7, 6)),
        (layers.MaxPooling((3, 3), stride=(2, 2)), lambda: torch.nn.MaxPool2d(3, 2), (7, 6)),
        (layers.AveragePooling((2, 2)), lambda: torch.nn.AvgPool2d(2), (7, 6)),
        (layers.MaxPooling((2,)), lambda: torch.nn.MaxPool1d(2), (9,)),
        (layers.AveragePooling((3,), stride=(1,)), lambda: torch.nn.AvgPool1d(3, 1), (9,)),
    ],
)
def test_pooling(ours, theirs, space):
    x = rows(2, *space, 3)
    compare(ours, None, x, theirs(), channels_first(x), {})


@pytest.mark.parametrize("space", [(), (5, 4)], ids=["rows", "images"])
def test_batch_normalization_while_training_and_at_prediction(space):
    x = rows(6, *space, 3) * 2 + 1
    theirs = (torch.nn.BatchNorm2d if space else torch.nn.BatchNorm1d)(3, momentum=0.1)
    layer, state = eqx.nn.make_with_state(layers.BatchNormalization)(3, momentum=0.9)
    mine = channels_first(x) if space else flat(x)
    compare(layer, state, x, theirs, mine, {"scale": theirs.weight, "shift": theirs.bias})
    mean, variance = over_batch(layer, x, state)[1].get(layer.running)
    close(mean, theirs.running_mean.numpy())
    count = x.size // 3  # PyTorch keeps the unbiased variance, we the one that is divided by
    close(variance, 0.9 + (theirs.running_var.numpy() - 0.9) * (count - 1) / count)
    theirs.eval()
    fresh, state = eqx.nn.make_with_state(layers.BatchNormalization)(3)
    state = state.set(
        fresh.running, tuple(jnp.asarray(own.numpy()) for own in (theirs.running_mean, theirs.running_var))
    )
    out = theirs(mine)
    close(predicted(fresh, x, state), channels_last(out) if space else out.detach().numpy())


def test_layer_normalization():
    theirs, x = torch.nn.LayerNorm(7), rows(5, 7) * 3 + 2
    compare(layers.LayerNormalization(7), None, x, theirs, flat(x), {"scale": theirs.weight, "shift": theirs.bias})


def test_prelu():
    theirs, x = torch.nn.PReLU(3, init=0.25), rows(4, 5, 3)
    compare(layers.PReLU(3), None, x, theirs, channels_first(x), {"alpha": theirs.weight})


def test_embedding():
    theirs, codes = torch.nn.Embedding(6, 4), np.array([[0, 5, 2], [5, 5, 1]])
    layer = layers.Embedding(6, 4, key=KEY)
    with torch.no_grad():
        theirs.weight.copy_(torch.from_numpy(np.array(layer.weight)))
    torch.tanh(theirs(torch.from_numpy(codes))).sum().backward()
    gradient = jax.grad(lambda layer: jnp.sum(jnp.tanh(over_batch(layer, codes.astype(np.float32))[0])))(layer)
    close(gradient.weight, theirs.weight.grad.numpy())


def test_dropout_at_prediction_and_flatten_in_their_order():
    x = rows(3, 2, 4, 5)
    np.testing.assert_array_equal(predicted(layers.Dropout(0.5), x), torch.nn.Dropout(0.5).eval()(flat(x)).detach())
    np.testing.assert_array_equal(over_batch(layers.Flatten(), x)[0], torch.nn.Flatten()(flat(x)).detach())


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("relu", torch.nn.functional.relu),
        ("leaky_relu", torch.nn.functional.leaky_relu),
        ("elu", torch.nn.functional.elu),
        ("selu", torch.nn.functional.selu),
        ("gelu", torch.nn.functional.gelu),
        ("gelu_tanh", lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
        ("silu", torch.nn.functional.silu),
        ("mish", torch.nn.functional.mish),
        ("softplus", torch.nn.functional.softplus),
        ("sigmoid", torch.sigmoid),
        ("tanh", torch.tanh),
    ],
)
def test_activations(name, function):
    x = 3 * rows(20, 5)
    assert name in ACTIVATIONS
    compare(layers.Activation(name), None, x, function, flat(x), {})


def test_the_max_norm_is_their_renorm():
    weight = rows(5, 4)
    ours = layers.MaxNorm(layers.Linear(4, 5, initializer="zeros", key=KEY), 1.5)
    ours = eqx.tree_at(lambda own: own.layer.weight, ours, jnp.asarray(weight))
    close(layers.constrained(ours).layer.weight, torch.from_numpy(weight).renorm(2, 0, 1.5).numpy())
