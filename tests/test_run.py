"""A run from Python: what it holds, in whichever order it was asked for, and what it refuses."""

from __future__ import annotations

import json
import re
from typing import Any

import equinox as eqx
import jax
import numpy as np
import pytest

import trainwell as tw
from tests.data.tables import animals
from tests.fitting import TINY, animals_run
from trainwell.clinic import Finding, Remedy
from trainwell.engine.aside import aside
from trainwell.errors import DataError, RecipeError
from trainwell.records import QUANTITIES


def test_a_run_holds_what_was_asked_and_what_came_out() -> None:
    run = animals_run()
    assert run.recipe == TINY
    assert 0 <= run.scores["test"]["accuracy"] <= 1
    assert run.scores["rows"] == {"training": 72, "validation": 24, "test": 24}
    assert set(run.scores["baselines"]) == {"majority class", "logistic regression"}
    assert len(run.record["validation_loss"]) == run.record.facts["epochs"] == 5
    assert set(run.record) == set(QUANTITIES)
    assert [finding.name for finding in run.findings if finding.severity == "fault"] == []
    assert [len(words["answer"]) > 0 for words in run.answers] == [True] * 4
    assert [check.row for check in run.preflight] == sorted(check.row for check in run.preflight)
    json.dumps(run.scores, allow_nan=False)
    assert re.fullmatch(r"<Run species from animals: test accuracy [\d.]+>", repr(run))
    assert re.fullmatch(r"<Model of species: binary, \d+ parameters>", repr(run.model))


def test_scores_are_those_of_the_predictions() -> None:
    run = animals_run()
    test = animals(120)[run.data.parts.test]
    right = run.predict(test) == test["species"].to_numpy()
    assert run.scores["test"]["accuracy"] == pytest.approx(right.mean())
    assert run.predict_proba(test).shape == (24, 2)


@pytest.mark.parametrize("seconds", [0, -1, "5", float("nan")])
def test_a_budget_is_above_zero(seconds: Any) -> None:
    with pytest.raises(RecipeError, match="seconds must be a number of seconds above 0, but got"):
        tw.fit(TINY, animals_run().data, seconds=seconds)


def test_the_network_is_an_equinox_module() -> None:
    run = animals_run()
    row = run.model.encoder.transform(animals(120)[:1])[0]
    outputs, _ = run.network(row, run.model.network_state)
    probability = 1 / (1 + np.exp(-float(outputs[0])))
    assert probability == pytest.approx(run.predict_proba(animals(120)[:1])[0, 1], abs=1e-6)


def test_the_same_seed_gives_the_same_run_and_the_order_does_not_matter() -> None:
    run = animals_run()
    again = tw.fit(run.data, TINY)  # type: ignore[arg-type]
    assert again.recipe is TINY
    assert np.array_equal(again.record["training_loss"], run.record["training_loss"])
    assert again.scores == run.scores


@pytest.mark.parametrize(
    ("given", "fragment"),
    [
        ((), "fit needs data"),
        ((TINY,), "fit needs data"),
        ((TINY, [[1.0]]), "but got list"),
        (("recipe.toml", None), "but got str"),
    ],
)
def test_fit_needs_data(given: tuple[Any, ...], fragment: str) -> None:
    with pytest.raises(DataError, match=fragment):
        tw.fit(*given)


@pytest.mark.parametrize(
    ("changes", "fragment"),
    [
        ({"loss": "mse"}, r"mse is for regression.*task is binary.*binary_cross_entropy"),
        ({"loss": "hinge", "label_smoothing": 0.1}, r"hinge takes none, but got 0\.1"),
        ({"class_weights": {"cta": 2.0}}, r"'cta'.*Did you mean 'cat'"),
    ],
)
def test_a_recipe_that_does_not_suit_the_data(changes: dict[str, Any], fragment: str) -> None:
    with pytest.raises(RecipeError, match=fragment):
        tw.fit(TINY.model_copy(update=changes), animals_run().data)


@pytest.mark.parametrize(
    ("sizes", "fragment"),
    [((11, 1), r"must take one row of 12 numbers, but does not: .*11"), ((12, 3), r"must give 1 numbers.*\(3,\)")],
)
def test_a_network_of_ones_own_that_does_not_fit(sizes: tuple[int, int], fragment: str) -> None:
    network = eqx.nn.Linear(*sizes, key=jax.random.key(0))
    with pytest.raises(RecipeError, match=fragment):
        tw.fit(tw.Recipe(network=network), animals_run().data)


def test_stages_and_progress_are_told() -> None:
    stages: list[str] = []
    shares: list[float] = []
    run = tw.fit(TINY, animals_run().data, stage=stages.append, listener=lambda stand: shares.append(stand.share))
    assert stages == ["encoding", "training", "checking", "scoring"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert run.record.facts["epochs"] == 5


def test_a_failure_beside_the_training_is_raised() -> None:
    def fail() -> None:
        raise DataError("no baseline")

    with pytest.raises(DataError, match="no baseline"):
        aside(fail).result()


@pytest.mark.parametrize("loss", ["nll", "cross_entropy_from_probabilities"])
def test_a_loss_that_networks_in_words_cannot_be_trained_on_is_refused(loss: str) -> None:
    data = tw.read({"x": np.random.default_rng(0).normal(size=60), "y": np.arange(60) % 3}, target="y")
    with pytest.raises(RecipeError, match=r"Recipe\.loss.*reads"):
        tw.fit(TINY.with_settings({"loss": loss}), data)


def test_classes_that_are_numbers_are_weighted_by_number() -> None:
    assert TINY.with_settings({"class_weights": {0: 1.0, 1: 5.0}}).class_weights == {"0": 1.0, "1": 5.0}


def test_what_a_run_holds_is_printed_in_a_line() -> None:
    run = animals_run()
    assert repr(run.record).startswith(f"<Record of {len(QUANTITIES)} quantities over 5 epochs: training loss ")
    assert re.fullmatch(r"<Report on species from animals, \S+: \d+ findings>", repr(run.report()))
    assert repr(run.data.target) == "<Target species: binary, 2 classes, 120 rows>"
    assert repr(run.data.parts) == "<Parts: 72 train, 24 validation, 24 test rows>"
    read = len(run.model.encoder.columns)
    assert repr(run.model.encoder) == str(run.model.encoder) == f"<Encoder of {read} columns for species>"


def test_a_finding_is_printed_with_what_to_change() -> None:
    remedy = Remedy("Lower it.", {"optimizer.learning_rate": 0.001})
    found = Finding(name="learning rate too high", severity="fault", sentence="The loss jumps.", remedies=(remedy,))
    assert str(found) == "fault: The loss jumps. Change: optimizer.learning_rate = 0.001."
    assert (
        str(Finding(name="leakage", severity="warning", sentence="A column gives it away."))
        == "warning: A column gives it away."
    )
