"""Files by their ending: which reader opens which, and what to say when none can. No parsing here."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import polars as pl
from polars.exceptions import PolarsError

from trainwell.data.arrays import is_idx, read_idx, read_npz
from trainwell.data.content import content
from trainwell.data.delimited import read_delimited
from trainwell.data.pictures import read_pictures
from trainwell.data.source import Source, refuse_duplicate_names
from trainwell.data.wording import counted, enumerated
from trainwell.errors import DataError
from trainwell.registry import Registry

FileReader: TypeAlias = Callable[[Path, str | None], Source]
file_formats: Registry[FileReader] = Registry("file format")


def source_of_file(path: str | Path, separator: str | None = None) -> Source:
    """Open a file by its ending; ``.gz`` on top of another ending is unpacked. A folder is one of pictures by class.

    Raises:
        DataError: no such file (naming a near one), a folder without pictures, an unknown ending, or a file that
            its reader cannot read.
    """
    path = Path(path)
    if path.is_dir():
        return read_pictures(path)
    refuse_no_file(path)
    if is_idx(path.name):
        return read_idx(path)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if suffix not in file_formats:
        hint = "Save the sheet as CSV." if suffix.startswith(".xls") or suffix == ".ods" else ""
        known = enumerated(list(file_formats), limit=len(file_formats))
        raise DataError(f"{path.name} has an ending that no reader knows ({suffix or 'none'}). {hint} Known: {known}.")
    return file_formats[suffix](path, separator)


def refuse_no_file(path: Path) -> None:
    """Raise unless ``path`` is a file; name a near one where there is one."""
    if path.is_file():
        return
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent}, so no file {path.name} in it. Check the path.")
    neighbours = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    near = difflib.get_close_matches(path.name, neighbours, n=1, cutoff=0.75)
    hint = f"Did you mean {str(path.with_name(near[0]))!r}?" if near else "Check the path."
    raise DataError(f"there is no file {path}. {hint}")


@file_formats.register(".csv", source="comma-separated values")
@file_formats.register(".tsv", source="tab-separated values")
@file_formats.register(".tab", source="tab-separated values")
@file_formats.register(".txt", source="text with separators")
@file_formats.register(".data", source="text with separators")
def open_delimited(path: Path, separator: str | None) -> Source:
    """Open CSV, TSV and their like."""
    return Source(path.name, frame=read_delimited(content(path), path.name, separator), untyped=True)


@file_formats.register(".parquet", source="Apache Parquet")
@file_formats.register(".pq", source="Apache Parquet")
def open_parquet(path: Path, separator: str | None) -> Source:
    """Open a Parquet file."""
    return framed(path, lambda: pl.read_parquet(path), "a Parquet file")


@file_formats.register(".arrow", source="Arrow IPC")
@file_formats.register(".feather", source="Arrow IPC")
def open_arrow(path: Path, separator: str | None) -> Source:
    """Open an Arrow (Feather) file."""
    return framed(path, lambda: pl.read_ipc(path), "an Arrow file")


@file_formats.register(".jsonl", source="JSON lines")
@file_formats.register(".ndjson", source="JSON lines")
def open_json_lines(path: Path, separator: str | None) -> Source:
    """Open JSON lines: one object per line."""
    data = content(path)
    refuse_broken_lines(data, path.name)
    return framed(path, lambda: pl.read_ndjson(data, infer_schema_length=None), "a JSON lines file")


@file_formats.register(".json", source="JSON: a list of objects")
def open_json(path: Path, separator: str | None) -> Source:
    """Open JSON: a list of objects."""
    return framed(path, lambda: pl.read_json(content(path), infer_schema_length=None), "a JSON list of objects")


@file_formats.register(".npz", source="NumPy arrays: x, y and maybe x_test, y_test")
def open_npz(path: Path, separator: str | None) -> Source:
    """Open an npz file."""
    return read_npz(path)


def framed(path: Path, opener: Callable[[], pl.DataFrame], what: str) -> Source:
    """Run a reader of frames and word what can go wrong in it."""
    if not path.stat().st_size:
        raise DataError(f"{path.name} is empty. Export it again.")
    try:
        frame = opener()
    except (PolarsError, OSError) as problem:
        first_line = str(problem).splitlines()[0]
        raise DataError(f"{path.name} cannot be read as {what}: {first_line}. Check that it is whole.") from None
    refuse_duplicate_names(frame.columns, path.name)
    if not frame.height:
        raise DataError(f"{path.name} has {counted(frame.width, 'column')} but no rows. Export it again with its data.")
    return Source(path.name, frame=frame)


def refuse_broken_lines(data: bytes, origin: str) -> None:
    """Raise naming the first line that is no JSON object."""
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            fault = line.strip() and not isinstance(json.loads(line), dict)
        except ValueError:
            fault = True
        if fault:
            raise DataError(f"{origin}, line {number} is not a JSON object. Write one object per line.")
