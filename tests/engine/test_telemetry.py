"""What the looks at a run write down, held against closed forms, NumPy and scikit-learn."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from sklearn.linear_model import Ridge

from tests.engine.problems import blobs
from trainwell.engine import Program, Recipe, train
from trainwell.engine.looks.anatomy import has_batch_normalization, network_facts
from trainwell.engine.looks.probe import agreement, probe_of
from trainwell.engine.looks.reference import order_of, reference
from trainwell.engine.looks.units import idle_share, unit_similarity
from trainwell.engine.transformations import parts_of
from trainwell.network import MLP
from trainwell.records import QUANTITIES, Record
from trainwell.training import SGD, Adam, Constant

RECIPE = Recipe(
    network=MLP(hidden=(8,)), optimizer=SGD(learning_rate=0.1), schedule=Constant(), max_epochs=3, early_stopping=None
)


@functools.cache
def looked_at() -> Record:
    return train(RECIPE, blobs()).record


def test_every_quantity_is_written_and_described() -> None:
    assert set(looked_at()) <= set(QUANTITIES)
    assert {"update_alignment", "unit_similarity", "output_curvature", "input_mean"} <= set(looked_at())


def test_the_base_loss_is_the_entropy_of_the_classes() -> None:
    problem = blobs()
    for name, rows in (("base_loss", np.arange(100)), ("base_validation_loss", np.arange(100, 150))):
        share = np.bincount(np.asarray(problem.examples.targets)[:100], minlength=3) / 100
        expected = -np.log(share)[np.asarray(problem.examples.targets)[rows]].mean()
        assert looked_at().facts[name] == pytest.approx(expected, rel=1e-5)


def test_the_linear_score_is_that_of_ridge_regression() -> None:
    problem = blobs(spread=0.5)
    inputs, targets = np.asarray(problem.examples.inputs), np.asarray(problem.examples.targets)
    scaled = (inputs - inputs[:100].mean(axis=0)) / inputs[:100].std(axis=0)
    model = Ridge(alpha=1.0).fit(scaled[:100], np.eye(3)[targets[:100]])
    expected = np.mean(model.predict(scaled[100:]).argmax(axis=1) == targets[100:])
    arrays, facts = reference(problem)
    assert facts["linear_score"] == pytest.approx(expected)
    assert facts["base_score"] == pytest.approx(np.mean(targets[100:] == np.bincount(targets[:100]).argmax()))
    assert arrays["input_deviation"] == pytest.approx(inputs[:100].std(axis=0), rel=1e-5)


def test_sure_answers_are_right_on_clean_labels_and_wrong_on_flipped_ones() -> None:
    problem = blobs(rows=600, spread=3.0)
    assert reference(problem)[1]["sure_error"] < 0.02
    random, targets = np.random.default_rng(0), np.asarray(problem.examples.targets).copy()
    flipped = random.random(600) < 0.4
    targets[flipped] = (targets[flipped] + random.integers(1, 3, flipped.sum())) % 3
    noisy = dataclasses.replace(problem, examples=problem.examples._replace(targets=jnp.asarray(targets)))
    assert reference(noisy)[1]["sure_error"] == pytest.approx(0.4, abs=0.12)


def test_simple_models_but_the_linear_one_are_asked_only_of_runs_that_leave_something_to_be_told() -> None:
    asked = {"neighbour_score", "kernel_score", "sure_error", "yardstick_signal"}
    rare = blobs(rows=300, classes=2, task="binary", outputs=1, spread=0.1)
    targets = np.asarray(rare.examples.targets) * (np.arange(300) % 20 == 0)
    rare = dataclasses.replace(rare, examples=rare.examples._replace(targets=jnp.asarray(targets, jnp.float32)))
    base = reference(rare)[1]["base_score"]
    assert 0.95 < base < 1
    numbers = blobs(classes=5, task="regression", outputs=1, target_scale=10.0)
    numbers = dataclasses.replace(
        numbers, examples=numbers.examples._replace(targets=numbers.examples.targets[:, None])
    )
    amount = reference(numbers)[1]["base_score"]
    for problem, reached, little in (
        (blobs(), None, False),
        (blobs(), 0.94, False),
        (blobs(), 0.96, True),
        (rare, base, False),
        (rare, 1.0, True),
        (numbers, 0.23 * amount, False),
        (numbers, 0.22 * amount, True),
    ):
        _, facts = reference(problem, reached)
        assert {"base_score", "linear_score", "linear_training_score"} <= set(facts)
        assert asked.isdisjoint(facts) if little else asked - {"sure_error"} <= set(facts)


def test_what_a_run_reached_decides_which_simple_models_its_record_holds() -> None:
    recipe = RECIPE.with_settings({"max_epochs": 40})
    easy, hard = (train(recipe, blobs(spread=spread)).record for spread in (8.0, 0.5))
    assert easy["validation_score"].max() > 0.96
    assert "kernel_score" not in easy.facts
    assert hard["validation_score"].max() < 0.94
    assert hard.facts["kernel_score"] > 0.4


def test_gradient_noise_follows_from_the_halves() -> None:
    random = np.random.default_rng(0)
    mean, deviation, rows = random.normal(size=4000), 3.0, 50
    halves = [mean + deviation * random.normal(size=(rows, 4000)).mean(axis=0) for _ in range(2)]
    found = agreement({"w": jnp.asarray(np.stack(halves), jnp.float32)}, rows)
    expected = deviation**2 * 4000 / (mean @ mean)
    assert float(found["gradient_noise_scale"]) == pytest.approx(expected, rel=0.1)
    cosine = halves[0] @ halves[1] / np.linalg.norm(halves[0]) / np.linalg.norm(halves[1])
    assert float(found["gradient_agreement"]) == pytest.approx(cosine, rel=1e-4)


@pytest.mark.parametrize("rows", [2, 65, 300, 900])
def test_no_row_is_in_both_halves_of_the_probe(rows: int) -> None:
    problem = blobs(rows=rows * 3 // 2)
    count = int(problem.rows.training_count)
    data = problem.examples._replace(inputs=jnp.arange(len(problem.examples.inputs))[:, None])
    program = Program(RECIPE, problem.layout, problem.task, problem.outputs)
    state = program.start(program.knobs(RECIPE), 3, problem.base_rate)
    seen = np.asarray(probe_of(state, data, problem.rows).inputs)[:, 0]
    halves = set(seen[: len(seen) // 2]), set(seen[len(seen) // 2 :])
    assert not halves[0] & halves[1]
    assert len(halves[0] | halves[1]) == 2 * (min(count, len(seen)) // 2)


def test_plain_gradient_descent_goes_straight_down() -> None:
    assert looked_at()["update_alignment"] == pytest.approx(np.ones(len(looked_at()["update_alignment"])), abs=1e-4)
    wrong = RECIPE.with_settings({"optimizer": optax.chain(optax.sgd(0.01), optax.scale(-1.0))})
    assert train(wrong, blobs()).record["update_alignment"] == pytest.approx(-1, abs=1e-4)


def test_each_layers_update_is_held_against_its_own_gradient() -> None:
    def which(parameters: Any) -> Any:
        return jax.tree.map(lambda leaf: "up" if leaf.shape[0] == 8 else "down", parameters)

    one_wrong = optax.multi_transform({"up": optax.sgd(-0.001), "down": optax.sgd(0.1)}, which)
    found = train(RECIPE.with_settings({"optimizer": one_wrong}), blobs()).record
    layers = found.facts["layers"]
    assert len(layers) == 2
    assert found["layer_update_alignment"][0] == pytest.approx([-1.0, 1.0], abs=1e-4)


def test_similarity_is_the_share_that_units_have_in_common() -> None:
    weights = np.random.default_rng(0).normal(size=(6, 5))
    expected = np.square(weights.mean(axis=0)).sum() / np.square(weights).sum(axis=1).mean()
    assert float(unit_similarity([jnp.asarray(weights), jnp.ones(6)])) == pytest.approx(expected, rel=1e-5)
    assert float(unit_similarity([jnp.zeros((4, 3))])) == 1
    assert float(unit_similarity([jnp.ones(4)])) == 0
    assert float(idle_share([jnp.asarray([[0.0, 0], [1, 0], [0, 0], [0, 2]])])) == 0.5


def test_a_network_of_straight_lines_does_not_bend() -> None:
    straight = RECIPE.with_settings({"network.activation": "identity"})
    assert (train(straight, blobs()).record["output_curvature"] < 1e-5).all()
    assert (looked_at()["output_curvature"] > 1e-3).all()


def test_the_modes_differ_where_a_part_does() -> None:
    assert looked_at()["probe_loss_training_mode"] == pytest.approx(looked_at()["probe_loss"])
    dropping = train(RECIPE.with_settings({"network.dropout": 0.5}), blobs()).record
    assert abs(dropping["probe_loss_training_mode"] - dropping["probe_loss"]).max() > 1e-3


@pytest.mark.parametrize("normalization", [None, "batch"])
def test_looking_changes_no_bit(normalization: str | None) -> None:
    recipe = RECIPE.with_settings({"network.normalization": normalization, "network.dropout": 0.2})
    seen, unseen = (train(recipe.with_settings({"telemetry": flag}), blobs()) for flag in (True, False))
    for one, other in zip(*(jax.tree.leaves(each.state.parameters) for each in (seen, unseen)), strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))


def test_a_network_says_what_it_is_made_of() -> None:
    network = eqx.nn.MLP(3, 2, 5, 1, key=jax.random.key(0))
    assert network_facts(network)["layer_units"] == [5, 2]
    assert network_facts(network)["layer_inputs"] == [3, 5]
    assert not has_batch_normalization(network)
    assert looked_at().facts["layer_units"] == [8, 3]
    assert train(RECIPE.with_settings({"network.normalization": "batch"}), blobs()).record.facts["batch_normalization"]


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        (optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.1)), ["add_decayed_weights", "scale_by_adam"]),
        (optax.adamw(0.1), ["scale_by_adam", "add_decayed_weights"]),
        (Adam(), []),
    ],
)
def test_the_parts_of_a_transformation_are_named_in_order(rule: Any, parts: list[str]) -> None:
    assert parts_of(rule)[:2] == parts


def test_amounts_have_an_order_and_names_have_none() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 8, 800)
    amounts = values[:, None] * np.ones((1, 5)) + random.normal(size=(800, 5))
    centres = random.normal(size=(8, 5)) * 3
    named = order_of(centres[values] + random.normal(size=(800, 5)), values.astype(float))
    graded = order_of(amounts, values.astype(float))
    assert graded == pytest.approx(1, abs=0.05)
    assert named is not None
    assert named < 0.5
