"""Information measures of distributions, on the host in float64; their trainable relatives are losses.

Distributions lie along the last axis; leading axes are a batch. ``base`` is that of the logarithm: 2 for bits,
``math.e`` for nats, 10 for digits; 1 bit is log 2 = 0.693 nats. Zero probabilities add nothing, since x log x → 0. What
is no distribution is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainwell.errors import DataError
from trainwell.registry import Registry

Measure: TypeAlias = Callable[..., Any]

ROUNDING = 1e-5

INFORMATION: Registry[Measure] = Registry("information measure")


def distribution(values: ArrayLike, axes: tuple[int, ...] = (-1,)) -> NDArray[np.float64]:
    """Return ``values`` in float64 with the rounding of their sum over ``axes`` taken out.

    Raises:
        DataError: there are fewer axes, a value is negative or not finite, or a sum is further than 1e-5 from 1.

    >>> distribution([0.5, 0.6])
    Traceback (most recent call last):
    trainwell.errors.DataError: probabilities must be at least 0 and sum to 1, but got [0.5, 0.6] with sum \
1.1; divide by the sum first.
    """
    probabilities = np.asarray(values, np.float64)
    if probabilities.ndim < len(axes):
        wanted = "pairs, (…, states of x, states of y)" if len(axes) > 1 else "states, (…, states)"
        raise DataError(
            f"probabilities must be an array over {wanted}, but got shape {probabilities.shape}; reshape it."
        )
    totals = np.sum(probabilities, axis=axes, keepdims=True)
    if not (np.all(probabilities >= 0) and np.all(np.abs(totals - 1) <= ROUNDING)):
        received = np.array2string(probabilities, separator=", ", threshold=8)
        total = np.array2string(np.squeeze(totals), separator=", ", threshold=8)
        raise DataError(
            f"probabilities must be at least 0 and sum to 1, but got {received} with sum {total}; "
            "divide by the sum first."
        )
    return np.asarray(probabilities / totals)


def refuse_other_states(p: tuple[int, ...], q: tuple[int, ...]) -> None:
    """Raise ``DataError`` unless two shapes are of distributions over the same states, in batches that fit together.

    >>> refuse_other_states((2,), (3,))
    Traceback (most recent call last):
    trainwell.errors.DataError: both distributions must be over the same states, (…, states), but got shapes (2,) \
and (3,); give every state a probability in both, 0 where it cannot be.
    """
    pairs = zip(p[-2::-1], q[-2::-1], strict=False)
    if p[-1] != q[-1] or not all(one == other or 1 in (one, other) for one, other in pairs):
        raise DataError(
            f"both distributions must be over the same states, (…, states), but got shapes {p} and {q}; give every "
            "state a probability in both, 0 where it cannot be."
        )


def x_log_y(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return x log y entry by entry: 0 where x is 0, −∞ where y alone is.

    >>> x_log_y(np.array([0.0, 1.0]), np.zeros(2)).tolist()
    [0.0, -inf]
    """
    with np.errstate(divide="ignore"):
        return np.asarray(x * np.log(np.where(x > 0, y, 1)))


def in_base(nats: Any, base: float) -> Any:
    """Convert from nats to units of a logarithm's base.

    Raises:
        DataError: the base is not above 1.

    >>> in_base(math.log(8), 2)
    3.0
    """
    if isinstance(base, bool) or not isinstance(base, int | float) or not 1 < base < math.inf:
        raise DataError(f"base must be a number above 1, such as 2 for bits or math.e for nats, but got {base!r}.")
    return nats / math.log(base)


@INFORMATION.register("entropy", formula="H(p) = −Σₖ pₖ log pₖ", source="Shannon 1948")
def entropy(p: ArrayLike, base: float = 2) -> Any:
    """Average surprise: log K for a uniform distribution over K states, 0 for a certain one.

    Args:
        p: probabilities, ``(..., states)``.
        base: of the logarithm; the answer has shape ``(...)``.

    Raises:
        DataError: ``p`` is no distribution.

    >>> float(entropy([0.25, 0.25, 0.25, 0.25])), float(entropy([1.0, 0.0]))
    (2.0, 0.0)
    """
    return cross_entropy(p, p, base)


