"""Answers for a whole table, as a table: labels with their probabilities, or numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from trainwell.predictor import Predictor
from trainwell.samples import Samples


def predict_table(model: Predictor, rows: Any, *, samples: int | None = None, seed: int = 0) -> pl.DataFrame:
    """Return the answers for raw rows, one row each in their order.

    Classes give ``prediction`` and one ``probability_LABEL`` column per class; several labels one 0/1 column and one
    ``probability_`` column each; numbers one column per target, named ``prediction`` where there is one, and one of
    ``deviation`` each where the network states a variance (``loss="gaussian_nll"``).

    Args:
        model: from :func:`trainwell.load` or ``run.model``.
        rows: a data frame, an array or a path.
        samples: draws with dropout left on; their mean is the answer, and columns with their spread are added:
            ``deviation_LABEL``, or for numbers ``deviation``, ``lower`` and ``upper`` (the central 95 % of the draws).
        seed: of the draws.

    Raises:
        DataError: a column is missing or of another kind, or samples are asked of a network without dropout.
    """
    if samples is None:
        return table_of(model, model.answers_to(rows)).with_columns(**stated_deviation(model, rows))
    drawn = model.predict(rows, samples=samples, seed=seed)
    mean = drawn.draws.mean(axis=0)
    answers = table_of(model, mean[:, 1:] if model.task == "binary" else mean)
    return answers.with_columns(**spread(model, drawn))


def stated_deviation(model: Predictor, rows: Any) -> dict[str, pl.Series]:
    """Return the columns with the standard deviation that the network itself states, none where it states none."""
    if not model.states_variance:
        return {}
    deviation = np.sqrt(model.variance_of(rows))
    endings = ("",) if deviation.shape[1] == 1 else tuple(f"_{name}" for name in model.target_names)
    return {f"deviation{ending}": pl.Series(deviation[:, at]) for at, ending in enumerate(endings)}


def spread(model: Predictor, drawn: Samples) -> dict[str, pl.Series]:
    """Return the columns that say how far draws disagree."""
    deviation = drawn.draws.std(axis=0)
    if model.task != "regression":
        labels = model.target_names if model.task == "multilabel" else model.classes
        return {f"deviation_{label}": pl.Series(deviation[:, at]) for at, label in enumerate(labels)}
    low, high = (end.reshape(deviation.shape) for end in drawn.interval())
    endings = ("",) if deviation.shape[1] == 1 else tuple(f"_{name}" for name in model.target_names)
    columns = {}
    for at, ending in enumerate(endings):
        for name, values in (("deviation", deviation), ("lower", low), ("upper", high)):
            columns[f"{name}{ending}"] = pl.Series(values[:, at])
    return columns


def table_of(model: Predictor, values: np.ndarray) -> pl.DataFrame:
    """Return answers ``(rows, outputs)`` as a table."""
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
