"""Trained networks of every task: what they answer, in which shape and type, and as which table."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import trainwell as tw
from tests.data.tables import animals
from tests.fitting import TINY, animals_run
from trainwell.engine import prepare
from trainwell.engine.training import train
from trainwell.errors import DataError
from trainwell.model import Model
from trainwell.prediction import predict_table

ROWS = np.random.default_rng(0).normal(size=(90, 3)).round(3)
TARGETS: dict[str, dict[str, Any]] = {
    "booleans": {"y": ROWS[:, 0] > 0},
    "numbers as classes": {"y": np.digitize(ROWS[:, 0], [-0.5, 0.5]) + 1},
    "one number": {"y": ROWS[:, 0] * 100 + 500},
    "two numbers": {"y": np.column_stack([ROWS[:, 0], ROWS[:, 1] * 9 + 1])},
    "two labels": {"y": (ROWS[:, :2] > 0).astype(int)},
}


@cache
def model(case: str) -> Model:
    """Return a network trained for two epochs, without anything around it."""
    data = tw.read(ROWS, **TARGETS[case])
    recipe = TINY.model_copy(update={"max_epochs": 2, "telemetry": False})
    problem = prepare(recipe, data)
    return Model.of(train(recipe, problem), problem, data)


def test_classes_come_back_as_they_were() -> None:
    assert set(model("booleans").predict(ROWS).tolist()) <= {False, True}
    assert model("booleans").predict(ROWS).dtype == bool
    assert set(model("numbers as classes").predict(ROWS).tolist()) <= {1, 2, 3}
    assert set(animals_run().predict(animals()).tolist()) <= {"cat", "dog"}


@pytest.mark.parametrize(("case", "columns"), [("booleans", 2), ("numbers as classes", 3)])
def test_probabilities_sum_to_one_and_decide(case: str, columns: int) -> None:
    probabilities = model(case).predict_proba(ROWS)
    assert probabilities.shape == (90, columns)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    chosen = np.asarray(model(case).classes)[probabilities.argmax(axis=1)]
    assert np.array_equal(chosen, model(case).predict(ROWS))


def test_labels_each_have_a_probability() -> None:
    probabilities = model("two labels").predict_proba(ROWS)
    assert probabilities.shape == (90, 2)
    assert np.array_equal(model("two labels").predict(ROWS), probabilities > 0.5)


def test_numbers_come_in_their_units() -> None:
    one = model("one number").predict(ROWS)
    assert one.shape == (90,)
    assert 300 < one.mean() < 700
    assert model("two numbers").predict(ROWS).shape == (90, 2)
    with pytest.raises(DataError, match="is a number, which has no probabilities; use predict"):
        model("one number").predict_proba(ROWS)


def test_any_frame_in_any_order_gives_the_same_answers() -> None:
    run, rows = animals_run(), animals(120)
    expected = run.predict_proba(rows)
    shuffled = rows.select(reversed(rows.columns)).with_columns(shoe=1)
    assert np.array_equal(run.predict_proba(shuffled), expected)
    assert np.array_equal(run.predict_proba(rows.to_pandas()), expected)
    assert np.array_equal(run.predict_proba(rows.to_arrow()), expected)
    assert np.array_equal(run.predict_proba(rows.drop("species", "tag")), expected)
    assert np.array_equal(run.predict_proba(rows[40:45]), expected[40:45])


def test_rows_do_not_depend_on_their_company() -> None:
    many = np.tile(ROWS, (15, 1))  # more than one call of the compiled program takes
    answers = model("one number").predict(many)
    np.testing.assert_array_equal(answers[:90], model("one number").predict(ROWS))
    np.testing.assert_array_equal(answers[-90:], answers[:90])


@pytest.mark.parametrize(
    ("rows", "fragment"),
    [
        (animals().drop("age"), r"no column 'age'"),
        (animals().rename({"age": "agee"}), r"'age'\. Did you mean 'agee'"),
        (animals().with_columns(weight=pl.lit("heavy")), r"column 'weight' is a number, but rows 1, 2"),
        (pd.DataFrame({"age": []}), "has no rows"),
        (np.ones((3, 2)), "2 columns"),
        (np.ones((3, 2, 2)), "images or signals"),
        ("nowhere.csv", "no file"),
        (3, "got int"),
    ],
)
def test_rows_that_do_not_fit(rows: Any, fragment: str) -> None:
    with pytest.raises(DataError, match=fragment):
        animals_run().predict(rows)


@pytest.mark.parametrize(
    ("case", "columns"),
    [
        ("booleans", ["prediction", "probability_False", "probability_True"]),
        ("numbers as classes", ["prediction", *(f"probability_{label}" for label in (1, 2, 3))]),
        ("one number", ["prediction"]),
        ("two numbers", ["y0", "y1"]),
        ("two labels", ["y0", "y1", "probability_y0", "probability_y1"]),
    ],
)
def test_answers_as_a_table(case: str, columns: list[str]) -> None:
    table = predict_table(model(case), ROWS)
    assert table.columns == columns
    assert len(table) == 90
    answers = np.asarray(model(case).predict(ROWS)).reshape(90, -1)
    for at, name in enumerate([name for name in columns if not name.startswith("probability")]):
        assert np.array_equal(table[name].to_numpy(), answers[:, at])


def test_models_and_runs_are_pickled_and_copied(tmp_path: Path) -> None:
    run, rows = animals_run(), animals()
    answers = run.predict_proba(rows)
    for each in (run, run.model):
        for other in (pickle.loads(pickle.dumps(each)), copy.deepcopy(each)):
            np.testing.assert_array_equal(other.predict_proba(rows), answers)
    (tmp_path / "model.pickle").write_bytes(pickle.dumps((run.model, rows, answers)))
    elsewhere = (
        "import pickle, sys, pathlib\n"
        "model, rows, answers = pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())\n"
        "assert (model.predict_proba(rows) == answers).all()"
    )
    subprocess.run([sys.executable, "-c", elsewhere, str(tmp_path / "model.pickle")], check=True)
