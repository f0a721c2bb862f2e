"""The dictionary of scores: whole for every task, plain, repeatable, honest about parts that are missing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from tests.evaluation.cases import KINDS, case, dataset, parts_of
from trainwell.evaluation import score, wilson
from trainwell.functions.metrics import PRIMARY, evaluate, metrics_for

KEYS = {
    "task", "primary", "judged", "rows", "training", "validation", "test", "intervals", "baselines",
    "against_baseline", "classes", "majority_class", "per_class", "confusion", "mistakes", "residuals",
}  # fmt: skip


def baseline_of(data, predictions):
    """Return a baseline that always answers the mean prediction."""
    name = "mean" if data.task == "regression" else "majority class"
    return {name: np.tile(predictions.mean(axis=0), (len(data), 1))}


def scored(kind, rows=300, **options):
    data, predictions = case(kind, rows, **options)
    return data, predictions, score(data, parts_of(data), predictions, baseline_of(data, predictions), seed=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighted", [False, True])
def test_scores_are_whole_and_plain(kind, weighted):
    data, predictions, scores = scored(kind, weighted=weighted)
    assert set(scores) == KEYS
    assert json.loads(json.dumps(scores, allow_nan=False)) == scores
    assert scores["rows"] == {"training": 180, "validation": 60, "test": 60}
    assert scores["primary"] == PRIMARY[data.task]
    rows = data.parts.test
    weights = data.sample_weight[rows] if weighted else None
    assert scores["test"] == evaluate(data.target.values[rows], predictions[rows], data.task, weights)
    for part in ("validation", "test"):
        assert set(scores["intervals"][part]) == set(metrics_for(data.task))
        for by_part in scores["baselines"].values():
            assert set(by_part[part]) == set(metrics_for(data.task))


@pytest.mark.parametrize("kind", KINDS)
def test_the_network_beats_the_constant_and_says_so(kind):
    _, _, scores = scored(kind)
    against = scores["against_baseline"]
    assert against["conclusion"] == "clearly better"
    assert against["interval"][0] <= against["difference"] <= against["interval"][1]
    own, other = scores["test"], scores["baselines"][against["name"]]["test"]
    assert against["difference"] == pytest.approx(own[scores["primary"]] - other[scores["primary"]])


@pytest.mark.parametrize("kind", KINDS)
def test_same_seed_same_scores(kind):
    assert scored(kind, 100)[2] == scored(kind, 100)[2]


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_confusion_and_table_agree_with_scikit_learn(kind):
    data, predictions, scores = scored(kind)
    rows = data.parts.test
    truth = data.target.values[rows]
    labels = predictions[rows].argmax(axis=1) if kind == "multiclass" else (predictions[rows, 0] > 0.5).astype(int)
    np.testing.assert_array_equal(scores["confusion"], confusion_matrix(truth, labels))
    expected = precision_recall_fscore_support(truth, labels)
    for column, name in enumerate(("precision", "recall", "f1", "support")):
        assert [entry[name] for entry in scores["per_class"]] == pytest.approx(expected[column])
    assert [entry["class"] for entry in scores["per_class"]] == scores["classes"] == list(data.target.classes)
    first = scores["per_class"][0]
    assert first["recall_interval"] == pytest.approx(wilson(scores["confusion"][0][0], first["support"]))


def test_labels_have_a_table_of_their_own():
    data, predictions, scores = scored("multilabel")
    truth, labels = data.target.values[data.parts.test], predictions[data.parts.test] > 0.5
    expected = precision_recall_fscore_support(truth, labels)
    assert [entry["recall"] for entry in scores["per_class"]] == pytest.approx(expected[1])
    assert [entry["class"] for entry in scores["per_class"]] == scores["classes"] == ["red", "green", "blue"]
    assert scores["confusion"] == []


def test_without_a_test_part_validation_is_judged():
    data, predictions = case("multiclass")
    rows = parts_of(data) | {"test": np.array([], int)}
    scores = score(data, rows, predictions, baseline_of(data, predictions))
    assert scores["judged"] == "validation"
    assert scores["test"] == {} == scores["intervals"]["test"] == scores["baselines"]["majority class"]["test"]
    assert np.sum(scores["confusion"]) == 60
    assert scores["against_baseline"]["conclusion"] == "clearly better"


def test_with_training_rows_alone_nothing_is_compared():
    data, predictions = case("binary")
    scores = score(data, {"training": np.arange(300)}, predictions, baseline_of(data, predictions))
    assert scores["judged"] == "training"
    assert scores["training"]["accuracy"] == accuracy_score(data.target.values, predictions[:, 0] > 0.5)
    assert scores["against_baseline"] is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_tiny_parts_have_scores_and_no_intervals(kind, rows):
    data, predictions = case(kind)
    parts = parts_of(data) | {"test": np.arange(rows)}
    scores = score(data, parts, predictions, baseline_of(data, predictions))
    json.dumps(scores, allow_nan=False)
    assert scores["test"][scores["primary"]] is not None
    assert scores["intervals"]["test"] == {}
    assert scores["against_baseline"]["conclusion"] == "unknown"


def test_a_class_absent_from_a_part_is_told_apart_from_one_never_found():
    truth = np.array([0, 1, 2] * 40 + [0, 1] * 20)
    data = dataset("multiclass", truth, ("a", "b", "c"))
    scores = score(data, {"training": np.arange(120), "test": np.arange(120, 160)}, np.eye(3)[truth])
    absent = scores["per_class"][2]
    assert absent["support"] == 0
    assert absent["recall"] is None
    assert absent["recall_interval"] == [None, None]
    assert scores["test"]["roc_auc"] == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_diverged_has_no_scores_and_does_not_fail(kind):
    data, predictions = case(kind)
    scores = score(data, parts_of(data), np.full_like(predictions, np.nan), baseline_of(data, predictions))
    assert set(scores["test"].values()) == {None}
    assert scores["against_baseline"] is None
    assert scores["mistakes"] == scores["per_class"] == scores["confusion"] == []


def test_rows_without_weight_are_not_scored():
    data, predictions = case("binary")
    data = replace(data, sample_weight=np.where(np.arange(300) < 240, 1.0, 0.0))
    assert score(data, parts_of(data), predictions)["test"] == {}


def test_single_column_predictions_may_come_flat():
    data, predictions = case("regression")
    assert score(data, parts_of(data), predictions[:, 0]) == score(data, parts_of(data), predictions)


def test_majority_class_is_named():
    assert scored("binary")[2]["majority_class"] in ("no", "yes")
    assert scored("regression")[2]["majority_class"] is None


def test_groups_of_any_kind_widen_the_intervals():
    data, predictions = case("binary", 1000)
    grouped = replace(data, groups=np.array([k // 10 if k % 10 else None for k in range(1000)], object))
    alone, together = (score(each, parts_of(data), predictions)["intervals"]["test"] for each in (data, grouped))
    assert set(together) == set(alone)
    assert together != alone
