"""Fifty steps of every optimizer that PyTorch has too, from the same weights on the same function, in float64.

Muon is left out: PyTorch's multiplies in bfloat16. L-BFGS searches along its lines in another way; both end in the same
minimum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import torch

import trainwell as tw
from trainwell.training import OPTIMIZERS, Optimizer

STEPS = 50
#: Where PyTorch itself rounds: NAdam's momentum product is kept in float32, RAdam's ε stands elsewhere.
ROUNDED = ("NAdam", "RAdam")
START = np.array([[-1.2, 1.0, 0.5], [0.8, -0.6, 1.4]])
SCALE = np.geomspace(0.1, 30, 6).reshape(2, 3)

Theirs = Callable[[list[torch.Tensor]], torch.optim.Optimizer]
CASES: list[tuple[Optimizer, Theirs]] = [
    (tw.SGD(learning_rate=1e-3), lambda w: torch.optim.SGD(w, lr=1e-3)),
    (tw.SGD(learning_rate=1e-3, momentum=0.9), lambda w: torch.optim.SGD(w, lr=1e-3, momentum=0.9)),
    (
        tw.SGD(learning_rate=1e-3, momentum=0.9, nesterov=True),
        lambda w: torch.optim.SGD(w, lr=1e-3, momentum=0.9, nesterov=True),
    ),
    (
        tw.AdaGrad(learning_rate=0.1, initial_accumulator=0.1, epsilon=1e-7),
        lambda w: torch.optim.Adagrad(w, lr=0.1, initial_accumulator_value=0.1, eps=1e-7),
    ),
    (
        tw.RMSProp(learning_rate=0.01, decay=0.95, epsilon=1e-8),
        lambda w: torch.optim.RMSprop(w, lr=0.01, alpha=0.95, eps=1e-8),
    ),
    (tw.AdaDelta(decay=0.9, epsilon=1e-6), lambda w: torch.optim.Adadelta(w, lr=1.0, rho=0.9, eps=1e-6)),
    (tw.Adam(learning_rate=0.05, beta2=0.98), lambda w: torch.optim.Adam(w, lr=0.05, betas=(0.9, 0.98))),
    (
        tw.AdamW(learning_rate=0.05, weight_decay=0.1),
        lambda w: torch.optim.AdamW(w, lr=0.05, weight_decay=0.1),
    ),
    (tw.AdaMax(learning_rate=0.05), lambda w: torch.optim.Adamax(w, lr=0.05)),
    # a constant momentum, as ours is: PyTorch's rises from β₁/2, and here at once
    (tw.NAdam(learning_rate=0.05), lambda w: torch.optim.NAdam(w, lr=0.05, momentum_decay=1e9)),
    (tw.RAdam(learning_rate=0.05), lambda w: torch.optim.RAdam(w, lr=0.05)),
]


class Point(eqx.Module):
    """Weights under the name that decay goes by."""

    weight: Any


def height(weight: Any, scale: Any) -> Any:
    """Return a valley whose floor is curved: a stretched bowl, and a term that ties neighbours together."""
    return 0.5 * (scale * weight**2).sum() + ((weight[:, 1:] - weight[:, :-1] ** 2) ** 2).sum()


def ours(optimizer: Optimizer) -> np.ndarray:
    with jax.enable_x64(True):
        rule = optax.with_extra_args_support(optimizer.transformation(jnp.asarray(optimizer.learning_rate)))
        scale = jnp.asarray(SCALE)

        @jax.jit
        def descend(start):
            def cost(point):
                return height(point.weight, scale)

            def step(carry, _):
                point, memory = carry
                value, gradient = jax.value_and_grad(cost)(point)
                updates, memory = rule.update(gradient, memory, point, value=value, grad=gradient, value_fn=cost)
                point = optax.apply_updates(point, updates)
                return (point, memory), point.weight

            return jax.lax.scan(step, (start, rule.init(start)), length=STEPS)[1]

        return np.asarray(descend(Point(jnp.asarray(START))))


def theirs(make: Theirs) -> np.ndarray:
    weight, scale = torch.tensor(START, requires_grad=True), torch.tensor(SCALE)
    optimizer, path = make([weight]), []
    for _ in range(STEPS):
        optimizer.zero_grad()
        height(weight, scale).backward()
        optimizer.step()
        path.append(weight.detach().numpy().copy())
    return np.stack(path)


def test_every_optimizer_that_pytorch_has_is_here():
    alone = {"Lion", "Muon", "ScheduleFreeAdamW", "LBFGS"}
    assert {type(optimizer).__name__ for optimizer, _ in CASES} == set(OPTIMIZERS) - alone


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]!r}")
def test_fifty_steps_agree(case):
    optimizer, make = case
    found, expected = ours(optimizer), theirs(make)
    assert np.abs(found - START).max() > 0.01
    tolerance = 1e-6 if type(optimizer).__name__ in ROUNDED else 1e-9
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_quasi_newton_ends_in_the_same_minimum():
    weight, scale = torch.tensor(START, requires_grad=True), torch.tensor(SCALE)
    exactly = {"tolerance_grad": 1e-12, "tolerance_change": 0, "line_search_fn": "strong_wolfe"}
    peer = torch.optim.LBFGS([weight], max_iter=200, **exactly)

    def closure() -> torch.Tensor:
        peer.zero_grad()
        value = height(weight, scale)
        value.backward()
        return value

    peer.step(closure)
    np.testing.assert_allclose(ours(tw.LBFGS())[-1], weight.detach().numpy(), atol=1e-6)
