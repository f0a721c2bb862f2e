"""When a run ends and by what it is judged: steps, the gradient, plateaus; and batches of one, some or all rows."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import trainwell as tw
from tests.engine.problems import blobs
from trainwell.engine import Recipe, train
from trainwell.engine.cohort import Member, trained_cohort
from trainwell.engine.problem import pad_rows
from trainwell.engine.state import ALL_STEPS, CONVERGED, DIVERGED, FINISHED, OUTCOMES, PATIENCE
from trainwell.errors import RecipeError, TrainwellWarning

RECIPE = Recipe(
    network=tw.MLP(hidden=(8,)),
    optimizer=tw.SGD(learning_rate=0.1),
    schedule="Constant",
    batch_size=32,
    max_epochs=6,
    early_stopping=None,
    telemetry=False,
)
PROBLEM = blobs()  # 100 training rows: 4 updates an epoch


def trained(**changes):
    return train(RECIPE.with_settings(changes), PROBLEM)


@pytest.mark.parametrize(("steps", "epochs"), [(8, 2), (10, 3), (1, 1)])
def test_a_run_ends_after_so_many_steps_within_an_epoch_too(steps, epochs):
    record = trained(max_steps=steps).record
    assert record.facts["outcome"] == ALL_STEPS
    assert record.facts["stopped_because"] == OUTCOMES[ALL_STEPS] == "all steps done"
    assert record["step"].tolist() == [*range(4, steps, 4), steps]
    assert len(record["epoch"]) == epochs


def test_steps_before_the_limit_are_those_of_the_same_run_without():
    limited, whole = trained(max_steps=10).record, trained().record
    np.testing.assert_array_equal(limited["training_loss"][:2], whole["training_loss"][:2])
    assert limited["training_loss"][2] != whole["training_loss"][2]  # the mean over two batches, not four


def test_more_steps_than_epochs_have_change_nothing():
    record = trained(max_steps=1000).record
    assert record.facts["outcome"] == FINISHED
    np.testing.assert_array_equal(record["training_loss"], trained().record["training_loss"])


def test_schedules_end_where_the_steps_do():
    record = trained(max_steps=10, schedule="Linear").record
    np.testing.assert_allclose(record["learning_rate"], 0.1 * (1 - np.array([3, 7, 9]) / 10), rtol=1e-5)


def test_lanes_cut_the_last_epoch_short_as_well():
    recipes = [RECIPE.with_settings({"max_steps": 10, "seed": seed}) for seed in (0, 1)]
    together = trained_cohort([Member(recipe, PROBLEM) for recipe in recipes], lanes=2, workers=1)
    for recipe, one in zip(recipes, together, strict=True):
        alone = train(recipe, PROBLEM).record
        assert one.record.facts["outcome"] == ALL_STEPS
        np.testing.assert_allclose(one.record["training_loss"], alone["training_loss"], rtol=1e-4)


def test_a_small_gradient_ends_the_run():
    norms = trained(batch_size="all").record["gradient_norm"]
    tolerance = float(norms[2:4].mean())
    record = trained(batch_size="all", gradient_tolerance=tolerance).record
    assert record.facts["outcome"] == CONVERGED
    assert record.facts["stopped_because"] == "the gradient's norm fell below the tolerance"
    assert len(record["epoch"]) == 1 + int(np.argmax(norms < tolerance))


def test_the_tolerance_is_a_knob():
    assert RECIPE.with_settings({"gradient_tolerance": 0.1}).knobs()["gradient_tolerance"] == 0.1
    assert "gradient_tolerance" not in RECIPE.knobs()


@pytest.mark.parametrize("monitor", ["training_loss", "training_score", "validation_loss", "validation_score"])
def test_the_best_epoch_and_the_patience_go_by_what_is_watched(monitor):
    changes = {"optimizer.learning_rate": 1.0, "max_epochs": 12}
    whole = trained(**changes).record
    record = trained(**changes, early_stopping={"monitor": monitor, "patience": 2}).record
    good = -whole[monitor] if monitor.endswith("score") else whole[monitor]
    waited, best, ends = 0, np.inf, 12
    for epoch, value in enumerate(good, start=1):
        waited, best = (0, value) if value < best else (waited + 1, best)
        if waited == 2:
            ends = epoch
            break
    assert len(record["epoch"]) == ends
    assert record.facts["best_epoch"] == 1 + int(np.argmin(good[:ends]))
    assert record.facts["outcome"] == (PATIENCE if waited == 2 else FINISHED)


@pytest.mark.parametrize("monitor", ["training_loss", "validation_score", "gradient_norm"])
def test_the_plateau_schedule_watches_what_it_is_told(monitor):
    schedule = {"kind": "Plateau", "monitor": monitor, "patience": 0, "factor": 0.5, "floor": 1e-6}
    record = trained(**{"optimizer.learning_rate": 1.0, "max_epochs": 12}, schedule=schedule).record
    seen = -record[monitor] if monitor.endswith("score") else record[monitor]
    fraction, best, rates = 1.0, np.inf, []
    for value in seen:
        rates.append(fraction)
        better = value < best - 1e-4
        best, fraction = (value, fraction) if better else (best, fraction * 0.5)
    np.testing.assert_allclose(record["learning_rate"], rates, rtol=1e-6)


def test_all_rows_at_once_is_one_update_an_epoch():
    record = trained(batch_size="all").record
    assert record.facts["steps_per_epoch"] == 1
    assert record.facts["batch_size"] == 100
    np.testing.assert_allclose(record["training_loss"], trained(batch_size=100).record["training_loss"], rtol=1e-4)
    np.testing.assert_allclose(record["gradient_norm"], trained(batch_size=100).record["gradient_norm"], rtol=1e-4)


def test_files_and_settings_say_all():
    recipe = RECIPE.with_settings({"batch_size": "all"})
    assert 'batch_size = "all"' in recipe.to_toml()
    assert Recipe.from_toml(recipe.to_toml()) == recipe
    assert RECIPE.with_settings({"batch_size": 64.0}).batch_size == 64


@pytest.mark.parametrize("size", [0, -1, 1.5, "some", True, None, 10**12])
def test_what_is_no_batch_size_is_refused(size):
    with pytest.raises(RecipeError, match=rf'^Recipe\.batch_size: .* 1 to 2147483647, or "all", but got {size!r}\.$'):
        Recipe(batch_size=size)


@pytest.mark.parametrize("field", ["max_steps", "gradient_tolerance", "value_clipping"])
@pytest.mark.parametrize("value", [0, -1])
def test_limits_that_are_none_are_refused(field, value):
    with pytest.raises(RecipeError, match=rf"^Recipe\.{field}: .* but got {value}\.$"):
        Recipe(**{field: value})


@pytest.mark.parametrize("field", ["max_epochs", "max_steps", "early_stopping.patience"])
def test_counts_beyond_what_is_counted_in_are_refused(field):
    recipe = Recipe(early_stopping=tw.EarlyStopping())
    with pytest.raises(RecipeError, match=r"less than 2147483648, but got 10{12}\."):
        recipe.with_settings({field: 10**12})


def test_a_batch_larger_than_the_table_is_the_table():
    curves = [trained(batch_size=size).record["training_loss"] for size in (100, 10**9)]
    np.testing.assert_allclose(curves[1], curves[0], rtol=1e-6)


def test_a_network_larger_than_the_memory_is_refused():
    with pytest.raises(
        RecipeError, match=r"Recipe\.network: .* weights need about .* GB in training, but the machine has"
    ):
        trained(**{"network.hidden": (1_000_000, 1_000_000)})


def test_steps_are_never_searched():
    with pytest.raises(RecipeError, match="max_steps cannot be searched"):
        RECIPE.vary({"max_steps": tw.integer(1, 9)})


def test_entries_of_the_gradient_are_clipped_before_its_norm():
    """With a clip so small that every entry reaches it, an SGD step is the sign of the gradient times the clip."""
    before = trained(max_steps=1, **{"optimizer.learning_rate": 1e-30}).state.parameters
    after = trained(
        max_steps=1, batch_size="all", value_clipping=1e-9, **{"optimizer.learning_rate": 1e6}
    ).state.parameters
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        moves = np.abs(np.asarray(new, np.float64) - np.asarray(old, np.float64))
        assert np.all((moves < 1e-6) | np.isclose(moves, 1e-3, rtol=1e-2))
        assert moves.max() == pytest.approx(1e-3, rel=1e-2)


def test_without_validation_the_penalized_optimum_is_what_is_kept():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(300, 3))
    labels = (inputs @ [1, -2, 0.5] + random.logistic(size=300) > 0) * 1
    data = tw.read(inputs, y=labels, split=tw.Split(train=0.8, validation=0, test=0.2))
    recipe = Recipe(
        network=tw.networks.Linear(),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=tw.Adam(learning_rate=0.1),
        schedule="Constant",
        batch_size="all",
        max_epochs=500,
        early_stopping=None,
        penalties=[tw.penalties.L2(strength=0.1)],
    )
    with pytest.warns(TrainwellWarning, match="Adam"):
        run = tw.fit(recipe, data)
    rows = data.parts.train
    scaled = (inputs[rows] - inputs[rows].mean(0)) / inputs[rows].std(0)
    best = LogisticRegression(C=1 / (0.1 * len(rows)), tol=1e-8).fit(scaled, labels[rows])
    odds = np.log(run.predict_proba(data.frame)[rows][:, 1] / run.predict_proba(data.frame)[rows][:, 0])
    np.testing.assert_allclose(odds, best.decision_function(scaled), atol=2e-3)
    assert run.record.facts["best_epoch"] == 500


def test_weights_that_are_no_numbers_are_not_kept_without_validation():
    whole = replace(PROBLEM, rows=pad_rows(np.arange(100), np.arange(0)))
    run = train(RECIPE.with_settings({"optimizer.learning_rate": 1e30}), whole)
    assert run.record.facts["outcome"] == DIVERGED
    assert run.record.facts["best_epoch"] < run.record.facts["epochs"]
