"""Monte-Carlo dropout: draws, their mean and spread, and likelihoods, against SciPy and networks made by hand."""

from __future__ import annotations

from pathlib import Path

import equinox as eqx
import jax
import numpy as np
import polars as pl
import pytest
from scipy import stats

import trainwell as tw
from tests.data.tables import animals
from trainwell.ensemble import Ensemble
from trainwell.errors import DataError
from trainwell.network.dropping import has_dropout, with_dropout_on
from trainwell.network.layers import Dropout
from trainwell.prediction import predict_table
from trainwell.samples import Samples, entropy_of

RECIPE = tw.Recipe(
    network=tw.MLP(hidden=(32, 32), dropout=0.1),
    encoding=tw.Encoding(numbers="standard"),
    optimizer=tw.AdamW(learning_rate=5e-3),
    schedule=tw.Cosine(),
    batch_size=32,
    max_epochs=60,
    early_stopping=None,
    telemetry=False,
)


@pytest.fixture(scope="module")
def wave() -> tw.Run:
    """A network trained on a sine between −2 and 2."""
    random = np.random.default_rng(0)
    x = random.uniform(-2, 2, (300, 1))
    return tw.fit(RECIPE, tw.read(x, y=np.sin(2 * x[:, 0]) + 0.1 * random.normal(size=300)))


@pytest.fixture(scope="module")
def species() -> tw.Run:
    return tw.fit(RECIPE.with_settings({"max_epochs": 3}), tw.read(animals(120), target="species"))


def test_the_spread_is_larger_far_outside_the_training_range(wave):
    inside = wave.predict(np.linspace(-1.5, 1.5, 20)[:, None], samples=100)
    outside = wave.predict(np.array([[-8.0], [8.0]]), samples=100)
    assert outside.deviation.min() > 3 * inside.deviation.mean()
    low, high = inside.interval(0.9)
    assert (low < inside.mean).all()
    assert (inside.mean < high).all()


def test_the_mean_of_many_draws_is_near_the_answer_without_dropout(wave):
    rows = np.linspace(-2, 2, 30)[:, None]
    drawn = wave.predict(rows, samples=400)
    error = drawn.mean - wave.predict(rows)
    assert np.abs(error).mean() < 3 * drawn.deviation.mean()
    assert drawn.mean.shape == drawn.deviation.shape == (30,)
    assert drawn.draws.shape == (400, 30, 1)


def test_draws_are_networks_with_units_dropped_at_the_rate_and_the_rest_scaled(wave):
    model, rate = wave.model, 0.1
    rows = np.array([[0.7]])
    (x,) = model.encoder.transform(rows)
    first, second, output = (model.parameters.layers[at] for at in (1, 4, 7))
    hidden = np.maximum(np.asarray(first.weight, np.float64) @ x + np.asarray(first.bias), 0)
    draws = wave.predict(rows, samples=4000).draws[:, 0, 0]
    random = np.random.default_rng(0)
    masks = [random.random((4000, 32)) >= rate for _ in range(2)]
    after = np.maximum(hidden * masks[0] / (1 - rate) @ np.asarray(second.weight).T + np.asarray(second.bias), 0)
    outputs = after * masks[1] / (1 - rate) @ np.asarray(output.weight).T + np.asarray(output.bias)
    by_hand = model.encoder.decode_target(outputs)[:, 0]
    # where nothing is dropped the answers are alike but for rounding, which must not tell them apart
    assert stats.ks_2samp(draws.round(4), by_hand.round(4)).pvalue > 1e-3


def test_the_seed_decides_and_a_row_does_not_hang_on_the_others(wave):
    rows = np.linspace(-3, 3, 70)[:, None]
    drawn = wave.predict(rows, samples=5, seed=3)
    np.testing.assert_array_equal(drawn.draws, wave.predict(rows, samples=5, seed=3).draws)
    np.testing.assert_allclose(drawn.draws[:, 40:43], wave.predict(rows[40:43], samples=5, seed=3).draws, rtol=1e-5)
    np.testing.assert_array_equal(drawn.draws[:3], wave.predict(rows, samples=3, seed=3).draws)
    assert not np.allclose(drawn.draws, wave.predict(rows, samples=5, seed=4).draws)
    many = wave.predict(np.repeat(rows, 40, axis=0), samples=2, seed=3)
    np.testing.assert_allclose(many.draws[:, ::40], drawn.draws[:2], rtol=1e-5)


def test_a_loaded_model_draws_the_same(wave, tmp_path: Path):
    rows = np.linspace(-3, 3, 7)[:, None]
    wave.save(tmp_path / "run")
    loaded = tw.load(tmp_path / "run").predict(rows, samples=5)
    np.testing.assert_array_equal(loaded.draws, wave.predict(rows, samples=5).draws)


def test_classes_give_probabilities_labels_entropy_and_information(species):
    rows = animals(10, seed=1)
    drawn = species.predict(rows, samples=30)
    np.testing.assert_allclose(drawn.draws.sum(axis=2), 1, atol=1e-6)
    np.testing.assert_array_equal(drawn.answers, np.array(["cat", "dog"])[drawn.mean.argmax(axis=1)])
    expected = [stats.entropy(row) for row in drawn.mean]
    np.testing.assert_allclose(drawn.entropy, expected, rtol=1e-5)
    each = np.mean([[stats.entropy(row) for row in draw] for draw in drawn.draws], axis=0)
    np.testing.assert_allclose(drawn.information, expected - each, atol=1e-6)
    assert (drawn.information > -1e-9).all()
    with pytest.raises(DataError, match="for numbers, but the task is binary; use entropy or deviation"):
        drawn.log_likelihood(np.zeros(10), 1.0)


