"""Initializers: how weights are drawn before training; which one and with what fans, the layers decide.

Each is ``f(key, shape, dtype=float32, *, fan_in, fan_out, **options) -> array``. ``fan_in`` counts the
inputs that one output sums over, ``fan_out`` the outputs that one input feeds; the layer states both, so
that no initializer has to guess which axis is which. Those whose spread does not depend on them ignore them.

The variance of a uniform draw from [−a, a] is a²/3, so each uniform member has a = √(3 · variance).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.registry import Registry

Initializer: TypeAlias = Callable[..., Array]
Shape: TypeAlias = Sequence[int]

INITIALIZERS: Registry[Initializer] = Registry("initializer")


def fans(shape: Shape) -> tuple[int, int]:
    """Return ``(fan_in, fan_out)`` of weights laid out as ``(outputs, inputs, *window)``.

    A dense layer has no window; in a convolution every position of the window counts as an input.

    >>> fans((64, 30)), fans((16, 3, 5, 5))
    ((30, 64), (75, 400))
    """
    outputs, inputs, *window = shape
    positions = math.prod(window)
    return inputs * positions, outputs * positions


def draw_uniform(key: Array, shape: Shape, dtype: Any, variance: Array | float) -> Array:
    """Draw from the uniform distribution around zero that has this ``variance``."""
    bound = jnp.sqrt(3 * jnp.asarray(variance, dtype))
    return jax.random.uniform(key, tuple(shape), dtype, -bound, bound)


def draw_normal(key: Array, shape: Shape, dtype: Any, variance: Array | float) -> Array:
    """Draw from the normal distribution around zero that has this ``variance``."""
    return jnp.sqrt(jnp.asarray(variance, dtype)) * jax.random.normal(key, tuple(shape), dtype)


@INITIALIZERS.register("zeros", formula="0", source="kept to show the symmetry that never breaks")
def zeros(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Start at zero: right for biases; for hidden weights every unit then stays the same as its neighbour.

    >>> zeros(jax.random.key(0), (2, 2), fan_in=2, fan_out=2).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    return jnp.zeros(shape, dtype)


@INITIALIZERS.register("constant", formula="c", source="no draw; shows the same symmetry as zeros")
def constant(
    key: Array,
    shape: Shape,
    dtype: Any = jnp.float32,
    *,
    fan_in: int,
    fan_out: int,
    value: Array | float = 0.01,
) -> Array:
    """Start every weight at ``value``.

    >>> constant(jax.random.key(0), (2,), fan_in=2, fan_out=1, value=0.5).tolist()
    [0.5, 0.5]
    """
    return jnp.full(shape, value, dtype)


@INITIALIZERS.register("uniform", formula="U[−ε, ε], ε = 0.05", source="practice before Glorot & Bengio 2010")
def uniform(
    key: Array,
    shape: Shape,
    dtype: Any = jnp.float32,
    *,
    fan_in: int,
    fan_out: int,
    epsilon: Array | float = 0.05,
) -> Array:
    """Draw from [−``epsilon``, ``epsilon``], whatever the width of the layer.

    >>> draws = uniform(jax.random.key(0), (9, 9), fan_in=9, fan_out=9, epsilon=0.5)
    >>> bool(abs(draws).max() <= 0.5)
    True
    """
    return draw_uniform(key, shape, dtype, jnp.square(epsilon) / 3)


@INITIALIZERS.register("normal", formula="N(0, ε²), ε = 0.05", source="practice before Glorot & Bengio 2010")
def normal(
    key: Array,
    shape: Shape,
    dtype: Any = jnp.float32,
    *,
    fan_in: int,
    fan_out: int,
    epsilon: Array | float = 0.05,
) -> Array:
    """Draw with standard deviation ``epsilon``, whatever the width of the layer.

    >>> normal(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_normal(key, shape, dtype, jnp.square(epsilon))


@INITIALIZERS.register(
    "glorot_uniform",
    formula="U[−a, a], variance a²/3 = 2 / (fan_in + fan_out)",
    source="Glorot & Bengio 2010 (Xavier)",
)
def glorot_uniform(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Keep the variance of signals and of gradients alike; for tanh, sigmoid and softmax.

    Lecture notes sometimes print the variance as 1 / (fan_in + fan_out); the published one has the 2.

    >>> draws = glorot_uniform(jax.random.key(0), (2, 4), fan_in=4, fan_out=2)
    >>> bool(abs(draws).max() <= 1.0)
    True
    """
    return draw_uniform(key, shape, dtype, 2 / (fan_in + fan_out))


@INITIALIZERS.register(
    "glorot_normal",
    formula="N(0, 2 / (fan_in + fan_out))",
    source="Glorot & Bengio 2010 (Xavier)",
)
def glorot_normal(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Keep the variance of signals and of gradients alike, drawn from a normal distribution.

    >>> glorot_normal(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_normal(key, shape, dtype, 2 / (fan_in + fan_out))


@INITIALIZERS.register(
    "he_uniform",
    formula="U[−a, a], variance a²/3 = 2 / fan_in",
    source="He et al. 2015 (Kaiming), arXiv:1502.01852",
)
def he_uniform(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Keep the variance of signals through ReLU, which drops half of them.

    >>> he_uniform(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_uniform(key, shape, dtype, 2 / fan_in)


@INITIALIZERS.register(
    "he_normal",
    formula="N(0, 2 / fan_in)",
    source="He et al. 2015 (Kaiming), arXiv:1502.01852",
)
def he_normal(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Keep the variance of signals through ReLU and its relatives, drawn from a normal distribution.

    >>> he_normal(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_normal(key, shape, dtype, 2 / fan_in)


@INITIALIZERS.register(
    "lecun_uniform",
    formula="U[−a, a], variance a²/3 = 1 / fan_in",
    source="LeCun et al. 1998, Efficient BackProp",
)
def lecun_uniform(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Give the weighted sum of unit-variance inputs unit variance.

    >>> lecun_uniform(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_uniform(key, shape, dtype, 1 / fan_in)


@INITIALIZERS.register(
    "lecun_normal",
    formula="N(0, 1 / fan_in)",
    source="LeCun et al. 1998, Efficient BackProp",
)
def lecun_normal(key: Array, shape: Shape, dtype: Any = jnp.float32, *, fan_in: int, fan_out: int) -> Array:
    """Give the weighted sum unit variance, drawn from a normal distribution; what SELU assumes.

    >>> lecun_normal(jax.random.key(0), (3, 4), fan_in=4, fan_out=3).shape
    (3, 4)
    """
    return draw_normal(key, shape, dtype, 1 / fan_in)


@INITIALIZERS.register(
    "orthogonal",
    formula="gain · Q, QᵀQ = 1 or QQᵀ = 1",
    source="Saxe, McClelland & Ganguli 2014, arXiv:1312.6120",
)
def orthogonal(
    key: Array,
    shape: Shape,
    dtype: Any = jnp.float32,
    *,
    fan_in: int,
    fan_out: int,
    gain: float = 1.0,
) -> Array:
    """Draw a random rotation, seen as the matrix ``(shape[0], everything else)``, that keeps lengths.

    Rows are orthonormal where there are fewer rows than columns, columns where there are more.

    >>> matrix = orthogonal(jax.random.key(0), (3, 3), fan_in=3, fan_out=3)
    >>> bool(jnp.allclose(matrix @ matrix.T, jnp.eye(3), atol=1e-5))
    True
    """
    draw = jax.nn.initializers.orthogonal(gain, column_axis=0)
    precise = dtype if jnp.finfo(dtype).bits >= 32 else jnp.float32  # shorter floats have no decomposition
    return draw(key, tuple(shape), precise).astype(dtype)
