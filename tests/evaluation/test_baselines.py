"""Baselines against scikit-learn on the same rows; quick, silent, and with an answer for every row."""

from __future__ import annotations

import time
import warnings

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from trainwell.data import fit_encoder, read
from trainwell.evaluation import baseline_predictions
from trainwell.evaluation.baselines import rows_within_budget
from trainwell.functions.metrics import log_loss

ROWS = 400


def table(kind: str, rows: int = ROWS, weights=None):
    """Return a table whose target is nearly linear in its inputs, with its encoder."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 3))
    signal = x @ [2.0, -1.0, 0.5] + 0.3 * generator.normal(size=rows)
    columns = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "city": [f"city {k % 30}" for k in range(rows)]}
    if kind == "binary":
        columns["y"], target = np.where(signal > 0, "yes", "no"), "y"
    elif kind == "multiclass":
        columns["y"], target = np.array(["low", "mid", "top"])[np.digitize(signal, [-1, 1])], "y"
    elif kind == "multilabel":
        columns |= {"u": (signal > 0).astype(int), "v": (x[:, 1] > 1).astype(int)}
        target = ["u", "v"]
    elif kind == "regression":
        columns["y"], target = 1000 + 100 * signal, "y"
    else:
        columns |= {"u": 1000 + 100 * signal, "v": x[:, 1] ** 2}
        target = ["u", "v"]
    data = read(columns, target=target, weights=weights)
    return data, fit_encoder(data, data.parts.train)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel", "regression", "many outputs"])
def test_baselines_answer_every_row(kind):
    data, encoder = table(kind)
    found = baseline_predictions(data, encoder, data.parts.train)
    names = ("mean", "linear regression") if data.task == "regression" else ("majority class", "logistic regression")
    assert tuple(found) == names
    for predictions in found.values():
        assert predictions.shape == (ROWS, data.target.outputs)
        assert predictions.dtype == np.float64
        assert np.isfinite(predictions).all()
        if data.task != "regression":
            assert ((predictions >= 0) & (predictions <= 1)).all()
        if data.task == "multiclass":
            np.testing.assert_allclose(predictions.sum(axis=1), 1, rtol=1e-5)


def test_rows_to_be_given_back_are_held_against_their_principal_components():
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(100, 2)) @ generator.normal(size=(2, 5)) + 0.1 * generator.normal(size=(100, 5))
    data = read({f"x{place}": 10**place * column for place, column in enumerate(rows.T)}, task="reconstruction")
    encoder, training = fit_encoder(data, data.parts.train), data.parts.train
    found = baseline_predictions(data, encoder, training, code=2)
    scaler = StandardScaler().fit(data.target.values[training])
    scaled = scaler.transform(data.target.values)
    components = PCA(2).fit(scaled[training])
    expected = scaler.inverse_transform(components.inverse_transform(components.transform(scaled)))
    np.testing.assert_allclose(found["linear autoencoder"], expected, rtol=1e-4)
    assert list(baseline_predictions(data, encoder, training, code=5)) == ["mean"]
    assert list(baseline_predictions(data, encoder, training)) == ["mean"]


def test_the_constant_is_the_share_or_mean_of_training():
    data, encoder = table("binary")
    constant = baseline_predictions(data, encoder, data.parts.train)["majority class"]
    assert constant == pytest.approx(data.target.values[data.parts.train].mean())
    data, encoder = table("regression")
    constant = baseline_predictions(data, encoder, data.parts.train)["mean"]
    assert constant == pytest.approx(data.target.values[data.parts.train].mean())


def inputs_by_hand(data, encoder):
    encoded = encoder.transform(data.frame).astype(np.float64)
    codes = encoded[:, -1].astype(int)
    wide = np.c_[encoded[:, :-1], np.eye(encoder.layout.cardinalities[0])[codes]]
    scaler = StandardScaler().fit(wide[data.parts.train])
    return scaler.transform(wide)


def test_linear_regression_is_ridge_on_the_encoded_rows():
    data, encoder = table("regression")
    assert len(encoder.layout.cardinalities) == 1
    inputs, rows = inputs_by_hand(data, encoder), data.parts.train
    expected = Ridge().fit(inputs[rows], data.target.values[rows]).predict(inputs)
    found = baseline_predictions(data, encoder, rows)["linear regression"]
    np.testing.assert_allclose(found[:, 0], expected.ravel(), rtol=1e-4)


def test_logistic_regression_agrees_with_a_converged_one():
    data, encoder = table("multiclass")
    inputs, rows = inputs_by_hand(data, encoder), data.parts.train
    expected = (
        LogisticRegression(max_iter=5000, tol=1e-8).fit(inputs[rows], data.target.values[rows]).predict_proba(inputs)
    )
    found = baseline_predictions(data, encoder, rows)["logistic regression"]
    assert np.abs(found - expected).mean() < 0.02
    truth = data.target.values[data.parts.test]
    loss, converged = (log_loss(truth, answers[data.parts.test]) for answers in (found, expected))
    assert loss < converged + 0.02


def test_weights_count_as_repeated_rows():
    data, encoder = table("regression")
    rows = data.parts.train
    weights = np.where(np.arange(ROWS) % 2, 2.0, 1.0)
    repeated = np.concatenate([rows, rows[rows % 2 == 1]])
    found = baseline_predictions(data, encoder, rows, weights)
    expected = baseline_predictions(data, encoder, repeated)
    np.testing.assert_allclose(found["mean"], expected["mean"])
    np.testing.assert_allclose(found["linear regression"], expected["linear regression"], rtol=2e-3)


def test_weights_of_the_data_are_taken():
    weights = np.linspace(0.1, 2, ROWS)
    data, encoder = table("binary", weights=weights)
    found = baseline_predictions(data, encoder, data.parts.train)["majority class"]
    rows = data.parts.train
    assert found == pytest.approx(np.average(data.target.values[rows], weights=weights[rows]))


def test_a_label_that_training_never_shows_is_answered_no():
    data, encoder = table("multilabel")
    rows = np.flatnonzero(data.target.values[:, 1] == 0)
    found = baseline_predictions(data, encoder, rows)["logistic regression"]
    assert (found[:, 1] == 0).all()


def test_a_class_that_training_never_shows_gets_no_chance():
    data, encoder = table("multiclass")
    rows = np.flatnonzero(data.target.values != 1)
    found = baseline_predictions(data, encoder, rows)["logistic regression"]
    assert (found[:, 1] == 0).all()


def test_images_are_flattened():
    generator = np.random.default_rng(0)
    images = generator.uniform(size=(120, 5, 5)).astype(np.float32)
    labels = (images[:, 2, 2] > 0.5).astype(int)
    data = read(images, y=labels)
    found = baseline_predictions(data, fit_encoder(data, data.parts.train), data.parts.train)
    test = data.parts.test
    assert np.mean((found["logistic regression"][test, 0] > 0.5) == labels[test]) > 0.75


def test_rows_within_budget_repeat_and_keep_every_class():
    truth = np.zeros((100_000, 1))
    truth[77_777] = 1
    chosen = rows_within_budget(truth, inputs=10)
    assert 77_777 in chosen
    np.testing.assert_array_equal(chosen, rows_within_budget(truth, inputs=10))
    assert len(chosen) <= 20_002


def test_many_rows_are_quick_and_silent():
    data, encoder = table("multiclass", rows=30_000)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        baseline_predictions(data, encoder, data.parts.train)
    assert time.process_time() - started < 10  # 0.2 s on a free machine


def test_a_fit_that_is_cut_short_says_nothing(monkeypatch):
    monkeypatch.setattr("trainwell.evaluation.baselines.MOST_ITERATIONS", 1)
    data, encoder = table("multiclass")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = baseline_predictions(data, encoder, data.parts.train)
    assert np.isfinite(found["logistic regression"]).all()
