"""Numbers as people read them, and as JSON can hold them; what a number means is said elsewhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MISSING = "–"


def as_float(value: Any) -> float:
    """Return ``value`` as a float, ``nan`` where it is not a number.

    >>> as_float("0.5"), as_float(None), as_float("many")
    (0.5, nan, nan)
    """
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def is_number(value: Any) -> bool:
    """Tell whether ``value`` is a number to be formatted (booleans are words)."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def significant(value: float, digits: int = 4) -> str:
    """Write a number with ``digits`` significant digits and no needless zeros.

    Thousands are set apart from 10,000 on, so that years stay years.

    >>> [significant(x) for x in (0.48215, 20640, 1234567.8, 3e-7, float("nan"), float("-inf"))]
    ['0.4822', '20,640', '1,234,568', '3e-07', '–', '−∞']
    """
    value = as_float(value)
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    sign, size = ("−" if value < 0 else ""), abs(value)
    if size and not 1e-4 <= size < 1e12:
        return f"{sign}{size:.{min(digits, 3)}g}"
    return sign + (
        f"{size:.{digits}g}" if size < 10 ** min(digits, 4) else f"{size:,.0f}" if size >= 1e4 else f"{size:.0f}"
    )


def count(value: Any) -> str:
    """Write a whole number, its thousands set apart from 10,000 on (years stay years).

    >>> count(20640), count(2007), count(None)
    ('20,640', '2007', '–')
    """
    number = as_float(value)
    if not math.isfinite(number):
        return MISSING
    return f"{number:,.0f}" if abs(number) >= 1e4 else f"{number:.0f}"


def percent(share: Any) -> str:
    """Write a share of 1 as a percentage that never rounds an imperfect score up to 100%.

    >>> [percent(x) for x in (0.98571, 1.0, 0.99997, 0.0, None)]
    ['98.6%', '100%', '99.997%', '0%', '–']
    """
    value = 100 * as_float(share)
    if not math.isfinite(value):
        return MISSING
    if value < 0:
        return f"−{percent(-value / 100)}"
    if value in (0.0, 100.0):
        return f"{value:.0f}%"
    decimals = next((d for d in (1, 2, 3) if 0 < round(value, d) < 100 or value > 100), 4)
    return f"{value:.{decimals}f}%"


def duration(seconds: Any) -> str:
    """Write seconds in the units people use.

    >>> [duration(x) for x in (0.0421, 3.42, 125, 3900)]
    ['42 ms', '3.4 s', '2 min 5 s', '1 h 5 min']
    """
    value = as_float(seconds)
    if not math.isfinite(value):
        return MISSING
    if value < 1:
        return f"{1000 * value:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def shown(value: Any) -> str:
    """Write any plain value: numbers shortly, lists with commas, nothing as a dash.

    >>> shown([1, 0.25]), shown(True), shown(None), shown({"Adelie": 152})
    ('1, 0.25', 'yes', '–', 'Adelie: 152')
    """
    if value is None:
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if is_number(value):
        return count(value) if isinstance(value, int | np.integer) else significant(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {shown(item)}" for name, item in value.items())
    if isinstance(value, list | tuple | np.ndarray):
        return ", ".join(shown(item) for item in value) if len(value) else MISSING
    return str(value)


def json_number(value: Any, digits: int = 5) -> float | None:
    """Return a short float for JSON, or None where the value is missing or infinite.

    >>> json_number(0.123456789), json_number(float("inf"))
    (0.12346, None)
    """
    short = float(f"{as_float(value):.{digits}g}")  # the largest floats round up to infinity
    return short if math.isfinite(short) else None
