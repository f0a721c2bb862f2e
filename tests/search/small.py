"""Small data, recipes and spaces that the search's tests share, so that they share compilations too."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.data import Dataset, read
from trainwell.engine import Recipe
from trainwell.engine.ranges import choice, loguniform, uniform
from trainwell.engine.space import Space
from trainwell.network import MLP
from trainwell.training import Adam, Constant

RECIPE = Recipe(
    network=MLP(hidden=(8,), dropout=0.1),
    optimizer=Adam(learning_rate=0.01),
    schedule=Constant(),
    batch_size=32,
    max_epochs=6,
    early_stopping=None,
)
RATE = {"optimizer.learning_rate": loguniform(1e-3, 1e-1)}
SPACE = RECIPE.vary(RATE | {"network.dropout": uniform(0.05, 0.5)})
STRUCTURES = RECIPE.vary(RATE | {"network.hidden": choice([(8,), (12,)])})


def blobs(rows: int = 200, classes: int = 3, **options: Any) -> Dataset:
    random = np.random.default_rng(0)
    targets = np.arange(rows) % classes
    inputs = random.normal(size=(classes, 4))[targets] * 1.5 + random.normal(size=(rows, 4))
    return read(inputs, y=targets, name="blobs", **options)


def line(rows: int = 200) -> Dataset:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(rows, 4))
    return read(inputs, y=1000 * (inputs @ [1.0, -2.0, 0.5, 0.0]) + random.normal(size=rows), name="line")


def labels(rows: int = 200) -> Dataset:
    """Return three labels of which the last is rare."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(rows, 4))
    truth = inputs @ random.normal(size=(4, 3)) + random.normal(size=(rows, 3)) > [0.0, 0.5, 2.5]
    return read(inputs, y=truth.astype(int), name="labels")


def pair(rows: int = 200) -> Dataset:
    """Return numbers to predict of which the second are a thousand times the first in size."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(rows, 4))
    first = inputs @ [1.0, -2.0, 0.5, 0.0] + random.normal(size=rows)
    return read(inputs, y=np.column_stack([first, 1000 * np.sin(inputs[:, 0]) + 5000]), name="pair")


def endless(space: Space = SPACE) -> Space:
    """Return a space whose trials take longer than any test."""
    return Space(space.recipe.with_settings({"max_epochs": 10_000_000}), space.ranges, space.roles)
