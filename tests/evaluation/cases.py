"""Small data sets with answers of known quality, one for each task; the expectations are in the tests."""

from __future__ import annotations

import numpy as np
import polars as pl

from trainwell.data import Dataset, Parts, Target
from trainwell.evaluation.answers import Answers, answers_of
from trainwell.tasks import Task

KINDS = ("binary", "multiclass", "multilabel", "regression", "many outputs")


def dataset(task: Task, values, classes=(), names=None, weights=None, groups=None) -> Dataset:
    """Return rows with these answers: the first 60 % for training, then validation and test."""
    rows = len(values)
    width = 1 if values.ndim == 1 else values.shape[1]
    ends = [round(0.6 * rows), round(0.8 * rows)]
    parts = Parts(*np.split(np.arange(rows), ends), "60/20/20 in order")
    frame = pl.DataFrame(
        {
            "length": np.linspace(0, 1, rows),
            "island": ["Dream", "Biscoe"] * (rows // 2) + ["Dream"] * (rows % 2),
        }
    )
    target = Target(names or tuple(f"y{k}" for k in range(width)), task, values, classes)
    return Dataset("made", task, frame, None, (), target, weights, groups, parts, "tests")


def case(kind: str, rows: int = 300, seed: int = 0, weighted: bool = False) -> tuple[Dataset, np.ndarray]:
    """Return data of a kind with predictions that are right as often as they say."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(0, 3, rows) if weighted else None
    if kind == "binary":
        chances = generator.uniform(size=(rows, 1)).round(2)
        truth = (generator.uniform(size=rows) < chances[:, 0]).astype(np.int64)
        return dataset("binary", truth, ("no", "yes"), ("ill",), weights), chances
    if kind == "multiclass":
        chances = generator.dirichlet(np.full(4, 0.4), size=rows)
        truth = np.minimum((chances.cumsum(axis=1) < generator.uniform(size=(rows, 1))).sum(axis=1), 3)
        return dataset("multiclass", truth, ("a", "b", "c", "d"), ("letter",), weights), chances
    if kind == "multilabel":
        chances = generator.uniform(size=(rows, 3))
        truth = (generator.uniform(size=(rows, 3)) < chances).astype(np.float64)
        return dataset("multilabel", truth, names=("red", "green", "blue"), weights=weights), chances
    outputs = 1 if kind == "regression" else 3
    truth = 50 + generator.normal(size=(rows, outputs)) * 10.0 ** np.arange(outputs)
    return dataset("regression", truth, weights=weights), truth + generator.normal(size=truth.shape) / 2


def answers(kind: str, rows: int = 300, seed: int = 0, weighted: bool = False) -> Answers:
    """Return the answers to a case, all of its rows."""
    data, predictions = case(kind, rows, seed, weighted)
    return answers_of(data, np.arange(rows), predictions)


def parts_of(data: Dataset) -> dict:
    """Return the rows by part, as ``score`` takes them."""
    return {"training": data.parts.train, "validation": data.parts.validation, "test": data.parts.test}
