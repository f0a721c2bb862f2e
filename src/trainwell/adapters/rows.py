"""What rows handed over as a probe say of the data: ranges, what is no number, whether a target looks like classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.engine.looks.reference import name_classes, order_of, range_facts

MOST_PLACES = 10
#: Inputs of more numbers than this are not described one by one.
MOST_INPUTS = 4096


def flat(rows: np.ndarray | None) -> np.ndarray | None:
    """Return rows of real numbers as a float64 matrix of :data:`MOST_INPUTS` columns at most; none of others."""
    if rows is None or rows.dtype.kind != "f" or not len(rows):
        return None
    return np.asarray(rows.reshape(len(rows), -1)[:, :MOST_INPUTS], np.float64)


def input_arrays(inputs: np.ndarray | None) -> dict[str, np.ndarray]:
    """Return mean and deviation of every input over the rows, where the inputs are numbers."""
    matrix = flat(inputs)
    if matrix is None:
        return {}
    return {"input_mean": matrix.mean(axis=0), "input_deviation": matrix.std(axis=0)}


def places(rows: np.ndarray | None) -> list[list[int]] | None:
    """Return the first places ``[row, column]`` of what is no finite number; none where all is well.

    >>> places(np.array([[1.0, np.nan], [2.0, 3.0]]))
    [[0, 1]]
    """
    if rows is None or rows.dtype.kind != "f":
        return None
    found: list[list[int]] = np.argwhere(~np.isfinite(rows.reshape(len(rows), -1)))[:MOST_PLACES].tolist()
    return found or None


def target_facts(inputs: np.ndarray | None, targets: np.ndarray) -> dict[str, Any]:
    """Return the range of a regression's targets, and whether they look like classes; nothing if some are no numbers.

    >>> target_facts(np.eye(9), np.arange(9.0) % 3)["target_values"]
    3
    """
    values = np.asarray(targets.reshape(len(targets), -1), np.float64)
    if not values.size or not np.isfinite(values).all():
        return {}
    facts = range_facts(values)
    levels, matrix = np.unique(values), flat(inputs)
    if values.shape[1] == 1 and name_classes(levels, len(values)) and matrix is not None:
        facts |= {"target_values": len(levels), "target_order": order_of(matrix, values[:, 0])}
    return facts
