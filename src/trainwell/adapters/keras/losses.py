"""What a Keras loss is in the record's words, and its value for the best answer that is the same for all rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np
from scipy.special import entr


class KnownLoss(NamedTuple):
    """Our name of a loss, what it takes, and the task it is for."""

    name: str
    takes: str
    task: str


#: By Keras's name: the names where it takes logits and where it takes probabilities, and the task.
CLASSES = {
    "sparse_categorical_crossentropy": ("cross_entropy", "cross_entropy_from_probabilities", "multiclass"),
    "categorical_crossentropy": ("cross_entropy", "cross_entropy_from_probabilities", "multiclass"),
    "binary_crossentropy": ("binary_cross_entropy", "binary_cross_entropy_from_probabilities", "binary"),
}
NUMBERS = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "huber": "huber",
    "huber_loss": "huber",
    "log_cosh": "log_cosh",
}
SCORES = (
    "accuracy",
    "acc",
    "sparse_categorical_accuracy",
    "categorical_accuracy",
    "binary_accuracy",
    "root_mean_squared_error",
    "rmse",
)


def loss_of(model: Any) -> Any:
    """Return the one loss function of a compiled model; none where it has several or its own."""
    given = getattr(model, "loss", None)
    if isinstance(given, list | tuple | dict) or given is None:
        return None
    return keras.losses.get(given)


def known_loss(loss: Any) -> KnownLoss | None:
    """Return what a loss is; none for one that is not Keras's own.

    >>> known_loss(keras.losses.get("mse"))
    KnownLoss(name='mse', takes='values', task='regression')
    """
    name = getattr(loss, "name", None) or getattr(loss, "__name__", "")
    if name in CLASSES:
        logits = bool(loss.get_config().get("from_logits")) if hasattr(loss, "get_config") else False
        of_logits, of_probabilities, task = CLASSES[name]
        return KnownLoss(of_logits if logits else of_probabilities, "logits" if logits else "probabilities", task)
    return KnownLoss(NUMBERS[name], "values", "regression") if name in NUMBERS else None


def base_loss(loss: Any, known: KnownLoss | None, targets: np.ndarray, outputs: tuple[int, ...]) -> float | None:
    """Return the loss of the best answer that is the same for all rows; none where it cannot be told.

    Args:
        loss: Keras's.
        known: what it is.
        targets: what is right for the rows.
        outputs: the shape of the network's answer for one row.

    Of classes it is the entropy of their shares p, −Σ p ln p, of squared errors the variance.
    """
    if known is None or len(outputs) != 1:
        return None
    columns = np.asarray(targets, np.float64).reshape(len(targets), -1)
    if known.task == "multiclass" and columns.shape[1] == 1:
        columns = (columns == np.arange(outputs[0])).astype(np.float64)
    if columns.shape[1] != outputs[0]:
        return None
    mean = columns.mean(axis=0)
    if known.task == "multiclass":
        return float(entr(mean).sum())
    if known.task == "binary":
        return float(np.mean(entr(mean) + entr(1 - mean)))
    if known.name == "mse":
        return float(np.mean(columns.var(axis=0)))
    same = np.tile(mean, (len(columns), 1)).astype(np.float32)
    return float(np.mean(keras.ops.convert_to_numpy(loss(columns.astype(np.float32), same))))
