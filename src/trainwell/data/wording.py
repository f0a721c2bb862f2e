"""How rows and names are listed in sentences; not where the sentences are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike


def listed(names: Iterable[object], limit: int = 6) -> str:
    """Join names for a sentence, the first ``limit`` of them in full.

    >>> listed(["a", "b", "c"])
    "'a', 'b' and 'c'"
    >>> listed(range(9), limit=2)
    '0, 1 and 7 more'
    """
    return enumerated([repr(name) for name in names], limit)


def rows_named(rows: ArrayLike, limit: int = 6) -> str:
    """Name rows by their 0-based positions, counted from 1 as people do.

    >>> rows_named([2]), rows_named([0, 4, 5])
    ('row 3', 'rows 1, 5 and 6')
    """
    counted = [str(int(row) + 1) for row in np.asarray(rows).ravel()]
    return ("row " if len(counted) == 1 else "rows ") + enumerated(counted, limit)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Say how many, in the right number.

    >>> counted(1, "row"), counted(20640, "row"), counted(2, "category", "categories")
    ('1 row', '20640 rows', '2 categories')
    """
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def enumerated(words: Sequence[str], limit: int = 6) -> str:
    """Join words with commas and a last "and"; what passes ``limit`` becomes a number.

    >>> enumerated(["one", "two", "three"], limit=2)
    'one, two and 1 more'
    """
    if not words:
        return "none"
    shown = list(words[:limit])
    if len(words) > limit:
        shown.append(f"{len(words) - limit} more")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
