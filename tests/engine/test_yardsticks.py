"""The yardsticks: rows left out are told as if the model had been fitted without them, and chance looks like chance."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.problems import blobs
from trainwell.engine.looks.yardsticks import columns_of, left_out, near, ridge, signal, signal_of, standardised

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
    assert signal(problem, seen, targets, answers, targets) > 6


def test_of_two_or_three_rows_nothing_is_left_out() -> None:
    seen, targets = rows(count=3)
    answers = np.zeros((3, 3))
    assert signal(PROBLEM, seen, targets, (answers,), targets) == 0
