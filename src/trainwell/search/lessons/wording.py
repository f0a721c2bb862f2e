"""How lessons write numbers, settings and scores; what they say is decided elsewhere."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def number(value: float, digits: int = 3) -> str:
    """Write a number with a few significant digits.

    >>> [number(x) for x in (0.0021344, 128, 3.16e-5, float("nan"), 20640.0, 0.1, 6.04e28)]
    ['0.00213', '128', '3.16e-05', '–', '20640', '0.1', '6.04e+28']
    """
    if not math.isfinite(value):
        return "–"
    if abs(value) < 1e9 and (value == int(value) or abs(value) >= 10**digits):
        return f"{value:.0f}"
    return f"{value:.{digits}g}"


def setting(value: Any) -> str:
    """Write a setting as a person would.

    >>> setting([128, 64]), setting({"kind": "AdamW", "beta1": 0.9}), setting(None), setting(True)
    ('(128, 64)', 'AdamW', 'none', 'on')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return number(float(value))
    if isinstance(value, Mapping):
        return str(value["kind"]) if "kind" in value else ", ".join(f"{k}={setting(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return f"({', '.join(setting(item) for item in value)})"
    return str(value)


def is_share(metric: str) -> bool:
    """Tell whether a metric is a share of the rows, written as a percentage."""
    return "accuracy" in metric


def score(metric: str, value: float) -> str:
    """Write a score.

    >>> score("accuracy", 0.98571), score("rmse", 0.4821), score("accuracy", 0.99997)
    ('98.6%', '0.482', '99.997%')
    """
    if not math.isfinite(value):
        return "–"
    if not is_share(metric):
        return number(value)
    decimals = next((d for d in (1, 2, 3) if value >= 1 or round(100 * value, d) < 100), 4)
    return f"{100 * value:.{decimals}f}%"


def difference(metric: str, value: float) -> str:
    """Write how far two scores lie apart.

    >>> difference("accuracy", -0.0123), difference("rmse", 0.0123)
    ('1.23 points', '0.0123')
    """
    size = abs(value)
    return f"{number(100 * size)} points" if is_share(metric) else number(size)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as in a sentence.

    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"], "or")
    ('a', 'a and b', 'a, b or c')
    """
    return f" {last} ".join([part for part in (", ".join(words[:-1]), *words[-1:]) if part])


def count(many: int, thing: str, things: str = "") -> str:
    """Write a number of things.

    >>> count(1, "trial"), count(3, "trial"), count(2, "study", "studies")
    ('1 trial', '3 trials', '2 studies')
    """
    return f"{many} {thing if many == 1 else things or thing + 's'}"


def duration(seconds: float) -> str:
    """Write a time in the units people use.

    >>> duration(0.25), duration(42.0), duration(600), duration(7500)
    ('0.2 s', '42 s', '10 min', '2 h 5 min')
    """
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
