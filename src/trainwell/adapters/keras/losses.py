"""What a Keras loss is in the record's words, and its value for the best answer that is the same for all rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import numpy as np


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
    """Return the loss of the best answer that is the same for all rows; none where it cannot be told."""
    if known is None or len(outputs) != 2:
        return None
    flat = np.asarray(targets, np.float64).reshape(len(targets), -1)
    if known.task == "multiclass" and flat.shape[1] == 1:
        flat = (flat == np.arange(outputs[1])).astype(np.float64)
    if flat.shape[1] != outputs[1]:
        return None
    answer = flat.mean(axis=0)
    if known.takes != "values":
        answer = np.clip(answer, 1e-6, 1 - 1e-6)
    if known.takes == "logits":
        answer = np.log(answer) if known.task == "multiclass" else np.log(answer / (1 - answer))
    shaped = np.tile(answer, (len(targets), 1)).astype(np.float32)
    return float(np.mean(keras.ops.convert_to_numpy(loss(targets, shaped))))
