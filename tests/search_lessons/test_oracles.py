"""Lessons against closed forms and against other people's code."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from trainwell.search.lessons import adoption, best_of, plan, rank_agreement, three_variances
from trainwell.search.lessons.adoption import welch
from trainwell.search.lessons.axes import chance_of_width
from trainwell.search.lessons.planner import chance_of_good, trials_for
from trainwell.search.lessons.sampling import best_quantile, ladder, probabilities


@pytest.mark.parametrize("drawn", [1, 2, 5, 20])
def test_the_best_of_n_uniforms_is_n_over_n_plus_one(drawn: int) -> None:
    uniform = (np.arange(20_000) + 0.5) / 20_000
    assert best_of(uniform.tolist(), drawn) == pytest.approx(drawn / (drawn + 1), abs=1e-4)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_quantiles_of_the_best_of_n_uniforms(share: float) -> None:
    uniform = (np.arange(20_000) + 0.5) / 20_000
    assert best_quantile(uniform.tolist(), 7, share) == pytest.approx(share ** (1 / 7), abs=1e-4)


def test_the_best_of_n_is_what_drawing_gives() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=30)
    draws = rng.choice(scores, size=(200_000, 6)).max(axis=1)
    assert best_of(scores.tolist(), 6) == pytest.approx(draws.mean(), abs=4e-3)
    assert best_quantile(scores.tolist(), 6, 0.25) == pytest.approx(np.quantile(draws, 0.25), abs=1e-9)


@given(st.integers(1, 60), st.integers(1, 60))
def test_the_chances_of_being_the_best_sum_to_one(scores: int, drawn: int) -> None:
    chances = probabilities(scores, drawn)
    assert chances.sum() == pytest.approx(1)
    assert (np.diff(chances) >= -1e-12).all()  # a better score is never the less likely best


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=40))
def test_more_draws_are_never_worse(scores: list[float]) -> None:
    means = [best_of(scores, drawn) for drawn in ladder(len(scores))]
    assert all(after >= before - 1e-12 for before, after in pairwise(means))


@pytest.mark.parametrize(("points", "width"), [(3, 0.4), (6, 0.7), (2, 0.1)])
def test_the_chance_of_a_width_is_what_drawing_gives(points: int, width: float) -> None:
    drawn = np.random.default_rng(1).random((100_000, points))
    assert chance_of_width(points, width) == pytest.approx((np.ptp(drawn, axis=1) <= width).mean(), abs=6e-3)


def test_rank_correlation_is_scipys() -> None:
    rng = np.random.default_rng(2)
    short = rng.normal(size=40)
    long = short + rng.normal(size=40)
    found = rank_agreement(short.tolist(), long.tolist())
    assert found.correlation == pytest.approx(stats.spearmanr(short, long).statistic)
    assert found.interval is not None
    assert found.interval[0] < found.correlation < found.interval[1]


def test_the_interval_of_a_rank_correlation_covers() -> None:
    rng = np.random.default_rng(3)
    truth = 6 / math.pi * math.asin(0.6 / 2)  # Spearman's ρ of a normal pair with correlation 0.6
    inside = 0
    for _ in range(400):
        pair = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=40)
        interval = rank_agreement(pair[:, 0].tolist(), pair[:, 1].tolist()).interval
        assert interval is not None
        inside += interval[0] <= truth <= interval[1]
    assert 0.92 <= inside / 400 <= 0.98


def test_rounds_that_cannot_be_compared() -> None:
    assert rank_agreement([1, 2], [1, 2]).verdict == "too few pairs"
    assert rank_agreement([1.0] * 9, list(range(9))).correlation is None
    with pytest.raises(ValueError, match="both rounds need the same settings, but got 1 and 2"):
        rank_agreement([1], [1, 2])


def test_opposite_rounds_are_not_trusted() -> None:
    assert rank_agreement(list(range(9)), list(range(9, 0, -1))).verdict == "do not trust the short round"


def test_the_interval_of_a_gain_is_welchs() -> None:
    first, second = [0.90, 0.92, 0.91, 0.90], [0.93, 0.95, 0.93]
    expected = stats.ttest_ind(second, first, equal_var=False).confidence_interval()
    decided = adoption(first, second)
    assert decided.interval == pytest.approx((expected.low, expected.high))
    assert welch(first, second) == pytest.approx((expected.high - expected.low) / 2)


@pytest.mark.parametrize(
    ("incumbent", "candidate", "options", "decision"),
    [
        ([0.90, 0.91, 0.90, 0.91], [0.94, 0.95, 0.94, 0.95], {}, "adopt"),
        ([0.90, 0.91], [0.90, 0.91], {}, "keep the incumbent"),
        ([0.90, 0.91, 0.90], [0.94, 0.95, 0.94], {"smallest_gain": 0.1}, "keep the incumbent"),
        ([0.90, 0.94], [0.94, 0.98], {}, "run more seeds"),
        ([2.0, 2.1, 2.0], [1.0, 1.1, 1.0], {"maximize": False, "metric": "rmse"}, "adopt"),
        ([1.0, 1.1, 1.0], [2.0, 2.1, 2.0], {"maximize": False, "metric": "rmse"}, "keep the incumbent"),
    ],
)
def test_decisions(incumbent, candidate, options, decision: str) -> None:
    assert adoption(incumbent, candidate, **options).decision == decision


def test_one_seed_decides_nothing() -> None:
    with pytest.raises(ValueError, match="two seeds at least, but got 1 and 3"):
        adoption([0.9], [0.9, 0.91, 0.92])


def test_the_three_variances_come_out_as_planted() -> None:
    rng = np.random.default_rng(4)
    folds, seeds = 400, 4
    table = 0.9 + rng.normal(0, 0.03, (folds, 1)) + rng.normal(0, 0.01, (folds, seeds))
    trial = {"number": 0, "settings": {}, "state": "complete", "value": 0.9, "values": table.ravel().tolist()}
    study = {
        "metric": "accuracy",
        "direction": "maximize",
        "space": {},
        "folds": folds,
        "seeds": seeds,
        "trials": [trial],
    }
    found = three_variances(study, studies=[0.90, 0.92, 0.94])
    assert found is not None
    assert found.seed == pytest.approx(0.01, rel=0.05)
    assert found.fold == pytest.approx(0.03, rel=0.1)
    assert found.study == pytest.approx(0.02)
    assert not found.fold_holds_seed


def test_with_one_seed_the_fold_holds_its_luck() -> None:
    trial = {"settings": {}, "state": "complete", "value": 0.9, "values": [0.8, 0.9, 1.0]}
    study = {"metric": "accuracy", "direction": "maximize", "space": {}, "folds": 3, "seeds": 1, "trials": [trial]}
    found = three_variances(study)
    assert found is not None
    assert (found.seed, found.study) == (None, None)
    assert found.fold == pytest.approx(0.1)
    assert found.fold_holds_seed


@settings(max_examples=50)
@given(st.floats(0.05, 0.99))
def test_planned_trials_reach_the_chance_and_no_fewer_do(chance: float) -> None:
    trials = trials_for(chance)
    assert chance_of_good(trials) >= chance > chance_of_good(trials - 1)


def test_trials_are_shared_among_the_values_compared() -> None:
    space = {
        "network.activation": {"kind": "choice", "choices": ["relu", "tanh"], "role": "scientific"},
        "network.depth": {"kind": "integer", "low": 1, "high": 3, "role": "scientific"},
        "optimizer.learning_rate": {"kind": "loguniform", "low": 1e-4, "high": 0.1, "role": "nuisance"},
    }
    study = {"metric": "rmse", "direction": "minimize", "space": space, "trials": [], "folds": 2, "seeds": 3}
    planned = plan(study, 60, run_seconds=0.5, compile_seconds=2.0, workers=4)
    assert (planned.scientific_values, planned.nuisance_dimensions, planned.trials_per_value) == (6, 1, 10)
    assert (planned.runs, planned.seconds) == (360, 47.0)
    assert planned.verdict == "thin"
    assert planned.advised_trials == 6 * 45
