"""Losses on numbers by distance; those that come from a distribution are in likelihoods.py."""

from __future__ import annotations

import math

import jax.numpy as jnp
from jax import Array

from trainwell.functions.losses.loss import loss
from trainwell.functions.losses.shapes import mean_of_each, paired


def residuals(outputs: Array, targets: Array) -> Array:
    """Return outputs less targets, whichever way a single output is written."""
    outputs, targets = paired(outputs, targets)
    return outputs - targets


@loss("mse", tasks=("regression",), takes="values", formula="mean over outputs of (ŷ − y)²", source="Gauss 1809")
def mse(outputs: Array, targets: Array) -> Array:
    """Mean squared error; its best constant answer is the mean.

    Raises:
        DataError: outputs and targets differ in shape.

    >>> float(mse(jnp.array([[1.0], [3.0]]), jnp.array([1.0, 1.0])))
    2.0
    """
    return mean_of_each(jnp.square(residuals(outputs, targets)))


@loss(
    "half_mse",
    tasks=("regression",),
    takes="values",
    formula="½ Σₖ (ŷₖ − yₖ)²",
    source="Rumelhart, Hinton & Williams 1986",
)
def half_mse(outputs: Array, targets: Array) -> Array:
    """Half the sum of squares over the outputs, as textbooks write backpropagation: the gradient is ŷ − y.

    >>> float(half_mse(jnp.array([[1.0, 3.0]]), jnp.array([[1.0, 1.0]])))
    2.0
    """
    squares = jnp.square(residuals(outputs, targets))
    return 0.5 * jnp.sum(squares, axis=tuple(range(1, squares.ndim)))


@loss(
    "mae",
    tasks=("regression",),
    takes="values",
    formula="mean over outputs of |ŷ − y|",
    source="Laplace 1774",
)
def mae(outputs: Array, targets: Array) -> Array:
    """Mean absolute error; its best constant answer is the median, which outliers do not move.

    >>> float(mae(jnp.array([[1.0], [3.0]]), jnp.array([1.0, 1.0])))
    1.0
    """
    return mean_of_each(jnp.abs(residuals(outputs, targets)))


@loss(
    "huber",
    tasks=("regression",),
    takes="values",
    formula="½ r² if |r| ≤ δ else δ (|r| − δ/2), r = ŷ − y, δ = 1",
    source="Huber 1964",
)
def huber(outputs: Array, targets: Array, *, delta: Array | float = 1.0) -> Array:
    """Quadratic up to ``delta`` (in units of the target), linear beyond: smooth, yet calm about outliers.

    >>> float(huber(jnp.array([[3.0]]), jnp.array([[0.0]])))
    2.5
    """
    distance = jnp.abs(residuals(outputs, targets))
    inside = jnp.minimum(distance, delta)
    return mean_of_each(inside * (distance - 0.5 * inside))


@loss(
    "log_cosh",
    tasks=("regression",),
    takes="values",
    formula="mean over outputs of log cosh(ŷ − y)",
    source="Green 1990",
)
def log_cosh(outputs: Array, targets: Array) -> Array:
    """About r²/2 near zero and |r| − log 2 far away; its gradient is tanh r.

    >>> round(float(log_cosh(jnp.array([[1.0]]), jnp.array([[0.0]]))), 4)
    0.4338
    """
    residual = residuals(outputs, targets)
    return mean_of_each(jnp.logaddexp(residual, -residual) - math.log(2))
