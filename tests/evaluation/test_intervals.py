"""Intervals against closed forms, scipy and simulation; and that they are quick, repeatable and modest."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap, norm

from tests.evaluation.cases import KINDS, answers
from trainwell.evaluation.answers import Answers
from trainwell.evaluation.intervals import NORMAL_QUANTILE, difference_interval, score_intervals, wilson
from trainwell.evaluation.resampling import Draws, drawn_counts
from trainwell.functions.metrics import metrics_for


def binary(right: np.ndarray, weights=None, groups=None) -> Answers:
    """Return answers that are right where ``right`` is."""
    weights = np.ones(len(right)) if weights is None else weights
    return Answers("binary", np.ones(len(right), int), np.where(right, 0.9, 0.1)[:, None], weights, groups)


def numeric(errors: np.ndarray) -> Answers:
    return Answers("regression", np.zeros((len(errors), 1)), np.asarray(errors)[:, None], np.ones(len(errors)))


def test_normal_quantile():
    assert norm.ppf(0.975) == pytest.approx(NORMAL_QUANTILE, abs=1e-12)


@settings(deadline=None)
@given(st.integers(1, 500), st.floats(0, 1))
def test_wilson_agrees_with_scipy(trials, share):
    successes = round(share * trials)
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose(wilson(successes, trials), (expected.low, expected.high), atol=1e-12)


def test_wilson_of_nothing_is_not_a_number():
    assert np.isnan(wilson(0, 0)).all()


def test_mean_agrees_with_the_normal_approximation():
    errors = np.random.default_rng(0).exponential(size=2000)
    low, high = score_intervals(numeric(errors), ["mae"])["mae"]
    reach = NORMAL_QUANTILE * errors.std() / np.sqrt(len(errors))
    assert (low, high) == pytest.approx((errors.mean() - reach, errors.mean() + reach), abs=0.12 * reach)


def test_root_mean_square_agrees_with_scipy():
    errors = np.random.default_rng(1).normal(size=150)
    ours = score_intervals(numeric(errors), ["rmse"])["rmse"]
    peer = bootstrap(
        (errors,),
        lambda e, axis: np.sqrt(np.mean(e**2, axis=axis)),
        method="percentile",
        n_resamples=4000,
        rng=0,
    ).confidence_interval
    assert ours == pytest.approx((peer.low, peer.high), abs=0.015)


def test_weights_count_as_repeated_rows():
    right = np.arange(60) % 4 > 0
    doubled = score_intervals(binary(right, weights=np.full(60, 2.0)), ["accuracy"])
    assert doubled == score_intervals(binary(right), ["accuracy"])
    low, high = score_intervals(binary(right, weights=np.where(np.arange(60) < 15, 1.0, 0.0)), ["accuracy"])["accuracy"]
    wide = score_intervals(binary(right), ["accuracy"])["accuracy"]
    assert high - low > 1.5 * (wide[1] - wide[0])


def test_rows_of_one_group_are_drawn_together():
    right = np.repeat(np.arange(30) % 3 > 0, 10)
    strangers = score_intervals(binary(right), ["accuracy"])["accuracy"]
    grouped = score_intervals(binary(right, groups=np.repeat(np.arange(30), 10)), ["accuracy"])["accuracy"]
    expected = score_intervals(binary(right[::10]), ["accuracy"])["accuracy"]
    assert grouped == pytest.approx(expected)
    assert grouped[1] - grouped[0] > 2.5 * (strangers[1] - strangers[0])


def test_covers_the_truth_about_as_often_as_promised():
    generator = np.random.default_rng(3)
    accuracy, error = [], []
    for seed in range(300):
        low, high = score_intervals(binary(generator.uniform(size=80) < 0.8), ["accuracy"], seed)["accuracy"]
        accuracy.append(low <= 0.8 <= high)
        low, high = score_intervals(numeric(generator.normal(size=80)), ["mae"], seed)["mae"]
        error.append(low <= np.sqrt(2 / np.pi) <= high)
    assert 0.9 <= np.mean(accuracy) <= 0.98
    assert 0.9 <= np.mean(error) <= 0.98


def test_no_mistake_seen_is_no_proof_of_none():
    flawless = score_intervals(binary(np.ones(67, bool)), ["accuracy", "balanced_accuracy", "macro_f1"])
    assert flawless == {"accuracy": wilson(67, 67)}


@pytest.mark.filterwarnings("error")
def test_rows_that_weigh_nothing_are_never_drawn():
    right = np.arange(5000) % 3 > 0
    few = np.where(np.arange(5000) < 12, 1.0, 0.0)
    assert score_intervals(binary(right, weights=few), ["accuracy"]) == score_intervals(
        binary(right[:12]), ["accuracy"]
    )


def test_uneven_weights_make_no_interval_out_of_rounding():
    weights = np.random.default_rng(0).uniform(0.1, 3, 200)
    flawless = score_intervals(binary(np.ones(200, bool), weights), ["accuracy", "log_loss", "macro_f1"])
    assert set(flawless) == {"accuracy"}
    assert flawless["accuracy"][1] == 1.0


def test_too_few_rows_have_no_interval():
    assert score_intervals(binary(np.arange(9) > 1), ["accuracy"]) == {}
    few_groups = binary(np.arange(90) > 10, groups=np.arange(90) % 3)
    assert score_intervals(few_groups, ["accuracy"]) == {}


def test_predictions_that_are_not_finite_have_no_interval():
    assert score_intervals(numeric(np.r_[np.nan, np.ones(30)]), ["rmse"]) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_hold_the_score_and_repeat_by_seed(kind):
    given_answers = answers(kind, 150)
    first, again = (score_intervals(given_answers, given_answers.scores, seed=5) for _ in range(2))
    assert first == again != score_intervals(given_answers, given_answers.scores, seed=6)
    assert set(first) == set(metrics_for(given_answers.task))
    for name, (low, high) in first.items():
        assert low <= given_answers.scores[name] <= high


def test_difference_is_paired():
    generator = np.random.default_rng(0)
    right = generator.uniform(size=200) < 0.8
    better = right | (generator.uniform(size=200) < 0.25)
    paired = difference_interval("accuracy", binary(better), binary(right))
    gain = better.astype(float) - right
    reach = NORMAL_QUANTILE * gain.std() / np.sqrt(200)
    assert paired == pytest.approx((gain.mean() - reach, gain.mean() + reach), abs=0.25 * reach)
    assert difference_interval("accuracy", binary(right), binary(right)) == (0.0, 0.0)


def test_draws_are_multinomial():
    counts = drawn_counts(np.random.default_rng(0), 4000, 20)
    assert (counts.sum(axis=1) == 20).all()
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(1 - 1 / 20, rel=0.03)
    assert np.corrcoef(counts[:, 0], counts[:, 1])[0, 1] == pytest.approx(-1 / 19, abs=0.05)


def test_draws_repeat():
    draws = Draws(np.ones(30), seed=4)
    np.testing.assert_array_equal(next(iter(draws)), next(iter(draws)))


def test_ten_thousand_rows_are_quick():
    given_answers = answers("binary", 10_000)
    names = tuple(given_answers.scores)
    started = time.process_time()
    score_intervals(given_answers, names)
    assert time.process_time() - started < 3  # 0.4 s on a free core
