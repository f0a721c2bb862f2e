"""Folds: which rows train and which validate, as row indices. The test part is in none of them.

Not for encoding: each fold's encoding is fitted on its own training rows, by ``prepare``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit

from trainwell.arguments import whole_number
from trainwell.data import Dataset
from trainwell.errors import DataError


@dataclass(frozen=True)
class Fold:
    """The rows of one fold: int64 ``(rows,)`` to train on and to validate on."""

    training: np.ndarray
    validation: np.ndarray


def folds_of(data: Dataset, folds: int | None, seed: int = 0) -> list[Fold]:
    """Divide everything but the test part into folds, or take the data's own validation part.

    Every row validates once, but the earliest of rows ordered in time, which are never trained on what comes after
    them. Classes have their share in every fold; groups stay whole.

    Args:
        data: the data set.
        folds: how many, at least 2; none for the data's own division.
        seed: of the shuffling.

    Raises:
        DataError: more folds than rows of the rarest class or than groups, or no validation part.

    >>> from trainwell.data import read
    >>> data = read({"x": [1.0, 2.0] * 10, "y": ["a", "b"] * 10}, target="y")
    >>> [len(fold.validation) for fold in folds_of(data, 4)]
    [4, 4, 4, 4]
    """
    if folds is None:
        if not len(data.parts.validation):
            raise DataError(f"{data.name} has no validation part to judge trials by; ask for folds=5.")
        return [Fold(data.parts.train, data.parts.validation)]
    folds = fold_count(folds)
    rows = np.sort(np.concatenate([data.parts.train, data.parts.validation]))
    return [Fold(rows[training], rows[validation]) for training, validation in divisions(data, rows, folds, seed)]


def fold_count(folds: Any) -> int:
    """Return how many folds there are to be.

    Raises:
        DataError: it is no whole number of at least 2.
    """
    return whole_number("folds", folds, least=2, error=DataError)


def divisions(data: Dataset, rows: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the positions among ``rows`` that train and validate, fold by fold."""
    classes = data.target.values[rows] if data.target.classes else None
    blank = np.zeros(len(rows))
    if data.times is not None:
        order = np.argsort(data.times[rows], kind="stable")
        refuse_too_many(folds, len(rows) - 1, "rows after the earliest")
        return [(np.sort(order[a]), np.sort(order[b])) for a, b in TimeSeriesSplit(folds).split(blank)]
    if data.groups is not None:
        groups = data.groups[rows]
        refuse_too_many(folds, len(np.unique(groups)), "groups")
        if classes is None:
            return list(GroupKFold(folds, shuffle=True, random_state=seed).split(blank, groups=groups))
        return list(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(blank, classes, groups))
    if classes is None:
        refuse_too_many(folds, len(rows), "rows")
        return list(KFold(folds, shuffle=True, random_state=seed).split(blank))
    refuse_rare_class(data, classes, folds)
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(blank, classes))


def refuse_too_many(folds: int, most: int, of: str) -> None:
    """Raise where there are more folds than things to divide."""
    if folds > most:
        raise DataError(f"folds={folds}, but there are {most} {of}; ask for at most {most} folds.")


def refuse_rare_class(data: Dataset, classes: np.ndarray, folds: int) -> None:
    """Raise where a class has fewer rows than there are folds, so that some fold would not hold it."""
    counts = np.bincount(classes, minlength=len(data.target.classes))
    rarest = int(np.argmin(counts))
    if folds > counts[rarest]:
        raise DataError(
            f"folds={folds}, but class {data.target.classes[rarest]!r} of the target {data.target.names[0]!r} has "
            f"{counts[rarest]} rows outside the test part; ask for at most {max(counts[rarest], 1)} folds, gather more "
            "rows of it, or merge it with another class."
        )
