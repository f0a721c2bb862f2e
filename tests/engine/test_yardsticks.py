"""The yardsticks: what simple models know shows, however rare the class, and chance looks like chance."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.problems import blobs
from trainwell.engine.looks.simple_models import SIMPLE_MODELS, Linear, Nearest
from trainwell.engine.looks.yardsticks import (
    Unseen,
    columns_of,
    constant_answers,
    errors_of,
    score_of,
    shift,
    signal,
    signal_of,
    sureness,
    unseen,
)

ALL = np.arange(80)
PROBLEM = blobs()  # of three classes


def rows(seed: int = 0, count: int = 80) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 5)), random.integers(0, 3, count)


def test_what_is_drawn_by_chance_gives_no_signal() -> None:
    found = []
    for seed in range(40):
        seen, targets = rows(seed)
        columns = columns_of(PROBLEM, targets)
        found += [signal_of(model(seen, columns).left_out(ALL), columns) for model in SIMPLE_MODELS.values()]
    assert np.mean(found) < 1
    assert max(found) < 4


def test_a_rare_class_gives_a_signal_though_no_model_is_right_more_often() -> None:
    random = np.random.default_rng(1)
    problem = blobs(classes=2, task="binary", outputs=1)
    seen = random.normal(size=(600, 5))
    targets = (seen[:, 0] + random.normal(size=600) > 2.4).astype(float)
    columns = columns_of(problem, targets)
    models = [model(seen, columns) for model in (Linear, Nearest)]
    right = np.mean((models[0].left_out(np.arange(600))[:, 0] > 0.5) == (targets > 0.5))
    assert right <= 1 - targets.mean() + 0.01
    assert signal(problem, unseen(models, 600, seen, columns, columns)) > 6


def test_of_two_or_three_rows_nothing_is_left_out() -> None:
    seen, targets = rows(count=3)
    columns = columns_of(PROBLEM, targets)
    found = unseen([Linear(seen, columns)], 3, seen, columns, columns)
    assert found.truth.shape == (3, 3)
    assert signal(PROBLEM, found) == 0


def test_of_numbers_it_is_ranks_that_go_together_so_that_one_outlier_tells_nothing() -> None:
    problem, random = blobs(classes=1, task="regression", outputs=1), np.random.default_rng(0)
    answers, truth = random.normal(size=(200, 1)), random.normal(size=(200, 1))
    answers[0] = truth[0] = 1e6
    assert signal(problem, Unseen((answers,), truth)) < 3
    assert signal_of(answers, truth) > 50
    assert signal(problem, Unseen((answers + 1e3 * truth,), truth)) > 8


def test_yardsticks_err_less_the_surer_they_are_unless_labels_are_wrong() -> None:
    """Of answers p drawn evenly, 1 - p are wrong; flipping 40 % of the truths makes that 0.4 + 0.2 (1 - p)."""
    problem, random = blobs(classes=2, task="binary", outputs=1), np.random.default_rng(0)
    answers = random.random((9_000, 1))
    truth = (random.random((9_000, 1)) < answers).astype(float)
    clean = sureness(problem, Unseen((answers,), truth))
    assert clean["sure_rows"] == 1_000
    assert clean["sure_error"] == pytest.approx(1 / 36, abs=0.015)
    assert clean["less_sure_error"] == pytest.approx(1 / 9, abs=0.025)
    flipped = np.where(random.random((9_000, 1)) < 0.4, 1 - truth, truth)
    noisy = sureness(problem, Unseen((answers,), flipped))
    assert noisy["sure_error"] == pytest.approx(0.4 + 0.2 / 36, abs=0.04)
    assert noisy["less_sure_error"] == pytest.approx(0.4 + 0.2 / 9, abs=0.04)


def test_scores_are_by_weights() -> None:
    seen, targets = rows()
    weights = np.random.default_rng(1).integers(1, 4, len(seen))
    repeated = np.repeat(np.arange(len(seen)), weights)
    columns = columns_of(PROBLEM, targets)
    answers = Linear(seen, columns).answers(seen)
    assert constant_answers(columns, 1, weights)[0] == pytest.approx(columns[repeated].mean(axis=0))
    again = score_of(PROBLEM, answers[repeated], columns[repeated])
    assert score_of(PROBLEM, answers, columns, weights) == pytest.approx(again)


def test_parts_drawn_alike_differ_by_chance_and_others_by_much() -> None:
    random = np.random.default_rng(0)
    seen = random.normal(size=(300, 5))
    centres = random.normal(size=(3, 5)) * 2
    targets = random.integers(0, 3, 300)
    seen += centres[targets]
    problem, learned, new = PROBLEM, slice(0, 200), slice(200, None)

    def shifted(truth: np.ndarray, asked: np.ndarray) -> float:
        told = columns_of(problem, targets[learned])
        models = [model(seen[learned], told) for model in SIMPLE_MODELS.values()]
        found = shift(problem, unseen(models, 200, asked, told, columns_of(problem, truth)))
        assert found is not None
        return found

    assert abs(shifted(targets[new], seen[new])) < 3
    assert shifted((targets[new] + 1) % 3, seen[new]) > 10
    assert shifted(targets[new], seen[new][:, ::-1]) > 5
    told = columns_of(problem, targets[learned])
    assert shift(problem, unseen([Linear(seen[learned], told)], 200, seen[:9], told, told[:9])) is None


def test_errors_are_counted_by_row() -> None:
    answers, truth = np.array([[0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]), np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert errors_of(PROBLEM, answers, truth).tolist() == [0.0, 1.0]
    labels = blobs(classes=2, task="multilabel", outputs=2)
    assert errors_of(labels, np.array([[0.9, 0.8]]), np.array([[1.0, 0.0]])).tolist() == [0.5]
    numbers = blobs(classes=1, task="regression", outputs=1)
    assert errors_of(numbers, np.array([[3.0]]), np.array([[1.0]])).tolist() == [4.0]
