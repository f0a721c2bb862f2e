"""``trainwell predict``: rows as they come, answers as a table; and rows it cannot answer for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.terminal import entries, refused, trainwell


@pytest.fixture
def rows(run: Path) -> pl.DataFrame:
    return pl.read_csv("animals.csv")


def answers() -> pl.DataFrame:
    """Predict ``new.csv`` and return what was written."""
    result = trainwell("predict", "run", "new.csv", "-o", "out.csv", "--overwrite")
    assert result.exit_code == 0, result.output
    return pl.read_csv("out.csv")


def test_predictions_with_probabilities(rows: pl.DataFrame) -> None:
    result = trainwell("predict", "run", "animals.csv")
    table = pl.read_csv(result.stdout.encode())
    assert result.exit_code == 0
    assert table.columns == ["prediction", "probability_cat", "probability_dog"]
    assert len(table) == len(rows)
    sums = table["probability_cat"] + table["probability_dog"]
    np.testing.assert_allclose(sums, 1, atol=1e-6)
    likelier = np.where(table["probability_cat"] > 0.5, "cat", "dog")
    assert table["prediction"].to_list() == likelier.tolist()


def test_a_file_says_how_many(rows: pl.DataFrame) -> None:
    result = trainwell("predict", "run", "animals.csv", "-o", "sub/out.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "120 predictions are in sub/out.csv.\n"
    assert trainwell("predict", "run", "animals.csv").stdout == Path("sub/out.csv").read_text()
    assert not [name for name in entries(Path("sub")) if name != "out.csv"]


def test_reordered_extra_and_fewer_columns_change_nothing(rows: pl.DataFrame) -> None:
    rows.write_csv("new.csv")
    expected = answers()
    extra = rows.select(reversed(rows.columns)).with_columns(shoe=pl.lit("blue"))
    extra.write_csv("new.csv")
    assert answers().equals(expected)
    rows.drop("species", "tag", "legs").write_csv("new.csv")
    assert answers().equals(expected)
    rows.drop("species").write_parquet("new.parquet")
    trainwell("predict", "run", "new.parquet", "-o", "parquet.csv")
    assert pl.read_csv("parquet.csv").equals(expected)


def test_unknown_categories_and_missing_values_are_answered(rows: pl.DataFrame) -> None:
    new = rows.with_columns(colour=pl.lit("mauve"), age=pl.lit(None), weight=pl.lit(""))
    new.write_csv("new.csv")
    assert len(answers()) == len(rows)


@pytest.mark.parametrize(
    ("spoil", "fragments"),
    [
        (lambda rows: rows.rename({"weight": "weigth"}), ("new.csv", "'weight'", "Did you mean 'weigth'")),
        (lambda rows: rows.with_columns(weight=pl.lit("heavy")), ("'weight'", "number", "rows 1, 2", "'heavy'")),
        (lambda rows: rows.with_columns(born=pl.lit("long ago")), ("'born'", "date", "'long ago'")),
        (lambda rows: rows.with_columns(weight=pl.lit("inf")), ("'weight'", "infinite in row")),
        (lambda rows: rows.head(0), ("new.csv", "no rows")),
    ],
)
def test_rows_that_do_not_fit(
    spoil: Callable[[pl.DataFrame], pl.DataFrame], fragments: tuple[str, ...], rows: pl.DataFrame
) -> None:
    spoil(rows).write_csv("new.csv")
    before = entries(Path())
    refused(trainwell("predict", "run", "new.csv", "-o", "out.csv"), *fragments)
    assert entries(Path()) == before


@pytest.mark.parametrize("output", ["animals.csv/out.csv", "/proc/out.csv", ".", "run", "y" * 300])
def test_output_that_cannot_be_written(output: str, rows: pl.DataFrame) -> None:
    before = entries(Path())
    refused(trainwell("predict", "run", "animals.csv", "-o", output), "cannot write", output)
    assert entries(Path()) == before


def test_no_such_file(rows: pl.DataFrame) -> None:
    refused(trainwell("predict", "run", "animal.csv"), "animal.csv", "Did you mean 'animals.csv'")


def test_a_device_is_written_to_and_not_replaced(rows: pl.DataFrame) -> None:
    assert trainwell("predict", "run", "animals.csv", "-o", "/dev/null").exit_code == 0
    assert not Path("/dev/null").is_file()


def test_a_file_is_written_once_unless_asked(rows: pl.DataFrame) -> None:
    Path("out.csv").write_text("thesis")
    words = ["predict", "run", "animals.csv", "-o", "out.csv"]
    refused(trainwell(*words), "out.csv exists: add overwrite=True (--overwrite) to replace it, or name another file.")
    assert Path("out.csv").read_text() == "thesis"
    assert trainwell(*words, "--overwrite").exit_code == 0
    assert len(pl.read_csv("out.csv")) == len(rows)


@pytest.mark.parametrize(
    ("output", "fragment"),
    [
        ("animals.csv", "animals.csv is animals.csv itself"),
        ("link.csv", "link.csv is animals.csv itself"),
        ("run/answers.csv", "run/answers.csv lies in run"),
        ("run/scores.json", "run/scores.json lies in run"),
    ],
)
def test_what_is_read_is_never_written(output: str, fragment: str, rows: pl.DataFrame) -> None:
    Path("link.csv").hardlink_to("animals.csv")
    before = Path("animals.csv").read_bytes(), Path("run", "scores.json").read_bytes(), entries(Path())
    for asked in ([], ["--overwrite"]):
        refused(trainwell("predict", "run", "animals.csv", "-o", output, *asked), fragment)
    assert (Path("animals.csv").read_bytes(), Path("run", "scores.json").read_bytes(), entries(Path())) == before


@pytest.mark.parametrize(("seed", "rule"), [(-1, "greater than or equal to 0"), (10**20, f"equal to {2**31 - 1}")])
@pytest.mark.parametrize(
    "words", [["predict", "run", "animals.csv", "--samples", "5"], ["fit", "a.csv"], ["tune", "a"]]
)
def test_seeds_have_the_same_bounds_everywhere(words: list[str], seed: int, rule: str, here: Path) -> None:
    result = trainwell(*words, "--seed", str(seed))
    assert result.exit_code == 2
    assert "Invalid value for '--seed'" in result.stderr
    assert rule in result.stderr


def test_a_full_disk_and_a_reader_that_stops(rows: pl.DataFrame) -> None:
    command = [sys.executable, "-c", "from trainwell.cli import main\nmain()", "predict", "run", "animals.csv"]
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "error: cannot write: No space left on device. Free some space, or write elsewhere.\n"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as stopped:
        stopped.stdout.close()
        assert stopped.stderr.read() == ""
