"""Files of arrays: npz (x, y and their test parts) and idx (the MNIST family). Nothing is unpickled."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from trainwell.data.content import content
from trainwell.data.source import Source, source_of_array, source_of_mapping
from trainwell.data.wording import listed
from trainwell.errors import DataError

Arrays = Mapping[str, np.ndarray]
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_npz(path: Path) -> Source:
    """Read an npz file: ``x`` and ``y`` (or ``X``, ``x_train`` …), maybe ``x_test`` and ``y_test``.

    Row indices under ``train`` and ``test`` become published splits: "split" when they have one
    axis, "split_0", "split_1", … when they have two. Without an ``x``, arrays of one length
    are taken as the columns of a table.

    Raises:
        DataError: not an npz file, arrays of objects, or arrays that fit no such layout.
    """
    arrays = loaded(path)
    inputs = first_of(arrays, "x", "X", "x_train", "X_train", "data")
    if inputs is None:
        return table_of_columns(arrays, path.name)
    main = source_of_array(inputs, first_of(arrays, "y", "Y", "y_train", "target"), path.name)
    main = named_by(main, arrays)
    return replace(main, held_out=held_out_part(arrays, path.name, main), splits=published_splits(arrays, len(main)))


def loaded(path: Path) -> Arrays:
    """Return the arrays of an npz file, none of which may hold Python objects."""
    if not zipfile.is_zipfile(path):
        raise DataError(f"{path.name} is not an npz file, or is cut short. Write it with numpy.savez(x=…, y=…).")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        raise DataError(
            f"{path.name} holds arrays that are damaged or hold Python objects, which are never loaded. "
            f"Write plain arrays with numpy.savez(x=…, y=…)."
        ) from None


def first_of(arrays: Arrays, *names: str) -> np.ndarray | None:
    """Return the first array that is present under one of ``names``."""
    return next((arrays[name] for name in names if name in arrays), None)


def named_by(source: Source, arrays: Arrays) -> Source:
    """Name the columns after ``feature_names`` where the file holds them."""
    names = first_of(arrays, "feature_names", "columns")
    if names is None or source.frame is None or len(names) != source.frame.width:
        return source
    return replace(source, frame=source.frame.rename(dict(zip(source.frame.columns, map(str, names), strict=True))))


def held_out_part(arrays: Arrays, origin: str, main: Source) -> Source | None:
    """Open ``x_test`` and ``y_test`` when present."""
    inputs = first_of(arrays, "x_test", "X_test")
    if inputs is None:
        return None
    part = source_of_array(inputs, first_of(arrays, "y_test", "Y_test"), f"the test part of {origin}")
    return named_by(part, arrays)


def published_splits(arrays: Arrays, rows: int) -> dict[str, pl.Series]:
    """Turn row indices into a text series of "train" and "test" per published split."""
    train, test = arrays.get("train"), arrays.get("test")
    if train is None or test is None or train.dtype.kind not in "iu" or test.dtype.kind not in "iu":
        return {}
    if train.ndim == 1:
        return {"split": parts_as_text(train, test, rows)}
    pairs = enumerate(zip(train, test, strict=False))
    return {f"split_{place}": parts_as_text(*pair, rows) for place, pair in pairs}


def parts_as_text(train: np.ndarray, test: np.ndarray, rows: int) -> pl.Series:
    """Write "train" and "test" where the indices point, nothing elsewhere."""
    words = np.full(rows, None, dtype=object)
    words[train], words[test] = "train", "test"
    return pl.Series(words.tolist(), dtype=pl.String)


def table_of_columns(arrays: Arrays, origin: str) -> Source:
    """Take one-axis arrays of one length as the columns of a table."""
    if not arrays:
        raise DataError(f"{origin} holds no arrays. Write it with numpy.savez(x=…, y=…).")
    shapes = {values.shape for values in arrays.values()}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise DataError(
            f"{origin} holds the arrays {listed(arrays)}, but none called 'x'. Write it with numpy.savez(x=…, y=…)."
        )
    return source_of_mapping(arrays, origin)


def is_idx(name: str) -> bool:
    """Tell whether a file's name is that of an idx file.

    >>> is_idx("train-images-idx3-ubyte.gz"), is_idx("penguins.csv")
    (True, False)
    """
    return re.search(r"idx\d-\w+(\.gz)?$", name) is not None


def read_idx(path: Path) -> Source:
    """Read images in idx format, with the labels that lie beside them when there are any."""
    images = idx_array(path)
    labels = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    answers = idx_array(labels).astype(np.int64) if labels != path and labels.is_file() else None
    return source_of_array(images, answers, path.name)


def idx_array(path: Path) -> np.ndarray:
    """Read one idx file: two zero bytes, type, axes, sizes (big-endian), then the values.

    Reference: Y. LeCun, C. Cortes, C. J. C. Burges, the MNIST database, "the idx file format".
    """
    data = content(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES:
        raise DataError(f"{path.name} is not an idx file: it does not begin with two zero bytes and a type.")
    axes = data[3]
    if len(data) < 4 + 4 * axes:
        raise DataError(f"{path.name} is cut short: its header says {axes} axes, but ends before their sizes.")
    data = data[: len(data) - (len(data) - 4 - 4 * axes) % np.dtype(IDX_TYPES[data[2]]).itemsize]
    sizes = np.frombuffer(data, ">u4", count=axes, offset=4)
    values = np.frombuffer(data, IDX_TYPES[data[2]], offset=4 + 4 * axes)
    if values.size != sizes.prod():
        raise DataError(f"{path.name} is cut short: {values.size} values where its header says {sizes.prod()}.")
    return values.reshape(sizes).astype(values.dtype.newbyteorder("="))
