"""The columns of a table: what each is, whether it is used, and why, in one sentence each."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

import polars as pl

from trainwell.data.kinds import as_kind, checked_kind, recognise
from trainwell.data.slips import slip_in
from trainwell.data.values import Kind, clean, date_format_of
from trainwell.data.wording import listed
from trainwell.errors import DataError, TrainwellWarning, did_you_mean

Use: TypeAlias = Literal["used", "transformed", "left out"]
USE_OF_KIND: dict[Kind, Use] = {
    "number": "used",
    "boolean": "used",
    "category": "transformed",
    "date": "transformed",
    "identifier": "left out",
    "constant": "left out",
    "text": "left out",
}
MOST_COMMON = 5


@dataclass(frozen=True)
class Column:
    """One column of the source: its kind, whether it is used, and the reason.

    Attributes:
        missing: how many rows have no value.
        distinct: how many different values the others have.
        summary: for numbers ``min``, ``max``, ``mean``, ``std``, ``median``; for dates ``min``, ``max`` and
            the ``format`` that they are written in; for booleans ``true``; for the rest ``top``: the
            most common values with their counts.
    """

    name: str
    kind: Kind
    use: Use
    reason: str
    missing: int
    distinct: int
    summary: Mapping[str, Any] = field(default_factory=dict)


def read_columns(
    frame: pl.DataFrame, *, kinds: Mapping[str, str] | None = None, positional: bool = False
) -> tuple[tuple[Column, ...], pl.DataFrame]:
    """Recognise every column of a frame; return them with the frame in the types that go with them.

    Args:
        frame: the raw columns, any number of rows.
        kinds: kinds that a person states, by column; the others are found.
        positional: columns named by position only are never taken for identifiers.

    Raises:
        DataError: a stated kind does not fit, a column is all missing or infinite somewhere, or no
            column can be used.
    """
    stated = {name: checked_kind(kind) for name, kind in (kinds or {}).items()}
    read = [read_column(frame[name], stated.get(name), positional) for name in frame.columns]
    columns = tuple(column for column, _ in read)
    if not any(column.use != "left out" for column in columns):
        raise no_column_left(columns)
    return columns, pl.DataFrame([values for _, values in read])


def read_column(raw: pl.Series, stated: Kind | None, positional: bool) -> tuple[Column, pl.Series]:
    """Recognise one column, or take the stated kind for it."""
    if stated is None:
        (kind, reason), values = recognise(raw, positional=positional)
        if kind in ("identifier", "category", "text") and raw.dtype == pl.String:
            reason += warned_of_slip(kind, values)
    else:
        kind, reason, values = stated, f"Stated as {stated}.", as_kind(clean(raw), stated)
    column = described(values, kind, USE_OF_KIND[kind], reason)
    return (with_date_format(column, raw) if kind == "date" else column), values


def warned_of_slip(kind: Kind, values: pl.Series) -> str:
    """Warn when text would have been numbers or dates but for a slip; return a sentence to add to the reason.

    Warns:
        TrainwellWarning: what the column looks like, in which cell it is not, and what to do.
    """
    slip = slip_in(values)
    if not slip:
        return ""
    taken = "left out" if USE_OF_KIND[kind] == "left out" else f"read as a {kind}"
    name = values.name
    warnings.warn(
        f"column {name!r} is {taken}, but {slip}, or say kinds={{{name!r}: {kind!r}}}.", TrainwellWarning, stacklevel=2
    )
    return f" It {slip}."


def with_date_format(column: Column, raw: pl.Series) -> Column:
    """Keep the format that dates were written in, so that later rows are read by the same."""
    written = date_format_of(clean(raw)) if raw.dtype == pl.String else None
    return replace(column, summary=dict(column.summary) | {"format": written})


def described(values: pl.Series, kind: Kind, use: Use, reason: str) -> Column:
    """Describe a column whose kind is settled."""
    present = values.drop_nulls()
    distinct = 0 if values.dtype.is_nested() else present.n_unique()
    return Column(values.name, kind, use, reason, values.null_count(), distinct, summarised(present, kind))


def set_aside(raw: pl.Series, reason: str) -> Column:
    """Describe a column that is no input because it has another part to play."""
    try:
        (kind, _), values = recognise(raw)
    except DataError:  # an ignored column may be all missing or infinite: it is out anyway
        kind, values = "text", raw
    return described(values, kind, "left out", reason)


def summarised(present: pl.Series, kind: Kind) -> dict[str, Any]:
    """Sum up the values of a column, as plain numbers and text."""
    if not len(present) or present.dtype.is_nested():
        return {}
    if kind == "number":
        statistics = ("min", "max", "mean", "std", "median")
        return {name: float(getattr(present, name)() or 0.0) for name in statistics}
    if kind == "boolean":
        return {"true": int(present.sum())}
    if kind == "date":
        written = present.dt.to_string("%Y-%m-%dT%H:%M:%S")
        return {"min": written.min(), "max": written.max()}
    top = present.alias("value").value_counts(name="rows", sort=True)[:MOST_COMMON]
    return {"top": dict(zip(map(str, top["value"]), top["rows"].to_list(), strict=True))}


def no_column_left(columns: Iterable[Column]) -> DataError:
    """Word that nothing is left to learn from."""
    reasons = " ".join(f"{column.name!r}: {column.reason}" for column in list(columns)[:6])
    return DataError(
        f"no column is left to learn from. {reasons or 'The table holds nothing beside its target.'} "
        f"State a kind to use one all the same, such as kinds={{'age': 'number'}}."
    )


def require_columns(frame: pl.DataFrame, names: Iterable[str], origin: str, what: str = "column") -> None:
    """Raise when a frame lacks a column that was asked for, with the nearest name."""
    for name in names:
        if name not in frame.columns:
            raise DataError(
                f"{origin} has no {what} {name!r}.{did_you_mean(name, frame.columns)} "
                f"Its columns: {listed(frame.columns, limit=20)}."
            )
