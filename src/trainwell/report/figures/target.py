"""What is to be predicted: the number of rows per class, or the distribution of a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.numbers import as_float, count, json_number
from trainwell.report.palette import ACCENT

_MOST_CLASSES = 60


def class_bars(counts: Mapping[Any, Any]) -> go.Figure | None:
    """Return rows per class; lying bars for few classes with names, standing ones for many."""
    pairs = [(label(name), json_number(rows, 9)) for name, rows in list(counts.items())[:_MOST_CLASSES]]
    if not pairs:
        return None
    names, rows = [name for name, _ in pairs], [number for _, number in pairs]
    return _lying(names, rows) if len(pairs) <= 8 else _standing(names, rows)


def _lying(names: list[str], rows: list[float | None]) -> go.Figure:
    bar = go.Bar(
        y=list(range(len(names))),
        x=rows,
        orientation="h",
        marker={"color": ACCENT},
        text=[count(r) for r in rows],
        textposition="auto",
        hovertemplate="%{x:,d} rows<extra></extra>",
    )
    ticks: dict[str, Any] = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "ticklabelstandoff": 8,
    }
    return canvas(
        [bar],
        height=60 + 40 * len(names),
        bargap=0.4,
        xaxis=axis("rows", rangemode="tozero", tickformat=","),
        yaxis=axis(showgrid=False, autorange="reversed", **ticks),
    )


def _standing(names: list[str], rows: list[float | None]) -> go.Figure:
    positions = list(range(len(names)))
    bar = go.Bar(x=positions, y=rows, marker={"color": ACCENT}, hovertemplate="%{y:,d} rows<extra></extra>")
    return canvas(
        [bar],
        height=240,
        bargap=0.3,
        xaxis=axis(showgrid=False, tickmode="array", tickvals=positions, ticktext=names),
        yaxis=axis("rows", rangemode="tozero", tickformat=",", nticks=5),
    )


def histogram(edges: Sequence[Any], counts: Sequence[Any], name: str) -> go.Figure | None:
    """Return a histogram from its bin edges (one more than counts)."""
    ends, rows = [as_float(edge) for edge in edges], [json_number(number, 9) for number in counts]
    bins = list(pairwise(ends))
    widths = [json_number(high - low, 7) or 0.0 for low, high in bins]
    if not rows or len(bins) != len(rows) or min(widths) <= 0:
        return None
    bar = go.Bar(
        x=[json_number((low + high) / 2, 7) for low, high in bins],
        width=widths,
        y=rows,
        marker={"color": ACCENT, "line": {"width": 0}},
        hovertemplate="near %{x:,.4~g}: %{y:,d} rows<extra></extra>",
    )
    return canvas(
        [bar],
        height=240,
        bargap=0.06,
        xaxis=axis(label(name), showgrid=False),
        yaxis=axis("rows", rangemode="tozero", tickformat=",", nticks=5),
    )
