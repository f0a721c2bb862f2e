"""The axis of scores that a study's pictures share: a window that few terrible trials cannot squash.

Scores far below the middle are pinned to the window's edge, and a lane beyond it holds the trials that diverged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis
from trainwell.report.measures import is_share, metric_name
from trainwell.report.numbers import as_float, json_number
from trainwell.report.palette import ACCENT, GUIDE, INK, QUIET

HOVER = "%{text}<extra></extra>"
#: The golden ratio's fractional part: its multiples fill an interval evenly.
GOLDEN = 0.6180339887498949
#: The window reaches this many times as far from the best score as the median score does.
REACH = 2.0
#: Among fewer scores than this, none is too far away to be shown.
FEWEST = 8
#: Places of the pinned scores and of the diverged trials beyond the window, as shares of its height.
PINNED, LANE = 0.06, 0.16


@dataclass(frozen=True)
class Window:
    """The scores a picture shows: from the worst of interest (``floor``) to the best (``top``)."""

    floor: float
    top: float
    metric: str

    @property
    def height(self) -> float:
        """How far it reaches, negative where lower is better."""
        return self.top - self.floor

    def place(self, value: float) -> float | None:
        """Return where a score is drawn: where it lies, or pinned just below the floor."""
        return json_number(self.floor - PINNED * self.height if self.pins(value) else value, 7)

    def pins(self, value: float) -> bool:
        """Tell whether a score lies beyond the window."""
        return (value - self.floor) * math.copysign(1, self.height) < -1e-6 * abs(self.height)

    @property
    def maximize(self) -> bool:
        """Whether more is better."""
        return self.height > 0

    @property
    def lane(self) -> float | None:
        """Where trials without a score are drawn."""
        return json_number(self.floor - LANE * self.height, 7)

    def axis(self, *, title: bool = True, lane: bool = True) -> dict[str, Any]:
        """Return the axis, its ticks within the window alone; lower scores stand lower even where they are better."""
        beyond = ((LANE if lane else PINNED) + 0.07) * self.height
        ends = sorted([self.floor - beyond, self.top + 0.07 * self.height])
        ticks = nice_ticks(min(self.floor, self.top), max(self.floor, self.top))
        name = metric_name(self.metric) if title else ""
        form = {"tickformat": ".5~p"} if is_share(self.metric) else {"tickformat": "~g"}
        return axis(name, range=[json_number(end, 7) for end in ends], tickmode="array", tickvals=ticks, **form)


def window(scores: Iterable[float], maximize: bool, metric: str, reach: float = REACH) -> Window | None:
    """Return the window that shows what matters among some scores; none without any.

    >>> window([0.96, 0.95, 0.95, 0.95, 0.95, 0.93, 0.9, 0.1], True, "accuracy").floor
    0.94
    """
    known = np.array([score for score in map(as_float, scores) if math.isfinite(score) and abs(score) < 1e100])
    if not known.size:
        return None
    best, worst = (known.max(), known.min()) if maximize else (known.min(), known.max())
    middle = float(np.median(known))
    far = best - reach * (best - middle) if middle != best and known.size >= FEWEST else worst
    floor = max(worst, far) if maximize else min(worst, far)
    if floor == best:
        floor = best - (abs(best) * 0.05 or 1.0) * (1 if maximize else -1)
    return Window(float(f"{floor:.7g}"), float(f"{best:.7g}"), metric)


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between two ends.

    >>> nice_ticks(0.901, 0.953)
    [0.91, 0.92, 0.93, 0.94, 0.95]
    """
    span = high - low
    if not span > 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * digit for digit in (1, 2, 2.5, 5, 10) if span / (power * digit) <= most)
    ticks = [float(f"{k * step:.10g}") for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    return ticks or [float(f"{low:.4g}"), float(f"{high:.4g}")]


def dots(x: Sequence[Any], y: Sequence[Any], said: Sequence[str], **marker: Any) -> go.Scatter:
    """Return trials as dots, each with what is said when it is pointed at."""
    look = {"color": ACCENT, "size": 7, "opacity": 0.55, "line": {"width": 0}, **marker}
    return go.Scatter(x=list(x), y=list(y), text=list(said), mode="markers", marker=look, hovertemplate=HOVER)


def crosses(x: Sequence[Any], y: Sequence[Any], said: Sequence[str]) -> go.Scatter:
    """Return diverged trials as crosses."""
    return dots(x, y, said, color=GUIDE, symbol="x", size=7, opacity=0.9)


def pinned(x: Sequence[Any], y: Sequence[Any], said: Sequence[str], maximize: bool) -> go.Scatter:
    """Return trials worse than the picture shows as triangles that point to where they lie."""
    return dots(x, y, said, color=QUIET, symbol="triangle-down" if maximize else "triangle-up", size=7, opacity=0.9)


def ring(x: Any, y: Any, said: str) -> go.Scatter:
    """Return the best trial: a larger dot in a ring."""
    return dots([x], [y], [said], color=ACCENT, size=13, opacity=1, line={"width": 2, "color": INK})


def beside(index: float, width: float = 0.4) -> float:
    """Return how far a dot is moved aside, so that dots of one place do not hide each other.

    >>> beside(0), abs(beside(17)) <= 0.2
    (-0.2, True)
    """
    return round(width * ((index * GOLDEN) % 1 - 0.5), 5)
