"""The worst mistakes come first, with their rows; residuals are the same few points every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.evaluation.cases import KINDS, answers, case, dataset
from trainwell.evaluation.answers import answers_of
from trainwell.evaluation.mistakes import worst_mistakes
from trainwell.evaluation.residuals import residual_points
from trainwell.plain import plain

ALL = np.arange(300)


def mistakes_of(data, predictions, rows=ALL, most=20):
    return worst_mistakes(data, rows, answers_of(data, rows, predictions), most)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_mistakes_are_wrong_and_fall_in_confidence(kind):
    data, predictions = case(kind)
    found = mistakes_of(data, predictions)
    assert len(found) == 20
    assert all(entry["truth"] != entry["prediction"] for entry in found)
    confidences = [entry["confidence"] for entry in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0.25 <= confidence <= 1 for confidence in confidences)


def test_the_most_confident_mistake_is_found_by_hand():
    truth = np.array([0, 1, 1, 0])
    data = dataset("binary", truth, ("calm", "storm"))
    found = mistakes_of(data, np.array([[0.7], [0.1], [0.9], [0.2]]), np.arange(4))
    assert [(entry["row"], entry["truth"], entry["prediction"]) for entry in found] == [
        (1, "storm", "calm"),
        (0, "calm", "storm"),
    ]
    assert found[0]["confidence"] == pytest.approx(0.9)
    assert found[0]["features"] == {"length": pytest.approx(1 / 3), "island": "Biscoe"}


def test_rows_are_positions_in_the_data():
    data, predictions = case("binary")
    rows = np.arange(200, 260)
    assert {entry["row"] for entry in mistakes_of(data, predictions, rows)} <= set(rows.tolist())


def test_numbers_are_ranked_by_how_far_off_they_are():
    data, predictions = case("regression")
    found = mistakes_of(data, predictions)
    errors = np.abs(predictions - data.target.values)[:, 0]
    assert [entry["row"] for entry in found] == np.argsort(-errors)[:20].tolist()
    assert found[0]["error"] == pytest.approx(found[0]["prediction"] - found[0]["truth"])


def test_outputs_of_large_numbers_do_not_drown_the_others():
    truth = np.tile([1.0, 1000.0], (20, 1)) + np.arange(20)[:, None]
    predictions = truth + np.array([0.1, 100.0])
    predictions[7, 0] += 5
    data = dataset("regression", truth, names=("small", "large"))
    worst = mistakes_of(data, predictions, np.arange(20))[0]
    assert (worst["row"], worst["output"]) == (7, "small")


def test_nothing_wrong_means_no_mistakes():
    data, _ = case("multiclass")
    assert mistakes_of(data, np.eye(4)[data.target.values]) == []


def test_rows_are_named_by_the_columns_set_aside():
    data, predictions = case("binary")
    named = replace(
        data,
        aside=pl.DataFrame({"name": ["x" * 500] * 300, "born": [date(1990, 1, 2)] * 300, "ill": [0] * 300}),
    )
    features = plain(mistakes_of(named, predictions, most=1)[0])["features"]
    assert features["born"] == "1990-01-02"
    assert len(features["name"]) == 200
    assert "ill" not in features


def test_images_have_no_features_to_show():
    data, predictions = case("binary")
    data = replace(data, frame=None, array=np.zeros((300, 4, 4), np.uint8))
    assert mistakes_of(data, predictions)[0]["features"] == {}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in ("regression", "many outputs")])
def test_residuals_are_few_and_repeat(kind):
    given_answers = answers(kind, 2500)
    names = [f"y{k}" for k in range(given_answers.predictions.shape[1])]
    first, again = (residual_points(given_answers, names, seed=3) for _ in range(2))
    assert first == again != residual_points(given_answers, names, seed=4)
    assert len(first["truth"]) == len(first["prediction"]) == 2000
    assert np.ndim(first["truth"]) == (1 if kind == "regression" else 2)
