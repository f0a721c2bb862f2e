"""Every loss and its gradient against PyTorch, on the same outputs and targets, to the rounding of float32."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.nn import functional as peer

from trainwell.functions.losses import LOSSES

RANDOM = np.random.default_rng(0)
BATCH, WIDTH = 32, 5
ONE, MANY = RANDOM.normal(0, 2, (BATCH, 1)), RANDOM.normal(0, 2, (BATCH, WIDTH))
CLASSES = RANDOM.integers(0, WIDTH, BATCH)
YES, LABELS = RANDOM.integers(0, 2, (BATCH, 1)), RANDOM.integers(0, 2, (BATCH, WIDTH))
NUMBERS, COUNTS = RANDOM.normal(size=(BATCH, WIDTH)), RANDOM.poisson(3.0, (BATCH, WIDTH))
SOFT = torch.softmax(torch.tensor(RANDOM.normal(size=(BATCH, WIDTH))), 1).numpy()
SIGMOID, SOFTMAX = 1 / (1 + np.exp(-ONE)), torch.softmax(torch.tensor(MANY), 1).numpy()
SPREAD = np.concatenate([NUMBERS + 0.3, MANY], axis=1)


def signed(targets: torch.Tensor) -> torch.Tensor:
    return 2 * targets - 1


def gaussian(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    mean, raw = outputs.chunk(2, dim=1)
    return peer.gaussian_nll_loss(mean, targets, peer.softplus(raw) + 1e-6, full=True, eps=1e-12)


Theirs = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
#: Outputs, targets, PyTorch's loss, and the options of ours; a few losses come in several rows.
CASES: list[tuple[str, np.ndarray, np.ndarray, Theirs, dict[str, float]]] = [
    ("mse", MANY, NUMBERS, peer.mse_loss, {}),
    ("half_mse", MANY, NUMBERS, lambda a, t: 0.5 * peer.mse_loss(a, t, reduction="sum") / BATCH, {}),
    ("mae", MANY, NUMBERS, peer.l1_loss, {}),
    ("huber", MANY, NUMBERS, peer.huber_loss, {}),
    ("huber", MANY, NUMBERS, lambda a, t: peer.huber_loss(a, t, delta=0.3), {"delta": 0.3}),
    ("log_cosh", MANY, NUMBERS, lambda a, t: torch.log(torch.cosh(a - t)).mean(), {}),
    ("binary_cross_entropy", ONE, YES, peer.binary_cross_entropy_with_logits, {}),
    ("binary_cross_entropy_from_probabilities", SIGMOID, YES, peer.binary_cross_entropy, {}),
    ("multilabel_cross_entropy", MANY, LABELS, peer.binary_cross_entropy_with_logits, {}),
    (
        "multilabel_cross_entropy",
        MANY,
        LABELS,
        lambda a, t: peer.binary_cross_entropy_with_logits(a, t, pos_weight=torch.tensor(3.0)),
        {"positive_weights": 3.0},
    ),
    ("hinge", ONE, YES, lambda a, t: peer.margin_ranking_loss(a, torch.zeros_like(a), signed(t), margin=1.0), {}),
    ("perceptron", ONE, YES, lambda a, t: peer.margin_ranking_loss(a, torch.zeros_like(a), signed(t)), {}),
    ("cross_entropy", MANY, CLASSES, peer.cross_entropy, {}),
    ("cross_entropy", MANY, SOFT, peer.cross_entropy, {}),
    (
        "cross_entropy",
        MANY,
        CLASSES,
        lambda a, t: peer.cross_entropy(a, t, label_smoothing=0.1),
        {"label_smoothing": 0.1},
    ),
    ("cross_entropy_from_probabilities", SOFTMAX, CLASSES, lambda a, t: peer.nll_loss(torch.log(a), t), {}),
    ("nll", np.log(SOFTMAX), CLASSES, peer.nll_loss, {}),
    (
        "kl_divergence",
        MANY,
        SOFT,
        lambda a, t: peer.kl_div(torch.log_softmax(a, 1), t, reduction="batchmean"),
        {},
    ),
    ("poisson_nll", MANY, COUNTS, peer.poisson_nll_loss, {}),
    ("gaussian_nll", SPREAD, NUMBERS, gaussian, {}),
]


def test_every_loss_has_a_peer():
    assert {name for name, *_ in CASES} == set(LOSSES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{'-'.join(case[4])}")
def test_value_and_gradient_agree(case):
    name, outputs, targets, theirs, options = case
    whole = targets.ndim == 1
    given = torch.tensor(outputs, dtype=torch.float32, requires_grad=True)
    expected = theirs(given, torch.tensor(targets, dtype=torch.int64 if whole else torch.float32))
    expected.backward()
    value, slope = jax.value_and_grad(
        lambda a: LOSSES[name](a, jnp.asarray(targets, jnp.int32 if whole else jnp.float32), **options)
    )(jnp.asarray(outputs, jnp.float32))
    np.testing.assert_allclose(float(value), expected.item(), rtol=2e-6)
    np.testing.assert_allclose(slope, given.grad.numpy(), rtol=2e-5, atol=1e-7)
