"""Initializers: one conformance suite, and for each member the variance of 10⁶ draws against its formula."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.errors import UnknownNameError
from trainwell.functions.initializers import INITIALIZERS, constant, fans, normal, orthogonal, uniform

SHAPES = {"dense": (800, 1250), "convolution": (160, 250, 5, 5)}
KEY = jax.random.key(7)
VARIANCES = {  # the oracle: variance from (fan_in, fan_out); None where the member has a test of its own
    "zeros": lambda fan_in, fan_out: 0.0,
    "constant": lambda fan_in, fan_out: 0.0,
    "uniform": lambda fan_in, fan_out: 0.05**2 / 3,
    "normal": lambda fan_in, fan_out: 0.05**2,
    "glorot_uniform": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "glorot_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he_uniform": lambda fan_in, fan_out: 2 / fan_in,
    "he_normal": lambda fan_in, fan_out: 2 / fan_in,
    "lecun_uniform": lambda fan_in, fan_out: 1 / fan_in,
    "lecun_normal": lambda fan_in, fan_out: 1 / fan_in,
    "orthogonal": None,
}
every_initializer = pytest.mark.parametrize("name", INITIALIZERS)
spread = [name for name, variance in VARIANCES.items() if variance and variance(1, 1) > 0]


def draw(name, shape, **options):
    fan_in, fan_out = fans(shape)
    return INITIALIZERS[name](KEY, shape, fan_in=fan_in, fan_out=fan_out, **options)


def test_every_initializer_has_an_oracle():
    assert set(VARIANCES) == set(INITIALIZERS)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("name", spread)
def test_variance_of_a_million_draws(name, kind):
    shape = SHAPES[kind]
    draws = np.asarray(draw(name, shape), np.float64)
    assert draws.size >= 10**6
    expected = VARIANCES[name](*fans(shape))
    assert draws.var() == pytest.approx(expected, rel=0.03)
    assert abs(draws.mean()) < 5 * np.sqrt(expected / draws.size)


@pytest.mark.parametrize("name", [name for name in spread if name.endswith("uniform")])
def test_uniform_draws_reach_their_bound_and_no_further(name):
    shape = (100, 300)
    bound = np.sqrt(3 * VARIANCES[name](*fans(shape)))
    largest = float(jnp.abs(draw(name, shape)).max())
    assert 0.999 * bound < largest <= bound * (1 + 1e-6)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4), (4, 3, 2, 2)])
def test_orthogonal_keeps_lengths(shape):
    matrix = np.asarray(draw("orthogonal", shape, gain=2.0)).reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, 4 * np.eye(len(matrix)), atol=1e-5)


def test_constants():
    assert not draw("zeros", (3, 2)).any()
    assert (draw("constant", (3, 2), value=0.5) == 0.5).all()


@every_initializer
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_gives_the_shape_and_dtype_asked_for(name, dtype):
    answer = jax.eval_shape(lambda key: INITIALIZERS[name](key, (4, 3), dtype, fan_in=3, fan_out=4), KEY)
    assert (answer.shape, answer.dtype) == ((4, 3), dtype)


@every_initializer
def test_the_key_decides_and_vmap_draws_many(name):
    def one(key):
        return INITIALIZERS[name](key, (4, 3), fan_in=3, fan_out=4)

    many = jax.jit(jax.vmap(one))(jax.random.split(KEY, 3))
    np.testing.assert_allclose(many[1], one(jax.random.split(KEY, 3)[1]), atol=1e-6)
    differs = bool((many[0] != many[1]).any())
    assert differs == (name not in {"zeros", "constant"})


@pytest.mark.parametrize(("member", "option"), [(constant, "value"), (normal, "epsilon"), (uniform, "epsilon")])
def test_options_may_be_traced(member, option):
    def mean_size(number):
        return jnp.abs(member(KEY, (4, 3), fan_in=3, fan_out=4, **{option: number})).mean()

    assert jax.grad(mean_size)(0.5) > 0


@every_initializer
def test_facts_are_complete(name):
    assert INITIALIZERS.entry(name).formula
    assert INITIALIZERS.entry(name).source


def test_orthogonal_seed_changes_the_rotation():
    first, second = (orthogonal(jax.random.key(seed), (3, 3), fan_in=3, fan_out=3) for seed in (0, 1))
    assert not jnp.allclose(first, second)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'he_normal'"):
        INITIALIZERS["henormal"]
