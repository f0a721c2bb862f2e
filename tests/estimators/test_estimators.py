"""The estimators do what the engine does, whatever scikit-learn wraps around them."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.estimators.small import SMALL, clouds, surveyed
from trainwell import Classifier, EarlyStopping, Regressor
from trainwell.engine import program as program_room
from trainwell.errors import DataError, RecipeError, TrainwellWarning

X, Y = clouds()
VALUES = X @ [1.0, -2.0, 0.5]


def fitted(**parameters: Any) -> Classifier:
    return Classifier(SMALL, **parameters).fit(X, Y)


def forget_programs() -> None:
    """Stand for another process, in which nothing is compiled yet."""
    program_room.forget_programs()


# Parameters


def test_none_means_as_the_recipe_says() -> None:
    assert fitted().recipe_ == SMALL


def test_every_parameter_reaches_the_recipe() -> None:
    given = {"hidden": (8, 4), "activation": "tanh", "dropout": 0.1, "normalization": "layer"}
    given |= {"learning_rate": 0.01, "weight_decay": 0.1, "batch_size": 16, "max_epochs": 2}
    recipe = fitted(**given, early_stopping=7, class_weight={0: 2}, random_state=5).recipe_
    network, optimizer = recipe.network, recipe.optimizer
    assert (network.hidden, network.activation) == ((8, 4), "tanh")
    assert (network.dropout, network.normalization) == (0.1, "layer")
    assert (optimizer.learning_rate, optimizer.weight_decay) == (0.01, 0.1)
    assert (recipe.batch_size, recipe.max_epochs, recipe.early_stopping) == (16, 2, EarlyStopping(patience=7))
    assert (recipe.class_weights, recipe.seed) == ({"0": 2.0}, 5)


def test_without_a_recipe_the_preset_is_the_start() -> None:
    classifier = Classifier(preset="lecture", hidden=(4,), early_stopping=False, max_epochs=2).fit(X, Y)
    assert classifier.recipe_.optimizer.learning_rate == 3e-4
    assert classifier.recipe_.early_stopping is None
    assert classifier.n_iter_ == len(classifier.loss_curve_) == 2


def test_numbers_as_searches_draw_them() -> None:
    recipe = fitted(hidden=np.array([16]), learning_rate=np.float64(0.02), max_epochs=np.int64(40)).recipe_
    assert recipe == SMALL


def test_a_number_alone_is_one_hidden_layer() -> None:
    assert fitted(hidden=16).recipe_ == fitted(hidden=np.int64(16)).recipe_ == SMALL


def test_the_seed_is_the_random_state() -> None:
    assert fitted(random_state=3).recipe_.seed == 3
    generator = np.random.RandomState(0)
    drawn = [fitted(random_state=generator).recipe_.seed for _ in range(2)]
    assert drawn[0] != drawn[1]
    assert fitted(random_state=np.random.RandomState(0)).recipe_.seed == drawn[0]
    seeds = [fitted(random_state=np.random.default_rng(number)).recipe_.seed for number in (0, 0, 1)]
    assert seeds[0] == seeds[1] != seeds[2]


def test_the_same_seed_gives_the_same_bits() -> None:
    first, again = (fitted(random_state=1).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != fitted(random_state=2).predict_proba(X)).any()


def test_another_rate_compiles_nothing() -> None:
    program = fitted().model_.program
    before = program.compilations
    assert fitted(learning_rate=0.5).model_.program is program
    assert program.compilations == before


def test_rows_are_held_out_as_asked() -> None:
    assert fitted(validation_fraction=0.25).record_.facts["validation_rows"] == 15
    without = fitted(validation_fraction=0)
    assert without.record_.facts["training_rows"] == 60
    assert without.score(X, Y) > 0.9


# Data


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_tables_with_names_and_gaps(library: Any) -> None:
    table, answer = surveyed()
    table = table if library is pd.DataFrame else pl.from_pandas(table.astype({"colour": object}))
    classifier = Classifier(SMALL, validation_fraction=0).fit(table, answer)
    assert classifier.score(table, answer) > 0.85
    assert classifier.feature_names_in_.tolist() == ["size", "colour"]
    assert classifier.classes_.tolist() == ["no", "yes"]
    unseen = library({"size": [0.1, None], "colour": ["violet", None]})
    assert classifier.predict_proba(unseen).sum(axis=1) == pytest.approx(1)


def test_arrays_of_words() -> None:
    table, answer = surveyed()
    array = table.astype({"colour": object}).to_numpy()
    assert Classifier(SMALL, validation_fraction=0).fit(array, answer).score(array, answer) > 0.85


def test_many_labels() -> None:
    labels = np.column_stack([Y, X[:, 0] > 0, 1 - Y]).astype(int)
    classifier = Classifier(SMALL).fit(X, labels)
    assert classifier.predict(X).shape == classifier.predict_proba(X).shape == (60, 3)
    assert classifier.classes_.tolist() == [0, 1, 2]
    assert classifier.score(X, labels) > 0.8


def test_many_outputs() -> None:
    targets = np.column_stack([VALUES, 100 + 10 * X[:, 0]])
    regressor = Regressor(SMALL).fit(X, targets)
    assert regressor.predict(X).shape == (60, 2)
    assert regressor.score(X, targets) > 0.8


def test_rows_of_weight_0_are_as_good_as_absent() -> None:
    weights = np.where(np.arange(60) < 44, 1.5, 0.0)
    weighted = Classifier(SMALL).fit(X, Y, sample_weight=weights)
    absent = Classifier(SMALL).fit(X[:44], Y[:44])
    np.testing.assert_array_equal(weighted.predict_proba(X), absent.predict_proba(X))


def test_weights_move_the_answer() -> None:
    unrelated = np.random.default_rng(0).permutation(Y)
    probability = {
        weight: Classifier(SMALL)
        .fit(X, unrelated, sample_weight=np.where(unrelated == 1, weight, 1.0))
        .predict_proba(X)[:, 1]
        .mean()
        for weight in (1.0, 9.0)
    }
    assert probability[9.0] > probability[1.0] + 0.2


@pytest.mark.parametrize("labels", [Y, Y.astype(float), Y.astype(bool), np.array(["a", "b"])[Y]])
def test_classes_are_weighed_by_their_labels(labels: np.ndarray) -> None:
    rare, common = np.unique(labels)[::-1]
    recipe = Classifier(SMALL, class_weight={rare: 3}).fit(X, labels).recipe_
    assert recipe.class_weights == {str(rare): 3.0}
    assert Classifier(SMALL, class_weight="balanced").fit(X, labels).recipe_.class_weights == "balanced"
    assert str(common) not in recipe.class_weights


# What scikit-learn does with estimators


def test_pipeline_and_cross_validation() -> None:
    scores = cross_val_score(make_pipeline(StandardScaler(), Classifier(SMALL)), X, Y, cv=3)
    assert scores.mean() > 0.8
    assert cross_val_score(Regressor(SMALL), X, VALUES, cv=3).mean() > 0.8


def test_grid_search_over_a_table() -> None:
    table, answer = surveyed()
    grid = {"learning_rate": [1e-9, 0.02], "hidden": [(16,), (8,)]}
    search = GridSearchCV(Classifier(SMALL), grid, cv=2, error_score="raise").fit(table, answer)
    assert search.best_params_["learning_rate"] == 0.02
    assert search.best_estimator_.recipe_.network.hidden == search.best_params_["hidden"]


@pytest.mark.parametrize("normalization", [None, "batch"])
def test_pickles_hold_arrays_and_rebuild_the_program(normalization: str | None) -> None:
    classifier = fitted(normalization=normalization)
    before = classifier.predict_proba(X)
    written = pickle.dumps(classifier)
    forget_programs()
    again = pickle.loads(written)
    np.testing.assert_array_equal(again.predict_proba(X), before)
    np.testing.assert_array_equal(copy.deepcopy(classifier).predict_proba(X), before)
    assert again.recipe_ == classifier.recipe_
    assert again.loss_curve_.tolist() == classifier.loss_curve_.tolist()


def test_a_clone_is_not_fitted() -> None:
    copied = clone(fitted(learning_rate=0.1))
    assert copied.get_params() == Classifier(SMALL, learning_rate=0.1).get_params()
    with pytest.raises(NotFittedError):
        copied.predict(X)


def test_scikit_learn_comes_only_with_the_estimators() -> None:
    code = "import sys, trainwell; trainwell.Recipe; assert 'sklearn' not in sys.modules; trainwell.Classifier"
    subprocess.run([sys.executable, "-c", code], check=True)


# What goes wrong


def test_a_training_that_diverges_says_so() -> None:
    with pytest.warns(ConvergenceWarning, match=r"diverged.*lower the learning_rate"):
        classifier = fitted(learning_rate=1e30)
    assert np.isfinite(classifier.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"learning_rate": -1.0}, "AdamW.learning_rate: .* but got -1.0"),
        ({"activation": "rlu"}, "Did you mean 'relu'"),
        ({"preset": "lectur"}, "Did you mean 'lecture'"),
        ({"recipe": "lecture"}, "recipe must be a trainwell.Recipe or None, but got 'lecture'"),
        ({"validation_fraction": 1.5}, "validation_fraction is a share of the rows, .* but got 1.5"),
        ({"validation_fraction": 1}, "validation_fraction is a share of the rows, .* but got 1"),
        ({"augmentation": "Flip"}, "augmentation Flip is for images, but an estimator's X has two axes"),
        ({"class_weight": {7: 2.0}}, "no class is called '7'"),
    ],
)
def test_parameters_are_checked_in_fit(parameters: dict[str, Any], sentence: str) -> None:
    classifier = Classifier(**parameters)
    with pytest.raises(RecipeError, match=sentence):
        classifier.fit(X, Y)


def test_one_class_is_refused() -> None:
    with pytest.raises(DataError, match="one class, 1, in all 60 rows"):
        Classifier(SMALL).fit(X, np.ones(60, int))


@pytest.mark.parametrize(
    ("inputs", "answers", "sentence"),
    [
        (X, VALUES, "continuous"),
        (csr_array(X), Y, "[Ss]parse"),
        (np.full((60, 3), np.nan), Y, "no column of X has a value in any of its 60 rows"),
        (X, Y[:-1], "inconsistent numbers"),
        ([*X[:, :2].tolist(), [np.inf, 1]], [*Y, 1], "infinity"),
    ],
)
def test_data_are_checked_in_fit(inputs: Any, answers: Any, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError), match=sentence):
        Classifier(SMALL).fit(inputs, answers)


@pytest.mark.parametrize("as_given", [np.asarray, lambda rows: pd.DataFrame(rows, columns=["a", "b", "c", "d"])])
def test_a_column_without_any_value_is_left_out_with_a_warning(as_given: Any) -> None:
    gaps = as_given(np.column_stack([X[:, :2], np.full(60, np.nan), X[:, 2]]))
    with pytest.warns(TrainwellWarning, match=r"column '(x2|c)' has no value in any of the 60 rows and is left out"):
        classifier = Classifier(SMALL).fit(gaps, Y)
    np.testing.assert_array_equal(classifier.predict_proba(gaps), fitted().predict_proba(X))
    filled = as_given(np.column_stack([X[:, :2], np.ones(60), X[:, 2]]))
    np.testing.assert_array_equal(classifier.predict_proba(filled), classifier.predict_proba(gaps))


def test_columns_are_those_of_training() -> None:
    table, answer = surveyed()
    classifier = Classifier(SMALL).fit(table, answer)
    with pytest.raises(ValueError, match="feature names should match"):
        classifier.predict(table[["colour", "size"]])
