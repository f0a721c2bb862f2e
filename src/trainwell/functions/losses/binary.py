"""Losses on yes-or-no targets, one or several side by side; one class out of many is in classes.py."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.functions.losses.loss import loss
from trainwell.functions.losses.shapes import mean_of_each, paired, smoothed


def surprise(logits: Array, targets: Array) -> Array:
    """Return −t log σ(a) − (1 − t) log(1 − σ(a)), entry by entry, exact to rounding for any logit."""
    return targets * jax.nn.softplus(-logits) + (1 - targets) * jax.nn.softplus(logits)


@loss(
    "binary_cross_entropy",
    tasks=("binary",),
    takes="logits",
    formula="−t′ log σ(a) − (1 − t′) log(1 − σ(a)), t′ = (1 − s) t + s/2",
    source="Cox 1958",
)
def binary_cross_entropy(outputs: Array, targets: Array, *, label_smoothing: Array | float = 0.0) -> Array:
    """Surprise, in nats, at a yes or no under the sigmoid of one logit.

    Its gradient by the logit is σ(a) − t′. Both terms carry the minus sign, though some lecture notes drop
    the second. Outputs and targets are ``(batch, 1)`` or ``(batch,)``; ``label_smoothing`` s, a fraction, may
    be traced.

    Raises:
        DataError: outputs and targets differ in shape.

    >>> round(float(binary_cross_entropy(jnp.array([[0.0]]), jnp.array([1.0]))), 4)
    0.6931
    """
    logits, truth = paired(outputs, targets)
    return mean_of_each(surprise(logits, smoothed(truth, label_smoothing)))


@loss(
    "binary_cross_entropy_from_probabilities",
    tasks=("binary",),
    takes="probabilities",
    formula="−t′ log p − (1 − t′) log(1 − p), t′ = (1 − s) t + s/2",
    source="Cox 1958",
)
def binary_cross_entropy_from_probabilities(
    outputs: Array, targets: Array, *, label_smoothing: Array | float = 0.0
) -> Array:
    """Binary cross-entropy of a network that ends in a sigmoid of its own; logits keep more digits.

    Probabilities are kept one step of their dtype away from 0 and 1: certainty in error costs much, not ∞.

    >>> round(float(binary_cross_entropy_from_probabilities(jnp.array([[0.25]]), jnp.array([0.0]))), 4)
    0.2877
    """
    step = jnp.finfo(outputs.dtype).eps
    probabilities, truth = paired(jnp.clip(outputs, step, 1 - step), targets)
    truth = smoothed(truth, label_smoothing)
    return mean_of_each(-truth * jnp.log(probabilities) - (1 - truth) * jnp.log1p(-probabilities))


@loss(
    "multilabel_cross_entropy",
    tasks=("multilabel",),
    takes="logits",
    formula="mean over labels of −t′ log σ(a) − (1 − t′) log(1 − σ(a)), yes counting w-fold",
    source="Zhang & Zhou 2006",
)
def multilabel_cross_entropy(
    outputs: Array,
    targets: Array,
    *,
    label_smoothing: Array | float = 0.0,
    positive_weights: Array | float = 1.0,
) -> Array:
    """Mean binary cross-entropy over labels that hold or not independently, ``(batch, labels)``.

    ``positive_weights`` w, one number or one per label, makes up for labels that are rarely yes.

    >>> round(float(multilabel_cross_entropy(jnp.zeros((1, 3)), jnp.array([[1.0, 0.0, 1.0]]))), 4)
    0.6931
    """
    logits, truth = paired(outputs, targets)
    positive = jnp.broadcast_to(jnp.asarray(positive_weights, logits.dtype), truth.shape)
    emphasis = 1 + truth * (positive - 1)
    return mean_of_each(emphasis * surprise(logits, smoothed(truth, label_smoothing)))


@loss(
    "hinge",
    tasks=("binary",),
    takes="logits",
    formula="max(0, 1 − ya), y = 2t − 1",
    source="Cortes & Vapnik 1995",
)
def hinge(outputs: Array, targets: Array) -> Array:
    """Distance that the score still lacks to a margin of 1 on the right side of 0, ``(batch, 1)``.

    >>> float(hinge(jnp.array([[0.25], [-3.0]]), jnp.array([1.0, 0.0])))
    0.375
    """
    return mean_of_each(jax.nn.relu(1 - margin(outputs, targets)))


@loss(
    "perceptron",
    tasks=("binary",),
    takes="logits",
    formula="max(0, −ya), y = 2t − 1",
    source="Rosenblatt 1958",
)
def perceptron(outputs: Array, targets: Array) -> Array:
    """Distance of the score from 0 where it lies on the wrong side, ``(batch, 1)``.

    One step of gradient descent at rate 1 on one example is Rosenblatt's rule. A score of exactly 0 is a
    mistake, with slope −y, so that learning can start from zero weights.

    >>> float(perceptron(jnp.array([[0.25], [-3.0]]), jnp.array([0.0, 0.0])))
    0.125
    """
    distance = margin(outputs, targets)
    return mean_of_each(jnp.where(distance <= 0, -distance, 0))


def margin(outputs: Array, targets: Array) -> Array:
    """Return y a with y = 2t − 1: how far the score lies on the right side of 0."""
    scores, truth = paired(outputs, targets)
    return (2 * truth - 1) * scores
