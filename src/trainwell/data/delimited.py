"""Text tables with separators (CSV, TSV): decoding, finding the separator, refusing ragged rows.

Every value is read as text; what it means is decided per column by ``values`` and ``kinds``.
"""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from trainwell.data.source import refuse_duplicate_names
from trainwell.data.wording import counted, enumerated
from trainwell.errors import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
UNUSUAL_SEPARATORS = {":": "colon", " ": "space", "^": "caret", "~": "tilde", "#": "hash"}
SAMPLE_LINES = 50
#: Letters that the first lines are looked for in at first.
SAMPLE_LETTERS = 200_000


def read_delimited(data: bytes, origin: str, separator: str | None = None) -> pl.DataFrame:
    """Read a text table into a frame of text columns.

    Args:
        data: the file's bytes: UTF-8, with or without a byte order mark, or UTF-16 with one.
        origin: the file's name, for sentences.
        separator: one character; None finds it among comma, semicolon, tab and vertical bar.

    Raises:
        DataError: empty, header only, not text, no header, one column only, ragged rows, or two
            columns of one name.

    >>> read_delimited(b"a;b\\n1;2\\n", "small.csv").to_dict(as_series=False)
    {'a': ['1'], 'b': ['2']}
    """
    text = decoded(data, origin)
    sample = first_lines(text)
    if not sample:
        raise DataError(f"{origin} is empty. Export it again, with one header line and one line per example.")
    chosen = sniffed(sample) if separator is None else checked_separator(separator)
    names = header(sample[0], chosen, origin)
    refuse_single_column(names, sample, chosen, origin)
    if len(sample) == 1:
        raise DataError(f"{origin} has a header but no rows below it. Export it again with its data.")
    frame = parsed(text, names, chosen, origin)
    return with_decimal_points(frame) if chosen in ";\t" else frame


def first_lines(text: str) -> list[str]:
    """Return the first lines that are not blank, :data:`SAMPLE_LINES` at most, the header and a row whole if there.

    >>> first_lines("a,b\\n\\n1,2\\n")
    ['a,b', '1,2']
    """
    letters = SAMPLE_LETTERS
    while True:
        lines = [line for line in text[:letters].splitlines() if line.strip()]
        if len(lines) > 2 or letters >= len(text):  # the last one may be cut
            return lines[:SAMPLE_LINES]
        letters *= 4


