"""The default recipe on real tables, no tuning, beside scikit-learn's HistGradientBoosting on the same rows.

Each row is the mean over seeds; a seed sets both the 60/20/20 split and the network. Boosting learns
from the training and validation rows together.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import average_precision_score

import trainwell as tw
from bench.results import show
from trainwell.engine import default_recipe, keep_compilations, prepare, train
from trainwell.model import Model

#: File, target, how to read it, metric, goal.
TABLES: dict[str, tuple[str, str, dict[str, Any], str, float]] = {
    "penguins": ("penguins.csv", "species", {}, "accuracy", 0.97),
    "adult": ("adult_train.csv", "income", {"test": "adult_test.csv"}, "accuracy", 0.852),
    "letter": ("letter.csv", "class", {}, "accuracy", 0.975),
    "california": ("california_housing.csv", "median_house_value", {}, "RMSE, 100k", 0.49),
    "mammography": ("mammography.csv", "microcalcification", {}, "average precision", 0.65),
}


def judge(metric: str, truth: np.ndarray, answers: np.ndarray) -> float:
    """Return the table's metric of probabilities or numbers ``(rows, outputs)``."""
    if metric.startswith("RMSE"):
        unit = 1e5 if metric == "RMSE, 100k" else 1.0
        return float(np.sqrt(np.mean((answers - truth) ** 2))) / unit
    if metric == "average precision":
        return float(average_precision_score(truth, answers[:, -1]))
    predicted = answers.argmax(axis=1) if answers.shape[1] > 1 else answers[:, 0] > 0.5
    return float(np.mean(predicted == truth))


def ours(data: tw.Dataset, seed: int, metric: str) -> tuple[float, float]:
    """Return the test score and the seconds that preparing, compiling and training took."""
    began = time.perf_counter()
    recipe = default_recipe(data).with_settings({"seed": seed})
    problem = prepare(recipe, data)
    trained = train(recipe, problem)
    took = time.perf_counter() - began
    answers = Model.of(trained, problem, data).answers(np.asarray(problem.examples.inputs)[data.parts.test])
    return judge(metric, data.target.values[data.parts.test], answers), took


def boosting(data: tw.Dataset, seed: int, metric: str) -> tuple[float, float]:
    """Return the same for gradient boosting on the raw columns, training and validation rows together."""
    assert data.frame is not None
    frame = data.frame.to_pandas()
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype("category")
    rows = np.concatenate([data.parts.train, data.parts.validation])
    kind = HistGradientBoostingRegressor if data.task == "regression" else HistGradientBoostingClassifier
    model = kind(random_state=seed, categorical_features="from_dtype")
    began = time.perf_counter()
    model.fit(frame.iloc[rows], np.ravel(data.target.values[rows]))
    took = time.perf_counter() - began
    test = frame.iloc[data.parts.test]
    answers = model.predict(test)[:, None] if data.task == "regression" else model.predict_proba(test)
    return judge(metric, data.target.values[data.parts.test], answers), took


def run(options: argparse.Namespace) -> None:
    """Train and boost on every table over the seeds."""
    if options.data is None:
        print("tables: skipped, it needs --data FOLDER, a folder with the data files")
        return
    keep_compilations()
    rows = []
    for name in options.only or TABLES:
        file, target, reading, metric, goal = TABLES[name]
        reading = {key: str(options.data / value) for key, value in reading.items()}
        mine, theirs = [], []
        for seed in range(options.rounds):
            data = tw.read(str(options.data / file), target=target, split=tw.Split(seed=seed), **reading)
            mine.append(ours(data, seed, metric))
            theirs.append(boosting(data, seed, metric))
        rows.append(
            {
                "table": name,
                "metric": metric,
                "goal": goal,
                "trainwell": float(np.mean([score for score, _ in mine])),
                "deviation": float(np.std([score for score, _ in mine])),
                "seconds": float(np.median([took for _, took in mine])),
                "boosting": float(np.mean([score for score, _ in theirs])),
                "its seconds": float(np.median([took for _, took in theirs])),
                "peak MB so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    show("tables", f"default recipe, mean of {options.rounds} seeds", rows)
