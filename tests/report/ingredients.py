"""What made-up runs are made of: records, scores, findings; whole reports are in samples.py."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from trainwell.records import Record

RECIPE = """\
# Everything that was decided about this run.
seed = 0
batch_size = 64            # rows per update
max_epochs = 200

[network]
type = "mlp"
hidden = [128, 64]
activation = "relu"
normalization = "batch"
dropout = 0.1              # share of units switched off per update

[optimizer]
type = "adamw"
learning_rate = 0.0003
weight_decay = 0.01

[early_stopping]
patience = 20
"""


def make_record(epochs: int, start: float, floor: float, score: str, names: list[str], seed: int = 0) -> Record:
    """Make curves that fall from ``start`` to ``floor`` and telemetry of ``names``' layers."""
    rng = np.random.default_rng(seed)
    epoch = np.arange(1, epochs + 1)
    training = floor * 0.6 + (start - floor * 0.6) * np.exp(-epoch / 9) * (1 + rng.normal(0, 0.02, epochs))
    validation = floor + (start - floor) * np.exp(-epoch / 8) + 0.0006 * start * np.maximum(epoch - 35, 0)
    validation = validation * (1 + rng.normal(0, 0.015, epochs))
    rising = score in ("accuracy",)
    measured = np.arange(0, epochs + 1, max(epochs // 60, 1))
    layers, units = len(names), max(len(names) - 1, 0)
    decay = np.exp(-measured / 25)[:, None]
    arrays = {
        "epoch": epoch,
        "step": epoch * 4,
        "seconds": epoch * 0.01,
        "learning_rate": 3e-3 * 0.5 * (1 + np.cos(np.pi * epoch / epochs)),
        "training_loss": training,
        "validation_loss": validation,
        "training_score": 1 - training * 0.3 if rising else np.sqrt(training),
        "validation_score": 1 - validation * 0.3 if rising else np.sqrt(validation),
        "gradient_norm": 2.5 * np.exp(-epoch / 15) * np.exp(rng.normal(0, 0.15, epochs)) + 0.15,
        "telemetry_epoch": measured,
        "probe_loss": start * np.exp(-measured / 9) + floor,
        "layer_weight_norm": 6 + np.arange(layers) * 1.3 + 2.2 * (1 - decay) * (1 + np.arange(layers) / 3),
        "layer_gradient_norm": 0.4 * decay * 2.0 ** -np.arange(layers) + 0.01,
        "layer_update_ratio": (4e-3 * decay + 2e-4)
        * 1.7 ** np.arange(layers)
        * np.exp(rng.normal(0, 0.12, (len(measured), layers))),
        "activation_mean": 0.4 + 0.25 * np.arange(units) + 0.2 * (1 - decay),
        "activation_deviation": 0.5 + 0.1 * np.arange(units) + 0.3 * (1 - decay),
        "dead_share": 0.02 + 0.11 * np.arange(units) * (1 - decay),
        "saturated_share": 0.3 + 0.12 * np.arange(units) * (1 - decay),
    }
    facts = {
        "score": score,
        "layers": names,
        "activations": names[:-1],
        "best_epoch": max(1, round(epochs * 0.64)),
        "seed": 0,
        "stopped_because": "early stopping",
        "parameters": 9731,
        "seconds": 2.3,
        "compile_seconds": 1.1,
        "batch_size": 64,
    }
    return Record(arrays, facts)


def answers() -> list[dict[str, Any]]:
    return [
        {
            "question": "Is it learning anything?",
            "answer": "Yes. The validation loss fell to an eighth of where it began.",
            "evidence": {"first_loss": 1.02, "best_loss": 0.121},
        },
        {
            "question": "Is it still learning?",
            "answer": "No. Over the last quarter the validation loss was flat.",
            "evidence": {"slope_per_epoch": 0.0004},
        },
        {
            "question": "Does it overfit?",
            "answer": "A little: the gap opens after epoch 40, and early stopping closed the run in time.",
            "evidence": {"gap": 0.048, "best_epoch": 37},
        },
        {
            "question": "Is the rate too low or too high?",
            "answer": "Neither. The loss falls at once and without spikes.",
            "evidence": {"spikes": 0, "first_tenth": "61 % of the way"},
        },
    ]


def findings() -> list[dict[str, Any]]:
    return [
        {
            "name": "small_test_part",
            "severity": "note",
            "sentence": "The test part has 69 rows: the interval is wide.",
            "evidence": {"rows": 69, "interval_width": 0.043},
            "cause": None,
            "remedy": "Use cross-validation to compare recipes on data this small.",
            "change": None,
            "source": "Deep Learning Tuning Playbook, “Determining the number of trials”",
        },
        {
            "name": "dead_units",
            "severity": "warning",
            "sentence": "A fifth of the second layer's units are dead: they are 0 on every probe row.",
            "evidence": {"dead_share": 0.21, "layer": "dense 2", "since_epoch": 31},
            "cause": "Large early updates pushed their biases far below zero; no gradient gets there.",
            "remedy": "Use an activation that does not die, or halve the learning rate.",
            "change": {"network.activation": "leaky_relu", "optimizer.learning_rate": 0.00015},
            "source": "Goodfellow, Bengio, Courville: Deep Learning, §6.3",
        },
    ]


def preflight() -> list[dict[str, Any]]:
    return [
        {
            "row": 1,
            "name": "duplicate_rows",
            "status": "warned",
            "sentence": "4 rows occur twice; none of them in two parts.",
            "evidence": {"rows": "17, 90, 204, 311"},
        },
        {
            "row": 3,
            "name": "overlap_of_parts",
            "status": "passed",
            "sentence": "No row of the test part is in the training part.",
            "evidence": {"shared_rows": 0},
        },
        {
            "row": 5,
            "name": "loss_at_start",
            "status": "passed",
            "sentence": "The first loss is that of a guess.",
            "evidence": {"expected": 1.0986, "got": 1.1132},
        },
        {
            "row": 7,
            "name": "input_independent_run",
            "status": "passed",
            "sentence": "With inputs zeroed the loss is much worse.",
            "evidence": {"zeroed": 1.04, "real": 0.12},
        },
        {
            "row": 8,
            "name": "overfit_one_batch",
            "status": "failed",
            "sentence": "The loss on one small batch stopped at 0.04.",
            "evidence": {"loss": 0.04, "updates": 500},
        },
        {
            "row": 12,
            "name": "gradient_check",
            "status": "not applicable",
            "sentence": "No loss or layer of your own is in the recipe.",
            "evidence": {},
        },
    ]


def network(*widths: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"layer": "input", "shape": [widths[0]], "parameters": 0}]
    for k, (fan_in, fan_out) in enumerate(pairwise(widths), 1):
        rows.append({"layer": f"dense {k}", "shape": [fan_out], "parameters": fan_in * fan_out + fan_out})
    return rows


VERSIONS = {
    "trainwell": "0.1.0",
    "python": "3.11.7",
    "jax": "0.10.2",
    "equinox": "0.13.2",
    "optax": "0.2.6",
    "platform": "Linux, 2 cores, CPU",
}
TIMING = {
    "reading": 0.021,
    "baselines": 0.4,
    "preflight": 0.9,
    "compilation": 1.1,
    "training": 2.3,
    "total": 4.9,
}


def classification_scores(
    classes: list[str], confusion: np.ndarray, accuracy: float, low: float, high: float, linear: float
) -> dict[str, Any]:
    rows = int(confusion.sum())
    per_class = []
    for k, name in enumerate(classes):
        recall = float(confusion[k, k] / confusion[k].sum())
        precision = float(confusion[k, k] / max(confusion[:, k].sum(), 1))
        spread = float(1.96 * np.sqrt(max(recall * (1 - recall), 0.004) / confusion[k].sum()))
        per_class.append(
            {
                "class": name,
                "precision": precision,
                "recall": recall,
                "f1": 2 * precision * recall / (precision + recall),
                "support": int(confusion[k].sum()),
                "recall_interval": [max(recall - spread, 0), min(recall + spread, 1)],
            }
        )

    def part(a: float) -> dict[str, float]:
        return {
            "accuracy": a,
            "balanced_accuracy": a - 0.004,
            "macro_f1": a - 0.006,
            "log_loss": 2.2 * (1 - a) + 0.03,
        }

    return {
        "task": "multiclass",
        "primary": "accuracy",
        "rows": {"training": 3 * rows, "validation": rows, "test": rows},
        "training": part(min(accuracy + 0.008, 1.0)),
        "validation": part(accuracy - 0.003),
        "test": part(accuracy),
        "intervals": {
            "test": {
                "accuracy": [low, high],
                "balanced_accuracy": [low - 0.01, high],
                "macro_f1": [low - 0.012, high],
                "log_loss": [0.02, 0.13],
            }
        },
        "baselines": {
            "majority class": {"test": part(float(confusion.sum(1).max() / rows))},
            "logistic regression": {"test": part(linear)},
        },
        "classes": classes,
        "per_class": per_class,
        "confusion": confusion.astype(int).tolist(),
        "mistakes": [],
    }


def column(name: str, kind: str, use: str, reason: str, missing: int, distinct: int, **summary: Any) -> dict[str, Any]:
    facts = {"name": name, "kind": kind, "use": use, "reason": reason}
    return {**facts, "missing": missing, "distinct": distinct, "summary": summary}
