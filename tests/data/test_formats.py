"""Every way to hand data in gives the same table."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.data.tables import HEADER, animals, lines, written
from trainwell.data import fit_encoder, read
from trainwell.data.delimited import read_delimited
from trainwell.data.values import clean

FRAME = animals()
TEXT = FRAME.write_csv()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("animals.csv", TEXT),
        ("animals.tsv", FRAME.write_csv(separator="\t")),
        ("animals.txt", FRAME.write_csv(separator="|")),
        ("animals.data", FRAME.write_csv(separator=";")),
        ("bom.csv", b"\xef\xbb\xbf" + TEXT.encode()),
        ("utf16.csv", TEXT.encode("utf-16")),
        ("windows.csv", TEXT.replace("\n", "\r\n")),
        ("old_mac.csv", TEXT.replace("\n", "\r")),
        ("quoted.csv", FRAME.write_csv(quote_style="always")),
        ("packed.csv.gz", gzip.compress(TEXT.encode())),
        ("blank_lines.csv", TEXT.replace("\n", "\n\n")),
        ("no_last_newline.csv", TEXT.rstrip("\n")),
        ("spaced.csv", TEXT.replace(",", " , ")),
        ("animals.jsonl", FRAME.write_ndjson()),
        ("animals.json", FRAME.write_json()),
    ],
)
def test_text_files_give_the_table_they_hold(tmp_path: Path, name: str, content: str | bytes) -> None:
    expected = read(FRAME, "species")
    data = read(written(tmp_path, name, content), "species")
    assert [column.kind for column in data.columns] == [column.kind for column in expected.columns]
    assert data.frame is not None
    assert expected.frame is not None
    assert_frame_equal(data.frame, expected.frame)
    np.testing.assert_array_equal(data.target.values, expected.target.values)
    assert data.name == name.split(".")[0]


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_binary_tables_give_the_table_they_hold(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"animals.{suffix}"
    (FRAME.write_parquet if suffix == "parquet" else FRAME.write_ipc)(path)
    data = read(path, "species")
    assert data.frame is not None
    assert data.frame.columns == ["weight", "age", "colour", "indoor", "born"]


@pytest.mark.parametrize(
    "as_other",
    [
        pl.DataFrame.to_pandas,
        pl.DataFrame.to_arrow,
        pl.DataFrame.lazy,
        lambda frame: frame.to_dict(as_series=False),
    ],
    ids=["pandas", "arrow", "lazy", "mapping"],
)
def test_frames_of_other_libraries_give_the_same_table(as_other) -> None:  # type: ignore[no-untyped-def]
    data, expected = read(as_other(FRAME), "species"), read(FRAME, "species")
    assert data.frame is not None
    assert expected.frame is not None
    assert_frame_equal(data.frame, expected.frame, check_dtypes=False)


def test_a_list_of_rows_gives_the_same_table() -> None:
    data, expected = read(FRAME.to_dicts(), "species"), read(FRAME, "species")
    assert data.frame is not None
    assert expected.frame is not None
    assert_frame_equal(data.frame, expected.frame, check_dtypes=False)


def test_a_row_as_pandas_gives_it_is_encoded_by_its_names() -> None:
    data, table = read(FRAME, "species"), FRAME.to_pandas()
    encoder = fit_encoder(data, data.parts.train)
    expected = encoder.transform(FRAME[3:5])
    np.testing.assert_array_equal(encoder.transform(table.iloc[3]), expected[:1])
    np.testing.assert_array_equal(encoder.transform(table.iloc[3][::-1]), expected[:1])
    np.testing.assert_array_equal(encoder.transform(table.iloc[3:5].to_dict("records")), expected)


def test_pandas_columns_of_mixed_types_are_read_as_text() -> None:
    frame = pd.DataFrame({"grade": [1, "x", 2.0, None] * 5, "level": [1, 2, 3, 4] * 5, "t": ["a", "b"] * 10})
    data = read(frame, "t")
    assert {column.name: column.kind for column in data.columns}["grade"] == "category"
    assert data.columns[0].missing == 5


def test_matrix_becomes_a_table_by_position() -> None:
    inputs = np.column_stack([np.arange(20), np.linspace(0, 1, 20)])
    data = read(inputs, y=[0, 1] * 10)
    assert data.frame is not None
    assert data.frame.columns == ["x0", "x1"]
    assert data.columns[0].kind == "number", "positions are no identifiers"
    assert data.target.names == ("y",)


def test_npz_with_test_part_and_names(tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(30, 2))
    path = tmp_path / "flowers.npz"
    names = np.array(["length", "width"])
    arrays = {"x": inputs, "y": np.arange(30) % 3, "x_test": inputs[:6], "y_test": np.arange(6) % 3}
    np.savez(path, feature_names=names, **arrays)
    data = read(path)
    assert data.frame is not None
    assert data.frame.columns == ["length", "width"]
    assert data.parts.test.tolist() == list(range(30, 36))
    assert (len(data.parts.train), len(data.parts.validation)) == (24, 6)


def test_npz_with_published_splits(tmp_path: Path) -> None:
    path = tmp_path / "splits.npz"
    orders = np.stack([np.random.default_rng(seed).permutation(20) for seed in range(2)])
    np.savez(
        path,
        x=np.random.default_rng(0).normal(size=(20, 2)),
        y=np.linspace(0, 1, 20),
        train=orders[:, :15],
        test=orders[:, 15:],
    )
    data = read(path, split="split_1")
    assert data.parts.test.tolist() == sorted(orders[1, 15:])
    assert sorted([*data.parts.train, *data.parts.validation]) == sorted(orders[1, :15])
    assert len(data.parts.validation) == 3


def test_npz_of_columns_is_a_table(tmp_path: Path) -> None:
    np.savez(tmp_path / "columns.npz", length=np.linspace(0, 1, 20), t=np.arange(20) % 2)
    assert read(tmp_path / "columns.npz", "t").target.classes == (0, 1)


def test_idx_images_find_their_labels(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 3, 4), dtype=np.uint8)
    labels = (np.arange(20) % 2).astype(np.uint8)
    header = struct.pack(">BBBB3I", 0, 0, 8, 3, *images.shape)
    written(tmp_path, "ten-images-idx3-ubyte.gz", gzip.compress(header + images.tobytes()))
    written(
        tmp_path,
        "ten-labels-idx1-ubyte.gz",
        gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 20) + labels.tobytes()),
    )
    data = read(tmp_path / "ten-images-idx3-ubyte.gz")
    np.testing.assert_array_equal(data.array, images)
    np.testing.assert_array_equal(data.target.values, labels)


def test_quotation_marks_inside_cells_are_read() -> None:
    text = HEADER + lines() + '1,5" pipe,a\n"2","x, ""y""\nz",b\n'
    frame = read_delimited(text.encode(), "quotes.csv")
    assert frame["v"][-2:].to_list() == ['5" pipe', 'x, "y"\nz']


def test_decimal_commas_are_numbers_between_semicolons() -> None:
    frame = read_delimited(b"a;b\n1,5;x\n2;y,z\n", "european.csv")
    assert frame.to_dict(as_series=False) == {"a": ["1.5", "2"], "b": ["x", "y,z"]}


def test_an_unusual_delimiter_can_be_stated(tmp_path: Path) -> None:
    path = written(tmp_path, "colons.txt", (HEADER + lines()).replace(",", ":"))
    assert read(path, "t", delimiter=":").frame is not None


def test_exact_and_quick_parsing_agree() -> None:
    quick = read_delimited(TEXT.encode(), "quick.csv")
    exact = read_delimited(TEXT.replace("\n", "\n\n").encode(), "exact.csv")
    assert_frame_equal(quick.select(clean(column) for column in quick), exact.select(clean(column) for column in exact))
    assert_frame_equal(quick.select("tag", "species"), FRAME.select("tag", "species"))


def test_a_header_of_very_many_names_is_read_whole() -> None:
    names = [f"gene number {at}" for at in range(20_000)]
    text = ",".join(names) + "\n" + "\n".join(",".join(["1", "2"] * 10_000) for _ in range(3)) + "\n"
    frame = read_delimited(text.encode(), "genes.csv")
    assert frame.shape == (3, 20_000)
    assert frame.columns == names
