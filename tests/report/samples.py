"""Made-up runs to report on: three classes, twenty-six classes, a regression, and a run that broke."""

from __future__ import annotations

import numpy as np

from tests.report.ingredients import (
    RECIPE,
    TIMING,
    VERSIONS,
    answers,
    classification_scores,
    column,
    findings,
    make_record,
    network,
    preflight,
)
from trainwell.records import Record
from trainwell.report import ReportData


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
        {
            "row": 129,
            "truth": "Adelie",
            "prediction": "Chinstrap",
            "confidence": 0.914,
            "features": {
                "island": "Torgersen",
                "bill_length_mm": 44.1,
                "bill_depth_mm": 18.0,
                "flipper_length_mm": 210,
                "body_mass_g": 4000,
                "sex": "MALE",
            },
        },
        {
            "row": 73,
            "truth": "Adelie",
            "prediction": "Chinstrap",
            "confidence": 0.612,
            "features": {
                "island": "Torgersen",
                "bill_length_mm": 45.8,
                "bill_depth_mm": 18.9,
                "flipper_length_mm": 197,
                "body_mass_g": 4150,
                "sex": None,
            },
        },
    ]
    scaled = "scaled by quantiles, 2 gaps filled with the median"
    columns = [
        column("species", "category", "used", "the target", 0, 3, top={"Adelie": 152, "Gentoo": 124}),
        column("island", "category", "transformed", "one column per island", 0, 3, top={"Biscoe": 168}),
        column("bill_length_mm", "number", "used", scaled, 2, 164, min=32.1, max=59.6, mean=43.92, std=5.4596),
        column("bill_depth_mm", "number", "used", scaled, 2, 80, min=13.1, max=21.5, mean=17.15, std=1.9748),
        column("flipper_length_mm", "number", "used", scaled, 2, 55, min=172, max=231, mean=200.9, std=14.06),
        column("body_mass_g", "number", "used", scaled, 2, 94, min=2700, max=6300, mean=4201.75, std=801.95),
        column("sex", "category", "transformed", "gaps are a value of their own", 11, 2, top={"MALE": 168}),
        column("ring_number", "identifier", "left out", "every row has another value: it names rows", 0, 344),
    ]
    return ReportData(
        title="species from penguins.csv",
        created="2026-11-20T21:54:00",
        command="trainwell fit penguins.csv --target species --seed 0",
        record=make_record(57, 1.1, 0.12, "accuracy", ["dense 1", "dense 2", "dense 3"]),
        scores=scores,
        findings=findings(),
        answers=answers(),
        preflight=preflight(),
        profile={
            "columns": columns,
            "target": {
                "names": ["species"],
                "task": "multiclass",
                "counts": {"Adelie": 152, "Gentoo": 124, "Chinstrap": 68},
            },
            "parts": {
                "how": "60/20/20, stratified by species, seed 0",
                "training": 206,
                "validation": 69,
                "test": 69,
            },
            "notes": ["2 rows lack all four measurements.", "island alone tells 71 % of the species."],
        },
        recipe_toml=RECIPE,
        network=network(9, 128, 64, 3),
        versions=VERSIONS,
        timing=TIMING,
    )


def letters_report() -> ReportData:
    """Twenty-six classes, eight layers, a linear model far behind."""
    rng = np.random.default_rng(1)
    confusion = np.diag(rng.integers(138, 160, 26))
    for _ in range(75):
        confusion[tuple(rng.integers(0, 26, 2))] += rng.integers(1, 4)
    confusion[6, 2], confusion[7, 10], confusion[15, 5] = 7, 6, 5
    classes = [chr(65 + k) for k in range(26)]
    scores = classification_scores(classes, confusion, 0.98175, 0.9775, 0.98575, 0.77025)
    names = [f"{side}_{measure}" for side in ("x", "y") for measure in ("box", "bar", "edge", "variance")]
    names += ["width", "height", "ink", "correlation"]
    scores["mistakes"] = [
        {
            "row": int(rng.integers(20000)),
            "truth": classes[int(rng.integers(26))],
            "prediction": classes[int(rng.integers(26))],
            "confidence": float(0.999 - 0.01 * k),
            "features": {name: int(rng.integers(16)) for name in names},
        }
        for k in range(12)
    ]
    most = [["U", 813], ["D", 805], ["P", 803], ["T", 796], ["M", 792]]
    columns = [column("letter", "category", "used", "the target", 0, 26, top=most)]
    columns += [column(name, "number", "used", "scaled", 0, 16, min=0, max=15, mean=5.1) for name in names]
    return ReportData(
        title="letter from letter.csv",
        created="2026-11-20T22:10:00",
        command="trainwell fit letter.csv --target letter",
        record=make_record(80, 3.3, 0.08, "accuracy", [f"dense {k}" for k in range(1, 9)]),
        scores=scores,
        findings=(),
        answers=answers(),
        preflight=preflight(),
        profile={
            "columns": columns,
            "target": {
                "names": ["letter"],
                "task": "multiclass",
                "counts": {c: int(rng.integers(734, 813)) for c in classes},
            },
            "parts": {
                "how": "60/20/20, stratified by letter, seed 0",
                "training": 12000,
                "validation": 4000,
                "test": 4000,
            },
            "notes": [],
        },
        recipe_toml=RECIPE,
        network=network(16, *[256] * 7, 26),
        versions=VERSIONS,
        timing={**TIMING, "training": 32.4, "total": 41.7},
    )


