"""Penalties: their gradient in closed form, where they reach, and what is warned of or refused."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trainwell as tw
from tests.engine.problems import blobs
from tests.training.members import require_documents
from trainwell.engine import Recipe, train
from trainwell.engine.objective import Objective
from trainwell.engine.state import Examples
from trainwell.engine.trial import start
from trainwell.errors import RecipeError, TrainwellWarning, UnknownNameError
from trainwell.training import PENALTIES
from trainwell.training.optimizers.optimizer import decayed

RECIPE = Recipe(
    network=tw.MLP(hidden=(6,)),
    optimizer=tw.SGD(learning_rate=0.1),
    batch_size=32,
    max_epochs=2,
    early_stopping=None,
    telemetry=False,
)
SLOPES = {"L1": np.sign, "L2": lambda weight: weight}
every_penalty = pytest.mark.parametrize("name", PENALTIES)


def gradient(recipe: Recipe) -> dict[str, np.ndarray]:
    """Return the gradient at the start by the place of each array, and the weights themselves."""
    problem = blobs()
    objective = Objective(recipe, problem.layout, problem.task, problem.outputs)
    state = start(objective, jnp.asarray(0), problem.base_rate)
    batch = Examples(*(part[:32] for part in problem.examples))
    found = objective.gradient(state.parameters, state.network_state, batch, jax.random.key(0))[0]
    marked = decayed(state.parameters)
    named = zip(*(jax.tree.leaves_with_path(tree) for tree in (found, state.parameters, marked)), strict=True)
    return {jax.tree_util.keystr(path): (np.asarray(g), np.asarray(w), m) for (path, g), (_, w), (_, m) in named}


def test_every_penalty_has_an_oracle():
    assert set(SLOPES) == set(PENALTIES)


@every_penalty
def test_it_adds_its_slope_to_the_gradient_of_weights_and_to_nothing_else(name):
    plain = gradient(RECIPE)
    penalized = gradient(RECIPE.with_settings({"penalties": {"kind": name, "strength": 0.3}}))
    assert sum(marked for _, _, marked in plain.values()) == 2
    for place, (slope, weight, marked) in plain.items():
        expected = slope + 0.3 * SLOPES[name](weight) if marked else slope
        np.testing.assert_allclose(penalized[place][0], expected, rtol=1e-5, atol=1e-6, err_msg=place)


@every_penalty
def test_it_reaches_the_layers_that_it_names(name):
    plain = gradient(RECIPE)
    penalized = gradient(RECIPE.with_settings({"penalties": {"kind": name, "strength": 0.3, "layers": "output"}}))
    changed = [place for place in plain if not np.allclose(plain[place][0], penalized[place][0], atol=1e-6)]
    last = [place for place, (_, _, marked) in plain.items() if marked][-1]
    assert changed == [last]


def test_strength_is_a_knob_and_zero_is_absent():
    recipe = RECIPE.with_settings({"penalties": ["L1", {"kind": "L2", "strength": 0.0}]})
    assert recipe.knobs()["penalties.0.strength"] == 1e-3
    assert "penalties.1.strength" not in recipe.knobs()
    changed = recipe.with_settings({"penalties.0.strength": 0.5})
    assert changed.penalties[0].strength == 0.5


@every_penalty
def test_recipe_files_hold_it(name):
    recipe = RECIPE.with_settings({"penalties": [PENALTIES[name](strength=0.1, layers=("output",)), name]})
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert Recipe.from_dict(recipe.to_dict()) == recipe


@every_penalty
def test_it_is_documented_and_refuses_nonsense(name):
    require_documents(PENALTIES.entry(name))
    for strength in ("much", -1, None, float("nan")):
        with pytest.raises(RecipeError, match=rf"^{name}\.strength: .* but got {strength!r}\.$"):
            PENALTIES[name](strength=strength)
    with pytest.raises(RecipeError, match=rf"^{name}\.layers: .* but got 3\.$"):
        PENALTIES[name](layers=3)


def test_recorded_losses_leave_it_out():
    problem, heavy = blobs(), RECIPE.with_settings({"penalties": {"kind": "L2", "strength": 1.0}})
    still = {"optimizer.learning_rate": 1e-12}
    plain, penalized = (train(recipe.with_settings(still), problem).record for recipe in (RECIPE, heavy))
    np.testing.assert_allclose(penalized["training_loss"], plain["training_loss"], rtol=1e-5)


def test_a_layer_that_is_not_there_is_refused_with_those_that_are():
    recipe = RECIPE.with_settings({"penalties": {"kind": "L1", "layers": ["hiden 1"]}})
    with pytest.raises(UnknownNameError, match=r"no layer with weights is called 'hiden 1'\. Did you mean 'hidden 1'"):
        train(recipe, blobs())


def test_squares_with_an_adaptive_optimizer_are_warned_of_and_adamw_is_named():
    recipe = RECIPE.with_settings({"penalties": "L2", "optimizer": "Adam", "max_epochs": 1})
    with pytest.warns(TrainwellWarning, match=r"Adam divides gradients by .*=tw\.AdamW\(weight_decay=0\.01\)"):
        train(recipe, blobs())


@pytest.mark.parametrize("penalty", ["L3", {"kind": "l2"}])
def test_unknown_penalties_name_the_known_ones(penalty):
    with pytest.raises(RecipeError, match=r"Known: L1, L2"):
        RECIPE.with_settings({"penalties": penalty})


def test_l2_with_full_batch_ends_at_ridge_regression():
    """Closed form: (XᵀX/n + λ/2 · I)⁻¹Xᵀy/n for the mean of squares plus ½λ‖w‖², the bias free."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(96, 3)).astype(np.float32)
    targets = inputs @ np.array([1.0, -2.0, 0.5], np.float32) + 0.3 + 0.1 * random.normal(size=96).astype(np.float32)
    problem = blobs(rows=144, features=3)
    examples = problem.examples._replace(
        inputs=problem.examples.inputs.at[:96].set(inputs),
        targets=jnp.zeros((144, 1)).at[:96, 0].set(targets),
    )
    problem = replace(problem, examples=examples, task="regression", outputs=1, base_rate=jnp.zeros(1))
    recipe = RECIPE.with_settings(
        {
            "network": tw.MLP(hidden=()),
            "optimizer": "LBFGS",
            "schedule": "Constant",
            "batch_size": "all",
            "max_epochs": 40,
            "penalties": {"kind": "L2", "strength": 0.2},
            "early_stopping": {"monitor": "training_loss"},
        }
    )
    trained = train(recipe, problem)
    centred = inputs - inputs.mean(0)
    expected = np.linalg.solve(centred.T @ centred / 96 + 0.1 * np.eye(3), centred.T @ targets / 96)
    weight = next(leaf for leaf in jax.tree.leaves(trained.state.parameters) if leaf.ndim == 2)
    np.testing.assert_allclose(np.ravel(weight), expected, rtol=1e-3)
