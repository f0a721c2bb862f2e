"""The probe of a Keras model's ``fit``: which rows serve."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.engine.looks.probe import PROBE_ROWS
from trainwell.errors import DataError


def pair_of(probe: Any) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the probe's inputs and targets as arrays; raises ``DataError`` where they do not go together."""
    if probe is None:
        return None, None
    if not isinstance(probe, tuple | list) or len(probe) != 2:
        raise DataError(f"probe must be a pair, (inputs, targets), but got {type(probe).__name__}.")
    inputs, targets = (np.asarray(part) for part in probe)
    if len(inputs) != len(targets) or len(inputs) < 2:
        raise DataError(
            f"probe has {len(inputs)} inputs and {len(targets)} targets; give as many of each, two at least."
        )
    return inputs, targets


def spread(rows: np.ndarray | None) -> np.ndarray | None:
    """Return at most :data:`PROBE_ROWS` rows, evenly spread."""
    if rows is None or len(rows) <= PROBE_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, PROBE_ROWS).astype(int)]
