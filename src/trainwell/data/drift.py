"""How far apart two parts' values of a column lie: the Kolmogorov–Smirnov distance. No judging."""

from __future__ import annotations

import math

import numpy as np

from trainwell.data.dataset import Dataset
from trainwell.data.values import numbers_of

#: Standard deviations of the distance under chance beyond which parts were not drawn alike: some 1 in 10¹³.
BY_CHANCE = 4.0
#: Rows of a part that say something of how it is spread.
FEWEST = 20


def drift(data: Dataset) -> dict[str, float]:
    """Return how far apart training and validation values lie, for number columns where that is surely no chance.

    D = max |F(x) − G(x)| of the two parts' cumulative distributions: 0 for the same, 1 where one part's values all lie
    below the other's. Nothing where rows were divided by group or time, whose parts are meant to differ.

    Reference: N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", 1948.
    """
    training, validation = data.parts.train, data.parts.validation
    if data.frame is None or data.groups is not None or data.times is not None:
        return {}
    if min(len(training), len(validation)) < FEWEST:
        return {}
    found = {}
    for column in data.columns:
        if column.kind == "number" and column.use != "left out" and column.name in data.frame.columns:
            values = numbers_of(data.frame[column.name])
            distance, error = apart(values[training], values[validation])
            if distance > BY_CHANCE * error:
                found[column.name] = distance
    return found


def apart(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return D of two samples and the scale of what it is by chance, √((n + m) / nm); what is missing is left out.

    >>> apart(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    (1.0, 1.0)
    """
    first, second = np.sort(first[np.isfinite(first)]), np.sort(second[np.isfinite(second)])
    if not len(first) or not len(second):
        return 0.0, math.inf
    at = np.concatenate([first, second])
    below = [np.searchsorted(each, at, side="right") / len(each) for each in (first, second)]
    return float(np.abs(below[0] - below[1]).max()), math.sqrt(1 / len(first) + 1 / len(second))
