"""Training, validation and test rows: by chance (stratified), by group, by time, or as a column says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import polars as pl
from pydantic import Field, model_validator

from trainwell.data.wording import counted, listed, rows_named
from trainwell.errors import DataError, did_you_mean
from trainwell.specification import Specification

Fraction = Annotated[float, Field(ge=0, le=1)]
PART_WORDS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "development"),
    "test": ("test", "testing", "holdout", "held out"),
}
PART_OF_WORD = {word: part for part, words in PART_WORDS.items() for word in words}


class Split(Specification):
    """How rows are divided into training, validation and test parts.

    Attributes:
        train, validation, test: fractions of the rows; they sum to 1.
        seed: of the shuffling; the same seed gives the same parts on every machine.
        stratify: give every part the proportions of the classes (by rows, classification only).
        by: ``rows`` by chance; ``group`` keeps each group whole in one part; ``time`` trains on the
            earliest rows and tests on the latest; ``column`` takes the parts that a column names.
        column: the column that holds the groups, the times or the names of the parts.
    """

    train: Annotated[float, Field(gt=0, le=1)] = 0.6
    validation: Fraction = 0.2
    test: Fraction = 0.2
    seed: Annotated[int, Field(ge=0)] = 0
    stratify: bool = True
    by: Literal["rows", "group", "time", "column"] = "rows"
    column: str | None = None

    @model_validator(mode="after")
    def fractions_sum_to_one(self) -> Split:
        """Refuse fractions that leave rows over or use them twice."""
        if abs(self.train + self.validation + self.test - 1) > 1e-6:
            total = self.train + self.validation + self.test
            raise ValueError(f"train + validation + test must be 1, not {total:g}")
        return self

    @property
    def fractions(self) -> tuple[float, float, float]:
        """The three fractions."""
        return self.train, self.validation, self.test

    def without_test(self) -> Split:
        """Return the split of the rows that remain when the test part is given already."""
        rest = self.train + self.validation
        fields = self.model_dump() | {
            "train": self.train / rest,
            "validation": self.validation / rest,
            "test": 0.0,
        }
        return type(self)(**fields)


@dataclass(frozen=True)
class Parts:
    """The rows of each part, int64 and ascending, and a phrase that says how they were chosen."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray
    how: str

    def __repr__(self) -> str:
        return f"<Parts: {len(self.train)} train, {len(self.validation)} validation, {len(self.test)} test rows>"


def split_rows(rows: int, split: Split, *, classes: np.ndarray | None = None, target: str = "") -> Parts:
    """Divide rows by chance, with the proportions of ``classes`` in every part when they are given.

    The rows of each class, shuffled, are spread evenly over (0, 1); all rows are then sorted by that
    position and cut. Parts have exactly the sizes asked for, and every class its share up to one row.

    Args:
        rows: how many.
        classes: integer codes ``(rows,)``, or None.

    >>> parts = split_rows(10, Split(), classes=np.array([0] * 5 + [1] * 5))
    >>> len(parts.train), len(parts.validation), len(parts.test)
    (6, 2, 2)
    """
    generator = np.random.default_rng(split.seed)
    stratified = split.stratify and classes is not None
    groups = classes if stratified and classes is not None else np.zeros(rows, np.int64)
    order = evenly_spread(groups, generator)
    how = f", stratified by {target or 'class'}" if stratified else ", by chance"
    return cut(order, split, f"{how}, seed {split.seed}")


