"""Rules that work on all weights as one vector make the updates that they make array by array."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import trainwell as tw
from trainwell.training import OPTIMIZERS, Optimizer
from trainwell.training.optimizers import gathering as module
from trainwell.training.optimizers.gathering import few, gathered, gathering

ALIKE = [
    name
    for name, kind in OPTIMIZERS.items()
    if kind.elementwise and kind.transformation is Optimizer.transformation  # others have a rule of their own
]


def tree(seed: int) -> dict[str, jax.Array]:
    """Return arrays of three shapes, and one of a single number."""
    generator = np.random.default_rng(seed)
    shapes = {"bias": (5,), "weight": (5, 3), "kernel": (2, 3, 3), "scale": ()}
    return {name: jnp.asarray(generator.normal(size=shape), jnp.float32) for name, shape in shapes.items()}


def path(rule: optax.GradientTransformation, steps: int = 5) -> list[dict[str, jax.Array]]:
    """Return the updates of a few gradients."""
    parameters = tree(0)
    memory, found = rule.init(parameters), []
    for step in range(steps):
        updates, memory = rule.update(tree(step + 1), memory, parameters)
        parameters = optax.apply_updates(parameters, updates)
        found.append(updates)
    return found


@pytest.mark.parametrize("name", ALIKE)
def test_gathered_updates_are_those_of_the_arrays_one_by_one(name: str) -> None:
    direction = OPTIMIZERS[name]().direction
    for together, alone in zip(path(gathering(direction())), path(direction()), strict=True):
        jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7), together, alone)


def test_the_memory_of_few_weights_is_vectors_and_of_many_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = gathering(optax.trace(0.9))
    assert rule.init(tree(0)).trace.shape == (39,)
    monkeypatch.setattr(module, "MOST_GATHERED", 38)
    assert jax.tree.map(jnp.shape, rule.init(tree(0)).trace) == jax.tree.map(jnp.shape, tree(0))


def test_one_array_alone_is_not_gathered() -> None:
    assert few(tree(0))
    assert not few(jnp.ones(3))
    assert gathered({"a": jnp.zeros((1, 2)), "b": jnp.ones(1)}).tolist() == [0.0, 0.0, 1.0]


def test_an_optimizer_that_looks_at_matrices_is_left_alone() -> None:
    assert not tw.Muon.elementwise
    shapes = [leaf.shape for leaf in jax.tree.leaves(tw.Muon().transformation(1.0).init({"weight": jnp.ones((4, 3))}))]
    assert (4, 3) in shapes