def decoded(data: bytes, origin: str) -> str:
    """Decode bytes, or raise naming the line that cannot be read."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if data.startswith(b"PK\x03\x04"):
        raise DataError(f"{origin} is a spreadsheet or zip archive, not text. Save the sheet as CSV and read that.")
    if b"\x00" in data[:10_000]:
        raise DataError(f"{origin} is a binary file, not a text table. Save it as CSV (UTF-8) and read that.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise DataError(
            f"{origin} is not UTF-8 text: line {line} holds the byte 0x{data[problem.start]:02x}. "
            f"Save it as UTF-8 (in a spreadsheet: 'CSV UTF-8'), or convert it: iconv -f latin1 -t utf-8."
        ) from None
    return text if "\n" in text else text.replace("\r", "\n")


def checked_separator(separator: str) -> str:
    """Return a separator that a person stated, or raise when it cannot be one."""
    if len(separator) != 1 or separator in '"\r\n':
        raise DataError(f"a delimiter is one character, such as ';', but got {separator!r}. Leave it out to find it.")
    return separator


def sniffed(sample: list[str]) -> str:
    """Return the separator that cuts the sample's lines into equally many and most cells.

    >>> sniffed(["a;b;c", "1,5;2;3", "2,5;3;4"])
    ';'
    """

    def merit(separator: str) -> tuple[bool, int]:
        counts = [len(cells(line, separator)) for line in sample]
        return len(set(counts)) == 1 and counts[0] > 1, counts[0]

    return max(SEPARATORS, key=merit)


def cells(line: str, separator: str) -> list[str]:
    """Cut one line into cells, quotes respected; where a cell would be longer than any is, nothing is cut."""
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:
        return [line]


def header(line: str, separator: str, origin: str) -> list[str]:
    """Return the column names that the first line holds; an empty one becomes "column 3"."""
    names = [name.strip() for name in cells(line, separator)]
    if all(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", name) for name in names):
        raise DataError(
            f"{origin} has no header: its first line is all numbers ({enumerated(names, 3)}). "
            f"Add a first line with the names of its {len(names)} columns."
        )
    names = [name or f"column {place + 1}" for place, name in enumerate(names)]
    refuse_duplicate_names(names, origin)
    return names


def refuse_single_column(names: list[str], sample: list[str], separator: str, origin: str) -> None:
    """Raise when only one column was found, and say which separator would find more."""
    if len(names) > 1:
        return
    known = SEPARATORS | UNUSUAL_SEPARATORS
    counts = {mark: {len(cells(line, mark)) for line in sample} for mark in known}
    better = [mark for mark, found in counts.items() if len(found) == 1 and found != {1}]
    hint = (
        f"The {known[better[0]]} would give {counts[better[0]].pop()} columns: save it with commas, "
        f"or say delimiter={better[0]!r} to read."
        if better
        else f"Separate the columns by one of {enumerated(list(SEPARATORS.values()))}."
    )
    used = f"separated by the {known.get(separator, repr(separator))}"
    raise DataError(f"{origin} has only one column, {names[0][:60]!r}, when {used}. {hint}")


def parsed(text: str, names: list[str], separator: str, origin: str) -> pl.DataFrame:
    """Parse quickly where the quick way is sure to be right, else exactly."""
    data = text.encode()
    if not sure_to_be_even(data, separator, len(names)):
        return parsed_exactly(text, names, separator, origin)
    try:
        frame = pl.read_csv(data, separator=separator, infer_schema=False, has_header=True)
    except PolarsError:  # a stray quotation mark inside a cell, for one
        return parsed_exactly(text, names, separator, origin)
    frame.columns = names
    return frame


def sure_to_be_even(data: bytes, separator: str, width: int) -> bool:
    """Tell whether every line has ``width`` cells and none is blank, counting separators outside closed quotes."""
    letters = np.frombuffer(data, np.uint8)
    outside = ~np.bitwise_xor.accumulate(letters == ord('"'))
    if not outside[-1]:
        return False
    ends = np.flatnonzero((letters == ord("\n")) & outside)
    marks = np.flatnonzero((letters == ord(separator)) & outside)
    if data[-1:] != b"\n":
        ends = np.append(ends, len(letters))
    return bool((np.diff(np.searchsorted(marks, ends), prepend=0) == width - 1).all())


def parsed_exactly(text: str, names: list[str], separator: str, origin: str) -> pl.DataFrame:
    """Parse with Python's reader: slower, skips blank lines and names the ragged ones."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[str]] = []
    last = begins = 1
    try:
        for row in reader:
            blank = len(row) <= 1 and not any(cell.strip() for cell in row)
            if len(row) != len(names) and not blank:
                raise ragged_row(origin, text, begins, reader.line_num, len(row), len(names), separator)
            rows += [] if blank else [row]
            last, begins = begins, reader.line_num + 1
    except csv.Error:
        raise DataError(
            f"{origin}, line {begins}: a cell is longer than {csv.field_size_limit()} letters, as when a quotation "
            f"mark opened in it is not closed. Close it where the cell ends."
        ) from None
    if is_left_open(lines_of(text, last, reader.line_num), separator):
        raise DataError(
            f"{origin}, line {last}: a quotation mark opened in it is never closed. Close it where the cell ends."
        )
    return pl.DataFrame(rows[1:], schema=dict.fromkeys(names, pl.String), orient="row")


def ragged_row(origin: str, text: str, begins: int, ends: int, found: int, wanted: int, separator: str) -> DataError:
    """Word that a row, in the given lines counted from 1, has too few or too many cells."""
    cure = (
        "A quotation mark opened in it is never closed: close it where the cell ends."
        if is_left_open(lines_of(text, begins, ends), separator)
        else f"A quotation mark opened in it is closed only in line {ends}: close it where the cell ends."
        if ends > begins
        else f"Put cells that hold the separator ({separator!r}) in quotation marks, or mend that line."
    )
    cells_found = counted(found, "cell")
    return DataError(f"{origin}, line {begins}: {cells_found}, but the header has {wanted} columns. {cure}")


def lines_of(text: str, begins: int, ends: int) -> str:
    """Return the lines of a text from one to another, both counted from 1.

    >>> lines_of("a\\nb\\nc", 2, 3)
    'b\\nc'
    """
    return "".join(list(io.StringIO(text, newline=""))[begins - 1 : ends])


def is_left_open(written: str, separator: str) -> bool:
    """Tell whether a quotation mark that opens a cell is not closed again.

    >>> is_left_open('1,"2,yes', ","), is_left_open('1,5" pipe,yes', ",")
    (True, False)
    """
    try:
        list(csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True))
    except csv.Error as problem:  # the other strict complaint is of what follows a closing mark
        return "unexpected end" in str(problem)
    return False


def with_decimal_points(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn decimal commas into points in the columns that hold nothing else."""
    pattern = r"^\s*[+-]?\d+(,\d+)?\s*$|^\s*$"
    commas = [
        name
        for name in frame.columns
        if (frame[name].str.contains(",").any() and frame[name].str.contains(pattern).all())
    ]
    return frame.with_columns(pl.col(commas).str.replace(",", ".", literal=True)) if commas else frame
