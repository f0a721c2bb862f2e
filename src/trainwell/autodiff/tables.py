"""Rows as an aligned text table and as an HTML table: the two ways in which every result here shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rich.cells import cell_len

_CELL = "padding:2px 12px 2px 0;text-align:left;border:0;font-family:monospace;white-space:pre-wrap"
LONGEST, WIDEST = 400, 200


@dataclass(frozen=True)
class Table:
    """Columns by title, rows of text, a sentence above and notes below.

    >>> print(Table("Two numbers.", ("name", "value"), (("x₁", "2"), ("x̄₁₀", "31")), ("That is all.",)))
    Two numbers.
    <BLANKLINE>
    name  value
    x₁    2
    x̄₁₀   31
    <BLANKLINE>
    That is all.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.columns, *shortened(self.rows)]
        widths = [max(cell_len(line[at]) for line in lines) for at in range(len(self.columns))]
        body = ["  ".join(padded(cell, width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        notes = ["", *self.notes] if self.notes else []
        return "\n".join(line.rstrip() for line in [self.title, "", *body, *notes])

    def html(self) -> str:
        """Return the table as HTML that needs no style sheet."""
        head = "".join(f"<th style='{_CELL}'>{escape(title)}</th>" for title in self.columns)
        rows = "".join(
            "<tr>" + "".join(f"<td style='{_CELL}'>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in shortened(self.rows)
        )
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return (
            f"<p>{escape(self.title)}</p><table style='border-collapse:collapse'><thead><tr>{head}</tr></thead>"
            f"<tbody>{rows}</tbody></table>{notes}"
        )


class Shown:
    """A result that shows itself: whatever inherits this gives its :class:`Table` and is printed by it."""

    def table(self) -> Table:
        """Return what is shown."""
        raise NotImplementedError

    def __repr__(self) -> str:
        table = self.table()
        return f"<{type(self).__name__}: {capped(' '.join([table.title, *table.notes]))}>"

    def __str__(self) -> str:
        return str(self.table())

    def _repr_html_(self) -> str:
        return self.table().html()


def padded(text: str, width: int) -> str:
    """Return ``text`` filled up to ``width`` cells, accents above letters not counted."""
    return text + " " * (width - cell_len(text))


def capped(text: str) -> str:
    """Return a text without its end where it is too long for one line.

    >>> capped("short"), len(capped("v₁ + " * 1000))
    ('short', 200)
    """
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 2]} …"


def shortened(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    """Return rows without the middle of a table too long to read."""
    if len(rows) <= LONGEST:
        return rows
    half = LONGEST // 2
    gap = (f"… {len(rows) - 2 * half} more …", *("" for _ in rows[0][1:]))
    return [*rows[:half], gap, *rows[-half:]]
