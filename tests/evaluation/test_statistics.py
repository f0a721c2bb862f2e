"""Every statistic gives what its metric gives for the rows drawn, whatever was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from tests.evaluation.cases import KINDS, answers
from trainwell.evaluation.answers import Answers
from trainwell.evaluation.statistics import STATISTICS, statistic_of
from trainwell.evaluation.statistics.statistic import one_by_one
from trainwell.functions.metrics import METRICS, metrics_for

MEMBERS = [(kind, name) for kind in KINDS for name in metrics_for(answers(kind, 4).task)]


def test_every_metric_has_a_statistic():
    assert set(METRICS) <= set(STATISTICS)


@pytest.mark.parametrize(("kind", "name"), MEMBERS)
@pytest.mark.parametrize("rows", [12, 200])
def test_statistics_agree_with_their_metric(kind, name, rows):
    given_answers = answers(kind, rows, weighted=rows > 12)
    weights = np.random.default_rng(1).poisson(1.0, size=(25, rows)) * given_answers.weights
    expected = one_by_one(name)(given_answers).of(weights)
    np.testing.assert_allclose(statistic_of(name, given_answers).of(weights), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("kind", "name"), MEMBERS)
def test_statistics_survive_a_class_that_is_never_drawn(kind, name):
    given_answers = answers(kind, 30)
    weights = np.zeros((1, 30))
    weights[0, :3] = 1.0
    value, expected = (build(given_answers).of(weights) for build in (STATISTICS[name], one_by_one(name)))
    np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30))
def test_ranking_agrees_with_scikit_learn_under_ties_and_weights(rows):
    hits, scores, counts = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    drawn = counts > 0
    given_answers = Answers("binary", hits.astype(int), scores[:, None] / 4, np.ones(len(hits)))
    both = len(np.unique(hits[drawn])) == 2
    for name, oracle in (("roc_auc", roc_auc_score), ("average_precision", average_precision_score)):
        value = statistic_of(name, given_answers).of(counts[None])[0]
        expected = oracle(hits[drawn], scores[drawn], sample_weight=counts[drawn]) if both else np.nan
        np.testing.assert_allclose(value, expected, atol=1e-12)


def test_a_column_without_both_answers_is_not_ranked():
    given_answers = Answers("binary", np.ones(5, int), np.full((5, 1), 0.7), np.ones(5))
    assert np.isnan(statistic_of("roc_auc", given_answers).of(np.ones((2, 5)))).all()
