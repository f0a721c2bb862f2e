"""Precision: float64 on request, bfloat16 inside the layers, and float32 that neither touches."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import trainwell as tw
from tests.data.tables import animals
from tests.engine.problems import blobs
from trainwell.engine import Recipe, train
from trainwell.engine.cohort import Member, trained_cohort
from trainwell.engine.objective import Objective
from trainwell.engine.precision import arithmetic
from trainwell.engine.state import Examples
from trainwell.errors import RecipeError
from trainwell.network.layers import split_parameters

RECIPE = Recipe(
    network=tw.MLP(hidden=(8,), normalization="batch", dropout=0.1),
    optimizer=tw.AdamW(learning_rate=0.01),
    batch_size=32,
    max_epochs=4,
    early_stopping=None,
)
WIDE = RECIPE.with_settings({"precision": "float64"})


def types(tree) -> set[str]:
    return {leaf.dtype.name for leaf in jax.tree.leaves(tree)}


@pytest.fixture(scope="module")
def wide() -> tw.Run:
    return tw.fit(WIDE, tw.read(animals(120), target="species"))


def test_float64_goes_through_training_saving_and_predicting(wide, tmp_path):
    assert types(wide.model.parameters) == {"float64"}
    wide.save(tmp_path / "run")
    again = tw.load(tmp_path / "run")
    assert types(again.parameters) == {"float64"}
    answers = wide.predict_proba(wide.data.frame)
    assert answers.dtype == np.float64
    np.testing.assert_array_equal(again.predict_proba(wide.data.frame), answers)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-14)


def test_it_leaves_the_rest_of_the_process_in_float32(wide):
    assert jnp.ones(1).dtype == jnp.float32
    assert types(train(RECIPE.with_settings({"telemetry": False}), blobs()).parameters) == {"float32"}


def test_it_starts_from_the_weights_of_float32(wide):
    assert not jax.config.jax_enable_x64
    problem = blobs()
    starts = []
    for recipe in (RECIPE, WIDE):
        objective = Objective(recipe, problem.layout, problem.task, problem.outputs)
        with arithmetic(recipe):
            network, _ = objective.build(jax.random.key(3))
            starts.append([np.asarray(leaf) for leaf in jax.tree.leaves(network) if jnp.ndim(leaf)])
    for narrow, broad in zip(*starts, strict=True):
        np.testing.assert_array_equal(narrow, broad)


def test_the_gradient_has_the_digits_of_float64():
    """Central differences at h = 10⁻⁵ agree to eight digits, which no float32 could."""
    problem, recipe = blobs(), WIDE.with_settings({"network": tw.MLP(hidden=(8,), activation="tanh")})
    objective = Objective(recipe, problem.layout, problem.task, problem.outputs)
    with jax.enable_x64(True):
        network, state = objective.build(jax.random.key(3))
        batch = Examples(
            problem.examples.inputs.astype(jnp.float64),
            problem.examples.targets,
            jnp.ones(len(problem.examples.targets)),
        )
        weights, shape = ravel_pytree(split_parameters(network)[0])

        @jax.jit
        def cost(flat):
            return objective.cost(shape(flat), state, batch, jax.random.key(0))[0]

        along = jnp.linspace(-1.0, 1.0, len(weights))
        exact = jax.grad(cost)(weights) @ along
        numerical = (cost(weights + 1e-5 * along) - cost(weights - 1e-5 * along)) / 2e-5
    assert exact.dtype == jnp.float64
    assert float(exact) == pytest.approx(float(numerical), rel=1e-8)


def test_lanes_refuse_float64():
    members = [Member(WIDE.with_settings({"seed": seed, "telemetry": False}), blobs()) for seed in (0, 1)]
    with pytest.raises(RecipeError, match="float64 runs one by one"):
        trained_cohort(members, lanes=2, workers=1)


def test_bfloat16_keeps_the_weights_in_float32_and_learns_alike():
    halved = train(RECIPE.with_settings({"precision": "bfloat16", "max_epochs": 10}), blobs())
    plain = train(RECIPE.with_settings({"max_epochs": 10}), blobs())
    assert types(halved.parameters) == types(halved.network_state) == {"float32"}
    np.testing.assert_allclose(halved.record["training_loss"], plain.record["training_loss"], rtol=0.05)
    assert not np.array_equal(halved.record["training_loss"], plain.record["training_loss"])


def test_bfloat16_computes_the_layers_with_half_the_digits():
    problem = blobs()
    program = {}
    for precision in ("float32", "bfloat16"):
        objective = Objective(
            RECIPE.with_settings({"precision": precision, "network.normalization": None}),
            problem.layout,
            problem.task,
            problem.outputs,
        )
        network, state = objective.build(jax.random.key(0))
        program[precision] = str(
            jax.make_jaxpr(lambda x, o=objective, n=network, s=state: o.predict(n, s, x))(problem.examples.inputs[:8])
        )
    products = [line for line in program["bfloat16"].splitlines() if "dot_general" in line]
    assert products
    assert all("bf16" in line for line in products)
    assert "bf16" not in program["float32"]


def test_unknown_precisions_are_refused():
    with pytest.raises(RecipeError, match=r"^Recipe\.precision: .*'float32', 'float64' or 'bfloat16', but got 'half'"):
        Recipe(precision="half")
