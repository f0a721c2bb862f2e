"""The parts that columns play beside being inputs: target, weights, groups, time, split, ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl

from trainwell.data.columns import require_columns
from trainwell.data.kinds import as_kind
from trainwell.data.source import Source, refuse_complex, source_of_frame
from trainwell.data.splits import Split
from trainwell.data.values import clean, fits, to_number
from trainwell.data.wording import counted, listed, rows_named
from trainwell.errors import DataError

USUAL_TARGETS = ("target", "class", "label", "y")
WITH_OWN_TEST = Split(train=0.8, validation=0.2, test=0.0)


@dataclass(frozen=True)
class Roles:
    """Which columns (or arrays beside the table) play which part.

    Attributes:
        target: names of the target's columns.
        weights, groups, time: a column's name, or an array ``(rows,)``, or None.
        split: how rows are divided; by column, it names one.
        ignore: columns to leave out.
    """

    target: tuple[str, ...]
    weights: Any
    groups: Any
    time: Any
    split: Split
    ignore: tuple[str, ...]

    def reasons(self, source: Source) -> dict[str, str]:
        """Say, for every column that is no input, why.

        Raises:
            DataError: one of the columns named is not there.
        """
        told = dict.fromkeys(self.ignore, "Left out on request.")
        told |= {self.split.column: "Divides the rows into parts."} if self.split.column else {}
        for given, reason in (
            (self.weights, "Weighs the rows."),
            (self.groups, "Names the groups that stay in one part."),
            (self.time, "Orders the rows in time."),
        ):
            if isinstance(given, str):
                told[given] = reason
        if source.answers is None:
            self.refuse_ignored_target()
            told |= dict.fromkeys(self.target, "The target.")
        told = {name: reason for name, reason in told.items() if name not in source.splits}
        require_columns(table_of(source), told, source.origin)
        return told

    def refuse_ignored_target(self) -> None:
        """Raise when a column is both the target and to be ignored."""
        both = [name for name in self.target if name in self.ignore]
        if both:
            raise DataError(
                f"the target cannot be ignored, but {listed(both)} {'is' if len(both) == 1 else 'are'} named as both. "
                f"Take {'it' if len(both) == 1 else 'them'} out of ignore (--ignore), or name another target."
            )

    def values(self, role: str, source: Source, given_test: int = 0) -> pl.Series | None:
        """Return the values of weights, groups or time, one per row; None when nothing was given."""
        given = getattr(self, role)
        if given is None:
            return None
        if isinstance(given, str):
            return clean(table_of(source)[given])
        values = clean(series_of(given, role))
        if len(values) != len(source):
            raise DataError(
                f"{role} has {counted(len(values), 'value')} for {counted(len(source), 'row')}"
                f"{f' ({given_test} of them in the test part)' if given_test else ''}: give one per row."
            )
        return values


def table_of(source: Source) -> pl.DataFrame:
    """Return the source's columns; none for images and signals."""
    return pl.DataFrame() if source.frame is None else source.frame


def planned_split(split: Split | str | None, groups: Any, time: Any, own_test: bool) -> Split:
    """Settle how to divide: as asked, else by group or by time when those are given.

    Raises:
        DataError: something else was given, such as a number.

    >>> planned_split("fold", None, None, own_test=False).by
    'column'
    """
    by = "group" if groups is not None else "time" if time is not None else "rows"
    if isinstance(split, str):
        return Split(**WITH_OWN_TEST.model_dump() | {"by": "column", "column": split})
    if split is not None and not isinstance(split, Split):
        raise DataError(
            f"split is a tw.Split or the name of a column, but got {split!r}. "
            f"Say split=tw.Split(train=0.7, validation=0.1, test=0.2)."
        )
    if split is not None and "by" in split.model_fields_set:
        return split
    column = next((given for given in (groups, time) if isinstance(given, str)), None)
    plan = split or (WITH_OWN_TEST if own_test else Split())
    return Split(**plan.model_dump() | {"by": by, "column": column})


def take_target(source: Source, target: str | Sequence[str] | None) -> list[pl.Series]:
    """Return the target's columns: those named, those beside the inputs, or the one with a usual name.

    Raises:
        DataError: a named column is not there, or it is open which one is meant.
    """
    names = target_names(target)
    if source.answers is not None:
        return answer_columns(source.answers, names)
    if source.frame is None:
        raise DataError(
            f"{source.origin} came without a target. Hand it over as y=…; for pictures, put those of each class into a "
            f"subfolder named after the class."
        )
    table = table_of(source)
    names = names or usual_target(table.columns, source.origin)
    require_columns(table, names, source.origin, what="target column")
    return [typed(table[name]) if source.untyped else table[name] for name in names]


