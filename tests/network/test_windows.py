"""Convolution and pooling against direct sums in NumPy, on the CPU's way and the accelerator's."""

from __future__ import annotations

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trainwell as tw
from tests.network.calls import KEY, over_batch, rows
from trainwell.network.layers import AveragePooling, Convolution, MaxPooling
from trainwell.network.layers.convolution import by_patches, natively
from trainwell.network.layers.filtering import by_filtering, suits
from trainwell.network.layers.windows import margins


def padded(x: np.ndarray, kernel: tuple, stride: tuple, padding: str, fill: float = 0.0) -> np.ndarray:
    edges = [margins(size, *rest, padding) for size, *rest in zip(x.shape, kernel, stride, strict=False)]
    return np.pad(x.astype(np.float64), [*edges, (0, 0)], constant_values=fill)


def windows(x: np.ndarray, kernel: tuple, stride: tuple) -> tuple[dict, tuple]:
    """Return what the window sees at every place, and how many places there are along each axis."""
    places = tuple((size - k) // s + 1 for size, k, s in zip(x.shape, kernel, stride, strict=False))
    seen = {}
    for place in itertools.product(*map(range, places)):
        cut = tuple(slice(p * s, p * s + k) for p, s, k in zip(place, stride, kernel, strict=True))
        seen[place] = x[cut]
    return seen, places


def convolved(x: np.ndarray, weight: np.ndarray, stride: tuple, padding: str) -> np.ndarray:
    """Return Σ w[o, c, d] x[s·p + d, c] by loops over places."""
    kernel = weight.shape[2:]
    seen, places = windows(padded(x, kernel, stride, padding), kernel, stride)
    out = np.zeros((*places, len(weight)))
    for place, window in seen.items():
        out[place] = np.tensordot(np.moveaxis(weight, 1, -1).astype(np.float64), window, axes=window.ndim)
    return out


CASES = [
    ((7, 6), (3, 3), (1, 1), "same"),
    ((7, 6), (3, 3), (2, 2), "same"),
    ((7, 6), (3, 2), (2, 1), "valid"),
    ((6, 6), (4, 4), (1, 1), "same"),
    ((6, 8), (3, 3), (1, 1), "valid"),
    ((7, 4), (2, 3), (2, 1), "same"),
    ((9,), (3,), (1,), "same"),
    ((8,), (3,), (1,), "valid"),
    ((9,), (5,), (1,), "same"),
    ((9,), (4,), (3,), "valid"),
]


@pytest.mark.parametrize(("space", "kernel", "stride", "padding"), CASES)
def test_convolution_equals_a_direct_sum_every_way(space, kernel, stride, padding):
    layer = Convolution(3, 4, kernel, stride=stride, padding=padding, key=KEY)
    layer = eqx.tree_at(lambda own: own.bias, layer, jnp.arange(4.0))
    x = rows(2, *space, 3)
    expected = np.stack([convolved(each, np.asarray(layer.weight), stride, padding) for each in x])
    np.testing.assert_allclose(over_batch(layer, x)[0], expected + np.arange(4), atol=1e-5)
    three_wide = kernel[-1] == 3 and stride[-1] == 1
    for way in (by_patches, natively, by_filtering) if three_wide else (by_patches, natively):
        out = jax.vmap(lambda each, way=way: way(each, layer.weight, stride, padding))(x)
        np.testing.assert_allclose(out, expected, atol=1e-5)


def test_convolution_that_keeps_the_size_does():
    assert Convolution(1, 2, (3, 3), key=KEY)(jnp.zeros((5, 8, 1)), None)[0].shape == (5, 8, 2)


@pytest.mark.parametrize("initializer", ["he_normal", "glorot_uniform", "lecun_normal"])
def test_convolution_weights_are_drawn_by_the_window_times_the_channels(initializer):
    weight = Convolution(50, 60, (5, 5), initializer=initializer, key=KEY).weight
    fan_in, fan_out = 50 * 25, 60 * 25
    expected = {"he_normal": 2 / fan_in, "glorot_uniform": 2 / (fan_in + fan_out), "lecun_normal": 1 / fan_in}
    assert float(weight.var()) == pytest.approx(expected[initializer], rel=0.03)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="elsewhere it is the native operation")
def test_a_convolution_of_many_channels_takes_fewer_products():
    layer, x = Convolution(24, 16, (3, 3), key=KEY), jnp.asarray(rows(1, 6, 7, 24)[0])
    assert suits(x, layer.weight, layer.stride)
    counted = jax.jit(lambda x: layer(x, None)[0]).lower(x).compile().cost_analysis()["flops"]
    plain = 2 * 6 * 7 * 16 * 24 * 9
    assert 6 * 8 / (6 * 7) * 2 / 3 * plain < counted < 0.9 * plain
    np.testing.assert_allclose(
        layer(x, None)[0], convolved(np.asarray(x), np.asarray(layer.weight), (1, 1), "same"), atol=1e-4
    )


@pytest.mark.parametrize(
    ("strides", "ways"), [((1, 1), (by_patches, by_filtering)), ((2, 1), (by_filtering,)), ((2, 2), (by_patches,))]
)
def test_all_ways_have_the_same_gradients(strides, ways):
    weight, x = jnp.asarray(rows(2, 3, 3, 3)), jnp.asarray(rows(1, 6, 6, 3)[0])

    def height(way, weight, x):
        return jnp.sum(jnp.sin(way(x, weight, strides, "same")))

    wanted = jax.grad(height, (1, 2))(natively, weight, x)
    for way in ways:
        for one, other in zip(jax.grad(height, (1, 2))(way, weight, x), wanted, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("pooling", [MaxPooling((2, 2)), AveragePooling((2, 2), stride=(1, 1), padding="same")])
def test_gradients_of_convolution_and_pooling_by_differences(pooling):
    layer = Convolution(2, 2, (3, 3), key=KEY)

    def through(layer, image):
        return jnp.tanh(pooling(layer(image, None)[0], None)[0])

    assert tw.autodiff.check_gradient(through, (layer, jnp.asarray(rows(1, 5, 5, 2)[0]))).verdict == "agrees"


@pytest.mark.parametrize(
    ("space", "window", "stride", "padding"),
    [
        ((6, 6), (2, 2), (2, 2), "valid"),
        ((7, 5), (3, 2), (2, 2), "valid"),
        ((7, 5), (3, 3), (2, 2), "same"),
        ((9,), (2,), (2,), "same"),
        ((9,), (3,), (1,), "valid"),
    ],
)
def test_pooling_equals_numpy(space, window, stride, padding):
    x = rows(2, *space, 3)
    for layer, keep in ((MaxPooling, np.nanmax), (AveragePooling, np.nanmean)):
        out = over_batch(layer(window, stride=stride, padding=padding), x)[0]
        for each, got in zip(x, out, strict=True):
            seen, places = windows(padded(each, window, stride, padding, fill=np.nan), window, stride)
            assert got.shape == (*places, 3)
            for place, part in seen.items():
                np.testing.assert_allclose(got[place], keep(part.reshape(-1, 3), axis=0), rtol=1e-5)
