"""Columns that give the answer away on some rows: the answer itself, copied or coded, where it is filled in."""

from __future__ import annotations

import numpy as np

from trainwell.data.dataset import Dataset
from trainwell.data.values import numbers_of

#: Pairs of rows that a line is drawn through, and how near to it a row must lie, in deviations of the answer.
PAIRS, NEAR = 200, 1e-4
#: Rows looked at, at most; different answers that a line must tell, so that no chance of few values looks like one.
MOST_ROWS, ANSWERS = 2_000, 30
#: A value is a code where it stands in such a share of rows and in so many, and a column of codes and numbers has so
#: many other values: rounded numbers repeat too, but none of many so often.
CODED, CODES, OTHERS = 0.05, 20, 30
#: Rows with one value that have one answer tell it, where so many answers are told so.
TOLD, SEVERAL = 5, 4
#: Shares below this one are not told.
LEAST = 0.2


def giveaways(data: Dataset) -> dict[str, float]:
    """Return, by number column, the share of training rows whose answer it states exactly, where that is not small.

    An amount is stated by a straight line a + b·x that the rows lie on, or by values that several rows share, all of
    one answer; a class by values that many rows share, all of one class, in a column of otherwise different numbers.
    Columns that state all answers are among them.
    """
    rows = data.parts.train[:: 1 + len(data.parts.train) // MOST_ROWS]
    if data.frame is None or data.gives_back or (data.target.outputs != 1 and not data.target.classes):
        return {}
    answers = np.asarray(data.target.values, float).reshape(len(data), -1)[rows, 0]
    found = {}
    for column in data.columns:
        if column.kind == "number" and column.use != "left out" and column.name in data.frame.columns:
            values = numbers_of(data.frame[column.name])[rows]
            ways = (share_coded,) if data.target.classes else (share_on_a_line, share_translated)
            share = max(way(values, answers) for way in ways)
            if share >= LEAST:
                found[column.name] = share
    return found


def share_on_a_line(values: np.ndarray, answers: np.ndarray) -> float:
    """Return the largest share of rows whose answers lie on one straight line, of those through pairs of rows.

    Reference: M. Fischler, R. Bolles, "Random Sample Consensus", Communications of the ACM, 1981.
    """
    known = np.isfinite(values) & np.isfinite(answers)
    x, y = values[known], answers[known]
    if len(x) < ANSWERS or not np.std(y) > 0:
        return 0.0
    first, second = np.random.default_rng(0).integers(0, len(x), (2, PAIRS))
    usable = (x[first] != x[second]) & (y[first] != y[second])
    first, second = first[usable], second[usable]
    slope = (y[second] - y[first]) / (x[second] - x[first])
    on = np.abs(y - y[first, None] - slope[:, None] * (x - x[first, None])) < NEAR * usual_deviation(y)
    if not len(on):
        return 0.0
    best = on[int(on.sum(axis=1).argmax())]
    return float(best.sum() / len(values)) if len(np.unique(y[best])) >= ANSWERS else 0.0


def usual_deviation(values: np.ndarray) -> float:
    """Return what the middle half suggests of the deviation, which no value far off moves; that itself where it is 0.

    >>> round(usual_deviation(np.append(np.arange(100.0), 1e6)), 1), usual_deviation(np.array([0.0, 0, 0, 0, 4]))
    (37.1, 1.6)
    """
    low, high = np.quantile(values, (0.25, 0.75))
    return float((high - low) / 1.349 if high > low else np.std(values))


def share_translated(values: np.ndarray, answers: np.ndarray) -> float:
    """Return the share of rows with a value that several rows have, all of one answer; 0 unless several are told.

    >>> share_translated(np.exp(np.arange(100.0) % 5), np.arange(100.0) % 5)
    1.0
    """
    known = np.isfinite(values) & np.isfinite(answers)
    _, place, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    order = np.lexsort((answers[known], place))
    firsts = np.cumsum(counts) - counts
    ordered = answers[known][order]
    least, most = ordered[firsts], ordered[firsts + counts - 1]
    telling = (counts >= TOLD) & (least == most)
    return float(counts[telling].sum() / len(values)) if len(np.unique(least[telling])) >= SEVERAL else 0.0


def share_coded(values: np.ndarray, classes: np.ndarray) -> float:
    """Return the share of rows with a value that many rows have, all of one class; 0 unless several classes are told.

    >>> column = np.where(np.arange(100) < 60, np.arange(100) % 2, 0.5 + np.arange(100))
    >>> share_coded(column, np.arange(100) % 2)
    0.6
    """
    different, place, counts = np.unique(values[np.isfinite(values)], return_inverse=True, return_counts=True)
    own = classes[np.isfinite(values)]
    common = np.flatnonzero(counts >= max(CODED * len(values), CODES))
    if not len(common) or len(different) - len(common) < OTHERS:
        return 0.0
    told = {each: np.unique(own[place == each]) for each in common}
    pure = [each for each in common if len(told[each]) == 1]
    if len({float(told[each][0]) for each in pure}) < 2:
        return 0.0
    return float(counts[pure].sum() / len(values))
