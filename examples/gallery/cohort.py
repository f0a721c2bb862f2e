"""Many recipes trained on the same rows as one cohort: recipes of one structure share one compiled program."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

import trainwell as tw
from trainwell.engine import Trained, prepare
from trainwell.engine.cohort import Member, trained_cohort


def train_side_by_side(recipes: Mapping[str, tw.Recipe], data: tw.Dataset) -> dict[str, Trained]:
    """Train every recipe on the data's own training part, encoded once; return what each became, by name."""
    problem = prepare(next(iter(recipes.values())), data)
    trained = trained_cohort([Member(recipe, problem) for recipe in recipes.values()])
    assert all(each is not None for each in trained)
    return dict(zip(recipes, trained, strict=True))  # type: ignore[arg-type]


def model_of(trained: Trained, data: tw.Dataset) -> tw.Model:
    """Return the model that one of them is, which predicts from raw rows."""
    return tw.Model.of(trained, prepare(trained.recipe, data), data)


def curve(trained: Trained, quantity: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs and a recorded curve, as far as its numbers are finite."""
    values = np.asarray(trained.record[quantity], np.float64)
    finite = np.isfinite(values)
    return np.asarray(trained.record["epoch"])[finite], values[finite]
