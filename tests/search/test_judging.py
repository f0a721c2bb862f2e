"""What a study and resampling tell under a metric's name is that metric of the answers, computed anew."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn.metrics import f1_score

from tests.search.small import RECIPE, SPACE, labels, pair
from trainwell.data import Dataset
from trainwell.engine import Recipe
from trainwell.errors import RecipeError
from trainwell.report.measures import metric_name
from trainwell.run import Run, fit
from trainwell.search import cross_validate, learning_curve, seed_variance, tune
from trainwell.search.folds import Fold, folds_of
from trainwell.tuning import tune_whole


def on(fold: Fold, recipe: Recipe, data: Dataset) -> Run:
    """Train by a recipe on one fold."""
    parts = dataclasses.replace(data.parts, train=fold.training, validation=fold.validation)
    return fit(recipe, dataclasses.replace(data, parts=parts))


def rmse(run: Run, data: Dataset, rows: np.ndarray) -> float:
    """Return the mean over targets of the root of the mean squared error, in NumPy."""
    assert data.frame is not None
    errors = np.asarray(run.predict(data.frame[rows])) - data.target.values[rows]
    return float(np.sqrt((errors**2).mean(axis=0)).mean())


def test_the_rmse_of_several_targets_is_in_their_units() -> None:
    data = pair()
    study = tune(SPACE, data, trials=2)
    run = fit(study.best_recipe, data)
    assert study.best.value == pytest.approx(rmse(run, data, data.parts.validation), rel=1e-5)
    assert study.best.value == pytest.approx(run.scores["validation"]["rmse"], rel=1e-5)
    assert study.best.value > 10
    assert run.record.facts["score"] == "RMSE of scaled targets"


def test_resampled_rmse_of_several_targets_is_in_their_units() -> None:
    data = pair()
    found = cross_validate(RECIPE, data, folds=2, repeats=1)
    fold = folds_of(data, 2, RECIPE.seed)[1]
    assert found.values[0, 1, 0] == pytest.approx(rmse(on(fold, RECIPE, data), data, fold.validation), rel=1e-5)
    run = fit(RECIPE, data)
    alone = rmse(run, data, data.parts.validation)
    assert seed_variance(RECIPE, data, 1).values[0] == pytest.approx(alone, rel=1e-5)
    curve = learning_curve(RECIPE, data, sizes=(1.0,))
    assert curve.validation[0, 0] == pytest.approx(alone, rel=1e-5)
    assert curve.training[0, 0] == pytest.approx(rmse(run, data, data.parts.train), rel=1e-5)


def micro_f1(run: Run, data: Dataset, rows: np.ndarray) -> float:
    """Return the F1 over all labels together, by scikit-learn."""
    assert data.frame is not None
    guessed = np.asarray(run.predict_proba(data.frame[rows])) > 0.5
    return float(f1_score(data.target.values[rows], guessed, average="micro"))


def test_several_labels_are_compared_and_told_by_one_metric() -> None:
    data = labels()
    tuned = tune_whole(data, SPACE, trials=2, members=1)
    study = tuned.study.study
    assert study.metric == tuned.metric == "micro_f1"
    assert study.best.value == pytest.approx(micro_f1(tuned.run, data, data.parts.validation), rel=1e-6)
    of_test = micro_f1(tuned.run, data, data.parts.test)
    assert tuned.judged(tuned.run.scores)["value"] == pytest.approx(of_test, rel=1e-6)
    assert tuned.study.touches[0].score == pytest.approx(of_test, rel=1e-6)
    page = tuned.study.page(test=tuned.judged(tuned.run.scores))
    headline = page.partition('id="headline"')[2].partition("</header>")[0]
    assert metric_name("micro_f1") in headline
    assert "accuracy" not in headline


def test_no_accuracy_of_several_labels_is_told() -> None:
    with pytest.raises(
        RecipeError, match=r"'accuracy' is for binary, multiclass, but the task is multilabel; take mic"
    ):
        tune(SPACE, labels(), trials=2, metric="accuracy")


def test_resampling_tells_several_labels_by_the_same_metric() -> None:
    data = labels()
    run = fit(RECIPE, data)
    assert seed_variance(RECIPE, data, 1).values[0] == pytest.approx(micro_f1(run, data, data.parts.validation))
    curve = learning_curve(RECIPE, data, sizes=(1.0,))
    assert curve.metric == "micro_f1"
    assert curve.training[0, 0] == pytest.approx(micro_f1(run, data, data.parts.train))
