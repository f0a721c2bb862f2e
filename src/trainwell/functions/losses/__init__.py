"""Losses: what training makes small, each behind :data:`LOSSES`; making them small happens elsewhere.

Each is a :class:`Loss`: call it for the weighted mean over a batch, its ``per_example`` for single losses. A recipe
names one, states one with its options (:class:`Huber`), or holds a person's own: a :class:`Loss` or a function of
outputs and targets.

>>> import jax.numpy as jnp
>>> float(mse(jnp.array([[1.0], [3.0]]), jnp.array([1.0, 1.0]), weights=jnp.array([3.0, 1.0])))
1.0
>>> mse.per_example(jnp.array([[1.0], [3.0]]), jnp.array([1.0, 1.0])).tolist()
[0.0, 4.0]
"""

from __future__ import annotations

from trainwell.functions.losses.binary import (
    binary_cross_entropy,
    binary_cross_entropy_from_probabilities,
    hinge,
    multilabel_cross_entropy,
    perceptron,
)
from trainwell.functions.losses.classes import (
    cross_entropy,
    cross_entropy_from_probabilities,
    kl_divergence,
    nll,
)
from trainwell.functions.losses.likelihoods import gaussian_nll, mean_and_variance, poisson_nll
from trainwell.functions.losses.loss import LOSSES, TAKES, Loss, Takes, weighted_mean
from trainwell.functions.losses.options import LOSS_OPTIONS, Huber, LossOptions, MultilabelCrossEntropy, bind
from trainwell.functions.losses.prediction import outputs_saying, predict
from trainwell.functions.losses.regression import half_mse, huber, log_cosh, mae, mse

__all__ = [
    "LOSSES",
    "LOSS_OPTIONS",
    "TAKES",
    "Huber",
    "Loss",
    "LossOptions",
    "MultilabelCrossEntropy",
    "Takes",
    "binary_cross_entropy",
    "binary_cross_entropy_from_probabilities",
    "bind",
    "cross_entropy",
    "cross_entropy_from_probabilities",
    "gaussian_nll",
    "half_mse",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mae",
    "mean_and_variance",
    "mse",
    "multilabel_cross_entropy",
    "nll",
    "outputs_saying",
    "perceptron",
    "poisson_nll",
    "predict",
    "weighted_mean",
]
