"""The autoencoder as a transformer: codes and back, what its parameters do, and what it refuses."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import trainwell as tw
from trainwell.errors import RecipeError

X = load_digits().data[:320]
SMALL = tw.Autoencoder(code=6, hidden=(32,), max_epochs=30, random_state=0)


@pytest.fixture(scope="module")
def fitted():
    return clone(SMALL).fit(X)


def test_codes_go_back_to_rows_in_the_columns_own_units(fitted):
    codes = fitted.transform(X)
    restored = fitted.inverse_transform(codes)
    assert codes.shape == (320, 6)
    assert restored.shape == X.shape
    assert restored.dtype == X.dtype
    error = np.mean((restored - X) ** 2)
    assert error < 0.6 * np.mean((X - X.mean(0)) ** 2)
    scaled = fitted.reconstruction_error(X)
    np.testing.assert_allclose(scaled, np.mean(((restored - X) / fitted.scale_) ** 2, axis=1), rtol=1e-5)
    assert (X.std(0) == 0).any()
    assert np.isfinite(restored).all()


def test_the_score_is_the_share_of_the_variance_that_comes_back(fitted):
    kept = X.std(0) > 0
    restored = fitted.inverse_transform(fitted.transform(X))
    lost = np.var(((restored - X) / fitted.scale_), axis=0) + np.mean((restored - X) / fitted.scale_, axis=0) ** 2
    assert fitted.score(X) == pytest.approx(1 - lost.sum() / kept.sum(), rel=1e-5)
    assert 0.4 < fitted.score(X) < 1
    assert np.isnan(fitted.score(X[:1]))


def test_a_number_alone_is_one_hidden_layer(fitted):
    again = clone(SMALL).set_params(hidden=32, random_state=0, max_epochs=1).fit(X)
    assert again.recipe_.network == fitted.recipe_.network


def test_rows_unlike_those_of_training_come_back_worse(fitted):
    strange = np.random.default_rng(0).uniform(0, 16, X.shape)
    assert np.median(fitted.reconstruction_error(strange)) > 2 * np.median(fitted.reconstruction_error(X))


def test_without_hidden_layers_it_restores_as_well_as_principal_components():
    linear = tw.Autoencoder(code=4, hidden=(), max_epochs=150, learning_rate=0.01, validation_fraction=0).fit(X)
    scaled = StandardScaler().fit_transform(X)
    best = np.mean((PCA(4).fit(scaled).inverse_transform(PCA(4).fit_transform(scaled)) - scaled) ** 2)
    assert best <= linear.reconstruction_error(X).mean() + 1e-6 < 1.03 * best + 1e-6


def test_denoising_restores_noisy_rows_better(fitted):
    noisy = X + np.random.default_rng(0).normal(size=X.shape) * fitted.scale_
    denoising = clone(SMALL).set_params(noise=1.0).fit(X)

    def error(autoencoder):
        return np.mean(((autoencoder.inverse_transform(autoencoder.transform(noisy)) - X) / fitted.scale_) ** 2)

    assert error(denoising) < 0.95 * error(fitted)


def test_it_pickles_clones_and_names_its_columns(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.transform(X), fitted.transform(X))
    assert clone(fitted).get_params() == SMALL.get_params()
    assert list(fitted.get_feature_names_out()[:2]) == ["autoencoder0", "autoencoder1"]


def test_it_stands_in_a_pipeline():
    pipeline = make_pipeline(tw.Autoencoder(code=3, hidden=(), max_epochs=2), PCA(2))
    assert pipeline.fit_transform(X).shape == (320, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": 0}, "Autoencoder.code: input should be greater than or equal to 1, but got 0"),
        ({"activation": "rlu"}, "no activation is called 'rlu'. Did you mean 'relu'?"),
        ({"noise": -1.0}, "Autoencoder.noise: input should be greater than or equal to 0, but got -1.0"),
        ({"sparsity": "L1"}, "no layer is called 'L1'"),
        ({"sparsity": "Dropout"}, "sparsity must be a Sparsity layer or none"),
        ({"sparsity": tw.layers.Sparsity(measure="kl")}, "sparsity by 'kl' needs a code between 0 and 1"),
        ({"recipe": tw.Recipe()}, "whose network is a tw.networks.Autoencoder"),
        ({"learning_rate": 0.0}, "AdamW.learning_rate"),
        ({"validation_fraction": 2}, "validation_fraction is a share of the rows, from 0 to below 1, but got 2"),
        ({"scaling": "robust"}, "scaling must be 'standard', 'centre' or 'none', but got 'robust'"),
    ],
)
def test_parameters_out_of_range_are_named(change, message):
    with pytest.raises(RecipeError) as raised:
        clone(SMALL).set_params(**change).fit(X)
    assert message in str(raised.value)


def test_codes_of_another_width_are_refused(fitted):
    with pytest.raises(ValueError, match="codes have 6 numbers each, but X has 2 columns"):
        fitted.inverse_transform(np.zeros((3, 2)))


def test_a_recipe_follows_the_random_state_too():
    recipe = tw.Recipe(network=tw.networks.Autoencoder(code=2, hidden=()), max_epochs=2, early_stopping=None)
    codes = [tw.Autoencoder(recipe=recipe, random_state=seed).fit(X[:60]).transform(X[:5]) for seed in (1, 1, 2)]
    assert np.array_equal(codes[0], codes[1])
    assert not np.allclose(codes[0], codes[2])


def test_what_was_not_fitted_scores_nothing():
    with pytest.raises(NotFittedError):
        clone(SMALL).score(X)
