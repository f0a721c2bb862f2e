"""What kind of column a series is, by rules tried in order, each with its reason; not how it is encoded.

A rule looks at the :class:`Evidence` and answers with a kind and a sentence, or passes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl

from trainwell.data.values import (
    BOOLEAN_PAIRS,
    KINDS,
    Kind,
    clean,
    date_format_of,
    fits,
    to_boolean,
    to_date,
    to_number,
    to_text,
    unread,
)
from trainwell.data.wording import counted, listed, rows_named
from trainwell.errors import DataError, unknown_name

IDENTIFIER_NAME = re.compile(r"(?i:(^|[^a-z])(id|uuid|guid|index|key))$|[a-z](Id|ID)$")
MOSTLY = 0.9
FREE_TEXT_WORDS = 3
FREE_TEXT_LETTERS = 30
#: The largest number of float32, in which networks calculate.
LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Evidence:
    """What the rules look at: the cleaned values of one column and a few counts."""

    values: pl.Series
    distinct: int
    positional: bool = False
    stated_category: bool = False

    @property
    def name(self) -> str:
        """The column's name."""
        return self.values.name

    @property
    def present(self) -> int:
        """How many values are not missing."""
        return len(self.values) - self.values.null_count()

    @property
    def mostly_distinct(self) -> bool:
        """Whether nearly every row has a value of its own."""
        return self.distinct > MOSTLY * self.present


Verdict: TypeAlias = tuple[Kind, str]
Rule: TypeAlias = Callable[[Evidence], "Verdict | None"]


def recognise(raw: pl.Series, *, positional: bool = False) -> tuple[Verdict, pl.Series]:
    """Find the kind of a column and its values in the type that goes with it.

    Raises:
        DataError: no value at all, or numbers that are infinite or too large for float32.

    >>> (kind, reason), values = recognise(pl.Series("weight", ["1.5", "2", "?"]))
    >>> kind, reason, values.to_list()
    ('number', 'Numbers.', [1.5, 2.0, None])
    """
    values = clean(raw)
    refuse_all_missing(values)
    if values.dtype.is_nested() or values.dtype in (pl.Object, pl.Binary):
        return ("text", f"Holds values of type {values.dtype}, which is no number, date or name."), values
    evidence = Evidence(values, values.drop_nulls().n_unique(), positional, raw.dtype in (pl.Categorical, pl.Enum))
    verdict = next(found for rule in RULES if (found := rule(evidence)))
    return verdict, as_kind(values, verdict[0])


def as_kind(values: pl.Series, kind: Kind, date_format: str | None = None) -> pl.Series:
    """Read cleaned values as the given kind.

    Raises:
        DataError: a value cannot be read so, is infinite or too large for float32; names the column and the rows.

    >>> as_kind(pl.Series("age", ["31", "old"]), "number")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    trainwell.errors.DataError: column 'age' is a number, but row 2 holds 'old'. ...
    """
    if kind in ("identifier", "constant", "text"):
        return values
    reading = {
        "number": to_number,
        "boolean": to_boolean,
        "date": lambda series: to_date(series, date_format),
        "category": to_text,
    }[kind](values)
    refuse_unread(reading, values, kind)
    if reading.dtype.is_float():
        refuse_infinite(reading)
    return reading


def refuse_all_missing(values: pl.Series) -> None:
    """Raise when a column has no value at all."""
    if values.null_count() == len(values):
        raise DataError(
            f"column {values.name!r} has no value in any of its {counted(len(values), 'row')}. "
            f"Remove the column, or leave it out with ignore=[{values.name!r}]."
        )


def refuse_unread(reading: pl.Series, values: pl.Series, kind: Kind) -> None:
    """Raise when a reading lost values, naming the first rows."""
    lost = unread(reading, values)
    if lost:
        raise DataError(
            f"column {values.name!r} is a {kind}, but {rows_named(lost)} "
            f"{'holds' if len(lost) == 1 else 'hold'} {listed(values.gather(lost[:3]), limit=3)}. "
            f"Correct the values, or empty the cells that stand for nothing."
        )


def refuse_infinite(values: pl.Series) -> None:
    """Raise when numbers are infinite, or too large for the arithmetic of networks."""
    rows = values.is_infinite().fill_null(False).arg_true()
    if len(rows):
        raise DataError(
            f"column {values.name!r} is infinite in {rows_named(rows)}. "
            f"Put a number there, or leave it empty for missing."
        )
    rows = (values.abs() > LARGEST).fill_null(False).arg_true()
    if len(rows):
        raise DataError(
            f"column {values.name!r} holds {values[rows[0]]:.6g} in {rows_named(rows)}, too large for float32 "
            f"arithmetic (up to {LARGEST:.3g}). Rescale the column, such as by dividing it, or by its logarithm."
        )