def test_tables_hold_the_spread(wave, species):
    rows = np.linspace(-3, 3, 5)[:, None]
    table = predict_table(wave.model, rows, samples=50)
    drawn = wave.predict(rows, samples=50)
    assert table.columns == ["prediction", "deviation", "lower", "upper"]
    np.testing.assert_allclose(table["prediction"], drawn.mean)
    np.testing.assert_allclose(table["deviation"], drawn.deviation)
    np.testing.assert_allclose(table["lower"], drawn.interval()[0])
    table = predict_table(species.model, animals(5), samples=9)
    assert table.columns == ["prediction", "probability_cat", "probability_dog", "deviation_cat", "deviation_dog"]
    mean = species.predict(animals(5), samples=9).mean
    np.testing.assert_allclose(table["probability_dog"], mean[:, 1])
    assert table["prediction"].to_list() == species.predict(animals(5), samples=9).answers.tolist()


def test_tables_of_many_outputs_and_many_labels():
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"x": random.normal(size=60)}).with_columns(a=pl.col("x") * 2, b=pl.col("x") + 1)
    short = RECIPE.with_settings({"max_epochs": 2})
    many = tw.fit(short, tw.read(frame, target=["a", "b"])).model
    assert predict_table(many, frame, samples=3).columns == [
        "a", "b", "deviation_a", "lower_a", "upper_a", "deviation_b", "lower_b", "upper_b",
    ]  # fmt: skip
    assert many.predict(frame, samples=3).mean.shape == (60, 2)
    labels = frame.with_columns(a=(pl.col("x") > 0).cast(int), b=(pl.col("x") > 1).cast(int))
    told = tw.fit(short, tw.read(labels, target=["a", "b"])).model
    assert predict_table(told, labels, samples=3).columns[-2:] == ["deviation_a", "deviation_b"]
    np.testing.assert_array_equal(told.predict(labels, samples=3).answers, told.predict(labels, samples=3).mean > 0.5)


def test_log_likelihood_is_that_of_the_mixture():
    random = np.random.default_rng(0)
    draws, truth = random.normal(size=(7, 5, 2)), random.normal(size=(5, 2))
    found = Samples(draws, "regression").log_likelihood(truth, noise=0.7)
    densities = stats.norm.pdf(truth, loc=draws, scale=0.7).prod(axis=2)
    assert found == pytest.approx(np.log(densities.mean(axis=0)).mean())


def test_the_best_noise_is_that_of_the_errors_where_draws_agree():
    truth = np.random.default_rng(0).normal(scale=2.5, size=500)
    samples = Samples(np.zeros((3, 500, 1)), "regression")
    assert samples.best_noise(truth) == pytest.approx(np.sqrt(np.mean(truth**2)), rel=1e-3)
    best = samples.log_likelihood(truth, samples.best_noise(truth))
    for noise in (1.5, 2.0, 3.0, 4.0):
        assert samples.log_likelihood(truth, noise) < best


def test_intervals_hold_their_share_and_widen_by_the_noise():
    draws = np.random.default_rng(0).normal(size=(20_000, 2, 1))
    samples = Samples(draws, "regression")
    low, high = samples.interval(0.9)
    np.testing.assert_allclose([low, high], [[-1.645] * 2, [1.645] * 2], atol=0.06)
    low, high = samples.interval(0.9, noise=2.0)
    np.testing.assert_allclose([low, high], [[-1.645 * 5**0.5] * 2, [1.645 * 5**0.5] * 2], atol=0.12)


def test_entropy_of_certainty_is_nothing():
    assert entropy_of(np.array([1.0, 0.0])) == 0
    assert entropy_of(np.full(8, 1 / 8)) == pytest.approx(np.log(8))


def test_an_ensembles_draws_are_its_members(wave):
    pair = Ensemble((wave.model, wave.model))
    rows = np.linspace(-1, 1, 3)[:, None]
    assert pair.predict(rows, samples=4).draws.shape == (8, 3, 1)


def test_only_dropout_is_turned_on():
    network = (Dropout(0.5), eqx.nn.Dropout(0.5), eqx.nn.BatchNorm(3, "batch", mode="batch"))
    module = with_dropout_on(eqx.nn.inference_mode(network))
    assert [layer.inference for layer in module] == [False, False, True]
    assert has_dropout(network)
    assert not has_dropout(eqx.nn.Linear(2, 2, key=jax.random.key(0)))


def test_what_cannot_be_is_refused(wave):
    short = RECIPE.with_settings({"max_epochs": 1, "network.dropout": 0.0})
    certain = tw.fit(short, wave.data)
    with pytest.raises(DataError, match=r"this network has none; train one with it, such as tw\.MLP"):
        certain.predict(np.zeros((2, 1)), samples=10)
    for samples in (0, -1, 2.5, True):
        with pytest.raises(DataError, match="samples must be a whole number of at least 1, but got"):
            wave.predict(np.zeros((2, 1)), samples=samples)
    for seed in (-1, 2**31, 10**20, 0.5):
        with pytest.raises(DataError, match="seed must be a whole number from 0 to 2147483647, but got"):
            wave.predict(np.zeros((2, 1)), samples=2, seed=seed)
    drawn = Samples(np.zeros((3, 5, 1)), "regression")
    with pytest.raises(DataError, match=r"level must lie between 0 and 1, such as 0\.95, but got 95"):
        drawn.interval(95)
    with pytest.raises(DataError, match="noise must be above 0, in the target's units, but got 0"):
        drawn.log_likelihood(np.zeros(5), 0)
    with pytest.raises(DataError, match=r"the truth must be 5 × 1 numbers, but has the shape \(4,\)"):
        drawn.log_likelihood(np.zeros(4), 1.0)
    with pytest.raises(DataError, match="entropy is for one class of several, but the task is regression"):
        _ = drawn.entropy
