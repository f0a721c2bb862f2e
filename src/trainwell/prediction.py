"""Answers for a whole table, as a table: labels with their probabilities, or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from trainwell.predictor import Predictor


def predict_table(model: Predictor, rows: Any) -> pl.DataFrame:
    """Return the answers for raw rows, one row each in their order.

    Classes give ``prediction`` and one ``probability_LABEL`` column per class; several labels one 0/1 column and one
    ``probability_`` column each; numbers one column per target, named ``prediction`` where there is one.

    Args:
        model: from :func:`trainwell.load` or ``run.model``.
        rows: a data frame, an array or a path.

    Raises:
        DataError: a column is missing or of another kind.
    """
    values = model.answers_to(rows)
    if model.task == "regression":
        names = ("prediction",) if values.shape[1] == 1 else model.target_names
        return pl.DataFrame({name: values[:, at] for at, name in enumerate(names)})
    if model.task == "multilabel":
        labels = {name: (values[:, at] > 0.5).astype(int) for at, name in enumerate(model.target_names)}
        return pl.DataFrame(labels | probabilities(values, model.target_names))
    if model.task == "binary":
        values = np.column_stack([1 - values[:, 0], values[:, 0]])
    prediction = pl.Series("prediction", [model.classes[code] for code in values.argmax(axis=1)])
    return pl.DataFrame({"prediction": prediction} | probabilities(values, model.classes))


def probabilities(values: np.ndarray, labels: tuple[Any, ...]) -> dict[str, np.ndarray]:
    """Return one column of probabilities per label."""
    return {f"probability_{label}": values[:, at] for at, label in enumerate(labels)}
