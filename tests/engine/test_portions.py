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


def test_what_fills_up_a_batch_of_all_rows_is_of_the_training_part() -> None:
    problem = blobs(rows=98)  # 65 training rows, padded to 128
    recipe = RECIPE.with_settings({"batch_size": "all"})
    program = Program(recipe, problem.layout, problem.task, problem.outputs)
    held = problem.rows._replace(training=problem.rows.training.at[0].set(64).at[64].set(1))
    state = program.start(program.knobs(recipe), 3, problem.base_rate)
    length = held.training.shape[0]
    seen = np.asarray(portions.rows_at(program.objective({}), state, held, jnp.arange(length)))
    assert length > 65
    assert set(seen) <= set(np.asarray(held.training)[:65].tolist())
    assert 0 not in seen


def test_equally_likely_classes_are_right_by_chance() -> None:
    problem = blobs()
    objective = Program(RECIPE, problem.layout, problem.task, problem.outputs).objective({})
    outputs = jnp.array([[1.0, 1.0, 1.0], [2.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 2.0, 2.0]])
    np.testing.assert_allclose(objective.score(outputs, jnp.array([2, 0, 0, 0])), [1 / 3, 1 / 2, 1, 0], rtol=1e-6)
