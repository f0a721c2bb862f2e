"""Made-up runs to report on: three classes, twenty-six classes, a regression, and a run that broke."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trainwell.records import Record
from trainwell.report import ReportData

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


def make_record(
    epochs: int, start: float, floor: float, score: str, names: list[str], seed: int = 0
) -> Record:
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
        "score": score, "layers": names, "activations": names[:-1], "best_epoch": max(1, round(epochs * 0.64)), "seed": 0,
        "stopped_because": "early stopping", "parameters": 9731, "seconds": 2.3, "compile_seconds": 1.1, "batch_size": 64,
    }  # fmt: skip
    return Record(arrays, facts)


def answers() -> list[dict[str, Any]]:
    return [
        {"question": "Is it learning anything?", "answer": "Yes. The validation loss fell to an eighth of where it began.",
         "evidence": {"first_loss": 1.02, "best_loss": 0.121}},
        {"question": "Is it still learning?", "answer": "No. Over the last quarter the validation loss was flat.",
         "evidence": {"slope_per_epoch": 0.0004}},
        {"question": "Does it overfit?", "answer": "A little: the gap opens after epoch 40, and early stopping closed the run in time.",
         "evidence": {"gap": 0.048, "best_epoch": 37}},
        {"question": "Is the rate too low or too high?", "answer": "Neither. The loss falls at once and without spikes.",
         "evidence": {"spikes": 0, "first_tenth": "61 % of the way"}},
    ]  # fmt: skip


def findings() -> list[dict[str, Any]]:
    return [
        {"name": "small_test_part", "severity": "note", "sentence": "The test part has 69 rows: the interval is wider than the differences you may care about.",
         "evidence": {"rows": 69, "interval_width": 0.043}, "cause": None, "remedy": "Use cross-validation to compare recipes on data this small.",
         "change": None, "source": "Deep Learning Tuning Playbook, “Determining the number of trials”"},
        {"name": "dead_units", "severity": "warning", "sentence": "A fifth of the second layer's units are dead: they are 0 on every probe row.",
         "evidence": {"dead_share": 0.21, "layer": "dense 2", "since_epoch": 31},
         "cause": "Large early updates pushed the biases of these ReLU units far below zero; no gradient reaches them again.",
         "remedy": "Use an activation that does not die, or halve the learning rate.",
         "change": {"network.activation": "leaky_relu", "optimizer.learning_rate": 0.00015},
         "source": "Goodfellow, Bengio, Courville: Deep Learning, §6.3"},
    ]  # fmt: skip


def preflight() -> list[dict[str, Any]]:
    return [
        {"row": 1, "name": "duplicate_rows", "status": "warned", "sentence": "4 rows occur twice; none of them in two parts.", "evidence": {"rows": "17, 90, 204, 311"}},
        {"row": 3, "name": "overlap_of_parts", "status": "passed", "sentence": "No row of the test part is in the training part.", "evidence": {"shared_rows": 0}},
        {"row": 5, "name": "loss_at_start", "status": "passed", "sentence": "The first loss is that of a guess.", "evidence": {"expected": 1.0986, "got": 1.1132}},
        {"row": 7, "name": "input_independent_run", "status": "passed", "sentence": "With inputs zeroed the loss is much worse.", "evidence": {"zeroed": 1.04, "real": 0.12}},
        {"row": 8, "name": "overfit_one_batch", "status": "failed", "sentence": "The loss on one small batch stopped at 0.04.", "evidence": {"loss": 0.04, "updates": 500}},
        {"row": 12, "name": "gradient_check", "status": "not applicable", "sentence": "No loss or layer of your own is in the recipe.", "evidence": {}},
    ]  # fmt: skip


def network(*widths: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [{"layer": "input", "shape": [widths[0]], "parameters": 0}]
    for k, (fan_in, fan_out) in enumerate(zip(widths[:-1], widths[1:], strict=True), 1):
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
        per_class.append({"class": name, "precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall),
                          "support": int(confusion[k].sum()), "recall_interval": [max(recall - spread, 0), min(recall + spread, 1)]})  # fmt: skip

    def part(a: float) -> dict[str, float]:
        return {
            "accuracy": a,
            "balanced_accuracy": a - 0.004,
            "macro_f1": a - 0.006,
            "log_loss": 2.2 * (1 - a) + 0.03,
        }

    return {
        "task": "multiclass", "primary": "accuracy", "rows": {"training": 3 * rows, "validation": rows, "test": rows},
        "training": part(min(accuracy + 0.008, 1.0)), "validation": part(accuracy - 0.003), "test": part(accuracy),
        "intervals": {"test": {"accuracy": [low, high], "balanced_accuracy": [low - 0.01, high], "macro_f1": [low - 0.012, high], "log_loss": [0.02, 0.13]}},
        "baselines": {"majority class": {"test": part(float(confusion.sum(1).max() / rows))}, "logistic regression": {"test": part(linear)}},
        "classes": classes, "per_class": per_class, "confusion": confusion.astype(int).tolist(), "mistakes": [],
    }  # fmt: skip


@pytest.fixture(scope="session")
def penguins() -> ReportData:
    return penguins_report()


def penguins_report() -> ReportData:
    """Three classes, a clean run."""
    scores = classification_scores(
        ["Adelie", "Chinstrap", "Gentoo"],
        np.array([[29, 1, 0], [0, 14, 0], [0, 0, 25]]),
        0.98551,
        0.95652,
        1.0,
        0.97101,
    )
    scores["mistakes"] = [
        {"row": 129, "truth": "Adelie", "prediction": "Chinstrap", "confidence": 0.914,
         "features": {"island": "Torgersen", "bill_length_mm": 44.1, "bill_depth_mm": 18.0, "flipper_length_mm": 210, "body_mass_g": 4000, "sex": "MALE"}},
        {"row": 73, "truth": "Adelie", "prediction": "Chinstrap", "confidence": 0.612,
         "features": {"island": "Torgersen", "bill_length_mm": 45.8, "bill_depth_mm": 18.9, "flipper_length_mm": 197, "body_mass_g": 4150, "sex": None}},
    ]  # fmt: skip
    columns = [
        {"name": "species", "kind": "category", "use": "used", "reason": "the target", "missing": 0, "distinct": 3, "summary": {"top": {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}}},
        {"name": "island", "kind": "category", "use": "transformed", "reason": "one column per island", "missing": 0, "distinct": 3, "summary": {"top": {"Biscoe": 168, "Dream": 124, "Torgersen": 52}}},
        {"name": "bill_length_mm", "kind": "number", "use": "transformed", "reason": "scaled by quantiles, 2 gaps filled with the median", "missing": 2, "distinct": 164, "summary": {"min": 32.1, "max": 59.6, "mean": 43.9219, "std": 5.4596}},
        {"name": "bill_depth_mm", "kind": "number", "use": "transformed", "reason": "scaled by quantiles, 2 gaps filled with the median", "missing": 2, "distinct": 80, "summary": {"min": 13.1, "max": 21.5, "mean": 17.1512, "std": 1.9748}},
        {"name": "flipper_length_mm", "kind": "number", "use": "transformed", "reason": "scaled by quantiles, 2 gaps filled with the median", "missing": 2, "distinct": 55, "summary": {"min": 172, "max": 231, "mean": 200.9152, "std": 14.0617}},
        {"name": "body_mass_g", "kind": "number", "use": "transformed", "reason": "scaled by quantiles, 2 gaps filled with the median", "missing": 2, "distinct": 94, "summary": {"min": 2700, "max": 6300, "mean": 4201.754, "std": 801.9545}},
        {"name": "sex", "kind": "category", "use": "transformed", "reason": "one column per value, gaps are a value of their own", "missing": 11, "distinct": 2, "summary": {"top": {"MALE": 168, "FEMALE": 165}}},
        {"name": "ring_number", "kind": "identifier", "use": "left out", "reason": "every row has another value: it names rows and says nothing about new ones", "missing": 0, "distinct": 344, "summary": {}},
    ]  # fmt: skip
    return ReportData(
        title="species from penguins.csv", created="2026-11-20T21:54:00", command="trainwell fit penguins.csv --target species --seed 0",
        record=make_record(57, 1.1, 0.12, "accuracy", ["dense 1", "dense 2", "dense 3"]), scores=scores, findings=findings(), answers=answers(), preflight=preflight(),
        profile={"columns": columns, "target": {"names": ["species"], "task": "multiclass", "counts": {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68}},
                 "parts": {"how": "60/20/20, stratified by species, seed 0", "training": 206, "validation": 69, "test": 69},
                 "notes": ["2 rows lack all four measurements.", "island alone tells 71 % of the species."]},
        recipe_toml=RECIPE, network=network(9, 128, 64, 3), versions=VERSIONS, timing=TIMING,
    )  # fmt: skip


@pytest.fixture(scope="session")
def letters() -> ReportData:
    return letters_report()


def letters_report() -> ReportData:
    """Twenty-six classes, eight layers, a linear model far behind."""
    rng = np.random.default_rng(1)
    confusion = np.diag(rng.integers(138, 160, 26))
    for _ in range(75):
        confusion[tuple(rng.integers(0, 26, 2))] += rng.integers(1, 4)
    confusion[6, 2], confusion[7, 10], confusion[15, 5] = 7, 6, 5
    classes = [chr(65 + k) for k in range(26)]
    scores = classification_scores(classes, confusion, 0.98175, 0.9775, 0.98575, 0.77025)
    names = [
        "x_box",
        "y_box",
        "width",
        "height",
        "onpix",
        "x_bar",
        "y_bar",
        "x2_bar",
        "y2_bar",
        "xy_bar",
        "x2y_bar",
        "xy2_bar",
        "x_edge",
        "xedgey",
        "y_edge",
        "yedgex",
    ]
    scores["mistakes"] = [
        {"row": int(rng.integers(20000)), "truth": classes[int(rng.integers(26))], "prediction": classes[int(rng.integers(26))],
         "confidence": float(0.999 - 0.01 * k), "features": {name: int(rng.integers(16)) for name in names}} for k in range(12)
    ]  # fmt: skip
    columns = [
        {
            "name": "letter",
            "kind": "category",
            "use": "used",
            "reason": "the target",
            "missing": 0,
            "distinct": 26,
            "summary": {"top": [["U", 813], ["D", 805], ["P", 803], ["T", 796], ["M", 792]]},
        }
    ]
    columns += [
        {
            "name": n,
            "kind": "number",
            "use": "used",
            "reason": "scaled by quantiles",
            "missing": 0,
            "distinct": 16,
            "summary": {"min": 0, "max": 15, "mean": 5.1, "std": 2.2},
        }
        for n in names
    ]
    return ReportData(
        title="letter from letter.csv", created="2026-11-20T22:10:00", command="trainwell fit letter.csv --target letter",
        record=make_record(80, 3.3, 0.08, "accuracy", [f"dense {k}" for k in range(1, 9)]), scores=scores, findings=(), answers=answers(), preflight=preflight(),
        profile={"columns": columns, "target": {"names": ["letter"], "task": "multiclass", "counts": {c: int(rng.integers(734, 813)) for c in classes}},
                 "parts": {"how": "60/20/20, stratified by letter, seed 0", "training": 12000, "validation": 4000, "test": 4000}, "notes": []},
        recipe_toml=RECIPE, network=network(16, *[256] * 7, 26), versions=VERSIONS, timing={**TIMING, "training": 32.4, "total": 41.7},
    )  # fmt: skip


@pytest.fixture(scope="session")
def housing() -> ReportData:
    return housing_report()


def housing_report() -> ReportData:
    """A regression that beats its baselines."""
    rng = np.random.default_rng(2)
    truth = np.minimum(np.exp(rng.normal(0.55, 0.55, 2000)), 5.0)
    prediction = truth + rng.normal(0, 0.22 + 0.16 * truth)
    names = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
    part = {"rmse": 0.4836, "mae": 0.3178, "r2": 0.8236}
    scores = {
        "task": "regression", "primary": "rmse", "rows": {"training": 12384, "validation": 4128, "test": 4128},
        "training": {"rmse": 0.4312, "mae": 0.2891, "r2": 0.861}, "validation": {"rmse": 0.4791, "mae": 0.3148, "r2": 0.8271}, "test": part,
        "intervals": {"test": {"rmse": [0.4649, 0.5033], "mae": [0.3071, 0.3291], "r2": [0.808, 0.837]}},
        "baselines": {"mean": {"test": {"rmse": 1.1531, "mae": 0.9106, "r2": -0.0001}}, "linear regression": {"test": {"rmse": 0.7234, "mae": 0.5311, "r2": 0.6063}}},
        "mistakes": [{"row": int(rng.integers(20640)), "truth": 5.0, "prediction": 1.2 + k / 9, "error": -3.8 + k / 9,
                      "features": {n: float(rng.lognormal(2, 1)) for n in names}} for k in range(8)],
        "residuals": {"truth": truth.tolist(), "prediction": prediction.tolist(), "outputs": ["MedHouseVal"]},
    }  # fmt: skip
    counts, edges = np.histogram(truth, bins=40)
    columns = [
        {
            "name": n,
            "kind": "number",
            "use": "transformed",
            "reason": "scaled by quantiles, then smoothly clipped",
            "missing": 0,
            "distinct": 12928,
            "summary": {"min": 0.4999, "max": 15.0001, "mean": 3.8707, "std": 1.8998},
        }
        for n in names
    ]
    return ReportData(
        title="MedHouseVal from california_housing.csv", created="2026-11-20T22:31:00", command="trainwell fit california_housing.csv --target MedHouseVal",
        record=make_record(80, 1.0, 0.22, "rmse", ["embedding", "dense 1", "dense 2", "dense 3", "output"]), scores=scores, findings=findings()[1:], answers=answers(), preflight=preflight(),
        profile={"columns": columns, "target": {"names": ["MedHouseVal"], "task": "regression", "histogram": {"edges": edges.tolist(), "counts": counts.tolist()}},
                 "parts": {"how": "60/20/20, seed 0", "training": 12384, "validation": 4128, "test": 4128},
                 "notes": ["965 rows stand at exactly 5.00001, the highest value: the target was cut off there."]},
        recipe_toml=RECIPE, network=network(8, 64, 256, 256, 256, 1), versions=VERSIONS, timing=TIMING,
    )  # fmt: skip


@pytest.fixture(scope="session")
def broken() -> ReportData:
    return broken_report()


def broken_report() -> ReportData:
    """One epoch, then not-a-number; no test part, no telemetry, a title out to do harm."""
    arrays = {
        "epoch": np.array([1, 2]), "training_loss": np.array([48.2, np.nan]), "validation_loss": np.array([np.inf, np.nan]),
        "learning_rate": np.array([0.5, 0.5]), "gradient_norm": np.array([9.1e5, np.nan]),
    }  # fmt: skip
    facts = {
        "score": "accuracy",
        "stopped_because": "the loss diverged: it was not finite in epoch 2",
        "seed": 3,
        "parameters": 9731,
    }
    return ReportData(
        title='label from <script>alert("title")</script> & co.csv', created="yesterday, about noon",
        record=Record(arrays, facts), findings=[{"name": "diverged", "severity": "fault", "sentence": "The loss became infinite in epoch 2.",
            "evidence": {"gradient_norm": 9.1e5, "learning_rate": 0.5}, "cause": "The learning rate of 0.5 is far too high.", "remedy": "Lower it by a factor of 100 and clip the gradient norm.",
            "change": {"optimizer.learning_rate": 0.005}, "source": "Deep Learning, §8.3"}],
        scores={"task": "multiclass", "primary": "accuracy", "validation": {"accuracy": float("nan")}},
        profile={"columns": [{"name": '"><img src=x onerror=alert(1)>', "kind": "number", "use": "used", "missing": 0, "distinct": 9, "summary": {"min": float("-inf"), "max": float("nan")}}]},
        recipe_toml="learning_rate = 0.5 # </code></pre><script>alert(2)</script>",
    )  # fmt: skip
