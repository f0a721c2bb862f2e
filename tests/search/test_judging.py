"""What a study and resampling tell under a metric's name is that metric of the answers, computed anew."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.search.small import RECIPE, SPACE, pair
from trainwell.data import Dataset
from trainwell.engine import Recipe
from trainwell.run import Run, fit
from trainwell.search import cross_validate, learning_curve, seed_variance, tune
from trainwell.search.folds import Fold, folds_of


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
