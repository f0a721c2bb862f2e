"""The yardsticks: rows left out are told as if the model had been fitted without them, and chance looks like chance."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.problems import blobs
from trainwell.engine.looks.yardsticks import (
    Unseen,
    columns_of,
    constant_answers,
    errors_of,
    left_out,
    linear_model,
    near,
    ridge,
    score_of,
    shift,
    signal,
    signal_of,
    standardised,
    sureness,
    unseen,
)

PROBLEM = blobs()  # of three classes


def rows(seed: int = 0, count: int = 80) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 5)), random.integers(0, 3, count)


@pytest.mark.parametrize("place", [0, 17, 79])
def test_the_linear_model_without_a_row_is_the_one_fitted_without_it(place: int) -> None:
    seen, targets = rows()
    others = np.arange(len(seen)) != place
    matrix, columns = standardised(seen, seen), columns_of(PROBLEM, targets)
    weights = np.linalg.solve(
        matrix[others].T @ matrix[others] + np.diag(ridge(seen)), matrix[others].T @ columns[others]
    )
    assert left_out(PROBLEM, seen, targets)[0][place] == pytest.approx(matrix[place] @ weights, abs=1e-9)


def test_no_row_is_its_own_neighbour() -> None:
    seen, targets = rows()
    own = near(PROBLEM, seen, targets, seen, itself=True)
    centre, scale = seen.mean(axis=0), seen.std(axis=0)
    scaled = (seen - centre) / scale
    apart = np.linalg.norm(scaled[3] - scaled, axis=1)
    nearest = np.argsort(apart)[1:16]
    assert own[3] == pytest.approx(columns_of(PROBLEM, targets)[nearest].mean(axis=0))


def test_rows_as_far_as_the_last_neighbour_answer_too_and_all_where_no_distance_is_known() -> None:
    seen, targets = np.repeat([[0.0], [1.0]], 20, axis=0), np.repeat([0, 1], 20)
    answers = near(PROBLEM, seen, targets, np.array([[0.0], [np.nan]]))
    assert answers.tolist() == [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


def test_what_is_drawn_by_chance_gives_no_signal() -> None:
    found = []
    for seed in range(40):
        seen, targets = rows(seed)
        found += [signal_of(answers, columns_of(PROBLEM, targets)) for answers in left_out(PROBLEM, seen, targets)]
    assert np.mean(found) < 1
    assert max(found) < 4


def test_a_rare_class_gives_a_signal_though_no_model_is_right_more_often() -> None:
    random = np.random.default_rng(1)
    problem = blobs(classes=2, task="binary", outputs=1)
    seen = random.normal(size=(600, 5))
    targets = (seen[:, 0] + random.normal(size=600) > 2.4).astype(float)
    answers = left_out(problem, seen, targets)
    right = np.mean((answers[0][:, 0] > 0.5) == (targets > 0.5))
    assert right <= 1 - targets.mean() + 0.01
    assert signal(problem, unseen(problem, seen, targets, answers, targets)) > 6


def test_of_two_or_three_rows_nothing_is_left_out() -> None:
    seen, targets = rows(count=3)
    found = unseen(PROBLEM, seen, targets, (np.zeros((3, 3)),), targets)
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


def test_a_row_of_weight_three_counts_as_three_rows() -> None:
    seen, targets = rows()
    weights = np.random.default_rng(1).integers(1, 4, len(seen))
    repeated = np.repeat(np.arange(len(seen)), weights)
    matrix, columns = standardised(seen, seen)[repeated], columns_of(PROBLEM, targets)[repeated]
    expected = standardised(seen, seen) @ np.linalg.solve(matrix.T @ matrix + np.diag(ridge(seen)), matrix.T @ columns)
    answers = linear_model(PROBLEM, seen, targets, weights)(seen)
    assert answers == pytest.approx(expected)
    assert constant_answers(PROBLEM, targets, 1, weights)[0] == pytest.approx(columns.mean(axis=0))
    again = score_of(PROBLEM, answers[repeated], targets[repeated])
    assert score_of(PROBLEM, answers, targets, weights) == pytest.approx(again)


def test_neighbours_answer_by_their_weights() -> None:
    seen, targets = np.zeros((4, 1)), np.array([0, 0, 1, 2])
    assert near(PROBLEM, seen, targets, seen[:1], np.array([1.0, 1.0, 6.0, 2.0]))[0] == pytest.approx([0.2, 0.6, 0.2])


def test_parts_drawn_alike_differ_by_chance_and_others_by_much() -> None:
    random = np.random.default_rng(0)
    seen = random.normal(size=(300, 5))
    centres = random.normal(size=(3, 5)) * 2
    targets = random.integers(0, 3, 300)
    seen += centres[targets]
    problem, learned, new = PROBLEM, slice(0, 200), slice(200, None)

    def shifted(truth: np.ndarray, asked: np.ndarray) -> float:
        answers = linear_model(problem, seen[learned], targets[learned])(asked)
        near_by = near(problem, seen[learned], targets[learned], asked)
        found = shift(problem, unseen(problem, seen[learned], targets[learned], (answers, near_by), truth))
        assert found is not None
        return found

    assert abs(shifted(targets[new], seen[new])) < 3
    assert shifted((targets[new] + 1) % 3, seen[new]) > 10
    assert shifted(targets[new], seen[new][:, ::-1]) > 5
    few = unseen(problem, seen[learned], targets[learned], (np.zeros((9, 3)),) * 2, targets[:9])
    assert shift(problem, few) is None


def test_errors_are_counted_by_row() -> None:
    answers, truth = np.array([[0.2, 0.7, 0.1], [0.6, 0.3, 0.1]]), np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    assert errors_of(PROBLEM, answers, truth).tolist() == [0.0, 1.0]
    labels = blobs(classes=2, task="multilabel", outputs=2)
    assert errors_of(labels, np.array([[0.9, 0.8]]), np.array([[1.0, 0.0]])).tolist() == [0.5]
    numbers = blobs(classes=1, task="regression", outputs=1)
    assert errors_of(numbers, np.array([[3.0]]), np.array([[1.0]])).tolist() == [4.0]
