"""Metrics: one conformance suite for the family, an independent computation for each member."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn import metrics as peer

from trainwell.errors import DataError, UnknownNameError
from trainwell.functions.metrics import METRICS, PRIMARY, evaluate, labels_of, metrics_for, roc_auc
from trainwell.tasks import TASKS

ROWS = 60
GENERATOR = np.random.default_rng(1)
WEIGHTS = GENERATOR.uniform(0.1, 3, ROWS)
PROBABILITIES = {
    "binary": GENERATOR.uniform(size=ROWS).round(2),
    "multiclass": GENERATOR.dirichlet(np.ones(3), size=ROWS),
    "multilabel": GENERATOR.uniform(size=(ROWS, 4)),
    "regression": GENERATOR.normal(size=(ROWS, 2)),
}
TRUTH = {
    "binary": (GENERATOR.uniform(size=ROWS) < PROBABILITIES["binary"]).astype(int),
    "multiclass": GENERATOR.integers(0, 3, ROWS),
    "multilabel": (GENERATOR.uniform(size=(ROWS, 4)) < 0.3).astype(float),
    "regression": GENERATOR.normal(size=(ROWS, 2)),
}


def truth_matrix(task):
    truth = TRUTH[task]
    return np.eye(3)[truth] if task == "multiclass" else truth.reshape(ROWS, -1)


def f1_by_hand(truth, labels, weights):
    hits = (weights * truth * labels).sum()
    return 2 * hits / ((weights * truth).sum() + (weights * labels).sum())


def macro_f1(task, labels):
    columns = [labels == k for k in np.unique(TRUTH[task])] if task != "multilabel" else labels.T
    truths = [TRUTH[task] == k for k in np.unique(TRUTH[task])] if task != "multilabel" else TRUTH[task].T
    return np.mean([f1_by_hand(t, p, WEIGHTS) for t, p in zip(truths, columns, strict=True)])


def auc_by_pairs(truth, p):
    yes, no = truth == 1, truth == 0
    wins = (p[yes][:, None] > p[no]) + 0.5 * (p[yes][:, None] == p[no])
    pairs = WEIGHTS[yes][:, None] * WEIGHTS[no]
    return (wins * pairs).sum() / pairs.sum()


def precision_by_hand(truth, p):
    steps = [(p >= cut) for cut in np.sort(np.unique(p))[::-1]]
    precision = [(WEIGHTS * truth)[s].sum() / WEIGHTS[s].sum() for s in steps]
    recall = [(WEIGHTS * truth)[s].sum() / (WEIGHTS * truth).sum() for s in steps]
    return (np.diff([0, *recall]) * precision).sum()


def by_column(score, task):
    p = PROBABILITIES[task].reshape(ROWS, -1)
    return np.mean([score(t, each) for t, each in zip(truth_matrix(task).T, p.T, strict=True)])


def log_loss(task, p):
    if task == "multilabel":
        return np.mean([peer.log_loss(t, q, sample_weight=WEIGHTS) for t, q in zip(TRUTH[task].T, p.T, strict=True)])
    return peer.log_loss(TRUTH[task], p, sample_weight=WEIGHTS)


def brier(task, p):
    squares = ((p.reshape(ROWS, -1) - truth_matrix(task)) ** 2).sum(1)
    return np.average(squares / (4 if task == "multilabel" else 1), weights=WEIGHTS)


def weighted(name, **options):
    return lambda task, p: getattr(peer, name)(TRUTH[task], p, sample_weight=WEIGHTS, **options)


def micro_f1(task, labels):
    return f1_by_hand(TRUTH[task], labels, WEIGHTS[:, None])


def median_by_hand(task, p):
    """A weighted median by its definition: the first error at which half of the weight is reached."""
    errors = np.abs(p - TRUTH[task])
    order = np.argsort(errors, axis=0)
    reached = [WEIGHTS[o].cumsum().searchsorted(WEIGHTS.sum() / 2) for o in order.T]
    return np.mean([errors[order[k, column], column] for column, k in enumerate(reached)])


ORACLES = {  # name: the weighted score from (task, predictions), by another road than the code under test
    "accuracy": weighted("accuracy_score"),
    "balanced_accuracy": weighted("balanced_accuracy_score"),
    "macro_f1": macro_f1,
    "micro_f1": micro_f1,
    "subset_accuracy": weighted("accuracy_score"),
    "log_loss": log_loss,
    "brier": brier,
    "roc_auc": lambda task, p: by_column(auc_by_pairs, task),
    "average_precision": lambda task, p: by_column(precision_by_hand, task),
    "rmse": weighted("root_mean_squared_error"),
    "mae": weighted("mean_absolute_error"),
    "r2": weighted("r2_score"),
    "median_absolute_error": median_by_hand,
}
every_metric = pytest.mark.parametrize("name", METRICS)
every_pair = pytest.mark.parametrize(
    ("name", "task"), [(name, task) for name in METRICS for task in METRICS[name].tasks]
)


def predictions(name, task):
    p = PROBABILITIES[task]
    return labels_of(p, task) if METRICS[name].needs == "labels" else p


def test_every_metric_has_an_oracle():
    assert set(ORACLES) == set(METRICS)


@every_pair
def test_equals_its_oracle(name, task):
    predicted = predictions(name, task)
    found = METRICS[name](TRUTH[task], predicted, WEIGHTS)
    assert isinstance(found, float)
    assert found == pytest.approx(ORACLES[name](task, predicted), rel=1e-9)


@every_pair
def test_a_weight_of_two_is_a_row_twice_and_of_zero_a_row_left_out(name, task):
    counts = np.arange(ROWS) % 3
    predicted = predictions(name, task)
    twice = METRICS[name](np.repeat(TRUTH[task], counts, 0), np.repeat(predicted, counts, 0))
    assert METRICS[name](TRUTH[task], predicted, counts) == pytest.approx(twice, rel=1e-9)


@every_pair
def test_the_truth_itself_scores_best(name, task):
    perfect = truth_matrix(task) if METRICS[name].needs == "probabilities" else TRUTH[task]
    best, found = METRICS[name](TRUTH[task], perfect), METRICS[name](TRUTH[task], predictions(name, task))
    assert METRICS[name].is_better(best, found)
    assert best == pytest.approx(1.0 if METRICS[name].greater_is_better else 0.0, abs=1e-12)


@every_metric
def test_a_diverged_run_scores_nan_and_beats_nothing(name):
    metric = METRICS[name]
    task = metric.tasks[0]
    broken = np.full(np.shape(predictions(name, task)), np.nan)
    assert math.isnan(metric(TRUTH[task], broken))
    assert metric.is_better(0.0, math.nan)
    assert not metric.is_better(math.nan, 0.0)


@every_metric
def test_rows_and_weights_are_checked(name):
    metric = METRICS[name]
    task = metric.tasks[0]
    truth, predicted = TRUTH[task], predictions(name, task)
    with pytest.raises(DataError, match="same number of rows"):
        metric(truth[1:], predicted)
    with pytest.raises(DataError, match="at least one"):
        metric(truth[:0], predicted[:0])
    with pytest.raises(DataError, match="not all 0"):
        metric(truth, predicted, np.zeros(ROWS))


@every_metric
def test_facts_are_complete_and_it_hashes(name):
    metric = METRICS[name]
    assert metric.formula
    assert metric.source
    assert metric.__doc__ == metric.score.__doc__
    assert set(metric.tasks) <= set(TASKS)
    assert {metric: name}[METRICS[name]] == name


@pytest.mark.parametrize("task", TASKS)
def test_evaluate_gives_every_score_of_the_task_the_primary_one_first(task):
    found = evaluate(TRUTH[task], PROBABILITIES[task], task, WEIGHTS)
    assert set(found) == {name for name in METRICS if task in METRICS[name].tasks} == set(metrics_for(task))
    assert next(iter(found)) == PRIMARY[task]
    assert all(found[name] == METRICS[name](TRUTH[task], predictions(name, task), WEIGHTS) for name in found)


@pytest.mark.parametrize("task", TASKS)
def test_evaluate_of_a_diverged_run_is_nan_throughout(task):
    broken = np.full(PROBABILITIES[task].shape, np.nan)
    assert all(math.isnan(score) for score in evaluate(TRUTH[task], broken, task).values())


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_single_column_may_come_either_way(task):
    truth, predicted = TRUTH[task].reshape(ROWS, -1)[:, :1], PROBABILITIES[task].reshape(ROWS, -1)[:, :1]
    assert evaluate(truth, predicted, task) == evaluate(truth[:, 0], predicted[:, 0], task)


def test_ranking_a_single_class_is_undefined_and_an_absent_class_is_left_out():
    assert math.isnan(roc_auc([1, 1], [0.2, 0.3]))
    assert roc_auc([0, 1], [[0.6, 0.3, 0.1], [0.2, 0.7, 0.1]]) == 1.0


def test_one_certain_error_costs_much_but_not_infinitely():
    assert 15 < METRICS["log_loss"](np.array([1]), np.array([0.0], np.float32)) < 17


def test_a_single_label_is_still_a_label():
    assert METRICS["micro_f1"]([[0], [0], [0], [1]], [[0], [0], [1], [1]]) == pytest.approx(2 / 3)


def test_constant_targets():
    assert METRICS["r2"]([2.0, 2.0], [2.0, 2.0]) == 1.0
    assert METRICS["r2"]([2.0, 2.0], [1.0, 2.0]) == 0.0


@pytest.mark.parametrize("name", ["rmse", "brier"])
def test_shapes_that_would_broadcast_by_accident_are_refused(name):
    with pytest.raises(DataError, match="but got"):
        METRICS[name](np.zeros((3, 2)), np.zeros((3, 4)))


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'accuracy'"):
        METRICS["acuracy"]


TWO = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [0.2, 0.8]])


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].needs == "probabilities"])
def test_two_columns_are_no_and_yes(name):
    truth = [0, 1, 1, 0]
    assert METRICS[name](truth, TWO) == METRICS[name](truth, TWO[:, 1])


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].needs == "probabilities"])
@pytest.mark.parametrize(
    ("truth", "probabilities", "words"),
    [
        (["a", "b", "a"], [0.1, 0.9, 0.2], r"class numbers from 0 to 1.*but got 'a'"),
        ([-1, 1, 1], [0.1, 0.9, 0.2], r"class numbers from 0 to 1.*but got -1"),
        ([1, 2, 3], np.full((3, 3), 1 / 3), r"class numbers from 0 to 2.*but got 3"),
        ([0, 1, 1], [0.1, 1.7, 0.2], r"between 0 and 1, but got 0\.1 to 1\.7"),
        ([[0, 1], [1, 2]], [[0.1, 0.2], [0.3, 0.4]], r"class numbers from 0 to 1.*but got 2"),
    ],
)
def test_what_is_no_truth_of_probabilities_is_refused(name, truth, probabilities, words):
    with pytest.raises(DataError, match=words):
        METRICS[name](truth, probabilities)


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].needs == "labels"])
def test_probabilities_are_no_labels(name):
    with pytest.raises(DataError, match=r"labels like the truth, but got \(4, 2\) for \(4,\)"):
        METRICS[name]([0, 1, 1, 0], TWO)
