"""HTML built so that everything is escaped unless it was built here; no layout, no wording."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Markup(str):
    """Text that is HTML already. Joining or formatting it gives plain text again, which is escaped again."""


def clean(value: Any) -> str:
    """Return text without what no page or terminal can show: control, direction and half characters.

    >>> clean("a\\x1b[31mb")
    'a�[31mb'
    """
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(value))


def escape(value: Any) -> Markup:
    """Return ``value`` as HTML: :class:`Markup` as it stands, anything else cleaned and escaped.

    >>> escape("<b>"), escape(Markup("<b>"))
    ('&lt;b&gt;', '<b>')
    """
    return value if isinstance(value, Markup) else Markup(html.escape(clean(value)))


def join(children: Iterable[Any]) -> Markup:
    """Escape and join children; None and False leave nothing behind."""
    return Markup("".join(escape(child) for child in children if child is not None and child is not False))


_VOID = frozenset({"meta", "br", "hr"})


def element(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """Build one element. Attribute names lose a trailing underscore, inner ones become hyphens.

    >>> element("p", "a < b", class_="lead", aria_label="sum", hidden=True, title=None)
    '<p class="lead" aria-label="sum" hidden>a &lt; b</p>'
    """
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Markup(opening if name in _VOID else f"{opening}{join(children)}</{name}>")


def _attribute(key: str, value: Any) -> str:
    key = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{escape(value)}"'


def table(
    headers: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str,
    numeric: Iterable[int] = (),
    class_: str = "",
) -> Markup:
    """Build a table that scrolls inside its own box; the first cell of a row names it.

    Arguments:
        headers: one per column.
        rows: cells, :class:`Markup` or anything to be escaped.
        caption: what a screen reader announces.
        numeric: indices of the columns set flush right.
    """
    flush = set(numeric)
    head = join(element("th", cell, scope="col", class_=_flush(i, flush)) for i, cell in enumerate(headers))
    body = join(element("tr", join(_cell(i, cell, flush) for i, cell in enumerate(row))) for row in rows)
    grid = element(
        "table",
        element("caption", caption, class_="unseen"),
        element("thead", element("tr", head)),
        element("tbody", body),
        class_=class_ or None,
    )
    return element("div", grid, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _flush(index: int, numeric: set[int]) -> str | None:
    return "number" if index in numeric else None


def _cell(index: int, cell: Any, numeric: set[int]) -> Markup:
    if index == 0:
        return element("th", cell, scope="row", class_=_flush(index, numeric))
    return element("td", cell, class_=_flush(index, numeric))


def definitions(pairs: Iterable[tuple[Any, Any]], class_: str) -> Markup:
    """Build a list of names and values."""
    items = (element("div", element("dt", name), element("dd", value)) for name, value in pairs)
    return element("dl", join(items), class_=class_)
