"""The target: its task, its classes and their codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import LabelEncoder

from trainwell.data import read
from trainwell.data.target import codes_of, labels_of, read_target

CASES: dict[str, tuple[list[Any], str, tuple[Any, ...]]] = {
    "signs": ([-1, 1] * 10, "binary", (-1, 1)),
    "words": (["yes", "no"] * 10, "binary", ("no", "yes")),
    "booleans": ([True, False] * 10, "binary", (False, True)),
    "three words": (["b", "a", "c", "a"] * 5 + ["b", "c"], "multiclass", ("a", "b", "c")),
    "few whole numbers": ([1, 2, 5] * 10, "multiclass", (1, 2, 5)),
    "few whole floats": ([1.0, 2.0, 5.0] * 10, "multiclass", (1.0, 2.0, 5.0)),
    "two whole numbers, few rows": ([7, 8, 7, 8, 7, 8, 7, 8], "binary", (7, 8)),
    "many whole numbers": (list(range(30)) * 5, "regression", ()),
    "whole numbers, few rows each": ([1, 2, 3, 4, 5, 6, 7, 8] * 2, "regression", ()),
    "floats": ([0.5, 1.5, 2.5] * 10, "regression", ()),
}


@pytest.mark.parametrize("case", CASES)
def test_task_and_classes_are_guessed(case: str) -> None:
    values, task, classes = CASES[case]
    target = read_target([pl.Series("t", values)])
    assert (target.task, target.classes) == (task, classes)
    assert [type(label) for label in target.classes] == [type(label) for label in classes]


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][1] != "regression"])
def test_codes_against_scikit_learn(case: str) -> None:
    values = CASES[case][0]
    np.testing.assert_array_equal(read_target([pl.Series("t", values)]).values, LabelEncoder().fit_transform(values))


def test_the_task_can_be_stated() -> None:
    stated = read_target([pl.Series("t", [1, 2, 3] * 9)], "regression")
    assert (stated.task, stated.values.shape, stated.outputs) == ("regression", (27, 1), 1)
    assert read_target([pl.Series("t", [0.5, 1.5] * 9)], "binary").classes == (0.5, 1.5)
    two = read_target([pl.Series("t", [0, 1] * 9)], "multiclass")
    assert (two.task, two.outputs) == ("multiclass", 2)


def test_several_columns() -> None:
    labels = {"happy": [0, 1] * 10, "tall": ["yes", "no"] * 10}
    inputs = {"a": np.linspace(0, 1, 20)}
    multilabel = read(inputs | labels, ["happy", "tall"])
    assert (multilabel.task, multilabel.target.outputs) == ("multilabel", 2)
    np.testing.assert_array_equal(multilabel.target.values[:2], [[0, 1], [1, 0]])
    outputs = {"x": np.linspace(0, 1, 20), "y": np.linspace(5, 9, 20)}
    regression = read(inputs | outputs, ["x", "y"])
    assert (regression.task, regression.target.values.shape) == ("regression", (20, 2))
    assert regression.frame is not None
    assert regression.frame.columns == ["a"]


@pytest.mark.parametrize(
    ("answers", "names", "task"),
    [
        ([0, 1] * 10, ("y",), "binary"),
        (np.array(["a", "b"] * 10, dtype=object), ("y",), "binary"),
        (np.linspace(0, 1, 20)[:, None], ("y",), "regression"),
        (np.random.default_rng(0).normal(size=(20, 2)), ("y0", "y1"), "regression"),
        (np.tile([[0, 1], [1, 1], [1, 0]], (7, 1))[:20], ("y0", "y1"), "multilabel"),
        (pd.Series(["a", "b"] * 10, name="kind"), ("kind",), "binary"),
        (pl.DataFrame({"u": [0.5, 1.5] * 10, "v": [1.5, 2.5] * 10}), ("u", "v"), "regression"),
    ],
)
def test_answers_beside_the_inputs(answers: Any, names: tuple[str, ...], task: str) -> None:
    data = read(np.random.default_rng(0).normal(size=(20, 3)), y=answers)
    assert (data.target.names, data.task) == (names, task)


def test_whole_numbers_name_columns_that_frames_call_so() -> None:
    frame = pd.DataFrame({0: np.linspace(0, 1, 20), 3: ["u", "v"] * 10})
    assert read(frame, 3).target.names == read(frame, "3").target.names == ("3",)


def test_usual_names_are_found() -> None:
    assert read({"a": np.linspace(0, 1, 20), "Class": ["u", "v"] * 10}).target.names == ("Class",)


def test_text_of_files_becomes_numbers_but_text_of_frames_stays(tmp_path) -> None:  # type: ignore[no-untyped-def]
    frame = pl.DataFrame({"a": np.linspace(0, 1, 20), "t": ["1", "2"] * 10})
    frame.write_csv(tmp_path / "t.csv")
    assert read(tmp_path / "t.csv", "t").target.classes == (1, 2)
    assert read(frame, "t").target.classes == ("1", "2")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1))
def test_labels_and_codes_go_there_and_back(labels: list[str]) -> None:
    classes = ("a", "b", "c")
    assert labels_of(codes_of(labels, classes), classes).tolist() == labels


def test_unknown_labels_are_named() -> None:
    with pytest.raises(ValueError, match=r"holds 'z' in row 2, which is none of its classes: 'a' and 'b'"):
        codes_of(["a", "z"], ("a", "b"))
