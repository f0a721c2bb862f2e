"""The one sentence says what the paired comparison shows, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.evaluation.cases import KINDS, case, dataset, parts_of
from trainwell.evaluation import score, verdict
from trainwell.evaluation.comparison import best_of, conclusion


def species(accuracy: float, rival: float, rows: int = 67) -> dict:
    """Return scores of a network and of a baseline that are right in the first rows."""
    truth = np.zeros(rows, int)
    right = [
        np.where(np.arange(rows)[:, None] < share * rows, [0.9, 0.1], [0.1, 0.9])
        for share in (accuracy, rival)
    ]
    always = np.tile([0.4, 0.6], (rows, 1))
    data = dataset("multiclass", truth, ("Adelie", "Gentoo"), ("species",))
    return score(
        data, {"test": np.arange(rows)}, right[0], {"majority class": always, "logistic regression": right[1]}
    )


def test_better():
    assert verdict(species(0.985, 0.8)) == (
        "On 67 rows it had never seen, accuracy is 0.985 (95 % interval 0.955 to 1.000), against 0.806 "
        "for logistic regression and 0.000 for always answering 'Gentoo': clearly better than logistic regression, "
        "by 0.179 (95 % interval of the difference 0.090 to 0.269)."
    )


def test_ahead_by_chance():
    sentence = verdict(species(0.985, 0.97))
    assert "ahead of logistic regression by 0.015, which is no better than chance may bring" in sentence


def test_no_better():
    assert "no better than logistic regression (" in verdict(species(0.9, 0.9))


def test_worse():
    sentence = verdict(species(0.6, 0.9))
    assert "worse than logistic regression by 0.299" in sentence
    assert "the simpler model is to be preferred" in sentence


def test_too_few_rows():
    assert "too few rows to tell it from logistic regression" in verdict(species(1.0, 0.5, rows=6))


@pytest.mark.parametrize("kind", KINDS)
def test_one_sentence_for_every_task(kind):
    data, predictions = case(kind)
    sentence = verdict(score(data, parts_of(data), predictions))
    assert sentence.startswith("On 60 rows it had never seen, ")
    assert sentence.endswith(").")


def test_error_is_better_when_smaller():
    data, predictions = case("regression")
    worse = {"linear regression": predictions + np.random.default_rng(0).normal(size=(300, 1)) * 5}
    assert "clearly better than linear regression" in verdict(score(data, parts_of(data), predictions, worse))


@pytest.mark.parametrize(
    ("parts", "words"),
    [(["training"], "says nothing about new ones"), (["training", "validation"], "this flatters")],
)
def test_rows_that_were_used_are_no_proof(parts, words):
    data, predictions = case("binary")
    rows = {part: parts_of(data)[part] for part in parts}
    assert words in verdict(score(data, rows, predictions))


def test_without_a_score_it_says_so():
    data, predictions = case("binary")
    assert verdict(score(data, parts_of(data), np.full_like(predictions, np.nan))).startswith(
        "There is no score"
    )
    assert verdict(score(data, {}, predictions)).startswith("There is no score")


@given(st.tuples(st.floats(-1, 1), st.floats(-1, 1)).map(sorted))
def test_conclusion_mirrors_when_less_is_better(interval):
    low, high = interval
    mirrored = {"clearly better": "worse", "worse": "clearly better", "no better": "no better"}
    assert conclusion((low, high), True) == mirrored[conclusion((low, high), False)]


def test_best_of_nothing_is_nobody():
    assert best_of("accuracy", {"majority class": float("nan")}) is None
