"""How names, numbers and formulas are written: v₃, v̄₃, v̇₃, w₁₂⁽¹⁾; no computing here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

_LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_OVERLINE, _DOT = "\u0304", "\u0307"


def lowered(number: int | str) -> str:
    """Return digits as subscripts.

    >>> lowered(12)
    '₁₂'
    """
    return str(number).translate(_LOW)


def raised(number: int | str) -> str:
    """Return digits as superscripts.

    >>> raised(-2)
    '⁻²'
    """
    return str(number).translate(_HIGH)


def indexed(letter: str, indices: Sequence[int], layer: int) -> str:
    """Return a name with its indices below and its layer above; a comma parts indices beyond 9.

    >>> indexed("w", (2, 1), 1), indexed("w", (12, 3), 2)
    ('w₂₁⁽¹⁾', 'w₁₂,₃⁽²⁾')
    """
    separator = "," if any(index > 9 for index in indices) else ""
    return f"{letter}{separator.join(lowered(index) for index in indices)}⁽{raised(layer)}⁾"


def primal(name: str) -> str:
    """Return a node's name with its number lowered.

    >>> primal("v3")
    'v₃'
    """
    return re.sub(r"^v(\d+)$", lambda match: f"v{lowered(match[1])}", name)


def adjoint(name: str) -> str:
    """Return the name of a node's adjoint, v̄₃ for ``v3``."""
    return primal(name).replace("v", "v" + _OVERLINE, 1)


def tangent(name: str) -> str:
    """Return the name of a node's tangent, v̇₃ for ``v3``."""
    return primal(name).replace("v", "v" + _DOT, 1)


def times(factor: str, rest: str) -> str:
    """Return a product without needless ones.

    >>> times("v̄₇", "1"), times("v̄₆", "−1"), times("v̄₅", "v₅")
    ('v̄₇', '−v̄₆', 'v̄₅ · v₅')
    """
    if rest == "1":
        return factor
    return f"−{factor}" if rest == "−1" else f"{factor} · {rest}"


def total(terms: Sequence[str]) -> str:
    """Return terms joined by their signs.

    >>> total(["a", "−b", "c"])
    'a − b + c'
    """
    text = " + ".join(terms) if terms else "0"
    return text.replace("+ −", "− ").replace("+ -", "− ")


def number(value: Any, digits: int = 6) -> str:
    """Return one number with at most ``digits`` significant digits.

    >>> number(2.0), number(403.4287934927), number(True), number(-0.0)
    ('2', '403.429', 'True', '0')
    """
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value:.{digits}g}"
    return f"{float(value) + 0.0:.{digits}g}"


def shown(value: Any) -> str:
    """Return a scalar as it is, a small array in full, a large one by its shape and range.

    >>> shown(2.5), shown(np.array([[1.0, 2.0]])), shown(np.zeros((20, 3)))
    ('2.5', '[[1, 2]]', '(20, 3) from 0 to 0')
    """
    if value is None:
        return "–"
    if not isinstance(value, np.ndarray):
        return number(value) if isinstance(value, (bool, int, float, complex, np.generic)) else str(value)
    if value.size <= 6:
        texts = np.array2string(value, formatter={"all": lambda x: number(x, 4)}, separator=", ")
        return re.sub(r"\s+", " ", texts)
    return f"{value.shape} from {number(value.min(), 4)} to {number(value.max(), 4)}"