def housing_report() -> ReportData:
    """A regression that beats its baselines."""
    rng = np.random.default_rng(2)
    truth = np.minimum(np.exp(rng.normal(0.55, 0.55, 2000)), 5.0)
    prediction = truth + rng.normal(0, 0.22 + 0.16 * truth)
    names = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude"]
    part = {"rmse": 0.4836, "mae": 0.3178, "r2": 0.8236}
    scores = {
        "task": "regression",
        "primary": "rmse",
        "rows": {"training": 12384, "validation": 4128, "test": 4128},
        "training": {"rmse": 0.4312, "mae": 0.2891, "r2": 0.861},
        "validation": {"rmse": 0.4791, "mae": 0.3148, "r2": 0.8271},
        "test": part,
        "intervals": {"test": {"rmse": [0.4649, 0.5033], "mae": [0.3071, 0.3291], "r2": [0.808, 0.837]}},
        "baselines": {
            "mean": {"test": {"rmse": 1.1531, "mae": 0.9106, "r2": -0.0001}},
            "linear regression": {"test": {"rmse": 0.7234, "mae": 0.5311, "r2": 0.6063}},
        },
        "mistakes": [
            {
                "row": int(rng.integers(20640)),
                "truth": 5.0,
                "prediction": 1.2 + k / 9,
                "error": -3.8 + k / 9,
                "features": {n: float(rng.lognormal(2, 1)) for n in names},
            }
            for k in range(8)
        ],
        "residuals": {"truth": truth.tolist(), "prediction": prediction.tolist(), "outputs": ["MedHouseVal"]},
    }
    counts, edges = np.histogram(truth, bins=40)
    columns = [column(name, "number", "used", "scaled", 0, 12928, min=0.4999, max=15.0, mean=3.87) for name in names]
    return ReportData(
        title="MedHouseVal from california_housing.csv",
        created="2026-11-20T22:31:00",
        command="trainwell fit california_housing.csv --target MedHouseVal",
        record=make_record(80, 1.0, 0.22, "rmse", ["embedding", "dense 1", "dense 2", "dense 3", "output"]),
        scores=scores,
        findings=findings()[1:],
        answers=answers(),
        preflight=preflight(),
        profile={
            "columns": columns,
            "target": {
                "names": ["MedHouseVal"],
                "task": "regression",
                "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
            },
            "parts": {"how": "60/20/20, seed 0", "training": 12384, "validation": 4128, "test": 4128},
            "notes": ["965 rows stand at exactly 5.00001, the highest value: the target was cut off there."],
        },
        recipe_toml=RECIPE,
        network=network(8, 64, 256, 256, 256, 1),
        versions=VERSIONS,
        timing=TIMING,
    )


def broken_report() -> ReportData:
    """One epoch, then not-a-number; no test part, no telemetry, a title out to do harm."""
    arrays = {
        "epoch": np.array([1, 2]),
        "training_loss": np.array([48.2, np.nan]),
        "validation_loss": np.array([np.inf, np.nan]),
        "learning_rate": np.array([0.5, 0.5]),
        "gradient_norm": np.array([9.1e5, np.nan]),
    }
    facts = {
        "score": "accuracy",
        "stopped_because": "the loss diverged: it was not finite in epoch 2",
        "seed": 3,
        "parameters": 9731,
    }
    return ReportData(
        title='label from <script>alert("title")</script> & co.csv',
        created="yesterday, about noon",
        record=Record(arrays, facts),
        findings=[
            {
                "name": "diverged",
                "severity": "fault",
                "sentence": "The loss became infinite in epoch 2.",
                "evidence": {"gradient_norm": 9.1e5, "learning_rate": 0.5},
                "cause": "The learning rate of 0.5 is far too high.",
                "remedy": "Lower it by a factor of 100 and clip the gradient norm.",
                "change": {"optimizer.learning_rate": 0.005},
                "source": "Deep Learning, §8.3",
            }
        ],
        scores={"task": "multiclass", "primary": "accuracy", "validation": {"accuracy": float("nan")}},
        profile={
            "columns": [
                {
                    "name": '"><img src=x onerror=alert(1)>',
                    "kind": "number",
                    "use": "used",
                    "missing": 0,
                    "distinct": 9,
                    "summary": {"min": float("-inf"), "max": float("nan")},
                }
            ]
        },
        recipe_toml="learning_rate = 0.5 # </code></pre><script>alert(2)</script>",
    )


REPORTS = {
    "penguins": penguins_report,
    "letters": letters_report,
    "housing": housing_report,
    "broken": broken_report,
}
