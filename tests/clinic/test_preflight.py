"""The checks before a run, rows 1 to 12: passed by what is well, and stopped or warned by what was planted."""

from __future__ import annotations

import dataclasses
import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import trainwell as tw
from tests.clinic.test_clinic import RECIPE
from tests.data.tables import animals
from tests.engine.problems import blobs
from trainwell.clinic.beforehand.batch import check_batch
from trainwell.clinic.beforehand.capacity import judged, resized
from trainwell.clinic.beforehand.gradients import check_own_gradient
from trainwell.clinic.beforehand.independence import check_independence
from trainwell.clinic.beforehand.pointless import constant_inputs, constant_target
from trainwell.clinic.beforehand.rehearsals import without_regularization
from trainwell.clinic.beforehand.table import check_overlap
from trainwell.engine import program_for
from trainwell.errors import DataError, RecipeError

SMALL = tw.Recipe(
    network=tw.MLP(hidden=(16,)), optimizer=tw.Adam(learning_rate=0.01), schedule=tw.Constant(), batch_size=32
)


def program_of(recipe, problem):
    return program_for(recipe, problem.layout, problem.task, problem.outputs)


@pytest.fixture(scope="module")
def flight() -> tw.clinic.Flight:
    return tw.clinic.preflight(SMALL, tw.read(animals(120), target="species"))


