"""Kinds of columns, the reading of their values, and what is told about them."""

from __future__ import annotations

import re
import warnings
from datetime import datetime, time
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.data.tables import animals
from trainwell.data import read
from trainwell.data.kinds import as_kind, recognise
from trainwell.data.slips import slip_in
from trainwell.data.values import MISSING_WORDS, clean, to_date, to_number
from trainwell.errors import TrainwellWarning

ROWS = 24


def values(*pattern: Any) -> pl.Series:
    """Repeat a pattern up to :data:`ROWS` rows."""
    return pl.Series("column", [pattern[row % len(pattern)] for row in range(ROWS)], strict=False)


COUNTED = range(ROWS)
KINDS: dict[str, tuple[pl.Series, str]] = {
    "numbers": (values(1.5, 2.5, None), "number"),
    "numbers in text": (values("1.5", " 2", "?"), "number"),
    "whole numbers": (values(3, 1, 2), "number"),
    "few whole numbers": (values(1, 2), "number"),
    "powers of ten": (values("1e3", "-2E-4", "+3"), "number"),
    "leading zeros": (values("01067", "80331", "04109"), "category"),
    "zero and one": (values(0, 1), "boolean"),
    "zero and one in text": (values("0", "1", ""), "boolean"),
    "zero and one in floats": (values("0.0", "1.0", ""), "boolean"),
    "yes and no": (values("Yes", "no", "NA"), "boolean"),
    "booleans": (values(True, False, None), "boolean"),
    "n and no": (values("n", "no"), "category"),
    "words": (values("red", "green", "blue"), "category"),
    "one word or nothing": (values("yes", None), "category"),
    "categories": (values("1", "2").cast(pl.Categorical), "category"),
    "one value": (values("x"), "constant"),
    "one number": (values(7), "constant"),
    "dates": (values(datetime(2020, 1, 1), datetime(2021, 5, 3)), "date"),
    "ISO dates": (values("2020-01-31", "2021-05-03"), "date"),
    "instants": (values("2020-01-31T10:11:12.5", "2021-05-03T23:00:00"), "date"),
    "month first": (values("01/31/2020", "02/03/2020"), "date"),
    "day first": (values("31/01/2020", "02/03/2020"), "date"),
    "German dates": (values("31.01.2020", "02.03.2020"), "date"),
    "times of day": (pl.Series("column", [time(row, 30) for row in COUNTED]), "number"),
    "row numbers": (pl.Series("column", COUNTED), "identifier"),
    "numbers under id": (pl.Series("customer_id", [row * 7919 % 1000 for row in COUNTED]), "identifier"),
    "repeating numbers under id": (values(5, 9, 9).alias("shop_id"), "number"),
    "codes": (pl.Series("column", [f"PC {row}" for row in COUNTED]), "identifier"),
    "sentences": (pl.Series("column", [f"he said {row} words" for row in COUNTED]), "text"),
    "lists": (pl.Series("column", [[row, row] for row in COUNTED]), "text"),
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds(case: str) -> None:
    raw, kind = KINDS[case]
    (found, reason), _ = recognise(raw)
    assert found == kind
    assert reason.endswith(".")


def test_positions_are_never_identifiers() -> None:
    (kind, _), _ = recognise(pl.Series("x0", COUNTED), positional=True)
    assert kind == "number"


def test_text_that_is_nearly_numbers_says_which_rows_are_not() -> None:
    raw = pl.Series("power", [*map(str, range(100, 140)), "unknown"] * 2)
    (kind, reason), _ = recognise(raw)
    assert kind == "category"
    assert "all but 2 are numbers: empty the cells that are not (rows 41 and 82)" in reason


DRESSED = {
    "thousands": [f"{row},234" for row in COUNTED],
    "percents": [f"{row / 10}%" for row in COUNTED],
    "prices": [f"${row % 5}.50" for row in COUNTED],
    "units": [f"{row * 3} kg" for row in COUNTED],
    "thousands in points": [f"{row}.234.567,5" for row in COUNTED],
}


@pytest.mark.parametrize("case", DRESSED)
def test_numbers_in_separators_or_units_are_warned_of_and_not_guessed(case: str) -> None:
    first = DRESSED[case][0]
    sentence = (
        rf"column 'x' is (left out|read as a category), but looks like numbers .*{re.escape(repr(first))} in row 1"
    )
    with pytest.warns(TrainwellWarning, match=sentence):
        data = read({"x": DRESSED[case], "u": np.linspace(0, 1, ROWS), "t": [0, 1] * (ROWS // 2)}, "t")
    assert data.columns[0].kind in ("identifier", "category")
    assert "strip them to use it as a number" in data.columns[0].reason


@pytest.mark.parametrize("text", ["PC {}", "{}-{}", "192.168.0.{}", "A{}", "{}th", "+49 30 90{}", "{}:30"])
def test_names_with_digits_are_not_warned_of(text: str) -> None:
    assert not slip_in(pl.Series("x", [text.format(row, row + 1) for row in COUNTED]))


def test_an_impossible_date_is_named() -> None:
    days = [f"2024-{1 + row % 12:02d}-{1 + row % 28:02d}" for row in range(60)]
    days[40] = "2024-02-31"
    with pytest.warns(TrainwellWarning, match=r"dates written as %Y-%m-%d, but for '2024-02-31' in row 41; correct"):
        data = read({"day": days, "u": np.linspace(0, 1, 60), "t": [0, 1] * 30}, "t")
    assert "'2024-02-31' in row 41" in data.columns[0].reason
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read({"day": days, "u": np.linspace(0, 1, 60), "t": [0, 1] * 30}, "t", kinds={"day": "category"})


@pytest.mark.parametrize("word", MISSING_WORDS)
def test_words_for_missing(word: str) -> None:
    assert clean(pl.Series([f" {word} ", "here"])).to_list() == [None, "here"]


def test_types_are_brought_to_few() -> None:
    assert clean(pl.Series([1.5, float("nan")], dtype=pl.Float32)).to_list() == [1.5, None]
    assert clean(pl.Series([3], dtype=pl.UInt8)).dtype == pl.Int64
    zoned = pl.Series([datetime(2020, 1, 1, 12)]).dt.replace_time_zone("Europe/Berlin")
    assert clean(zoned).to_list() == [datetime(2020, 1, 1, 11)]


def test_large_whole_numbers_keep_their_digits() -> None:
    assert to_number(pl.Series(["9007199254740993"])).to_list() == [2**53 + 1]


def test_stated_format_reads_dates() -> None:
    ambiguous = pl.Series(["03/04/2020"])
    assert to_date(ambiguous, "%d/%m/%Y").dt.month().to_list() == [4]
    assert to_date(ambiguous).dt.month().to_list() == [3]


def test_kinds_can_be_stated() -> None:
    assert as_kind(pl.Series("c", [1.0, 2.5]), "category").to_list() == ["1", "2.5"]
    data = read(animals(), "species", kinds={"age": "category", "tag": "category", "colour": "text"})
    found = {column.name: (column.kind, column.use, column.reason) for column in data.columns}
    assert found["age"] == ("category", "transformed", "Stated as category.")
    assert found["tag"][0] == "category"
    assert found["colour"] == ("text", "left out", "Stated as text.")


def test_every_column_is_accounted_for() -> None:
    frame = animals()
    data = read(frame, "species", ignore=["colour"])
    assert [column.name for column in data.columns] == frame.columns
    uses = {column.name: column.use for column in data.columns}
    assert uses == {
        "tag": "left out",
        "weight": "used",
        "legs": "left out",
        "age": "used",
        "colour": "left out",
        "indoor": "used",
        "born": "transformed",
        "species": "left out",
    }
    reasons = {column.name: column.reason for column in data.columns}
    assert reasons["species"] == "The target."
    assert reasons["colour"] == "Left out on request."
    assert reasons["legs"] == "Every row holds 4: nothing to learn from."
    assert data.frame is not None
    assert data.frame.columns == ["weight", "age", "indoor", "born"]
    assert data.aside.columns == ["tag", "legs", "colour", "species"]


def test_summaries_against_numpy() -> None:
    frame = animals()
    columns = {column.name: column for column in read(frame, "species").columns}
    weight = frame["weight"].to_numpy()
    expected = {
        "min": weight.min(),
        "max": weight.max(),
        "mean": weight.mean(),
        "std": weight.std(ddof=1),
        "median": np.median(weight),
    }
    assert columns["weight"].summary == pytest.approx(expected)
    assert columns["age"].missing == frame["age"].null_count()
    assert columns["colour"].distinct == 3
    assert sum(columns["colour"].summary["top"].values()) == len(frame)
    assert columns["indoor"].summary == {"true": int((frame["indoor"] == "yes").sum())}
    assert columns["born"].summary["min"] == frame["born"].min().isoformat() + "T00:00:00"  # type: ignore[union-attr]


def test_ignored_columns_may_be_bad() -> None:
    data = read(
        {"a": [1.5, 2.5] * 9, "b": [None] * 18, "c": [float("inf")] * 18, "t": [0, 1] * 9},
        "t",
        ignore=["b", "c"],
    )
    assert data.inputs == ("a",)


def test_whole_numbers_of_sixty_four_bits_are_not_missing() -> None:
    large = pl.Series("size", [1, 2**63, 2**64 - 1, 5] * 5, dtype=pl.UInt64)
    cleaned = clean(large)
    assert cleaned.null_count() == 0
    assert cleaned.max() == pytest.approx(2.0**64)
    (kind, _), seen = recognise(large)
    assert (kind, seen.null_count()) == ("number", 0)
    assert clean(pl.Series([1, 2], dtype=pl.UInt64)).dtype == pl.Int64
