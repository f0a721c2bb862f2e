"""What text would have been but for a slip: numbers in separators or units, dates but for some cells.

Nothing is read so. A person is told, and mends the data; guessing would be wrong where ``1,234`` means 1.234.
"""

from __future__ import annotations

import polars as pl

from trainwell.data.kinds import MOSTLY
from trainwell.data.values import DATE_FORMATS, clean, to_date, to_number, unread
from trainwell.data.wording import listed, rows_named

#: Values that a date's format is told by.
SAMPLE = 500
CURRENCIES = r"[$€£¥]"
UNITS = (
    "%|‰|°|°C|°F|kg|g|mg|km|m|cm|mm|s|ms|min|h|l|ml|EUR|USD|GBP|k|K|M|bn|kB|MB|GB|TB|lbs?|oz|ft|in|mi|mph|km/h|"
    "W|kW|kWh|Hz|kHz|MHz|GHz|hp|mpg"
)
DIGITS = (
    r"\d+(?:[.,]\d*)?|[.,]\d+"
    r"|\d{1,3}(?:[,\x20'’\x{a0}\x{202f}]\d{3})+(?:\.\d+)?"
    r"|\d{1,3}(?:\.\d{3})+(?:,\d+)?"
)
DRESSED = rf"^[+−-]?(?:{CURRENCIES}\s?)?[+−-]?(?:{DIGITS})\s?(?:{UNITS}|{CURRENCIES})?$"


def slip_in(values: pl.Series) -> str:
    """Say what text looks like but is not, and in which cell; empty when nothing.

    >>> slip_in(pl.Series(["1,234", "56", "7,890"]))
    "looks like numbers with separators or units, such as '1,234' in row 1; strip them to use it as a number"
    >>> slip_in(pl.Series(["red", "green"]))
    ''
    """
    dressed = dressed_numbers(values)
    if dressed:
        return (
            f"looks like numbers with separators or units, such as {values[dressed[0]]!r} in row {dressed[0] + 1}; "
            f"strip them to use it as a number"
        )
    written, rows = almost_dates(values)
    if rows:
        return (
            f"looks like dates written as {written}, but for {listed(values.gather(rows[:3]), limit=3)} in "
            f"{rows_named(rows, 3)}; correct or empty the cell{'' if len(rows) == 1 else 's'} to use it as a date"
        )
    return ""


def dressed_numbers(values: pl.Series) -> list[int]:
    """Return the 0-based rows of numbers in separators or units, none unless nearly all values are numbers then.

    >>> dressed_numbers(pl.Series(["$3.50", "4", None])), dressed_numbers(pl.Series(["PC 1", "PC 2"]))
    ([0], [])
    """
    text = clean(values)
    if text.dtype != pl.String or not text.is_not_null().any():
        return []
    looks = text.str.contains(DRESSED).fill_null(False)
    present = len(text) - text.null_count()
    if looks.sum() <= MOSTLY * present:
        return []
    return (looks & pl.Series(to_number(text).is_null())).arg_true().to_list()


def almost_dates(values: pl.Series) -> tuple[str, list[int]]:
    """Return the format that reads nearly all values as dates, and the 0-based rows that it does not read.

    >>> almost_dates(pl.Series(["2024-02-28"] * 20 + ["2024-02-31"]))
    ('%Y-%m-%d', [20])
    """
    text = clean(values)
    present = text.drop_nulls() if text.dtype == pl.String else pl.Series([], dtype=pl.String)
    if not len(present) or present.str.contains(r"^[A-Za-z]{3} \d|^\d{1,4}[-/. ]").sum() <= MOSTLY * len(present):
        return "", []
    sample = present[:SAMPLE]
    found = min(DATE_FORMATS, key=lambda written: len(unread(to_date(sample, written), sample)))
    rows = unread(to_date(text, found), text)
    return (found, rows) if len(rows) < (1 - MOSTLY) * len(present) else ("", [])