@INFORMATION.register("binary_entropy", formula="H(θ) = −θ log θ − (1 − θ) log(1 − θ)", source="Shannon 1948")
def binary_entropy(theta: ArrayLike, base: float = 2) -> Any:
    """Entropy of a coin that shows heads with probability ``theta``: at most 1 bit, at θ = ½.

    Raises:
        DataError: ``theta`` lies outside [0, 1].

    >>> [round(float(bits), 4) for bits in binary_entropy([0.0, 0.1, 0.5])]
    [0.0, 0.469, 1.0]
    """
    heads = np.asarray(theta, np.float64)
    return entropy(np.stack([heads, 1 - heads], axis=-1), base)


@INFORMATION.register("cross_entropy", formula="H(p, q) = −Σₖ pₖ log qₖ", source="Shannon 1948; Kerridge 1961")
def cross_entropy(p: ArrayLike, q: ArrayLike, base: float = 2) -> Any:
    """Average length of messages from ``p`` in the code made for ``q``; ∞ where q rules out what p does not.

    Raises:
        DataError: ``p`` or ``q`` is no distribution, or they are over different states.

    >>> float(cross_entropy([0.5, 0.5], [0.25, 0.75])) > float(entropy([0.5, 0.5]))
    True
    """
    from_p, from_q = distribution(p), distribution(q)
    refuse_other_states(from_p.shape, from_q.shape)
    return in_base(0 - np.sum(x_log_y(from_p, from_q), axis=-1), base)


@INFORMATION.register(
    "perplexity",
    formula="bᴴ, H = H(p, q) in base b: 2ᴴ from bits, eᴴ from nats",
    source="Jelinek et al. 1977",
)
def perplexity(p: ArrayLike, q: ArrayLike | None = None, base: float = 2) -> Any:
    """Number of equally likely states that would surprise as much; the same number from any ``base``, up to rounding.

    Without ``q`` it is the perplexity of ``p`` itself.

    Raises:
        DataError: ``p`` or ``q`` is no distribution, or they are over different states.

    >>> round(float(perplexity([0.25, 0.25, 0.25, 0.25])), 6)
    4.0
    """
    return base ** cross_entropy(p, p if q is None else q, base)


@INFORMATION.register(
    "kl_divergence",
    formula="KL(p ‖ q) = Σₖ pₖ log(pₖ/qₖ) = H(p, q) − H(p)",
    source="Kullback & Leibler 1951",
)
def kl_divergence(p: ArrayLike, q: ArrayLike, base: float = 2) -> Any:
    """What coding ``p`` by ``q`` costs beyond the entropy: never negative, 0 only where they agree.

    Raises:
        DataError: ``p`` or ``q`` is no distribution, or they are over different states.

    >>> float(kl_divergence([1.0, 0.0], [0.5, 0.5])), float(kl_divergence([0.5, 0.5], [1.0, 0.0]))
    (1.0, inf)
    """
    return np.maximum(cross_entropy(p, q, base) - entropy(p, base), 0)  # rounding may end below zero


@INFORMATION.register(
    "mutual_information",
    formula="I(X, Y) = KL(p(x, y) ‖ p(x) p(y))",
    source="Shannon 1948",
)
def mutual_information(joint: ArrayLike, base: float = 2) -> Any:
    """What one variable tells about the other: 0 where they are independent.

    Args:
        joint: probabilities of the pairs, ``(..., states of x, states of y)``.
        base: of the logarithm; the answer has shape ``(...)``.

    Raises:
        DataError: ``joint`` is no distribution over pairs.

    >>> float(mutual_information([[0.5, 0.0], [0.0, 0.5]])), float(mutual_information([[0.25, 0.25]] * 2))
    (1.0, 0.0)
    """
    pairs = distribution(joint, axes=(-2, -1))
    independent = pairs.sum(axis=-1, keepdims=True) * pairs.sum(axis=-2, keepdims=True)
    flat = (*pairs.shape[:-2], -1)
    return kl_divergence(pairs.reshape(flat), independent.reshape(flat), base)
