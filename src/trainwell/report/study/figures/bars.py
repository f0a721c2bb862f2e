"""Lying bars with intervals: importances, sources of luck, the ensemble beside the single best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.numbers import json_number
from trainwell.report.palette import ACCENT, INK, QUIET


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its value, the value as written, its interval if known, and whether it is emphasised."""

    name: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    strong: bool = True


def lying_bars(bars: Sequence[Bar], title: str, **scale: Any) -> go.Figure | None:
    """Return bars from the first at the top; ``scale`` is merged into the axis of values."""
    drawn = [go.Bar(**placed(bar), orientation="h", marker={"color": colour(bar)}) for bar in reversed(bars)]
    return framed(drawn, title, **{"zeroline": True, "zerolinecolor": QUIET, **scale}) if bars else None


def interval_dots(bars: Sequence[Bar], title: str, **scale: Any) -> go.Figure | None:
    """Return values as dots with their intervals, for scores that lie close together and far from zero."""
    drawn = [
        go.Scatter(**placed(bar), mode="markers", marker={"color": colour(bar), "size": 13}) for bar in reversed(bars)
    ]
    return framed(drawn, title, **scale) if bars else None


def framed(drawn: Sequence[Any], title: str, **scale: Any) -> go.Figure:
    """Return lying bars or dots in their frame, the names beside them."""
    return canvas(
        drawn,
        height=70 + 52 * len(drawn),
        bargap=0.5,
        hovermode="closest",
        xaxis=axis(title, **{"nticks": 6, **scale}),
        yaxis=axis(
            showgrid=False,
            tickfont={"size": 13, "color": INK},
            ticklabelstandoff=8,
            range=[-0.6, len(drawn) - 0.4],
        ),
    )


def colour(bar: Bar) -> str:
    """Return a bar's colour."""
    return ACCENT if bar.strong else QUIET


def placed(bar: Bar) -> dict[str, Any]:
    """Return a bar's value, name and interval."""
    error = None
    if bar.low is not None and bar.high is not None:
        reach = [json_number(max(bar.high - bar.value, 0))], [json_number(max(bar.value - bar.low, 0))]
        look = {"color": INK, "thickness": 2, "width": 6}
        error = {"type": "data", "symmetric": False, "array": reach[0], "arrayminus": reach[1], **look}
    return {
        "x": [json_number(bar.value)],
        "y": [f"{label(bar.name)}<br><b>{label(bar.text)}</b>"],
        "error_x": error,
        "hovertemplate": f"{label(bar.text)}<extra></extra>",
    }