def test_every_row_of_the_practice_is_gone_through(flight: tw.clinic.Flight) -> None:
    assert [check.row for check in flight] == [1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert {check.row: check.status for check in flight}[12] == "not applicable"
    assert [check.name for check in flight if check.status == "failed"] == []
    assert bool(flight)
    assert len(str(flight).splitlines()) == len(flight)
    assert flight._repr_html_().startswith("<pre>")
    json.dumps(flight.to_dict(), allow_nan=False)


def test_the_baselines_are_those_of_the_record(flight: tw.clinic.Flight) -> None:
    evidence = next(check for check in flight if check.row == 6).evidence
    assert 0 < evidence["one_answer"] <= 1
    assert 0 < evidence["linear_model"] <= 1


def test_a_batch_is_shown_as_it_arrives() -> None:
    problem = blobs()
    check = check_batch(RECIPE, problem, program_of(RECIPE, problem))
    first = np.asarray(problem.examples.inputs)[np.asarray(problem.rows.training)[:64]]
    assert check.status == "passed"
    assert check.evidence["mean"] == pytest.approx(first.mean(), rel=1e-5)
    assert check.evidence["inputs_shape"] == "64 × 4"
    for planted, status in ((1000.0, "warned"), (np.nan, "failed")):
        spoiled = problem.examples.inputs.at[0].set(planted)
        unwell = dataclasses.replace(problem, examples=problem.examples._replace(inputs=spoiled))
        assert check_batch(RECIPE, unwell, program_of(RECIPE, unwell)).status == status


class Mixing(eqx.Module):
    """Subtracts the mean over the batch, which no layer should."""

    inner: eqx.nn.Linear

    def __call__(self, x):
        return self.inner(x - jax.lax.pmean(x, "batch"))


class Apart(eqx.Module):
    inner: eqx.nn.Linear

    def __call__(self, x):
        return self.inner(x)


@jax.custom_vjp
def wrong_square(x):
    return x**2


wrong_square.defvjp(lambda x: (x**2, x), lambda x, g: (3 * x * g,))


class Wrong(Apart):
    def __call__(self, x):
        return wrong_square(self.inner(x))


def own(kind, features: int = 4, outputs: int = 3):
    return RECIPE.with_settings({"network": kind(eqx.nn.Linear(features, outputs, key=jax.random.key(0)))})


def test_a_layer_that_mixes_rows_is_seen() -> None:
    problem = blobs()
    for kind, status in ((Mixing, "failed"), (Apart, "passed")):
        recipe = own(kind)
        assert check_independence(recipe, problem, program_of(recipe, problem)).status == status


def test_batch_normalization_is_excepted() -> None:
    problem = blobs()
    recipe = RECIPE.with_settings({"network": tw.MLP(hidden=(8,), normalization="batch")})
    check = check_independence(recipe, problem, program_of(recipe, problem))
    assert check.status == "passed"
    assert "batch normalization mixes them" in check.sentence


def test_the_gradient_of_a_network_of_ones_own_is_checked() -> None:
    problem = blobs()
    for kind, status in ((Wrong, "failed"), (Apart, "passed")):
        recipe = own(kind)
        assert check_own_gradient(recipe, problem, program_of(recipe, problem)).status == status
    assert check_own_gradient(RECIPE, problem, program_of(RECIPE, problem)).status == "not applicable"


@pytest.mark.parametrize(
    ("losses", "status"), [([1.0, 0.5, 0.2], "passed"), ([0.2, 0.3, 0.9], "warned"), ([1.0, 0.5, np.inf], "warned")]
)
def test_capacity_must_help(losses: list[float], status: str) -> None:
    assert judged(losses, [2, 8, 16]).status == status


def test_capacity_and_learning_by_heart_leave_regularization_out() -> None:
    strong = SMALL.with_settings(
        {"network.dropout": 0.5, "optimizer": tw.AdamW(weight_decay=0.1), "penalties": [tw.penalties.L1(strength=0.1)]}
    )
    small = resized(strong, 0.5, blobs())
    assert (small.network.hidden, small.network.dropout, small.optimizer.weight_decay) == ((8,), 0.0, 0.0)
    assert small.penalties == ()
    layers = [tw.layers.Linear(units=8), tw.layers.Dropout(rate=0.5), tw.layers.GaussianNoise(deviation=1.0)]
    plain = without_regularization(strong.with_settings({"network": tw.Sequential(layers)}))
    assert (plain.network.layers[1].rate, plain.network.layers[2].deviation) == (0.0, 0.0)
    assert plain.penalties[0].strength == 0.0
    assert plain.optimizer.learning_rate == strong.optimizer.learning_rate


def test_too_few_updates_to_learn_by_heart_say_nothing() -> None:
    run = tw.fit(SMALL.with_settings({"max_steps": 10}), tw.read(animals(60), target="species"))
    (found,) = (check for check in run.preflight if check.row == 8)
    assert found.status == "not applicable"


def test_what_makes_training_pointless_is_refused_unless_forced() -> None:
    constant = tw.read(animals(60), target="species")
    object.__setattr__(constant.target, "values", np.zeros_like(constant.target.values))
    assert "has the same species" in constant_target(constant)
    with pytest.raises(DataError, match=r"nothing to tell apart.*force=True"):
        tw.fit(SMALL.with_settings({"max_epochs": 1}), constant)
    assert tw.fit(SMALL.with_settings({"max_epochs": 1}), constant, force=True).record.facts["epochs"] == 1
    assert not tw.clinic.preflight(SMALL, constant)


def test_inputs_that_never_vary_are_pointless() -> None:
    problem = blobs()
    blank = dataclasses.replace(
        problem, examples=problem.examples._replace(inputs=jnp.zeros_like(problem.examples.inputs))
    )
    assert "inputs of all training rows are the same" in constant_inputs(blank)
    assert constant_inputs(problem) is None


def test_recipe_and_data_come_in_either_order() -> None:
    constant = tw.read(animals(60), target="species")
    object.__setattr__(constant.target, "values", np.zeros_like(constant.target.values))
    assert str(tw.clinic.preflight(constant, SMALL)) == str(tw.clinic.preflight(SMALL, constant))
    with pytest.raises(DataError, match=r"clinic\.preflight needs data"):
        tw.clinic.preflight(SMALL)


def test_a_recipe_that_fit_refuses_is_refused_before_any_training() -> None:
    recipe = SMALL.with_settings({"optimizer": tw.LBFGS(), "batch_size": 32})
    with pytest.raises(RecipeError, match="LBFGS searches"):
        tw.clinic.preflight(recipe, tw.read(animals(60), target="species"))


def test_parts_that_share_rows_by_chance_pass_as_they_do_in_the_clinic() -> None:
    random = np.random.default_rng(0)
    table = {name: random.integers(0, 3, 400) for name in "abcd"}
    kinds = dict.fromkeys(table, "category")
    data = tw.read(dict(table), y=np.where(random.random(400) < 0.5, "yes", "no"), kinds=kinds)
    found = check_overlap(tw.data.profile(data))
    assert found.status == "passed"
    assert "share" in found.sentence
