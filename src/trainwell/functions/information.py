"""Information measures of distributions, on the host in float64; their trainable relatives are losses.

Distributions lie along the last axis; leading axes are a batch. ``unit`` is ``"bits"`` or ``"nats"``; 1 bit
is log 2 = 0.693 nats. Zero probabilities add nothing, since x log x → 0. What is no distribution is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainwell.errors import DataError, unknown_name
from trainwell.registry import Registry

Unit: TypeAlias = Literal["bits", "nats"]
Measure: TypeAlias = Callable[..., Any]

NATS: dict[str, float] = {"bits": math.log(2), "nats": 1.0}
ROUNDING = 1e-5

INFORMATION: Registry[Measure] = Registry("information measure")


def distribution(values: ArrayLike, axes: tuple[int, ...] = (-1,)) -> NDArray[np.float64]:
    """Return ``values`` in float64 with the rounding of their sum over ``axes`` taken out.

    Raises:
        DataError: a value is negative or not finite, or a sum is further than 1e-5 from 1.

    >>> distribution([0.5, 0.6])
    Traceback (most recent call last):
    trainwell.errors.DataError: probabilities must be at least 0 and sum to 1, but got [0.5, 0.6] with sum \
1.1; divide by the sum first.
    """
    probabilities = np.asarray(values, np.float64)
    totals = np.sum(probabilities, axis=axes, keepdims=True)
    if not (np.all(probabilities >= 0) and np.all(np.abs(totals - 1) <= ROUNDING)):
        received = np.array2string(probabilities, separator=", ", threshold=8)
        total = np.array2string(np.squeeze(totals), separator=", ", threshold=8)
        raise DataError(
            f"probabilities must be at least 0 and sum to 1, but got {received} with sum {total}; "
            "divide by the sum first."
        )
    return np.asarray(probabilities / totals)


def x_log_y(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x log y entry by entry: 0 where x is 0, −∞ where y alone is.

    >>> x_log_y(np.array([0.0, 1.0]), np.zeros(2)).tolist()
    [0.0, -inf]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(x * np.log(np.where(x > 0, y, 1)))


def in_unit(nats: Any, unit: str) -> Any:
    """Convert from nats.

    Raises:
        UnknownNameError: the unit is neither bits nor nats.

    >>> in_unit(math.log(8), "bits")
    3.0
    """
    if unit not in NATS:
        raise unknown_name("unit of information", unit, NATS)
    return nats / NATS[unit]


@INFORMATION.register("entropy", formula="H(p) = −Σₖ pₖ log pₖ", source="Shannon 1948")
def entropy(p: ArrayLike, unit: Unit = "bits") -> Any:
    """Average surprise: log K for a uniform distribution over K states, 0 for a certain one.

    Args:
        p: probabilities, ``(..., states)``.
        unit: of the answer, whose shape is ``(...)``.

    Raises:
        DataError: ``p`` is no distribution.

    >>> float(entropy([0.25, 0.25, 0.25, 0.25])), float(entropy([1.0, 0.0]))
    (2.0, 0.0)
    """
    return cross_entropy(p, p, unit)


@INFORMATION.register("binary_entropy", formula="H(θ) = −θ log θ − (1 − θ) log(1 − θ)", source="Shannon 1948")
def binary_entropy(theta: ArrayLike, unit: Unit = "bits") -> Any:
    """Entropy of a coin that shows heads with probability ``theta``: at most 1 bit, at θ = ½.

    Raises:
        DataError: ``theta`` lies outside [0, 1].

    >>> [round(float(bits), 4) for bits in binary_entropy([0.0, 0.1, 0.5])]
    [0.0, 0.469, 1.0]
    """
    heads = np.asarray(theta, np.float64)
    return entropy(np.stack([heads, 1 - heads], axis=-1), unit)


@INFORMATION.register("cross_entropy", formula="H(p, q) = −Σₖ pₖ log qₖ", source="Shannon 1948; Kerridge 1961")
def cross_entropy(p: ArrayLike, q: ArrayLike, unit: Unit = "bits") -> Any:
    """Average length of messages from ``p`` in the code made for ``q``; ∞ where q rules out what p does not.

    Raises:
        DataError: ``p`` or ``q`` is no distribution.

    >>> float(cross_entropy([0.5, 0.5], [0.25, 0.75])) > float(entropy([0.5, 0.5]))
    True
    """
    return in_unit(0 - np.sum(x_log_y(distribution(p), distribution(q)), axis=-1), unit)


@INFORMATION.register(
    "perplexity",
    formula="2^H(p, q) with H in bits = e^H(p, q) with H in nats",
    source="Jelinek et al. 1977",
)
def perplexity(p: ArrayLike, q: ArrayLike | None = None) -> Any:
    """Number of equally likely states that would surprise as much; the same number from bits and from nats.

    Without ``q`` it is the perplexity of ``p`` itself.

    Raises:
        DataError: ``p`` or ``q`` is no distribution.

    >>> round(float(perplexity([0.25, 0.25, 0.25, 0.25])), 6)
    4.0
    """
    return np.exp(cross_entropy(p, p if q is None else q, "nats"))


@INFORMATION.register(
    "kl_divergence",
    formula="KL(p ‖ q) = Σₖ pₖ log(pₖ/qₖ) = H(p, q) − H(p)",
    source="Kullback & Leibler 1951",
)
def kl_divergence(p: ArrayLike, q: ArrayLike, unit: Unit = "bits") -> Any:
    """What coding ``p`` by ``q`` costs beyond the entropy: never negative, 0 only where they agree.

    Raises:
        DataError: ``p`` or ``q`` is no distribution.

    >>> float(kl_divergence([1.0, 0.0], [0.5, 0.5])), float(kl_divergence([0.5, 0.5], [1.0, 0.0]))
    (1.0, inf)
    """
    return np.maximum(cross_entropy(p, q, unit) - entropy(p, unit), 0)  # rounding may end below zero


@INFORMATION.register(
    "mutual_information",
    formula="I(X, Y) = KL(p(x, y) ‖ p(x) p(y))",
    source="Shannon 1948",
)
def mutual_information(joint: ArrayLike, unit: Unit = "bits") -> Any:
    """What one variable tells about the other: 0 where they are independent.

    Args:
        joint: probabilities of the pairs, ``(..., states of x, states of y)``.
        unit: of the answer, whose shape is ``(...)``.

    Raises:
        DataError: ``joint`` is no distribution over pairs.

    >>> float(mutual_information([[0.5, 0.0], [0.0, 0.5]])), float(mutual_information([[0.25, 0.25]] * 2))
    (1.0, 0.0)
    """
    pairs = distribution(joint, axes=(-2, -1))
    independent = pairs.sum(axis=-1, keepdims=True) * pairs.sum(axis=-2, keepdims=True)
    flat = (*pairs.shape[:-2], -1)
    return kl_divergence(pairs.reshape(flat), independent.reshape(flat), unit)
