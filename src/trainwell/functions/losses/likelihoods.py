"""Negative log-likelihoods of numbers: counts (Poisson) and spreads (Gauss); of classes, see classes.py."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.errors import DataError
from trainwell.functions.losses.loss import loss
from trainwell.functions.losses.shapes import mean_of_each, paired

LARGEST_LOG_RATE = 30.0
SMALLEST_VARIANCE = 1e-6


def rate(log_rates: Array) -> Array:
    """Return eᵃ, continued by its tangent beyond a = 30 (10¹³ events), so that its slope never overflows.

    >>> float(rate(jnp.array(0.0)))
    1.0
    """
    capped = jnp.exp(jnp.minimum(log_rates, LARGEST_LOG_RATE))
    tangent = math.exp(LARGEST_LOG_RATE) * (1 + log_rates - LARGEST_LOG_RATE)
    return jnp.where(log_rates < LARGEST_LOG_RATE, capped, tangent)


@loss(
    "poisson_nll",
    tasks=("regression",),
    takes="log-rates",
    formula="mean over outputs of eᵃ − y a (the constant log y! left out)",
    source="Nelder & Wedderburn 1972",
)
def poisson_nll(outputs: Array, targets: Array) -> Array:
    """Negative log-likelihood of counts y whose expected number is eᵃ; the gradient is eᵃ − y.

    >>> float(poisson_nll(jnp.array([[0.0]]), jnp.array([3.0])))
    1.0
    """
    log_rates, counts = paired(outputs, targets)
    return mean_of_each(rate(log_rates) - counts * log_rates)


def mean_and_variance(outputs: Array) -> tuple[Array, Array]:
    """Split outputs ``(batch, 2 · targets)``: first the means, then what softplus turns into variances.

    Raises:
        DataError: the number of outputs is odd.

    >>> mean, variance = mean_and_variance(jnp.array([[3.0, 0.0]]))
    >>> mean.tolist(), round(float(variance[0, 0]), 4)
    ([[3.0]], 0.6931)
    """
    if outputs.shape[-1] % 2:
        raise DataError(
            "a mean and a variance for each target need an even number of outputs, but got "
            f"{outputs.shape[-1]}; give the network two outputs for each target."
        )
    mean, raw = jnp.split(outputs, 2, axis=-1)
    return mean, jax.nn.softplus(raw) + SMALLEST_VARIANCE


@loss(
    "gaussian_nll",
    tasks=("regression",),
    takes="mean and variance",
    formula="mean over targets of ½ (log v + (y − μ)²/v + log 2π), v = softplus(r) + 10⁻⁶",
    source="Nix & Weigend 1994",
)
def gaussian_nll(outputs: Array, targets: Array) -> Array:
    """Negative log-likelihood of numbers under a normal distribution whose spread the network learns as well.

    Outputs are ``(batch, 2 · targets)``, see :func:`mean_and_variance`; targets ``(batch, targets)``.

    >>> certain = jnp.array([[0.0, jnp.log(jnp.expm1(1.0))]])
    >>> round(float(gaussian_nll(certain, jnp.array([[0.0]]))), 4)
    0.9189
    """
    mean, variance = mean_and_variance(outputs)
    mean, truth = paired(mean, targets)
    variance = variance.reshape(mean.shape)
    likelihoods = jnp.log(variance) + jnp.square(mean - truth) / variance + math.log(2 * math.pi)
    return 0.5 * mean_of_each(likelihoods)
