"""Tuned beside untuned beside boosting: ``trainwell tune --minutes`` on real tables, its time and its test score.

The test part is letter's fold 0 of 5 (stratified), adult's own file, the first published split of the UCI sets, and a
fifth of the rows elsewhere. Boosting learns from everything else; so do the members of our ensemble.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.model_selection import StratifiedKFold

import trainwell as tw
from bench.results import show
from bench.tables import boosting, judge, ours
from trainwell.tuning import tune_whole

#: Table, metric, and the goal where there is one.
TABLES: dict[str, tuple[str, float | None]] = {
    "letter": ("accuracy", 0.986),
    "california": ("RMSE, 100k", 0.455),
    "adult": ("accuracy", None),
    "mammography": ("average precision", None),
    "boston": ("RMSE", None),
    "concrete": ("RMSE", None),
    "energy": ("RMSE", None),
    "yacht": ("RMSE", None),
}


def open_table(name: str, folder: Path) -> tw.Dataset:
    """Return a table with its test part."""
    if name == "letter":
        frame = pl.read_csv(folder / "letter.csv")
        labels = frame["class"].to_numpy()
        train, test = next(StratifiedKFold(5, shuffle=True, random_state=0).split(labels, labels))
        return tw.read(frame[train], target="class", test=frame[test], name=name)
    if name == "california":
        return tw.read(folder / "california_housing.csv", target="median_house_value")
    if name == "adult":
        return tw.read(folder / "adult_train.csv", target="income", test=folder / "adult_test.csv")
    if name == "mammography":
        return tw.read(folder / "mammography.csv", target="microcalcification")
    return published(name, folder)


def published(name: str, folder: Path) -> tw.Dataset:
    """Return a UCI set with the test rows of its first published split."""
    found = np.load(next(folder.glob(f"uci_{name}*.npz")), allow_pickle=False)
    columns = {f"x{number}": column for number, column in enumerate(found["x"].T)} | {"y": np.ravel(found["y"])}
    frame = pl.DataFrame(columns)
    train, test = (np.ravel(found[part][0]).astype(int) for part in ("train", "test"))
    return tw.read(frame[train], target="y", test=frame[test], name=name)


def answers_of(model: Any, data: tw.Dataset) -> np.ndarray:
    """Return what a model answers to the test rows, ``(rows, outputs)``."""
    assert data.frame is not None
    return model.answers_to(data.frame[data.parts.test])


def measured(name: str, data: tw.Dataset, minutes: float) -> dict[str, Any]:
    """Tune, train untuned and boost on one table."""
    metric, goal = TABLES[name]
    truth = data.target.values[data.parts.test]
    began = time.perf_counter()
    tuned = tune_whole(data, tw.default_recipe(data), seconds=minutes * 60)
    took = time.perf_counter() - began
    together = "–" if tuned.ensemble is None else judge(metric, truth, answers_of(tuned.ensemble, data))
    return {
        "table": name,
        "metric": metric,
        "minutes": minutes,
        "seconds": took,
        "trials": len(tuned.study.trials),
        "untuned": ours(data, 0, metric)[0],
        "tuned, single": judge(metric, truth, answers_of(tuned.run.model, data)),
        "ensemble": together,
        "boosting": boosting(data, 0, metric)[0],
        "goal": "–" if goal is None else goal,
    }


def run(options: argparse.Namespace) -> None:
    """Go through the tables."""
    if options.data is None:
        print("tuning: skipped, it needs --data FOLDER, a folder with the data files")
        return
    rows = []
    for name in options.only or TABLES:
        rows.append(measured(name, open_table(name, Path(options.data)), options.minutes))
        show("tuning", "tuned, untuned and boosting, on the test part", rows)