def target_names(target: Any) -> list[str]:
    """Return the names that a target is given by; raises ``DataError`` where it holds values instead.

    A whole number is the name of a column that a data frame calls so; columns are called by text here.

    >>> target_names("species"), target_names(None), target_names(3)
    (['species'], [], ['3'])
    """
    if isinstance(target, Integral) and not isinstance(target, bool):
        target = str(target)
    if target is not None and not isinstance(target, Iterable):
        raise DataError(f"target names a column, or several in a list, but got {target!r}. Say target='a column'.")
    names = [target] if isinstance(target, str) else [] if target is None else list(target)
    if not all(isinstance(name, str) for name in names):
        raise DataError(
            "target names columns, but got values; hand them over as y: tw.read(inputs, y=values), or (inputs, values)."
        )
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        raise DataError(f"every target column is named once, but {repeated[0]!r} is named again. Name it once.")
    return names


def usual_target(columns: Sequence[str], origin: str) -> list[str]:
    """Return the only column called target, class, label or y."""
    usual = [name for name in columns if name.lower() in USUAL_TARGETS]
    if len(usual) != 1:
        told = listed(columns, limit=20) if columns else "none, so give y"
        raise DataError(f"say which column of {origin} to predict: target='…'. Its columns: {told}.")
    return usual


def answer_columns(answers: Any, names: Sequence[str]) -> list[pl.Series]:
    """Turn a target that came beside the inputs, of any type, into columns."""
    wrapped = nw.from_native(answers, pass_through=True, allow_series=True)
    if isinstance(wrapped, nw.DataFrame | nw.LazyFrame):
        frame = source_of_frame(answers, "the target").frame
        columns = [] if frame is None else frame.get_columns()
    elif isinstance(wrapped, nw.Series):
        columns = [series_of(answers, str(wrapped.name or "y"))]
    else:
        columns = columns_of_array(np.asarray(answers))
    if names and len(names) != len(columns):
        raise DataError(f"the target has {counted(len(columns), 'column')}, but is called {listed(names)}.")
    return [column.alias(name) for column, name in zip(columns, names or [c.name for c in columns], strict=True)]


def columns_of_array(values: np.ndarray) -> list[pl.Series]:
    """Name the columns of a target array: y, or y0, y1, …."""
    if values.ndim > 2:
        raise DataError(f"a target has one or two axes, (rows,) or (rows, outputs), but its shape is {values.shape}.")
    if values.ndim == 1 or values.shape[1] == 1:
        return [series_of(values.ravel(), "y")]
    return [series_of(column, f"y{place}") for place, column in enumerate(values.T)]


def series_of(values: Any, name: str) -> pl.Series:
    """Turn one-axis values of any library into a Polars series; mixed types become text."""
    wrapped = nw.from_native(values, pass_through=True, series_only=True)
    if isinstance(wrapped, nw.Series):
        try:
            return wrapped.to_polars().alias(name)
        except Exception:  # as in source.polars_of: many types are raised here
            values = wrapped.to_list()
    array = np.asarray(values)
    refuse_complex(array, name)
    if array.dtype.kind in "biuf" and array.dtype != np.float16:
        return pl.Series(name, np.ascontiguousarray(array))
    try:
        return pl.Series(name, array.tolist())
    except TypeError:
        return pl.Series(name, [None if value is None else str(value) for value in array.tolist()])


def typed(text: pl.Series) -> pl.Series:
    """Read the text of an untyped file as numbers where all of it is, without leading zeros."""
    values = clean(text)
    numbers = to_number(values)
    codes = values.dtype == pl.String and values.str.contains(r"^0\d+$").any()
    return numbers if fits(numbers, values) and not codes else values


def sample_weight(values: pl.Series | None) -> np.ndarray | None:
    """Return sample weights as float64, finite, none below 0 and not all 0.

    Raises:
        DataError: a weight is missing, infinite or negative, or all are 0.
    """
    if values is None:
        return None
    weights = as_kind(values, "number").cast(pl.Float64).to_numpy()
    bad = np.flatnonzero(~(weights >= 0))
    if bad.size:
        raise DataError(
            f"sample weights must be 0 or more, but {values.name!r} is not in {rows_named(bad)}. Correct them."
        )
    if not weights.any():
        raise DataError(f"the sample weights {values.name!r} are all 0. Give some row a weight above 0.")
    return weights


def as_array(values: pl.Series | None, reading: Callable[[pl.Series], pl.Series] | None = None) -> np.ndarray | None:
    """Return a series as an array, read first where a reading is given."""
    if values is None:
        return None
    return (reading(values) if reading else values).to_numpy()


def kinds_of_inputs(kinds: Mapping[str, str] | None, inputs: pl.DataFrame, origin: str) -> dict[str, str]:
    """Check that every column whose kind a person states is an input."""
    require_columns(inputs, kinds or {}, origin, what="input column")
    return dict(kinds or {})
