"""Number columns that order the rows as an amount to be told does, as a copy of it would. No judging."""

from __future__ import annotations

import numpy as np
from scipy.stats import spearmanr

from trainwell.data.dataset import Dataset
from trainwell.data.values import numbers_of

#: A copy has at least so many different values for each of the amount's own.
AS_FINE = 0.5
#: Agreement below this is not told; rows that say something of it, and how many are looked at.
LEAST, FEWEST, MOST_ROWS = 0.9, 20, 5_000


def copies(data: Dataset) -> dict[str, float]:
    """Return, by number column as fine as an amount, how far it orders the training rows as that does, where it does.

    Spearman's |ρ|, the correlation of ranks: 1 for a copy in whatever unit, on whatever scale. A setting of an
    experiment, of few values, is no copy, nor is a column whose law bends back.

    Reference: C. Spearman, "The proof and measurement of association between two things", 1904.
    """
    if data.frame is None or data.gives_back or data.target.classes or data.target.outputs != 1:
        return {}
    rows = data.parts.train[:: 1 + len(data.parts.train) // MOST_ROWS]
    amounts = np.asarray(data.target.values, float).reshape(len(data), -1)[rows, 0]
    found = {}
    for column in data.columns:
        if column.kind == "number" and column.use != "left out" and column.name in data.frame.columns:
            agreement = order_agreement(numbers_of(data.frame[column.name])[rows], amounts)
            if agreement >= LEAST:
                found[column.name] = agreement
    return found


def order_agreement(values: np.ndarray, amounts: np.ndarray) -> float:
    """Return |ρ| of values and amounts; 0 for values of far fewer kinds, or too few of them. What is missing is passed.

    >>> x = np.linspace(1, 9, 40)
    >>> order_agreement(-np.log(x), x), order_agreement(np.floor(x), x)
    (1.0, 0.0)
    """
    known = np.isfinite(values) & np.isfinite(amounts)
    kinds, needed = len(np.unique(values[known])), AS_FINE * len(np.unique(amounts[known]))
    if known.sum() < FEWEST or kinds < max(needed, 2) or not np.ptp(amounts[known]) > 0:
        return 0.0
    return abs(float(spearmanr(values[known], amounts[known]).statistic))
