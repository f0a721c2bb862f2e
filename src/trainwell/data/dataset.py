"""A data set as training sees it: inputs, target, weights and the rows of each part. Not encoded yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl

from trainwell.data.columns import Column, require_columns
from trainwell.data.splits import Parts, Split, split_column, split_groups, split_rows, split_times
from trainwell.data.target import Target
from trainwell.data.values import INSTANT, clean, date_format_of, fits, to_date, to_number
from trainwell.data.wording import counted, listed
from trainwell.errors import DataError
from trainwell.tasks import Task


@dataclass(frozen=True)
class Dataset:
    """Rows to learn from, made by :func:`trainwell.data.read`.

    Attributes:
        name: what to call it in reports.
        task: what is asked.
        frame: the feature columns in their own types; None for images and signals.
        array: ``(rows, …)`` uint8 or float32 images or signals; None for tables.
        columns: every column of the source with its kind, use and reason.
        target: the answers.
        sample_weight: float64 ``(rows,)``, or None.
        groups: the group of each row, or None.
        parts: the rows for training, validation and test.
        source: where the data came from.
        times: the time of each row, or None.
        aside: the columns that are no inputs, kept to name rows by and to split by.
        published: splits that came with the source, by name.
        inputs: the names of all columns that are inputs or would be, were they not left out for their kind.
        given_test: how many of the last rows came as a test part of their own.
    """

    name: str
    task: Task
    frame: pl.DataFrame | None
    array: np.ndarray | None
    columns: tuple[Column, ...]
    target: Target
    sample_weight: np.ndarray | None
    groups: np.ndarray | None
    parts: Parts
    source: str
    times: np.ndarray | None = None
    aside: pl.DataFrame = field(default_factory=pl.DataFrame)
    published: Mapping[str, pl.Series] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    given_test: int = 0

    def __len__(self) -> int:
        return len(self.target.values)

    def __repr__(self) -> str:
        inputs = f"inputs of shape {self.array.shape[1:]}" if self.array is not None else self.feature_phrase()
        names = listed(self.target.names)
        return f"<Dataset {self.name}: {counted(len(self), 'row')}, {inputs}, {self.task} {names}>"

    @cached_property
    def gives_back(self) -> bool:
        """Whether the answers are the inputs themselves, as for an autoencoder: nothing then is told from anything."""
        if self.frame is not None:
            return set(self.target.names) == set(self.frame.columns)
        flat = self.array.reshape(len(self), -1) if self.array is not None else np.empty((0, 0))
        return flat.shape == self.target.values.shape and np.array_equal(flat, self.target.values.astype(flat.dtype))

    def feature_phrase(self) -> str:
        """Say how many columns are inputs."""
        return counted(0 if self.frame is None else self.frame.width, "feature")

    def split(self, split: Split) -> Dataset:
        """Return the same data divided anew; a test part that came with the source stays.

        Raises:
            DataError: no split, too few rows or groups, or the split names a column that is not there.
        """
        if not isinstance(split, Split):
            raise DataError(
                f"a data set is divided by a tw.Split, but got {split!r}. "
                "Say data.split(tw.Split(train=0.7, validation=0.1, test=0.2))."
            )
        return replace(self, parts=self.divided(split))

    def divided(self, split: Split) -> Parts:
        """Return the parts that a split makes of this data."""
        rows = len(self) - self.given_test
        given = np.arange(rows, len(self))
        wanted = split.without_test() if self.given_test and split.by != "column" else split
        parts = self.parts_of_first(rows, wanted)
        if self.given_test:
            how = f"{parts.how}; the test part as given"
            parts = replace(parts, test=np.concatenate([parts.test, given]), how=how)
        self.refuse_untaught_classes(parts)
        return parts

    def parts_of_first(self, rows: int, split: Split) -> Parts:
        """Divide the first rows, those that did not come as a test part."""
        classes = self.target.values[:rows] if self.target.classes else None
        if split.by == "group":
            return split_groups(self.role(split.column, self.groups, "groups")[:rows], split)
        if split.by == "time":
            return split_times(moments(self.role(split.column, self.times, "time"))[:rows], split)
        if split.by == "column":
            return split_column(self.role(split.column, None, "split")[:rows], split, classes)
        return split_rows(rows, split, classes=classes, target=self.target.names[0])

    def role(self, column: str | None, held: np.ndarray | None, argument: str) -> pl.Series:
        """Return the values that a split goes by: of a column it names, or those held since reading."""
        if column is not None:
            return self.column(column)
        if held is None:
            raise DataError(f"this split needs to know by what to divide. Say {argument}='a column' to read.")
        return pl.Series(argument, held)

    def column(self, name: str) -> pl.Series:
        """Return a column by name, be it a feature, set aside, or a published split."""
        if name in self.published:
            return self.published[name].alias(name)
        features = [] if self.frame is None else self.frame.get_columns()
        known = pl.DataFrame([*features, *self.aside.get_columns()])
        require_columns(known, [name], self.source)
        return known[name]

    def refuse_untaught_classes(self, parts: Parts) -> None:
        """Raise when a class is in no training row."""
        untaught = np.setdiff1d(np.arange(len(self.target.classes)), self.target.values[parts.train])
        if len(untaught) and self.target.classes:
            names = listed([self.target.classes[code] for code in untaught])
            raise DataError(
                f"no training row is of class {names} of the target {self.target.names[0]!r}. "
                f"Split in another way, or remove that class."
            )


def moments(raw: pl.Series) -> pl.Series:
    """Read the values that order rows in time: instants, dates in text, or numbers.

    Raises:
        DataError: values that are neither.
    """
    values = clean(raw)
    if values.dtype == pl.String and date_format_of(values):
        return to_date(values)
    if values.dtype == INSTANT or values.dtype.is_numeric():
        return values
    if not fits(to_number(values), values):
        raise DataError(f"column {raw.name!r} orders no rows in time: it holds neither dates nor numbers.")
    return to_number(values)
