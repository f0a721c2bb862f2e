"""What the values of one column can be read as: numbers, booleans, dates, text. Deciding is for ``kinds``.

Every ``to_…`` function takes a cleaned Polars series and returns another of equal length, in which
what could not be read is missing. A reading *fits* when it loses nothing (:func:`fits`).
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

import numpy as np
import polars as pl

Kind: TypeAlias = Literal["number", "category", "boolean", "date", "identifier", "constant", "text"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MISSING_WORDS = (
    *("", "?", "NA", "N/A", "n/a", "#N/A", "#NA", "<NA>", "NaN", "nan", "-nan", "NaT"),
    *("NULL", "Null", "null", "None"),
)
BOOLEAN_PAIRS: tuple[tuple[str, ...], ...] = (
    ("no", "yes"),
    ("false", "true"),
    ("n", "y"),
    ("f", "t"),
    ("off", "on"),
)
BOOLEAN_WORDS = {word: bool(value) for pair in BOOLEAN_PAIRS for value, word in enumerate(pair)}

CALENDARS = ("%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %b %Y", "%b %d, %Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S%.f", "T%H:%M", "T%H:%M:%S%.f", "T%H:%M:%S%.fZ")
DATE_FORMATS = tuple(calendar + clock for clock in CLOCKS for calendar in CALENDARS)
INSTANT = pl.Datetime("us")


def clean(values: pl.Series) -> pl.Series:
    """Bring a series to one of few types: Int64, Float64, Boolean, Datetime, String, Null; else leave it.

    Text is stripped, the :data:`MISSING_WORDS` and NaN become missing, categories become text, spans
    and times of day become seconds, instants lose their time zone (as UTC), whole numbers of more than 63 bits round.

    >>> clean(pl.Series([" a", "?", ""])).to_list(), clean(pl.Series([1, 2**63], dtype=pl.UInt64)).to_list()
    (['a', None, None], [1.0, 9.223372036854776e+18])
    """
    kind = values.dtype
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return without_missing_words(values.cast(pl.String))
    if kind.is_integer():
        whole = values.cast(pl.Int64, strict=False)
        return whole if fits(whole, values) else values.cast(pl.Float64)
    if kind.is_numeric():
        return values.cast(pl.Float64).fill_nan(None)
    if kind == pl.Date:
        return values.cast(INSTANT)
    if isinstance(kind, pl.Datetime):
        return (
            (values.dt.convert_time_zone("UTC") if kind.time_zone else values).dt.replace_time_zone(None).cast(INSTANT)
        )
    if kind in (pl.Duration, pl.Time):
        return values.cast(pl.Duration("us")).dt.total_microseconds() / 1e6
    return values


def without_missing_words(text: pl.Series) -> pl.Series:
    """Strip spaces and turn the words that stand for nothing into missing values."""
    stripped = text.str.strip_chars()
    return stripped.set(stripped.is_in(MISSING_WORDS), None)


def fits(reading: pl.Series, values: pl.Series) -> bool:
    """Tell whether a reading lost nothing: only what was missing before is missing in it."""
    return reading.null_count() == values.null_count()


def unread(reading: pl.Series, values: pl.Series) -> list[int]:
    """Return the 0-based rows whose value the reading lost."""
    return (reading.is_null() & values.is_not_null()).arg_true().to_list()


def nothing(values: pl.Series, kind: pl.DataType) -> pl.Series:
    """Return a series of missing values as long as ``values``."""
    return pl.repeat(None, len(values), dtype=kind, eager=True).alias(values.name)


def to_number(values: pl.Series) -> pl.Series:
    """Read numbers: whole ones as Int64, others as Float64; booleans count 0 and 1.

    >>> to_number(pl.Series(["1", "x", None])).to_list()
    [1.0, None, None]
    """
    if values.dtype.is_numeric():
        return values
    if values.dtype == pl.Boolean:
        return values.cast(pl.Int64)
    if values.dtype != pl.String:
        return nothing(values, pl.Float64())
    whole = values.cast(pl.Int64, strict=False)
    return whole if fits(whole, values) else values.cast(pl.Float64, strict=False).fill_nan(None)


def to_boolean(values: pl.Series) -> pl.Series:
    """Read yes/no, true/false, y/n, t/f, on/off in any case, and 0/1.

    >>> to_boolean(pl.Series(["Yes", "no", "perhaps"])).to_list()
    [True, False, None]
    """
    if values.dtype == pl.Boolean:
        return values
    numbers = to_number(values)
    if fits(numbers, values):
        numbers = numbers.cast(pl.Float64)
        return numbers.set(~numbers.is_in([0.0, 1.0]), None).cast(pl.Boolean)
    if values.dtype != pl.String:
        return nothing(values, pl.Boolean())
    return values.str.to_lowercase().replace_strict(BOOLEAN_WORDS, default=None, return_dtype=pl.Boolean)


def to_date(values: pl.Series, date_format: str | None = None) -> pl.Series:
    """Read instants: of text by ``date_format``, else by the first format that fits.

    >>> to_date(pl.Series(["13/02/2020"])).dt.month().to_list()
    [2]
    """
    if values.dtype == pl.String:
        chosen = date_format or date_format_of(values) or DATE_FORMATS[0]
        return values.str.to_datetime(chosen, time_unit="us", strict=False)
    return values.cast(INSTANT) if values.dtype.is_temporal() else nothing(values, INSTANT)


def date_format_of(text: pl.Series) -> str | None:
    """Return the first of :data:`DATE_FORMATS` that reads every value, or None.

    >>> date_format_of(pl.Series(["31.01.2020", "01.02.2020"]))
    '%d.%m.%Y'
    """
    present = text.drop_nulls().unique()
    if not len(present) or not present[:20].str.contains(r"^[A-Za-z]{3} \d|^\d{1,4}[-/. ]").all():
        return None
    for candidate in DATE_FORMATS:
        for sample in (present[:20], present):
            if not fits(sample.str.to_datetime(candidate, strict=False), sample):
                break
        else:
            return candidate
    return None


def to_text(values: pl.Series) -> pl.Series:
    """Write values as the names of categories: 1 and 1.0 are "1", true is "true".

    >>> to_text(pl.Series([1.0, 2.5])).to_list()
    ['1', '2.5']
    """
    if values.dtype == pl.String:
        return values
    text = values.cast(pl.String)
    return text.str.strip_suffix(".0") if values.dtype.is_float() else text


def numbers_of(values: pl.Series) -> np.ndarray:
    """Return a column as float64, what is missing as NaN.

    >>> numbers_of(pl.Series([1, None])).tolist()
    [1.0, nan]
    """
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
