"""Activations: one conformance suite for the family, one closed form in float64 for each member."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from trainwell.errors import UnknownNameError
from trainwell.functions.activations import ACTIVATIONS, initializer_for, leaky_relu, prelu, swish
from trainwell.functions.initializers import INITIALIZERS

POINTS = np.linspace(-20, 20, 200)
EXTREMES = jnp.array([-1e4, -100.0, -1.0, 0.0, 1.0, 100.0, 1e4])
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
ROOT = np.sqrt(2 / np.pi)


def sigmoid(z):
    return special.expit(z)


def tanh_inside_gelu(z):
    return np.tanh(ROOT * (z + 0.044715 * z**3))


def gelu_tanh_slope(z):
    t = tanh_inside_gelu(z)
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * ROOT * (1 + 3 * 0.044715 * z**2)


def mish_slope(z):
    t = np.tanh(np.logaddexp(z, 0))
    return t + z * (1 - t**2) * sigmoid(z)


ORACLES = {  # name: (value, derivative), written without looking at the code under test
    "heaviside": (lambda z: 1.0 * (z >= 0), lambda z: 0 * z),
    "identity": (lambda z: z, lambda z: 1 + 0 * z),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "softmax": (special.softmax, None),
    "log_softmax": (special.log_softmax, None),
    "softplus": (lambda z: np.log1p(np.exp(z)), sigmoid),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: 1.0 * (z > 0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1, 0.01)),
    "prelu": (lambda z: np.where(z > 0, z, 0.25 * z), lambda z: np.where(z > 0, 1, 0.25)),
    "elu": (lambda z: np.where(z > 0, z, np.exp(z) - 1), lambda z: np.where(z > 0, 1, np.exp(z))),
    "selu": (
        lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * (np.exp(z) - 1)),
        lambda z: SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(z)),
    ),
    "gelu": (lambda z: z * stats.norm.cdf(z), lambda z: stats.norm.cdf(z) + z * stats.norm.pdf(z)),
    "gelu_tanh": (lambda z: 0.5 * z * (1 + tanh_inside_gelu(z)), gelu_tanh_slope),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * sigmoid(-z))),
    "swish": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) + z * sigmoid(z) * sigmoid(-z)),
    "mish": (lambda z: z * np.tanh(np.logaddexp(z, 0)), mish_slope),
}
every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
elementwise = [each.name for each in ACTIVATIONS.entries() if each.facts["elementwise"]]
every_elementwise_one = pytest.mark.parametrize("name", elementwise)


def slopes(name, z):
    return jax.grad(lambda each: ACTIVATIONS[name](each).sum())(z)


def test_every_activation_has_an_oracle():
    assert set(ORACLES) == set(ACTIVATIONS)


@every_activation
def test_equals_its_closed_form(name):
    with jax.enable_x64(True):
        values = np.asarray(ACTIVATIONS[name](jnp.asarray(POINTS)))
    np.testing.assert_allclose(values, ORACLES[name][0](POINTS), rtol=1e-9, atol=1e-12)


@every_elementwise_one
def test_derivative_equals_its_closed_form_and_finite_differences(name):
    value, derivative = ORACLES[name]
    with jax.enable_x64(True):
        found = np.asarray(slopes(name, jnp.asarray(POINTS)))
    np.testing.assert_allclose(found, derivative(POINTS), rtol=1e-8, atol=1e-12)
    differences = (value(POINTS + 1e-5) - value(POINTS - 1e-5)) / 2e-5
    np.testing.assert_allclose(found, differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_derivative_of_the_softmax_pair(name):
    z = POINTS[90:97]
    p = special.softmax(z)
    expected = np.diag(p) - np.outer(p, p) if name == "softmax" else np.eye(len(p)) - p
    with jax.enable_x64(True):
        found = np.asarray(jax.jacobian(ACTIVATIONS[name])(jnp.asarray(z)))
    np.testing.assert_allclose(found, expected, atol=1e-14)


@every_activation
def test_value_and_derivative_are_finite_far_out(name):
    assert jnp.isfinite(ACTIVATIONS[name](EXTREMES)).all()
    assert jnp.isfinite(slopes(name, EXTREMES)).all()


@every_activation
def test_far_out_in_float32_equals_the_closed_form(name):
    with np.errstate(over="ignore"):
        expected = ORACLES[name][0](np.asarray(EXTREMES, np.float64))
    expected = np.where(np.isinf(expected), EXTREMES, expected)  # the naive softplus overflows, ours must not
    np.testing.assert_allclose(ACTIVATIONS[name](EXTREMES), expected, rtol=2e-6, atol=1e-6)


@every_activation
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_keeps_shape_and_dtype(name, dtype):
    z = jax.ShapeDtypeStruct((2, 3), dtype)
    answer = jax.eval_shape(ACTIVATIONS[name], z)
    assert (answer.shape, answer.dtype) == (z.shape, z.dtype)


@every_activation
def test_goes_through_jit_and_vmap(name):
    z = jnp.linspace(-3, 3, 12).reshape(4, 3)
    expected = ACTIVATIONS[name](z)
    np.testing.assert_allclose(jax.jit(jax.vmap(ACTIVATIONS[name]))(z), expected, rtol=1e-6, atol=1e-6)


@every_activation
def test_facts_are_complete(name):
    entry = ACTIVATIONS.entry(name)
    assert entry.formula
    assert entry.source
    assert entry.facts["derivative"]
    assert entry.facts["initializer"] in INITIALIZERS


@pytest.mark.parametrize(
    ("family", "names"),
    [
        ("glorot", ["tanh", "sigmoid", "softmax"]),
        ("he", ["relu", "leaky_relu", "prelu", "elu", "gelu", "silu", "swish", "mish"]),
        ("lecun", ["selu"]),
    ],
)
def test_pairing_rule(family, names):
    assert {initializer_for(name).split("_")[0] for name in names} == {family}


def test_slopes_can_be_learned():
    slope = jax.grad(lambda alpha: prelu(jnp.array([-2.0, 3.0]), alpha).sum())(0.25)
    assert float(slope) == -2.0


def test_parameters_change_the_curve():
    assert leaky_relu(jnp.array(-2.0), alpha=0.5) == -1.0
    assert swish(jnp.array(3.0), beta=0.0) == 1.5


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'relu'"):
        ACTIVATIONS["rellu"]
