"""Losses: one conformance suite for the family, one NumPy formula in float64 for each member."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats

from trainwell.errors import DataError, UnknownNameError
from trainwell.functions.losses import LOSSES, TAKES
from trainwell.tasks import TASKS

BATCH, WIDTH = 6, 4
GENERATOR = np.random.default_rng(3)
WEIGHTS = GENERATOR.uniform(0.1, 2, BATCH)
LABELS = np.array([0, 1, 2, 3, 1, 1])
YES = (LABELS > 1).astype(float)


def one_hot(y):
    return np.eye(WIDTH)[y]


def bernoulli(p, t):
    return -(t * np.log(p) + (1 - t) * np.log(1 - p))


def scores(a, t):
    return (2 * t - 1) * a[:, 0]


def normal_nll(a, t):
    mean, raw = a[:, :2], a[:, 2:]
    return -stats.norm.logpdf(t, mean, np.sqrt(np.log1p(np.exp(raw)) + 1e-6)).mean(1)


def huber(a, t):
    r = np.abs(a - t)
    return np.where(r <= 1, r**2 / 2, r - 0.5).mean(1)


ORACLES = {  # name: losses per example from (outputs, targets), written without a look at the code under test
    "cross_entropy": lambda a, y: -(one_hot(y) * special.log_softmax(a, 1)).sum(1),
    "cross_entropy_from_probabilities": lambda p, y: -np.log(p[np.arange(BATCH), y]),
    "nll": lambda log_p, y: -log_p[np.arange(BATCH), y],
    "kl_divergence": lambda a, y: special.rel_entr(one_hot(y), special.softmax(a, 1)).sum(1),
    "binary_cross_entropy": lambda a, t: bernoulli(special.expit(a[:, 0]), t),
    "binary_cross_entropy_from_probabilities": lambda p, t: bernoulli(p[:, 0], t),
    "multilabel_cross_entropy": lambda a, t: bernoulli(special.expit(a), t).mean(1),
    "hinge": lambda a, t: np.maximum(0, 1 - scores(a, t)),
    "perceptron": lambda a, t: np.maximum(0, -scores(a, t)),
    "mse": lambda a, t: ((a - t) ** 2).mean(1),
    "half_mse": lambda a, t: ((a - t) ** 2).sum(1) / 2,
    "mae": lambda a, t: np.abs(a - t).mean(1),
    "huber": huber,
    "log_cosh": lambda a, t: np.log(np.cosh(a - t)).mean(1),
    "poisson_nll": lambda a, t: (np.exp(a) - t * a).mean(1),
    "gaussian_nll": normal_nll,
}
every_loss = pytest.mark.parametrize("name", LOSSES)


def example(name, scale=3.0):
    """Return outputs and targets of the kind that the loss takes, in float64."""
    loss = LOSSES[name]
    task = loss.tasks[0]
    outputs = scale * np.random.default_rng(5).normal(size=(BATCH, 1 if task == "binary" else WIDTH))
    if loss.takes == "probabilities":
        outputs = special.expit(outputs) if task == "binary" else special.softmax(outputs, 1)
    if loss.takes == "log-probabilities":
        outputs = special.log_softmax(outputs, 1)
    width = WIDTH // 2 if loss.takes == "mean and variance" else WIDTH
    regression = np.random.default_rng(6).normal(size=(BATCH, width))
    targets = {"binary": YES, "multiclass": LABELS, "multilabel": one_hot(LABELS), "regression": regression}
    return outputs, targets[task]


def single(*arrays):
    return [jnp.asarray(each, jnp.int32 if each.dtype.kind == "i" else jnp.float32) for each in arrays]


def test_every_loss_has_an_oracle():
    assert set(ORACLES) == set(LOSSES)


def central_differences(function, outputs, step=1e-6):
    """Return the slope of ``function`` by each entry of ``outputs``."""
    slopes = np.empty_like(outputs)
    for index in np.ndindex(outputs.shape):
        nudge = np.zeros_like(outputs)
        nudge[index] = step
        slopes[index] = (function(outputs + nudge) - function(outputs - nudge)) / (2 * step)
    return slopes


@every_loss
def test_equals_its_formula_and_its_gradient_equals_finite_differences(name):
    outputs, targets = example(name, scale=2.0)
    with jax.enable_x64(True):
        losses = LOSSES[name].per_example(jnp.asarray(outputs), jnp.asarray(targets))
        slopes = jax.grad(LOSSES[name])(jnp.asarray(outputs), jnp.asarray(targets))
    assert losses.shape == (BATCH,)
    np.testing.assert_allclose(losses, ORACLES[name](outputs, targets), rtol=1e-9, atol=1e-9)
    expected = central_differences(lambda a: ORACLES[name](a, targets).mean(), outputs)
    np.testing.assert_allclose(slopes, expected, rtol=1e-5, atol=1e-7)


@every_loss
def test_gradient_keeps_its_digits_in_float32(name):
    outputs, targets = example(name, scale=2.0)
    found = jax.grad(LOSSES[name])(*single(outputs, targets))
    with jax.enable_x64(True):
        expected = jax.grad(LOSSES[name])(jnp.asarray(outputs), jnp.asarray(targets))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@every_loss
def test_value_and_gradient_are_finite_far_out(name):
    outputs, targets = single(*example(name, scale=1e4))
    loss, slopes = jax.value_and_grad(LOSSES[name])(outputs, targets)
    assert jnp.isfinite(loss)
    assert jnp.isfinite(slopes).all()


@pytest.mark.parametrize("name", [name for name in LOSSES if LOSSES[name].takes == "probabilities"])
@pytest.mark.parametrize("certain", [0.0, 1.0])
def test_certain_probabilities_cost_much_but_not_infinitely(name, certain):
    outputs, targets = single(*example(name))
    loss, slopes = jax.value_and_grad(LOSSES[name])(jnp.full_like(outputs, certain), targets)
    assert jnp.isfinite(loss)
    assert jnp.isfinite(slopes).all()


@every_loss
def test_goes_through_jit_and_vmap_and_keeps_the_dtype(name):
    outputs, targets = single(*example(name))
    alone = LOSSES[name].per_example(outputs, targets)
    stacked = jax.jit(jax.vmap(LOSSES[name].per_example))(jnp.stack([outputs] * 2), jnp.stack([targets] * 2))
    assert stacked.dtype == alone.dtype == jnp.float32
    np.testing.assert_allclose(stacked, [alone, alone], rtol=1e-5, atol=1e-6)


@every_loss
def test_weighted_mean(name):
    outputs, targets = example(name)
    expected = np.average(ORACLES[name](outputs, targets), weights=WEIGHTS)
    found = LOSSES[name](*single(outputs, targets, WEIGHTS))
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


@every_loss
def test_facts_are_complete_and_it_hashes(name):
    loss = LOSSES[name]
    assert loss.formula
    assert loss.source
    assert loss.__doc__ == loss.per_example.__doc__
    assert set(loss.tasks) <= set(TASKS)
    assert loss.takes in TAKES
    assert {loss: name}[LOSSES[name]] == name


def test_every_task_has_a_loss():
    assert {task for loss in LOSSES.values() for task in loss.tasks} == set(TASKS)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'cross_entropy'"):
        LOSSES["crossentropy"]


@pytest.mark.parametrize("targets", [[0, 3], [-1, 2]])
def test_numbers_of_no_class_are_refused(targets):
    with pytest.raises(DataError, match=r"class numbers from 0 to 2.*but got"):
        LOSSES["cross_entropy"](jnp.zeros((2, 3)), jnp.array(targets))
