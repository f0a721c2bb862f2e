"""A recipe and tables that train in a moment; the tests share their shapes, so that few programs are compiled."""

from __future__ import annotations

import numpy as np
import pandas as pd

from trainwell import MLP, Adam, Constant, Recipe

SMALL = Recipe(
    network=MLP(hidden=(16,)),
    optimizer=Adam(learning_rate=0.02),
    schedule=Constant(),
    batch_size=32,
    max_epochs=40,
    early_stopping=None,
    telemetry=False,
)


def clouds(rows: int = 60, classes: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return points ``(rows, 3)`` of Gaussian clouds far apart, and which cloud each is of."""
    random = np.random.default_rng(0)
    labels = np.arange(rows) % classes
    return random.normal(size=(classes, 3))[labels] * 4 + random.normal(size=(rows, 3)), labels


def surveyed(rows: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a table of numbers and names, some missing, and an answer of words that hangs on both."""
    random = np.random.default_rng(0)
    colour = random.choice(["red", "green", "blue"], rows).astype(object)
    size = random.normal(size=rows)
    answer = np.where((colour == "red") | (size > 0.8), "yes", "no")
    colour[::11], size[::7] = None, np.nan
    return pd.DataFrame({"size": size, "colour": pd.Series(colour, dtype="category")}), answer
