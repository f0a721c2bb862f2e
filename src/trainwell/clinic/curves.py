"""What learning curves say in numbers: trend, noise and the rise above the minimum. No verdicts here."""

from __future__ import annotations

import numpy as np

from trainwell.records import Record


def watched_loss(record: Record) -> np.ndarray:
    """Return the validation loss, or the training loss where nothing was validated."""
    validation = record["validation_loss"]
    return validation if np.isfinite(validation).any() else record["training_loss"]


def noise(values: np.ndarray) -> float:
    """Return the standard deviation of a curve about its trend, from second differences.

    White noise of variance σ² has second differences of variance 6σ², and a straight trend has none.
    """
    if len(values) < 4:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(values, 2) ** 2) / 6))


def ending_after(values: np.ndarray, best: int) -> tuple[float, float]:
    """Return where a curve ended, by its last three values from its best one on, and its noise from there on.

    Where fewer than four values follow, the noise is that of the whole curve.

    >>> ending_after(np.array([2.0, 1.5, 1.1, 0.8]), 3)[0]
    0.8
    """
    after = values[best:]
    return float(np.median(after[-3:])), noise(after if len(after) >= 4 else values)


def usual_noise(values: np.ndarray) -> float:
    """Return the same from the median of second differences, which a few steep falls do not move.

    The median size of a normal number is 0.6745 standard deviations.
    """
    if len(values) < 4:
        return 0.0
    return float(np.median(np.abs(np.diff(values, 2))) / 0.6745 / np.sqrt(6))


def slope(values: np.ndarray) -> tuple[float, float]:
    """Return the least-squares slope per epoch and its standard error; zeros for fewer than three values.

    >>> slope(np.array([3.0, 2.0, 1.0]))
    (-1.0, 0.0)
    """
    if len(values) < 3:
        return 0.0, 0.0
    at = np.arange(len(values)) - (len(values) - 1) / 2
    rate = float(at @ values / (at @ at))
    rest = values - values.mean() - rate * at
    return rate, float(np.sqrt(rest @ rest / (len(values) - 2) / (at @ at)))


def falls_steadily(values: np.ndarray) -> bool:
    """Tell whether a curve fell from nearly every epoch to the next and ended about where it was lowest.

    >>> falls_steadily(np.array([3.0, 2.0, 1.5, 1.2])), falls_steadily(np.array([3.0, 1.0, 2.0, 1.5]))
    (True, False)
    """
    if len(values) < 2:
        return False
    falls = float(np.mean(np.diff(values) < 0))
    return falls >= 0.8 and bool(values[-1] <= values.min() + 0.01 * abs(values[0]))


def last_quarter(values: np.ndarray) -> np.ndarray:
    """Return the last quarter of a curve, four values at least where there are as many."""
    return values[-max(len(values) // 4, 4) :]


def risen(loss: np.ndarray, last: float) -> float:
    """Return by what share a loss rose from its lowest value; of one below 0, which has no share, of its descent.

    >>> risen(np.array([4.0, 2.0, 3.0]), 3.0), risen(np.array([1.0, -3.0, -1.0]), -1.0)
    (0.5, 0.5)
    """
    best = float(loss.min())
    size = best if best > 0 else max(float(loss[0]) - best, abs(best), 1e-12)
    return (last - best) / size
