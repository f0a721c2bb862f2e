"""From NumPy's, Polars' and our own values to what JSON can hold; numbers that JSON has no word for become null."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return ``value`` as dicts, lists, text, booleans and finite numbers; NaN and infinities become None.

    >>> plain({"accuracy": np.float64(0.5), "intervals": (np.nan, 1)})
    {'accuracy': 0.5, 'intervals': [None, 1]}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def shortened(text: str, length: int) -> str:
    """Return text cut to a length, with an ellipsis.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= length else text[: length - 1] + "…"
