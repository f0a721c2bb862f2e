"""What a person hands to ``read`` or ``predict``, opened: a frame or an array under a name.

Opens paths, data frames of any library (through Narwhals), mappings of columns and arrays. What the
columns mean is decided elsewhere (``kinds``, ``target``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from narwhals.exceptions import DuplicateError
from polars.exceptions import ShapeError

from trainwell.data.wording import counted, enumerated, listed, rows_named
from trainwell.errors import DataError


@dataclass(frozen=True)
class Source:
    """Opened data, nothing decided yet.

    Attributes:
        origin: how sentences call it, such as a file's name.
        frame: the columns, for tables.
        array: ``(rows, …)`` with more than two axes, for images and signals.
        answers: targets that came beside the inputs; None when they are columns of ``frame``.
        held_out: a test part that came with the source (``x_test`` and ``y_test`` of an npz file).
        splits: published splits by name, each a text series of "train" and "test".
        positional: whether columns were named by their position alone (arrays).
        untyped: whether every value is text that may stand for something else (CSV).
    """

    origin: str
    frame: pl.DataFrame | None = None
    array: np.ndarray | None = None
    answers: Any = None
    held_out: Source | None = None
    splits: Mapping[str, pl.Series] = field(default_factory=dict)
    positional: bool = False
    untyped: bool = False

    def __len__(self) -> int:
        held = self.frame if self.frame is not None else self.array
        assert held is not None
        return len(held)


def source_of_frame(data: Any, origin: str = "the data frame") -> Source:
    """Open a data frame of any library that Narwhals knows; pandas, Polars and Arrow among them.

    Raises:
        DataError: two columns share a name, or the frame has no rows.
    """
    try:
        wrapped = nw.from_native(data)
    except DuplicateError:
        refuse_duplicate_names([str(name) for name in data.columns], origin)
        raise
    eager = wrapped.collect() if isinstance(wrapped, nw.LazyFrame) else wrapped
    frame = polars_of(eager)
    if not frame.height:
        raise DataError(f"{origin} has no rows. Check the query or filter that made it.")
    return Source(origin, frame=all_named(frame))


def all_named(frame: pl.DataFrame) -> pl.DataFrame:
    """Call a column without a name by its place."""
    if "" not in frame.columns:
        return frame
    names = [name or f"column {place}" for place, name in enumerate(frame.columns, start=1)]
    return pl.DataFrame([column.alias(name) for column, name in zip(frame.get_columns(), names, strict=True)])


def polars_of(frame: nw.DataFrame[Any]) -> pl.DataFrame:
    """Convert to Polars; columns that cannot (mixed types in pandas objects) become text."""
    try:
        return frame.to_polars()
    except Exception:  # pyarrow and Polars raise many types here, and pyarrow may be absent
        return pl.DataFrame([column_as_is_or_text(frame.get_column(name)) for name in frame.columns])


def column_as_is_or_text(column: nw.Series[Any]) -> pl.Series:
    """Convert one column, through text where the types in it are mixed."""
    name = str(column.name)
    if column.dtype.is_numeric() and not column.is_null().any():
        return pl.Series(name, column.to_numpy())
    missing, values = column.is_null().to_list(), column.to_list()
    if any(isinstance(value, complex) for value in values):
        refuse_complex(np.asarray(values, complex), f"column {name!r}")
    texts = [None if gone else str(value) for value, gone in zip(values, missing, strict=True)]
    return pl.Series(name, texts, dtype=pl.String)


def refuse_duplicate_names(names: list[str], origin: str) -> None:
    """Raise when two columns share a name."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        places = [place + 1 for place, name in enumerate(names) if name == repeated[0]]
        raise DataError(
            f"{origin} has more than one column called {repeated[0]!r} (columns {listed(places)}). "
            f"Rename or remove all but one of them."
        )


def source_of_array(inputs: Any, answers: Any = None, origin: str = "the array") -> Source:
    """Open an array: two axes make a table with columns x0, x1, …; more stay an array.

    Raises:
        DataError: fewer than two axes, no rows, values that are no numbers, or counts that differ.
    """
    values = np.asarray(inputs)
    if values.ndim < 2:
        raise DataError(
            f"{origin} has {counted(values.ndim, 'axis', 'axes')}, but inputs need two or more: "
            f"(rows, features). For a single feature, reshape it with x.reshape(-1, 1)."
        )
    if not values.size:
        raise DataError(f"{origin} is empty: its shape is {values.shape}.")
    refuse_complex(values, origin)
    refuse_unequal_counts(len(values), answers, origin)
    if values.ndim == 2:
        return Source(origin, frame=frame_of_matrix(values), answers=answers, positional=True)
    return Source(origin, array=checked_array(values, origin), answers=answers, positional=True)


def source_of_mapping(columns: Mapping[Any, Any], origin: str = "the mapping of columns") -> Source:
    """Open a mapping of columns.

    Raises:
        DataError: columns of several lengths, or of complex numbers.
    """
    refuse_duplicate_names([str(name) for name in columns], origin)
    named = {str(name): values for name, values in columns.items()}
    for name, values in named.items():
        if isinstance(values, np.ndarray):
            refuse_complex(values, f"column {name!r} of {origin}")
    try:
        frame = pl.DataFrame(named, strict=False)
    except ShapeError:
        lengths = [
            f"{name!r} has {len(values)}"
            for name, values in named.items()
            if hasattr(values, "__len__") and not isinstance(values, str)
        ]
        raise DataError(
            f"columns have as many values each, but of {origin} {enumerated(lengths)}. Give every row a value in each "
            f"column, None where it is missing."
        ) from None
    return source_of_frame(frame, origin)


def refuse_complex(values: np.ndarray, what: str) -> None:
    """Raise when numbers are complex."""
    if values.dtype.kind == "c":
        raise DataError(
            f"{what} holds complex numbers ({values.dtype}), but networks take real ones. "
            f"Make two columns of it: real and imaginary part, or size and angle."
        )


def frame_of_matrix(values: np.ndarray, names: list[str] | None = None) -> pl.DataFrame:
    """Name the columns of a matrix x0, x1, …, unless names are given."""
    names = names or [f"x{place}" for place in range(values.shape[1])]
    if values.dtype.kind not in "biuf":
        columns = [pl.Series(name, column.tolist(), strict=False) for name, column in zip(names, values.T, strict=True)]
        return pl.DataFrame(columns)
    return pl.DataFrame(np.asfortranarray(values), schema=names)


def checked_array(values: np.ndarray, origin: str) -> np.ndarray:
    """Return images or signals as uint8 (0 to 255) or float32, all finite."""
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind not in "biuf":
        raise DataError(f"{origin} holds values of type {values.dtype}, but images and signals are numbers.")
    with np.errstate(over="ignore"):
        values = values.astype(np.float32)
    bad = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
    if bad.size:
        raise DataError(
            f"{origin} holds missing or infinite values in {rows_named(bad)}, or some too large for float32. "
            f"Remove these rows, fill them in, or rescale the values."
        )
    return values


def refuse_unequal_counts(rows: int, answers: Any, origin: str) -> None:
    """Raise when the answers are not as many as the rows."""
    if answers is not None and len(answers) != rows:
        raise DataError(
            f"{origin} has {counted(rows, 'row')}, but its target has {len(answers)}: they must be as many."
        )
