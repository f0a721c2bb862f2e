"""Centres and scales of numbers, and the smooth clip; in NumPy, fitted on whatever rows are handed in."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

Scaling: TypeAlias = Literal["robust", "standard", "minmax"]
CLIP = 3.0


def centre_and_scale(values: np.ndarray, how: Scaling | None) -> tuple[float, float]:
    """Return the centre and scale of numbers, the missing ones left out; the scale is never 0.

    =========  ==============================  =============================================
    how        centre                          scale
    =========  ==============================  =============================================
    robust     median                          interquartile range, else half the range
    standard   mean                            standard deviation
    minmax     middle of the range             half the range (values end up in −1 … 1)
    None       0                               1
    =========  ==============================  =============================================

    A scale of 0 becomes 1, so that constant values become 0.

    Reference: D. Holzmüller, L. Grinsztajn, I. Steinwart, Better by default: strong pre-tuned MLPs
    and boosted trees on tabular data, NeurIPS 2024 (robust scaling with smooth clipping).

    >>> centre_and_scale(np.array([1.0, 2.0, 3.0, 4.0, 100.0]), "robust")
    (3.0, 2.0)
    """
    present = values[np.isfinite(values)]
    if how is None or not present.size:
        return 0.0, 1.0
    half_range = (present.max() - present.min()) / 2
    if how == "standard":
        centre, scale = present.mean(), present.std()
    elif how == "minmax":
        centre, scale = present.min() + half_range, half_range
    else:
        low, centre, high = np.quantile(present, (0.25, 0.5, 0.75))
        scale = high - low or half_range
    return float(centre), usable(float(scale), float(centre))


def usable(scale: float, centre: float) -> float:
    """Return the scale, or 1 where it is 0 up to rounding."""
    return scale if scale > 1e-12 * abs(centre) and np.isfinite(scale) else 1.0


def tail_of(values: np.ndarray) -> float:
    """Return a deviation over that of normal numbers of the same interquartile range, which is 1.349 of theirs.

    Near 1 for most columns, far above for those that a few values far off decide; 1 where half the values are equal.

    >>> round(tail_of(np.array([0.0, 1.0, 2.0, 3.0, 1000.0])), 1)
    269.4
    """
    present = values[np.isfinite(values)]
    if not present.size:
        return 1.0
    low, high = np.quantile(present, (0.25, 0.75))
    return float(1.349 * present.std() / (high - low)) if high > low else 1.0


def smooth_clip(values: np.ndarray) -> np.ndarray:
    """Bend values softly into (−3, 3): z / √(1 + (z/3)²).

    >>> smooth_clip(np.array([0.0, 4.0])).round(6).tolist()
    [0.0, 2.4]
    """
    return values / np.hypot(1.0, values / CLIP)
