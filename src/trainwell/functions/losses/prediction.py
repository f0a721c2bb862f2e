"""What a network predicts, given what its outputs stand for, and what outputs say so; no loss is here."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.functions.losses.likelihoods import SMALLEST_VARIANCE, mean_and_variance, rate
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


def outputs_saying(answer: Array, takes: Takes, task: Task, variance: Array | float = 1.0) -> Array:
    """Return the outputs that :func:`predict` reads as ``answer``, a probability or an expected number.

    Args:
        answer: ``(…, targets)``; probabilities are kept 10⁻⁶ away from 0 and 1, rates 10⁻⁶ above 0.
        takes: what the outputs stand for.
        task: what is asked.
        variance: stated beside the mean, where outputs hold one.

    >>> [round(float(one), 4) for one in outputs_saying(jnp.array([0.5]), "mean and variance", "regression")]
    [0.5, 0.5413]
    """
    if takes == "log-rates":
        return jnp.log(jnp.maximum(answer, 1e-6))
    if takes == "mean and variance":
        spread = jnp.broadcast_to(jnp.maximum(variance, 2 * SMALLEST_VARIANCE) - SMALLEST_VARIANCE, answer.shape)
        return jnp.concatenate([answer, spread + jnp.log(-jnp.expm1(-spread))], axis=-1)
    if takes == "log-probabilities" or (takes == "logits" and task == "multiclass"):
        return jnp.log(jnp.maximum(answer, 1e-6))
    if takes == "logits":
        answer = jnp.clip(answer, 1e-6, 1 - 1e-6)
        return jnp.log(answer / (1 - answer))
    return answer