def evenly_spread(classes: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return all rows in an order in which every stretch has the proportions of the classes."""
    shuffled = generator.permutation(len(classes))
    grouped = shuffled[np.argsort(classes[shuffled], kind="stable")]
    counts = np.bincount(classes)
    starts = np.cumsum(counts) - counts
    rank = np.arange(len(classes)) - np.repeat(starts, counts)
    offsets = generator.random(len(counts))
    position = (rank + np.repeat(offsets, counts)) / np.repeat(counts, counts)
    return grouped[np.argsort(position, kind="stable")]


def split_times(times: pl.Series, split: Split) -> Parts:
    """Train on the earliest rows, validate on the next, test on the latest."""
    refuse_missing_role(times, "time")
    order = times.arg_sort().to_numpy()
    return cut(order, split, f", by {times.name}: the earliest rows train, the latest test")


def cut(order: np.ndarray, split: Split, how: str) -> Parts:
    """Cut an order of rows at the fractions of a split."""
    rows = len(order)
    first, second = np.rint(np.cumsum(split.fractions)[:2] * rows).astype(int)
    pieces = (order[:first], order[first:second], order[second:])
    return checked_parts(pieces, split, rows, percents(split) + how)


def split_groups(groups: pl.Series, split: Split) -> Parts:
    """Put each group whole into the part that lacks most of its rows, the largest groups first."""
    refuse_missing_role(groups, "group")
    codes = groups.rank("dense").to_numpy().astype(np.int64) - 1
    sizes = np.bincount(codes)
    shuffled = np.random.default_rng(split.seed).permutation(len(sizes))
    lacking = np.array(split.fractions) * len(codes)
    part_of_group = np.zeros(len(sizes), np.int64)
    for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        part_of_group[group] = lacking.argmax()
        lacking[part_of_group[group]] -= sizes[group]
    pieces = [np.flatnonzero(part_of_group[codes] == part) for part in range(3)]
    if any(fraction and not len(piece) for fraction, piece in zip(split.fractions, pieces, strict=True)):
        raise DataError(
            f"{counted(len(sizes), 'group')} in {groups.name!r} cannot fill the parts of a {percents(split)} "
            f"split. Gather more groups, or split by rows."
        )
    return checked_parts(
        pieces,
        split,
        len(codes),
        f"{percents(split)}, by {groups.name}: groups kept whole, seed {split.seed}",
    )


def split_column(words: pl.Series, split: Split, classes: np.ndarray | None = None) -> Parts:
    """Take the parts that a column names; without validation rows, some training rows become them.

    Rows that the column leaves empty belong to no part.

    Raises:
        DataError: a word that names no part, or no training rows.
    """
    folded = words.cast(pl.String).str.strip_chars().str.to_lowercase()
    strange = [word for word in folded.drop_nulls().unique().sort() if word not in PART_OF_WORD]
    if strange:
        raise DataError(
            f"column {words.name!r} should name the part of each row (train, validation, test), but holds "
            f"{listed(strange, 3)}.{did_you_mean(strange[0], PART_OF_WORD)}"
        )
    part = folded.replace_strict(PART_OF_WORD, default=None, return_dtype=pl.String)
    train, validation, test = (np.array((part == name).fill_null(False).arg_true(), np.int64) for name in PART_WORDS)
    if not len(train):
        raise DataError(f"column {words.name!r} names no training rows. Write 'train' in the rows to learn from.")
    how = f"as column {words.name!r} says"
    if len(validation) or not split.validation:
        return Parts(train, validation, test, how)
    return with_validation(train, test, split, classes, how)


def with_validation(train: np.ndarray, test: np.ndarray, split: Split, classes: np.ndarray | None, how: str) -> Parts:
    """Take the validation part out of given training rows, by chance."""
    inner = split.without_test()
    own = None if classes is None else classes[train]
    parts = split_rows(len(train), inner, classes=own)
    how = f"{how}; {inner.validation:.0%} of the training rows for validation, seed {split.seed}"
    return Parts(train[parts.train], train[parts.validation], test, how)


def checked_parts(pieces: tuple[np.ndarray, ...] | list[np.ndarray], split: Split, rows: int, how: str) -> Parts:
    """Sort the rows of each part, and raise when a part that was asked for is empty."""
    for name, fraction, piece in zip(PART_WORDS, split.fractions, pieces, strict=True):
        if fraction and not len(piece):
            raise DataError(
                f"{counted(rows, 'row')} are too few for a {percents(split)} split: the {name} part would be "
                f"empty. Gather more rows, or change the split."
            )
    train, validation, test = (np.sort(piece).astype(np.int64) for piece in pieces)
    return Parts(train, validation, test, how)


def percents(split: Split) -> str:
    """Write the fractions as people say them.

    >>> percents(Split()), percents(Split(train=0.75, validation=0.25, test=0))
    ('60/20/20', '75/25')
    """
    return "/".join(f"{100 * fraction:.3g}" for fraction in split.fractions).removesuffix("/0")


def refuse_missing_role(values: pl.Series, role: str) -> None:
    """Raise when a row has no group or no time."""
    rows = values.is_null().arg_true()
    if len(rows):
        raise DataError(
            f"the {role} column {values.name!r} is missing in {rows_named(rows)}. Fill it in, or remove the rows."
        )
