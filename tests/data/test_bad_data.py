"""Each way in which data can be bad ends in one sentence that names the place and says what to do."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tests.data.tables import HEADER, lines, written
from trainwell.data import Split, read
from trainwell.errors import DataError, RecipeError, UnknownNameError

GOOD = HEADER + lines()

FILES: dict[str, tuple[str, str | bytes, str]] = {
    "empty": ("e.csv", "", r"e\.csv is empty"),
    "blank": ("e.csv", "\n  \n", r"e\.csv is empty"),
    "header only": ("h.csv", HEADER, r"h\.csv has a header but no rows"),
    "encoding": (
        "l.csv",
        "u,t\n1,a\n2,Köln\n".encode("latin1"),
        r"not UTF-8 text: line 3 holds the byte 0xf6",
    ),
    "no header": (
        "n.csv",
        "1,2.5,-3\n4,5,6\n",
        r"has no header: its first line is all numbers \(1, 2\.5 and -3\)",
    ),
    "spreadsheet": ("n.csv", b"PK\x03\x04abc", r"is a spreadsheet or zip archive"),
    "binary": ("n.csv", b"a,b\n\x00\x01\n", r"is a binary file"),
    "ending": ("n.xlsx", b"PK\x03\x04abc", r"\(\.xlsx\)\. Save the sheet as CSV"),
    "colons": (
        "n.csv",
        "u:v:t\n1:2:a\n",
        r"only one column, 'u:v:t', when separated by the comma\. The colon would give 3",
    ),
    "one column": ("n.csv", "u\n1\n", r"only one column, 'u'.*Separate the columns by one of comma"),
    "too many cells": (
        "r.csv",
        GOOD + "1,2,a,4\n",
        r"r\.csv, line 32: 4 cells, but the header has 3 columns",
    ),
    "too few cells": ("r.csv", GOOD + "1,2\n" + lines(), r"r\.csv, line 32: 2 cells"),
    "open quote": ("r.csv", GOOD + '"1,2,a\n1,2,b"\n' + lines(), r"line 32: 1 cell, .*closed only in line 33"),
    "quote never closed": ("r.csv", GOOD + '1,"2,yes', r"line 32: 2 cells, .*opened in it is never closed"),
    "quote of many lines never closed": ("r.csv", GOOD + '"1,2,a\n' + lines(), r"line 32: 1 cell, .*is never closed"),
    "last cell never closed": ("r.csv", GOOD + '1,2,"a', r"line 32: a quotation mark opened in it is never closed"),
    "last cell swallows a line": ("r.csv", GOOD + '1,2,"a\n3,4,b\n', r"line 32: a quotation mark opened .* never"),
    "cell without end": ("r.csv", GOOD + '1,2,"a\n' + lines(20_000), r"line 32: a cell is longer than 131072 letters"),
    "same names": ("d.csv", "u,u,t\n" + lines(), r"more than one column called 'u' \(columns 1 and 2\)"),
    "constant target": ("c.csv", GOOD.replace("b", "a"), r"target 't' is 'a' in all of its 30 rows"),
    "lonely class": ("c.csv", GOOD + "1,2,c\n", r"'c' has a single row \(row 31\)"),
    "missing target": ("c.csv", GOOD + "1,2,\n1,2,NA\n", r"'t' is missing in rows 31 and 32 of 32"),
    "all missing": ("c.csv", HEADER + "1,?,a\n2,,b\n" * 9, r"column 'v' has no value in any"),
    "infinite number": ("c.csv", GOOD + "-inf,2,a\n", r"column 'u' is infinite in row 31"),
    "nothing left": (
        "c.csv",
        "id,legs,t\n" + "".join(f"{row},4,{'ab'[row % 2]}\n" for row in range(20)),
        r"no column is left to learn from\. 'id': Named like",
    ),
    "JSON": ("j.jsonl", '{"a": 1}\n{"a":\n', r"j\.jsonl, line 2 is not a JSON object"),
    "JSON list": ("j.json", '[{"a": 1', r"cannot be read as a JSON list of objects"),
    "empty JSON": ("j.jsonl", "", r"j\.jsonl is empty"),
    "Parquet": ("p.parquet", "no", r"cannot be read as a Parquet file"),
    "npz": ("a.npz", "no", r"is not an npz file"),
    "idx": ("a-idx3-ubyte", b"\x00\x00\x99\x01", r"is not an idx file"),
    "idx cut short": (
        "a-idx1-ubyte",
        b"\x00\x00\x08\x01\x00\x00\x00\x09\x01",
        r"cut short: 1 values where its header says 9",
    ),
    "gzip cut short": ("a.csv.gz", b"\x1f\x8b\x08\x00", r"a\.csv\.gz cannot be read"),
}


@pytest.mark.parametrize("case", FILES)
def test_bad_files(tmp_path: Path, case: str) -> None:
    name, content, sentence = FILES[case]
    path = written(tmp_path, name, content)
    with pytest.raises(DataError, match=sentence):
        read(path, "t")


def table(**columns: Any) -> dict[str, Any]:
    """Return a table of 20 good rows, with columns replaced or added."""
    return {"u": [row / 7 for row in range(20)], "t": ["a", "b"] * 10} | columns


CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "target's name": (
        lambda: read(table(), "T1"),
        r"has no target column 'T1'\. Did you mean 't'\? Its columns: 'u' and 't'",
    ),
    "no target": (lambda: read(table(), None), r"say which column of the mapping of columns to predict"),
    "infinite target": (
        lambda: read(table(t=[1.5, np.inf] * 10), "t"),
        r"column 't' is infinite in rows 2, 4, 6, 8, 10, 12 and 4 more",
    ),
    "names as target": (
        lambda: read(table(t=[f"n{row}" for row in range(20)]), "t"),
        r"'t' has 20 distinct values in 20 rows, too many",
    ),
    "words for numbers": (
        lambda: read(table(), "t", task="regression"),
        r"needs numbers, but the target 't' holds 'a' and 'b'",
    ),
    "three for binary": (
        lambda: read(table(t=["a", "b", "c", "c"] * 5), "t", task="binary"),
        r"needs two classes, but the target 't' has 3",
    ),
    "numbers for labels": (
        lambda: read(table(v=range(20)), ["u", "v"], task="multilabel"),
        r"needs 0/1 columns, but 'u' holds",
    ),
    "several words": (
        lambda: read(table(v=["x", "y"] * 10), ["v", "t"]),
        r"several target columns .* but 'v' and 't' are neither",
    ),
    "constant label": (lambda: read(table(v=[0, 1] * 10, w=[0] * 20), ["v", "w"]), r"target 'w' is 0 in all"),
    "constant output": (lambda: read(table(v=[1.5] * 20), "v"), r"target 'v' is 1\.5 in all"),
    "few rows": (
        lambda: read({"u": [1.0, 2.0], "t": [1.5, 2.5]}, "t"),
        r"2 rows are too few for a 60/20/20 split",
    ),
    "few groups": (lambda: read(table(g=["x", "y"] * 10), "t", groups="g"), r"2 groups in 'g' cannot fill"),
    "missing group": (
        lambda: read(table(g=["x", None] * 10), "t", groups="g"),
        r"group column 'g' is missing in rows 2",
    ),
    "no time": (lambda: read(table(g=["x", "y"] * 10), "t", time="g"), r"'g' orders no rows in time"),
    "part words": (
        lambda: read(table(p=["train", "tset"] * 10), "t", split="p"),
        r"but holds 'tset'\. Did you mean 'test'\?",
    ),
    "no training rows": (lambda: read(table(p=["test"] * 20), "t", split="p"), r"names no training rows"),
    "split's column": (lambda: read(table(), "t", split=Split(by="group")), r"Say groups='a column'"),
    "untaught class": (
        lambda: read(table(p=["train", "test"] * 10), "t", split="p"),
        r"no training row is of class 'b'",
    ),
    "test lacks target": (lambda: read(table(), "t", test={"u": [1.0]}), r"has no column 't'"),
    "test lacks answers": (
        lambda: read(np.eye(9), y=[0, 1, 2] * 3, test=np.eye(9)),
        r"came without a target",
    ),
    "new class in test": (
        lambda: read(table(), "t", test={"u": [1.0, 2.0], "t": ["z", "z"]}),
        r"no training row is of class 'z'",
    ),
    "negative weights": (
        lambda: read(table(w=[1, -1] * 10), "t", weights="w"),
        r"must be 0 or more, but 'w' is not in rows 2",
    ),
    "zero weights": (lambda: read(table(), "t", weights=np.zeros(20)), r"'weights' are all 0"),
    "weights' count": (lambda: read(table(), "t", weights=[1.0]), r"weights has 1 value for 20 rows"),
    "weights' name": (lambda: read(table(), "t", weights="w"), r"has no column 'w'"),
    "a stated kind": (
        lambda: read(table(), "t", kinds={"u": "boolean"}),
        r"column 'u' is a boolean, but rows 2, 3",
    ),
    "a kind's column": (
        lambda: read(table(), "t", kinds={"uu": "number"}),
        r"no input column 'uu'\. Did you mean 'u'\?",
    ),
    "ignored column": (lambda: read(table(), "t", ignore=["x"]), r"has no column 'x'"),
    "frame names": (
        lambda: read(pd.DataFrame([[1, 2, 3]], columns=["a", "a", "t"]), "t"),
        r"more than one column called 'a'",
    ),
    "frame without rows": (lambda: read(pl.DataFrame({"t": []}), "t"), r"has no rows"),
    "vector": (lambda: read(np.ones(3), y=np.ones(3)), r"has 1 axis, but inputs need two"),
    "no values": (lambda: read(np.ones((0, 3)), y=[]), r"is empty: its shape is \(0, 3\)"),
    "counts": (lambda: read(np.ones((3, 2)), y=[1, 2]), r"has 3 rows, but its target has 2"),
    "images": (
        lambda: read(np.full((3, 2, 2), np.nan), y=[1, 2, 3]),
        r"missing or infinite values in rows 1, 2 and 3",
    ),
    "words as images": (
        lambda: read(np.full((3, 2, 2), "a"), y=[1, 2, 3]),
        r"type <U1, but images and signals are numbers",
    ),
    "shapes": (
        lambda: read((np.zeros((4, 2, 2)), [0, 1, 0, 1]), test=(np.zeros((4, 3, 2)), [0, 1, 0, 1])),
        r"shape \(3, 2\), but .* \(2, 2\)",
    ),
    "target's axes": (lambda: read(np.eye(4), y=np.zeros((4, 2, 2))), r"one or two axes"),
    "pattern as name": (lambda: read(table(**{"^u$": range(20)}), "t"), r"called '\^u\$', a pattern"),
    "target twice": (lambda: read(table(y=[0, 1] * 10), ["y", "y"]), r"named once, but 'y' is named again"),
    "target ignored": (lambda: read(table(), "t", ignore=["t"]), r"target cannot be ignored, but 't' is named as both"),
    "huge feature": (
        lambda: read(table(u=[row * 1e300 for row in range(20)]), "t"),
        r"column 'u' holds 1e\+300 in rows 2, .* too large for float32 arithmetic .* Rescale the column",
    ),
    "huge target": (lambda: read(table(t=[row * 5e160 for row in range(20)]), "t"), r"column 't' holds 5e\+160 in row"),
    "huge target in text": (
        lambda: read(table(t=[f"{row}e160" for row in range(20)]), "t", task="regression"),
        r"column 't' holds 1e\+160 in row",
    ),
    "huge images": (lambda: read(np.full((3, 2, 2), 1e300), y=[1, 2, 3]), r"too large for float32"),
    "complex array": (lambda: read(np.ones((20, 2)) * 1j, y=[0, 1] * 10), r"the array holds complex numbers"),
    "complex column": (lambda: read(table(u=np.arange(20) * 1j), "t"), r"column 'u' of .* holds complex numbers"),
    "complex column of a frame": (
        lambda: read(pd.DataFrame(table(u=np.arange(20) * 1j)), "t"),
        r"column 'u' holds complex numbers",
    ),
    "complex target": (lambda: read(np.eye(20), y=np.arange(20) * 1j), r"y holds complex numbers"),
    "unequal columns": (
        lambda: read(table(u=[1.0, 2.0]), "t"),
        r"but of the mapping of columns 'u' has 2 and 't' has 20",
    ),
    "one name of two types": (lambda: read(table() | {"3": range(20), 3: range(20)}, "t"), r"more than one column"),
    "a number as split": (lambda: read(table(), "t", split=0.2), r"got 0\.2\. Say split=tw\.Split\(train=0\.7, valid"),
    "fractions as split": (
        lambda: read(table(), "t", split=(0.7, 0.1, 0.2)),
        r"got \(0\.7, 0\.1, 0\.2\)\. Say split=tw",
    ),
    "a number as target": (lambda: read(table(), 1.5), r"target names a column, .* but got 1\.5"),
    "a path as y": (
        lambda: read(np.eye(9), y="labels-idx1-ubyte.gz"),
        r"y takes values, .* got 'labels-idx1-ubyte\.gz'",
    ),
    "a number as y": (lambda: read(np.eye(9), y=3), r"y takes values, one per row, but got 3"),
    "many numbers for binary": (
        lambda: read(table(t=[row / 7 for row in range(20)]), "t", task="binary"),
        r"needs two classes, but the target 't' has 20: .* Say task='regression'",
    ),
    "prices": (
        lambda: read(table(t=[f"${row}.50" for row in range(20)]), "t", task="regression"),
        r"target 't' holds '\$0\.50' in rows 1, .* Strip them",
    ),
    "prices, no task": (
        lambda: read(table(t=[f"${row}.50" for row in range(20)]), "t"),
        r"target 't' holds '\$0\.50' in rows 1, .* Strip them",
    ),
    "prices as two classes": (
        lambda: read(table(t=[f"${row}.50" for row in range(20)]), "t", task="binary"),
        r"target 't' holds '\$0\.50' in rows 1, .* Strip them",
    ),
    "no source": (lambda: read(3), r"got int"),
    "delimiter": (lambda: read("x.csv", delimiter=";;"), r"there is no file x\.csv"),
}


@pytest.mark.parametrize("case", CALLS)
def test_bad_calls(case: str) -> None:
    call, sentence = CALLS[case]
    with pytest.raises(DataError, match=sentence):
        call()


def test_no_such_file_suggests_a_near_one(tmp_path: Path) -> None:
    near = written(tmp_path, "penguins.csv", GOOD)
    with pytest.raises(DataError, match=f"Did you mean '{near}'"):
        read(tmp_path / "pengins.csv", "t")
    with pytest.raises(DataError, match=r"Check the path"):
        read(tmp_path / "zzz", "t")
    with pytest.raises(DataError, match=r"is a folder"):
        read(tmp_path, "t")
    with pytest.raises(DataError, match=r"there is no folder"):
        read(tmp_path / "none" / "a.csv", "t")


def test_wrong_delimiter_names_the_right_one(tmp_path: Path) -> None:
    path = written(tmp_path, "good.csv", GOOD)
    with pytest.raises(DataError, match=r"when separated by the semicolon\. The comma would give 3 columns"):
        read(path, "t", delimiter=";")
    with pytest.raises(DataError, match=r"a delimiter is one character"):
        read(path, "t", delimiter="::")


def test_npz_that_fits_no_layout(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.ones((3, 2)), b=np.ones(4))
    with pytest.raises(DataError, match=r"holds the arrays 'a' and 'b', but none called 'x'"):
        read(path)
    np.savez(path)
    with pytest.raises(DataError, match=r"a\.npz holds no arrays\. Write it with numpy\.savez"):
        read(path)
    np.savez(path, u=np.ones(4) * 1j, t=np.arange(4))
    with pytest.raises(DataError, match=r"column 'u' of a\.npz holds complex numbers"):
        read(path, "t")
    np.savez(path, x=np.array([{}, {}]), y=np.ones(2))
    with pytest.raises(DataError, match=r"Python objects, which are never loaded"):
        read(path)


def test_unknown_words_list_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"called 'binar'\. Did you mean 'binary'\?.* reconstruction\."):
        read(table(), "t", task="binar")
    with pytest.raises(UnknownNameError, match=r"no kind of column is called 'numbr'\. Did you mean 'number'\?"):
        read(table(), "t", kinds={"u": "numbr"})


def test_split_fractions_sum_to_one() -> None:
    with pytest.raises(RecipeError, match=r"^Split: train \+ validation \+ test must be 1, not 1\.2"):
        Split(train=0.8)
    with pytest.raises(RecipeError, match=r"Split has no field 'trian'\. Did you mean 'train'\?"):
        Split(trian=0.8)


def test_values_for_a_target_name() -> None:
    inputs = np.arange(60.0).reshape(20, 3)
    with pytest.raises(DataError, match="hand them over as y"):
        read(inputs, target=inputs[:, 0])


@pytest.mark.parametrize(
    "written",
    [b"\0\0\x08\x03\0\0", b"\1\0\x08\x01\0\0\0\0", gzip.compress(b"\0\0\x08\x01\0\0\0\1\5")[:-9] + b"\xff" * 9],
    ids=["cut short", "another beginning", "a damaged archive"],
)
def test_an_idx_file_that_is_cut_short_or_damaged_is_named(tmp_path, written) -> None:
    (tmp_path / "few-images-idx3-ubyte").write_bytes(written)
    with pytest.raises(DataError, match="few-images"):
        read(tmp_path / "few-images-idx3-ubyte", y=[0, 1])


def test_a_table_without_names_says_none() -> None:
    with pytest.raises(DataError, match="none"):
        read(np.zeros((20, 4, 4)), y=[0, 1] * 10, groups="patient")
