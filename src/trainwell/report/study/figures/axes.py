"""Axis plots: the score of every trial over one hyperparameter, diverged ones as crosses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trainwell.report.contents import Facts
from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.measures import score_text
from trainwell.report.numbers import as_float, json_number, shown
from trainwell.report.palette import ACCENT, GUIDE
from trainwell.report.study.figures.scores import Window, beside, crosses, dots, pinned, ring

HEIGHT, LANE_HEIGHT = 270, 120
#: Letters that fit side by side below a small picture.
MOST_LETTERS = 30


def axis_plot(data: Facts, seen: Window | None, maximize: bool, edge: str | None = None) -> go.Figure | None:
    """Return one hyperparameter's axis plot.

    Args:
        data: the axis: ``path``, ``kind``, ``low``, ``high``, ``choices``, ``points``, ``best`` and ``good``.
        seen: the window of scores; none where no trial has one, so that only crosses are drawn.
        maximize: whether more is better.
        edge: ``"low"`` or ``"high"`` where the best trial lies at that end.
    """
    points = [point for point in data.get("points") or () if place(point, data) is not None]
    if not points:
        return None
    figure = canvas(
        traces(points, data, seen, maximize),
        height=HEIGHT if seen else LANE_HEIGHT,
        hovermode="closest",
        xaxis=settings_axis(data),
        yaxis=seen.axis(lane=lost(points)) if seen else axis(visible=False, range=[-1, 1]),
    )
    return shaded(figure, data, edge)


def lost(points: Sequence[Facts]) -> bool:
    """Tell whether some trials have no score to be drawn at."""
    return any(point.get("value") is None for point in points)


def traces(points: list[Facts], data: Facts, seen: Window | None, maximize: bool) -> list[go.Scatter]:
    """Return the dots, the pinned, the crosses and the best trial's ring."""
    metric = seen.metric if seen else ""
    scored = [p for p in points if seen and math.isfinite(as_float(p.get("value")))]
    failed = [p for p in points if p not in scored]
    found = []
    if failed:
        lane = seen.lane if seen else 0
        found.append(crosses([place(p, data) for p in failed], [lane] * len(failed), said(failed, metric)))
    if seen:
        within = [p for p in scored if not seen.pins(as_float(p["value"]))]
        beyond = [p for p in scored if p not in within]
        for few, draw in ((within, dots), (beyond, lambda x, y, text: pinned(x, y, text, maximize))):
            heights = [seen.place(as_float(p["value"])) for p in few]
            found.append(draw([place(p, data) for p in few], heights, said(few, metric)))
        best = [p for p in within if p.get("number") == data.get("best")]
        found.extend(ring(place(p, data), seen.place(as_float(p["value"])), said([p], metric)[0]) for p in best)
    return found


def place(point: Facts, data: Facts) -> float | None:
    """Return where a trial stands on its axis; dots of one choice are spread by their number."""
    if data.get("kind") != "choice":
        return json_number(point.get("setting"), 7)
    position = as_float(point.get("position"))
    if not math.isfinite(position):
        return None
    return json_number(position * max(len(data.get("choices") or ()) - 1, 1) + beside(as_float(point.get("number"))))


def said(points: Sequence[Facts], metric: str) -> list[str]:
    """Return what is said of each trial when it is pointed at."""
    return [
        f"trial {shown(p.get('number'))}<br>{label(shown(p.get('setting')))}<br>"
        + (score_text(metric, p["value"]) if p.get("value") is not None and metric else label(p.get("state")))
        for p in points
    ]


def settings_axis(data: Facts) -> dict[str, Any]:
    """Return the axis of a hyperparameter: its choices, or its range with a little room at the ends."""
    if data.get("kind") == "choice":
        names = [wrapped(label(name)) for name in data.get("choices") or ()]
        ticks: dict[str, Any] = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": names}
        widest = max((len(part) for name in names for part in name.split("<br>")), default=0)
        ticks["tickangle"] = -90 if widest * len(names) > MOST_LETTERS else 0
        return axis(range=[-0.5, len(names) - 0.5], showgrid=False, **ticks)
    low, high = as_float(data.get("low")), as_float(data.get("high"))
    if not low < high:
        return axis(showgrid=False)
    if data.get("kind") == "loguniform" and low > 0:
        ends = math.log10(low), math.log10(high)
        ticks = {"dtick": 1, "exponentformat": "power"} if ends[1] - ends[0] >= 1.5 else {"nticks": 4}
        return axis(type="log", range=padded(*ends), showgrid=False, **ticks)
    ticks = {"nticks": 6}
    if data.get("kind") == "integer":
        ticks |= {"tickformat": ",d"} | ({"dtick": 1} if high - low <= 8 else {})
    return axis(range=padded(low, high), showgrid=False, **ticks)


def wrapped(name: str, longest: int = 8) -> str:
    """Break a long list of numbers at its commas, and a stretch of numbers before its second end.

    >>> wrapped("(256, 256, 256)"), wrapped("(64, 64)"), wrapped("0.0001 to 0.001")
    ('(256,<br>256,<br>256)', '(64, 64)', '0.0001<br>to 0.001')
    """
    return name.replace(", ", ",<br>").replace(" to ", "<br>to ") if len(name) > longest else name


def padded(low: float, high: float, share: float = 0.04) -> list[float | None]:
    """Return the ends of a range with a little room beyond."""
    room = share * (high - low)
    return [json_number(low - room, 7), json_number(high + room, 7)]


def shaded(figure: go.Figure, data: Facts, edge: str | None) -> go.Figure:
    """Shade where the best few trials lie, and the end that the best one lies at."""
    good = [as_float(end) for end in data.get("good") or ()]
    if data.get("together") and len(good) == 2 and good[0] < good[1]:
        figure.add_vrect(x0=good[0], x1=good[1], fillcolor=ACCENT, opacity=0.1, line_width=0, layer="below")
    low, high = as_float(data.get("low")), as_float(data.get("high"))
    if edge and low < high:
        band = as_float(data.get("edge_band"))
        inner = between(low, high, band if edge == "low" else 1 - band, data.get("kind") == "loguniform")
        outer = low if edge == "low" else high
        figure.add_vrect(x0=outer, x1=inner, fillcolor=GUIDE, opacity=0.16, line_width=0, layer="below")
    return figure


def between(low: float, high: float, share: float, logarithmic: bool) -> float:
    """Return the value at a share of the way between two ends, on the axis's own scale."""
    if logarithmic and low > 0:
        return float(low * (high / low) ** share)
    return low + share * (high - low)
