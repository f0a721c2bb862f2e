"""The door to all sources: opens whatever was handed in, and joins a test part below the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from narwhals.exceptions import DuplicateError
from polars.exceptions import PolarsError

from trainwell.data.columns import require_columns
from trainwell.data.files import source_of_file
from trainwell.data.source import Source, refuse_unequal_counts, source_of_array, source_of_frame, source_of_mapping
from trainwell.errors import DataError


def open_source(data: Any, *, y: Any = None, delimiter: str | None = None) -> Source:
    """Open a path, a data frame, a mapping of columns, a list of rows that are mappings, or an array.

    A pandas series whose index holds names is one row, as ``frame.iloc[0]`` gives it.

    Args:
        data: what to open, or a tuple of inputs and target; an opened :class:`Source` goes through unchanged.
        y: the target when it is no column of ``data``.
        delimiter: the separator of a text table; None finds it.

    Raises:
        DataError: it cannot be opened; the message says why.
    """
    if y is None and isinstance(data, tuple) and len(data) == 2:
        data, y = data
    source = opened(data, delimiter)
    refuse_pattern_names(source)
    if y is None:
        return source
    refuse_no_values(y)
    refuse_unequal_counts(len(source), y, source.origin)
    return replace(source, answers=y)


def opened(data: Any, delimiter: str | None) -> Source:
    """Open by what ``data`` is."""
    if isinstance(data, Source):
        return data
    if isinstance(data, str | Path):
        return source_of_file(data, delimiter)
    if isinstance(data, Mapping):
        return source_of_mapping(data)
    if is_list_of_rows(data):
        names = dict.fromkeys(name for row in data for name in row)
        return source_of_mapping({name: [row.get(name) for row in data] for name in names}, "the list of rows")
    if is_named_row(data):
        return source_of_frame(data.to_frame().T.infer_objects(), "the row")
    if is_frame(data):
        return source_of_frame(data)
    if hasattr(data, "__array__") or isinstance(data, Sequence):
        return source_of_array(data)
    raise DataError(
        f"a source is a path, a data frame, a mapping of columns, a list of rows or an array, but got "
        f"{type(data).__name__}. Turn it into one of these."
    )


def refuse_no_values(y: Any) -> None:
    """Raise when a target that should stand beside the inputs is a name, a path or a single value."""
    if isinstance(y, str | Path) or not hasattr(y, "__len__"):
        raise DataError(
            f"y takes values, one per row, but got {str(y) if isinstance(y, Path) else y!r}. Name a column of the "
            f"source by target='…', or read the values first and hand them over as an array."
        )


def refuse_pattern_names(source: Source) -> None:
    """Raise when a column is called what Polars takes for a pattern over names: ``*`` or ``^…$``."""
    names = [] if source.frame is None else source.frame.columns
    patterns = [name for name in names if name == "*" or (name.startswith("^") and name.endswith("$"))]
    if patterns:
        raise DataError(f"{source.origin} has a column called {patterns[0]!r}, a pattern and no name. Rename it.")


def is_list_of_rows(data: Any) -> bool:
    """Tell whether ``data`` is a list of mappings of columns to values, such as ``frame.to_dict("records")``.

    >>> is_list_of_rows([{"a": 1}, {"a": 2}]), is_list_of_rows([[1], [2]]), is_list_of_rows([])
    (True, False, False)
    """
    return isinstance(data, list | tuple) and bool(data) and all(isinstance(row, Mapping) for row in data)


def is_named_row(data: Any) -> bool:
    """Tell whether ``data`` is one row of a pandas data frame: a series whose index holds the columns' names."""
    wrapped = nw.from_native(data, pass_through=True, series_only=True)
    if not isinstance(wrapped, nw.Series) or not hasattr(data, "to_frame"):
        return False
    names = getattr(data, "index", ())
    return not callable(names) and len(names) > 0 and all(isinstance(name, str) for name in names)


def is_frame(data: Any) -> bool:
    """Tell whether Narwhals knows ``data`` as a data frame."""
    try:
        wrapped = nw.from_native(data, pass_through=True)
    except DuplicateError:  # a frame all the same; opening it words the problem
        return True
    return isinstance(wrapped, nw.DataFrame | nw.LazyFrame)


def joined(main: Source, test: Source) -> Source:
    """Put the rows of a test source below those of the main one.

    Raises:
        DataError: the test source lacks a column or a target, or has another shape.
    """
    answers = joined_answers(main, test)
    if main.frame is None or test.frame is None:
        return replace(main, array=joined_arrays(main, test), answers=answers)
    require_columns(test.frame, main.frame.columns, test.origin)
    return replace(main, frame=joined_frames(main.frame, test.frame.select(main.frame.columns)), answers=answers)


def joined_frames(main: pl.DataFrame, test: pl.DataFrame) -> pl.DataFrame:
    """Stack frames of equal columns; columns whose types have nothing in common are joined as text."""
    try:
        return pl.concat([main, test], how="vertical_relaxed")
    except PolarsError:
        differing = [name for name in main.columns if main[name].dtype != test[name].dtype]
        as_text = pl.col(differing).cast(pl.String)
        return pl.concat([main.with_columns(as_text), test.with_columns(as_text)])


def joined_arrays(main: Source, test: Source) -> np.ndarray:
    """Stack images or signals of equal shape."""
    shapes = [None if part.array is None else part.array.shape[1:] for part in (main, test)]
    if main.array is None or test.array is None or shapes[0] != shapes[1]:
        raise DataError(f"{test.origin} holds examples of shape {shapes[1]}, but {main.origin} of {shapes[0]}.")
    return np.concatenate([main.array, test.array])


def joined_answers(main: Source, test: Source) -> Any:
    """Stack the targets that came beside the inputs."""
    if main.answers is None:
        return None
    if test.answers is None:
        raise DataError(f"{test.origin} came without a target, so nothing can be tested on it. Hand it with its y.")
    return np.concatenate([np.asarray(main.answers), np.asarray(test.answers)])