def checked_kind(kind: str) -> Kind:
    """Return a kind that a person stated, or raise naming the known ones."""
    if kind not in KINDS:
        raise unknown_name("kind of column", kind, KINDS)
    return kind


def is_constant(evidence: Evidence) -> Verdict | None:
    """One value in every row."""
    if evidence.distinct == 1 and not evidence.values.null_count():
        return "constant", f"Every row holds {evidence.values[0]!r}: nothing to learn from."
    return None


def is_boolean(evidence: Evidence) -> Verdict | None:
    """Booleans, 0/1, or two words that mean no and yes."""
    values = evidence.values
    if values.dtype == pl.Boolean:
        return "boolean", "True or false."
    if evidence.stated_category or not fits(to_boolean(values), values):
        return None
    if fits(to_number(values), values):
        return ("boolean", "Holds 0 and 1 only.") if evidence.distinct == 2 else None
    words = tuple(values.drop_nulls().str.to_lowercase().unique().sort())
    return ("boolean", f"Says {listed(words)}.") if words in BOOLEAN_PAIRS else None


def is_date(evidence: Evidence) -> Verdict | None:
    """Dates and instants, as such or written in one of the known formats."""
    if evidence.values.dtype.is_temporal():
        return "date", "Dates: become year, season, weekday and time of day."
    if evidence.values.dtype != pl.String or evidence.stated_category:
        return None
    found = date_format_of(evidence.values)
    return ("date", f"Dates written as {found}: become year, season, weekday and time of day.") if found else None


def is_row_number(evidence: Evidence) -> Verdict | None:
    """Whole numbers that count the rows, or differ in nearly all rows under a name like "id"."""
    values = to_number(evidence.values)
    if (
        evidence.positional
        or values.dtype != pl.Int64
        or not fits(values, evidence.values)
        or not evidence.mostly_distinct
    ):
        return None
    if looks_like_identifier(evidence.name):
        return "identifier", f"Named like an identifier, and {evidence.distinct} of its values differ."
    numbers = values.to_numpy()
    if numbers[0] in (0, 1) and np.array_equal(numbers, np.arange(len(numbers)) + numbers[0]):
        return "identifier", f"Counts the rows from {numbers[0]:g}."
    return None


def looks_like_identifier(name: str) -> bool:
    """Tell whether a column's name says that it names rows.

    >>> [looks_like_identifier(name) for name in ("id", "customer_id", "PassengerId", "humid")]
    [True, True, True, False]
    """
    return IDENTIFIER_NAME.search(name) is not None


def is_number(evidence: Evidence) -> Verdict | None:
    """Numbers, unless leading zeros say that they are codes."""
    values = evidence.values
    if evidence.stated_category or not (values.dtype.is_numeric() or values.dtype == pl.String):
        return None
    if not fits(to_number(values), values):
        return None
    if values.dtype == pl.String and values.str.contains(r"^0\d+$").any():
        return None
    return "number", "Whole numbers." if to_number(values).dtype.is_integer() else "Numbers."


def is_text_of_its_own(evidence: Evidence) -> Verdict | None:
    """Text that differs in nearly every row: identifiers when short, free text when long."""
    if not evidence.mostly_distinct or evidence.stated_category:
        return None
    text = to_text(evidence.values).drop_nulls()
    differ = f"{evidence.distinct} of {evidence.present} values differ" + almost_numbers(evidence)
    words, letters = text.str.count_matches(r"\S+").to_numpy().mean(), text.str.len_chars().to_numpy().mean()
    if words >= FREE_TEXT_WORDS or letters >= FREE_TEXT_LETTERS:
        return "text", f"Free text: {differ}."
    return "identifier", f"Names its rows: {differ}."


def is_category(evidence: Evidence) -> Verdict:
    """Everything else: names that repeat."""
    return "category", f"Names that repeat: {evidence.distinct} different ones{almost_numbers(evidence)}."


def almost_numbers(evidence: Evidence) -> str:
    """Say when text would be numbers but for a few values."""
    numbers = to_number(evidence.values)
    lost = unread(numbers, evidence.values)
    if not 0 < len(lost) < (1 - MOSTLY) * evidence.present:
        return ""
    return f", and all but {len(lost)} are numbers: empty the cells that are not ({rows_named(lost, 2)})"


RULES: tuple[Rule, ...] = (
    is_constant,
    is_boolean,
    is_date,
    is_row_number,
    is_number,
    is_text_of_its_own,
    is_category,
)
