"""Rows fetched for many updates at once are those of each update alone, and training goes the same way."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.problems import blobs
from trainwell.engine import Program, Recipe, portions, train
from trainwell.engine.objective import global_norm
from trainwell.network import MLP
from trainwell.training import Adam, Constant

RECIPE = Recipe(
    network=MLP(hidden=(8,)),
    optimizer=Adam(learning_rate=0.01),
    schedule=Constant(),
    batch_size=24,
    max_epochs=3,
    early_stopping=None,
    telemetry=False,
)


def test_a_portion_holds_the_batches_of_its_updates_one_after_the_other() -> None:
    problem = blobs()
    objective = Program(RECIPE, problem.layout, problem.task, problem.outputs).objective({})
    program = Program(RECIPE, problem.layout, problem.task, problem.outputs)
    state = program.start(program.knobs(RECIPE), 3, problem.base_rate)
    rows, count = problem.rows, int(problem.rows.training_count)
    updates = -(-count // 24)
    whole = portions.fetched(objective, problem.examples, rows, state, jnp.array(0), updates)
    order = np.asarray(portions.rows_at(objective, state, rows, jnp.arange(updates * 24)))
    assert sorted(order[:count]) == sorted(np.asarray(rows.training)[:count])
    np.testing.assert_array_equal(whole.inputs, np.asarray(problem.examples.inputs)[order])
    assert np.asarray(whole.weights).tolist() == [1.0] * count + [0.0] * (updates * 24 - count)
    for number in range(updates):
        alone = portions.fetched(objective, problem.examples, rows, state, jnp.array(number), 1)
        for one, other in zip(alone, portions.batch_of(whole, jnp.array(number), 24), strict=True):
            np.testing.assert_array_equal(one, other)


def test_training_goes_the_same_way_however_many_updates_are_fetched_for_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def weights(portion_bytes: int) -> list[np.ndarray]:
        monkeypatch.setattr(portions, "PORTION_BYTES", portion_bytes)
        problem = blobs()
        program = Program(RECIPE, problem.layout, problem.task, problem.outputs)
        return [np.asarray(leaf) for leaf in jax.tree.leaves(train(RECIPE, problem, program=program).state.parameters)]

    for one, other in zip(weights(1), weights(1 << 20), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)  # two programs, which round apart


def test_a_gradients_norm_is_that_of_all_its_numbers() -> None:
    random = np.random.default_rng(0)
    tree = [random.normal(size=shape).astype(np.float32) for shape in ((), (7,), (30, 5), (4, 3, 2, 6))]
    exact = np.sqrt(sum(np.square(leaf.astype(np.float64)).sum() for leaf in tree))
    np.testing.assert_allclose(jax.jit(global_norm)([jnp.asarray(leaf) for leaf in tree]), exact, rtol=1e-6)
