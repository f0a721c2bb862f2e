"""Which row is opened, and where it comes from: a file, the run's own data, or handed in."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from trainwell.artifact import SUMMARY, read_json
from trainwell.data import Dataset, Encoder
from trainwell.data.opening import is_list_of_rows, is_named_row, open_source
from trainwell.data.source import Source
from trainwell.errors import ArtifactError, DataError


@dataclass(frozen=True)
class Row:
    """One row as the person has it.

    Attributes:
        inputs: what an encoder takes: a source or a frame of one row, or one example ``(1, …)``.
        raw: its values by column, target and others included; empty for images and signals.
        answer: the true answer by target column; empty where it is not known.
        where: how sentences call it, such as ``row 7 of penguins.csv``.
    """

    inputs: Any
    raw: Mapping[str, Any]
    answer: Mapping[str, Any]
    where: str


def row_given(given: Any, encoder: Encoder) -> Row:
    """Return a row that was handed in: a mapping or series of columns, a frame of one row, or an array of one example.

    Raises:
        DataError: it holds more than one row.
    """
    if isinstance(given, Mapping):
        given = pl.DataFrame({name: [value] for name, value in given.items()}, strict=False)
        return row_of_source(replace(open_source(given), origin="the row"), 0, encoder, "the row")
    if is_named_row(given) or is_list_of_rows(given):
        given = open_source(given)
    elif (hasattr(given, "__array__") and not hasattr(given, "columns")) or isinstance(given, list | tuple):
        given = np.asarray(given)
        shape = None if encoder.array is None else encoder.array.shape
        if given.ndim == (1 if shape is None else len(shape)):
            given = given[None]
    source = open_source(given)
    if len(source) != 1:
        raise DataError(f"explain takes one row, but got {len(source)}; pick one, such as frame[6:7].")
    return row_of_source(replace(source, origin="the row"), 0, encoder, "the row")


def row_of_file(path: str | Path, number: int, encoder: Encoder) -> Row:
    """Return a row of a file, counted from 1 below the header.

    Raises:
        DataError: the file cannot be read, or has fewer rows.
    """
    source = open_source(str(path))
    if not 1 <= number <= len(source):
        raise DataError(f"{source.origin} has rows 1 to {len(source)}, but got row {number}.")
    return row_of_source(source, number - 1, encoder, f"row {number} of {source.origin}")


def row_of_data(data: Dataset, position: int, encoder: Encoder) -> Row:
    """Return a row of a data set by its position, counted from 0, the answer with it.

    Raises:
        DataError: there is no such row.
    """
    if not 0 <= position < len(data):
        raise DataError(f"{data.name} has rows 0 to {len(data) - 1}, but got row {position}.")
    values = np.atleast_1d(data.target.values[position])
    labels = [data.target.classes[int(code)] for code in values] if data.target.classes else values.tolist()
    answer = dict(zip(data.target.names, labels, strict=True))
    where = f"row {position + 1} of {data.name}"
    if data.frame is None:
        assert data.array is not None
        return Row(data.array[position][None], {}, answer, where)
    frame = data.frame[position : position + 1]
    return Row(frame, frame.row(0, named=True), answer, where)


def row_of_source(source: Source, position: int, encoder: Encoder, where: str) -> Row:
    """Return one row of what was opened."""
    if source.frame is None:
        assert source.array is not None
        known = source.answers is not None and len(encoder.target.names) == 1
        answer = {encoder.target.names[0]: np.asarray(source.answers)[position]} if known else {}
        return Row(replace(source, array=source.array[position : position + 1]), {}, answer, where)
    frame = source.frame[position : position + 1]
    if source.positional and frame.width in (len(encoder.inputs), len(encoder.columns)):
        frame = encoder.named_by_position(frame, source.origin)
    raw = frame.row(0, named=True)
    names = encoder.target.names
    answer = {name: raw[name] for name in names} if all(is_known(raw.get(name)) for name in names) else {}
    return Row(replace(source, frame=frame, positional=False), raw, answer, where)


def is_known(value: Any) -> bool:
    """Tell whether an answer is there."""
    return value is not None and str(value).strip() != ""


def remembered_file(folder: Path) -> Path:
    """Return the data file that the command of a run folder names.

    Raises:
        ArtifactError: the folder says none, or it is not there any more.
    """
    command = read_json(folder, "summary.json", SUMMARY)["command"]
    words = shlex.split(command) if isinstance(command, str) else []
    pairs = list(pairwise(words))[1:]
    values = [(Path(word), before.startswith("-")) for before, word in pairs if not word.startswith("-")]
    named = [path for path, follows_option in sorted(values, key=lambda value: value[1])]
    if not named:
        raise ArtifactError(f"{folder} does not say which file it was trained on; name one: --data FILE.")
    found = next((path for path in named if path.is_file()), None)
    if found is None:
        raise ArtifactError(f"{folder} was trained on {named[0]}, which is not here now; name the file: --data FILE.")
    return found


def encoded_answer(row: Row, encoder: Encoder) -> np.ndarray | None:
    """Return the true answer as the loss takes it, one row; None where it is not known.

    Raises:
        DataError: the answer is none of the classes, or no number.
    """
    if not row.answer:
        return None
    target, given = encoder.target, list(row.answer.values())
    if target.classes:
        label = as_label(given[0], target.classes)
        if label not in target.classes:
            known = ", ".join(map(str, target.classes))
            raise DataError(
                f"the {target.names[0]} of {row.where} is {label!r}, which is none of the classes: {known}."
            )
        return np.asarray(encoder.encode_target(encoder.codes_of([label])))
    try:
        return np.asarray(encoder.encode_target(np.array([[float(value) for value in given]])))
    except (TypeError, ValueError):
        raise DataError(f"the target of {row.where} must be numbers, but got {given!r}.") from None


def as_label(given: Any, classes: tuple[Any, ...]) -> Any:
    """Return the class that a value names, the value itself where it names none.

    >>> as_label("1", (0, 1)), as_label("cat ", ("cat", "dog")), as_label("cow", ("cat",))
    (1, 'cat', 'cow')
    """
    text = str(given).strip()
    by_text = {str(label): label for label in classes}
    if text in by_text:
        return by_text[text]
    try:
        by_number = {float(label): label for label in classes}
        return by_number.get(float(text), given)
    except ValueError:
        return given
