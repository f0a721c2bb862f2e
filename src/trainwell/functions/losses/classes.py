"""Losses between classes, of which exactly one holds; yes-or-no and many-label losses are in binary.py."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array, lax
from jax.scipy.special import xlogy

from trainwell.functions.losses.loss import loss
from trainwell.functions.losses.shapes import distributions, smoothed


def centred(logits: Array) -> Array:
    """Shift each row so that its largest logit is 0: the softmax stays, and large logits lose no digits."""
    return logits - lax.stop_gradient(jnp.max(logits, axis=-1, keepdims=True))


def log_total(logits: Array) -> Array:
    """Return log Σₖ exp aₖ of centred logits: the sum lies between 1 and the number of classes."""
    return jnp.log(jnp.sum(jnp.exp(logits), axis=-1))


@loss(
    "cross_entropy",
    tasks=("multiclass",),
    takes="logits",
    formula="−Σₖ t′ₖ log softmax(a)ₖ, t′ = (1 − s) t + s/K",
    source="Bridle 1990; label smoothing: Szegedy et al. 2016, arXiv:1512.00567",
)
def cross_entropy(outputs: Array, targets: Array, *, label_smoothing: Array | float = 0.0) -> Array:
    """Surprise, in nats, at the true class under the softmax of the logits.

    Its gradient by the logits is softmax(a) − t′. Outputs are ``(batch, classes)``; targets class numbers
    ``(batch,)`` or distributions ``(batch, classes)``. ``label_smoothing`` s, a fraction, may be traced.

    Raises:
        DataError: the targets are neither.

    >>> round(float(cross_entropy(jnp.zeros((1, 4)), jnp.array([2]))), 4)
    1.3863
    """
    truth = smoothed(distributions(outputs, targets), label_smoothing, classes=outputs.shape[-1])
    logits = centred(outputs)
    return log_total(logits) - jnp.sum(truth * logits, axis=-1)


@loss(
    "cross_entropy_from_probabilities",
    tasks=("multiclass",),
    takes="probabilities",
    formula="−Σₖ t′ₖ log pₖ, t′ = (1 − s) t + s/K",
    source="Goodfellow, Bengio & Courville 2016, section 6.2.2",
)
def cross_entropy_from_probabilities(outputs: Array, targets: Array, *, label_smoothing: Array | float = 0.0) -> Array:
    """Cross-entropy of a network that ends in a softmax of its own; logits keep more digits.

    Probabilities ``(batch, classes)`` are kept one step of their dtype above 0, which costs much, not ∞.

    >>> round(float(cross_entropy_from_probabilities(jnp.array([[0.25, 0.75]]), jnp.array([0]))), 4)
    1.3863
    """
    truth = smoothed(distributions(outputs, targets), label_smoothing, classes=outputs.shape[-1])
    probabilities = jnp.maximum(outputs, jnp.finfo(outputs.dtype).eps)
    return -jnp.sum(truth * jnp.log(probabilities), axis=-1)


@loss(
    "nll",
    tasks=("multiclass",),
    takes="log-probabilities",
    formula="−Σₖ tₖ ℓₖ, ℓ = log p",
    source="maximum likelihood, Fisher 1922",
)
def nll(outputs: Array, targets: Array) -> Array:
    """Negative log-likelihood of a network that ends in log-softmax, ``(batch, classes)``.

    >>> float(nll(jnp.array([[-0.5, -2.0]]), jnp.array([1])))
    2.0
    """
    return -jnp.sum(distributions(outputs, targets) * outputs, axis=-1)


@loss(
    "kl_divergence",
    tasks=("multiclass",),
    takes="logits",
    formula="Σₖ tₖ (log tₖ − log softmax(a)ₖ)",
    source="Kullback & Leibler 1951",
)
def kl_divergence(outputs: Array, targets: Array) -> Array:
    """Nats lost by believing the softmax of the logits where the targets hold: cross-entropy less entropy.

    Targets are distributions ``(batch, classes)``, as a teacher network gives them; for class numbers
    it is the cross-entropy.

    >>> float(kl_divergence(jnp.zeros((1, 2)), jnp.array([[0.5, 0.5]])))
    0.0
    """
    logits, truth = centred(outputs), distributions(outputs, targets)
    entropy = -jnp.sum(xlogy(truth, truth), axis=-1)
    return log_total(logits) - jnp.sum(truth * logits, axis=-1) - entropy
