"""Records written by hand, of runs whose verdict is known: a healthy one, and what to change to make it ill."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.engine.state import FINISHED
from trainwell.records import Record

EPOCHS = np.arange(1, 41)
LOOKS = 4

FACTS: dict[str, Any] = {
    "task": "multiclass",
    "score": "accuracy",
    "outcome": FINISHED,
    "best_epoch": 40,
    "steps_per_epoch": 20,
    "batch_size": 32,
    "training_rows": 640,
    "validation_rows": 200,
    "parameters": 1_500,
    "max_epochs": 40,
    "base_loss": 2.3,
    "base_validation_loss": 2.3,
    "base_score": 0.1,
    "linear_score": 0.9,
    "linear_training_score": 0.92,
    "neighbour_score": 0.92,
    "sure_error": 0.01,
    "less_sure_error": 0.02,
    "sure_rows": 66,
    "yardstick_signal": 20.0,
    "loss": "cross_entropy",
    "loss_takes": "logits",
    "layers": ["hidden 1", "hidden 2", "output"],
    "layer_units": [32, 32, 10],
    "layer_inputs": [20, 32, 32],
    "activations": ["activation 1", "activation 2"],
    "activation_functions": ["relu", "relu"],
    "batch_normalization": False,
    "optimizer": {"kind": "Adam", "learning_rate": 1e-3, "weight_decay": 0.0},
}


def falling(start: float, end: float, epochs: int = 40) -> np.ndarray:
    """Return a loss that falls as losses do, with a little noise."""
    steps = np.arange(1, epochs + 1)
    return end + (start - end) * np.exp(-steps / 6) + 0.002 * np.sin(2.4 * steps)


def healthy_arrays() -> dict[str, np.ndarray]:
    """Return the arrays of a run that went well."""
    return {
        "epoch": EPOCHS,
        "step": 20 * EPOCHS,
        "training_loss": falling(2.3, 0.05),
        "validation_loss": falling(2.3, 0.15),
        "training_score": 1 - falling(0.9, 0.01),
        "validation_score": 1 - falling(0.9, 0.04),
        "learning_rate": np.full(40, 1e-3),
        "gradient_norm": np.full(40, 0.5),
        "telemetry_epoch": np.array([0, 1, 20, 40]),
        "probe_loss": np.array([2.4, 1.9, 0.2, 0.05]),
        "probe_loss_training_mode": np.array([2.4, 1.9, 0.2, 0.05]),
        "gradient_agreement": np.full(LOOKS, 0.7),
        "gradient_noise_scale": np.full(LOOKS, 60.0),
        "update_alignment": np.array([0.8, 0.6, 0.4, 0.3]),
        "output_mean": np.zeros(LOOKS),
        "output_deviation": np.array([0.6, 1.0, 3.0, 4.0]),
        "output_minimum": np.array([-2.0, -3.0, -9.0, -12.0]),
        "output_maximum": np.array([2.0, 3.0, 9.0, 12.0]),
        "output_row_sum_error": np.full(LOOKS, 5.0),
        "output_curvature": np.full(LOOKS, 0.2),
        "layer_weight_norm": np.tile([8.0, 8.0, 3.2], (LOOKS, 1)),
        "layer_gradient_norm": np.full((LOOKS, 3), 0.4),
        "layer_update_ratio": np.full((LOOKS, 3), 2e-3),
        "unit_similarity": np.full((LOOKS, 3), 0.05),
        "idle_share": np.full((LOOKS, 3), 0.03),
        "activation_mean": np.full((LOOKS, 2), 0.4),
        "activation_deviation": np.full((LOOKS, 2), 0.6),
        "dead_share": np.full((LOOKS, 2), 0.03),
        "saturated_share": np.full((LOOKS, 2), 0.5),
        "input_mean": np.zeros(20),
        "input_deviation": np.ones(20),
    }


def record(arrays: dict[str, np.ndarray] | None = None, **facts: Any) -> Record:
    """Return the healthy record with other arrays and facts; a fact that is None is left out."""
    known = {name: fact for name, fact in (FACTS | facts).items() if fact is not None}
    return Record(healthy_arrays() | (arrays or {}), known)


def failed(level: float = 2.3) -> dict[str, np.ndarray]:
    """Return the curves of a run that learned nothing."""
    flat = level + 0.002 * np.sin(2.4 * EPOCHS)
    return {
        "training_loss": flat,
        "validation_loss": flat,
        "training_score": np.full(40, 0.1),
        "validation_score": np.full(40, 0.1),
        "probe_loss": np.full(LOOKS, level),
        "probe_loss_training_mode": np.full(LOOKS, level),
    }


def regression(arrays: dict[str, np.ndarray] | None = None, **facts: Any) -> Record:
    """Return a healthy record of a regression on a standardised target, with other arrays and facts."""
    curves = {
        "training_loss": falling(1.0, 0.2),
        "validation_loss": falling(1.0, 0.3),
        "training_score": np.sqrt(falling(1.0, 0.2)),
        "validation_score": np.sqrt(falling(1.0, 0.3)),
        "probe_loss": np.array([1.2, 0.8, 0.3, 0.2]),
        "probe_loss_training_mode": np.array([1.2, 0.8, 0.3, 0.2]),
        "output_minimum": np.array([-1.0, -1.5, -2.0, -2.1]),
        "output_maximum": np.array([1.0, 1.5, 2.0, 2.1]),
    }
    stated = {
        "task": "regression",
        "score": "RMSE",
        "loss": "mse",
        "loss_takes": "values",
        "base_loss": 1.0,
        "base_validation_loss": 1.0,
        "base_score": 1.0,
        "linear_score": 0.7,
        "linear_training_score": 0.7,
        "neighbour_score": None,
        "sure_error": None,
        "sure_rows": None,
        "layer_units": [32, 32, 1],
        "target_mean": 0.0,
        "target_deviation": 1.0,
        "target_minimum": -2.3,
        "target_maximum": 2.4,
    }
    return record(curves | (arrays or {}), **(stated | facts))
