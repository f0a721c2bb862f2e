"""What a network predicts, given what its outputs stand for: probabilities or numbers; no loss is here."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.functions.losses.likelihoods import mean_and_variance, rate
from trainwell.functions.losses.loss import Takes
from trainwell.tasks import Task


def predict(outputs: Array, takes: Takes, task: Task) -> Array:
    """Return probabilities of classes, or expected values, from outputs read as ``takes`` says.

    Shapes stay ``(batch, outputs)``, save that a mean and a variance become the mean. For the scores of hinge
    and perceptron the sigmoid is a ranking with the right threshold, not a calibrated probability.

    >>> predict(jnp.array([[0.0]]), "logits", "binary").tolist()
    [[0.5]]
    >>> predict(jnp.zeros((1, 2)), "logits", "multiclass").tolist()
    [[0.5, 0.5]]
    """
    if takes == "logits":
        return jax.nn.softmax(outputs) if task == "multiclass" else jax.nn.sigmoid(outputs)
    if takes == "log-probabilities":
        return jnp.exp(outputs)
    if takes == "log-rates":
        return rate(outputs)
    if takes == "mean and variance":
        return mean_and_variance(outputs)[0]
    return outputs
