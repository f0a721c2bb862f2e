"""The paper every picture is drawn on: quiet axes, no frame, no toolbar; not what is drawn on it."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trainwell.report.curves import Curve
from trainwell.report.markup import clean
from trainwell.report.palette import INK, MUTED, RULE

FONT = 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
_LONGEST_LABEL = 28


def label(name: Any) -> str:
    """Return a name as Plotly shows it: cleaned, shortened, and no markup of its own.

    >>> label("<b>petal</b> length in centimetres, measured")
    '&lt;b&gt;petal&lt;/b&gt; length in cent…'
    """
    text = clean(name)
    short = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
    return html.escape(short, quote=False).replace("$", "&#36;")


def canvas(traces: Sequence[Any], *, height: int = 300, legend: bool = False, **layout: Any) -> go.Figure:
    """Return a figure with the house's axes; ``layout`` is merged over them."""
    figure = go.Figure(list(traces))
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 8, "r": 12, "t": 34 if legend else 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": FONT, "size": 13, "color": MUTED},
        hoverlabel={"font": {"family": FONT, "size": 13}, "namelength": -1},
        showlegend=legend,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "font": {"color": INK},
        },
        dragmode=False,
        xaxis=axis(),
        yaxis=axis(),
    )
    return figure.update_layout(**layout)


def axis(title: str = "", **settings: Any) -> dict[str, Any]:
    """Return an axis: light grid, no frame, nothing to drag (a finger must be able to scroll the page)."""
    return {
        "title": {"text": title, "font": {"size": 12}, "standoff": 8},
        "automargin": True,
        "fixedrange": True,
        "gridcolor": RULE,
        "linecolor": RULE,
        "zeroline": False,
        "tickfont": {"size": 12},
        "nticks": 7,
        **settings,
    }


def value_axis(logarithmic: bool, **settings: Any) -> dict[str, Any]:
    """Return a y axis, logarithmic with powers of ten (which Plotly writes a quarter larger) where asked."""
    if logarithmic:
        return axis(**{**settings, "type": "log", "dtick": 1, "exponentformat": "power", "tickfont": {"size": 10}})
    return axis(**settings)


def line(curve: Curve, colour: str, *, width: float = 2, dash: str = "solid") -> go.Scatter:
    """Return a curve as a line; single points are marked, or they would not be seen."""
    few = sum(value is not None for value in curve.values) <= 3
    return go.Scatter(
        x=curve.epochs,
        y=curve.values,
        name=label(curve.name),
        mode="lines+markers" if few else "lines",
        line={"color": colour, "width": width, "dash": dash},
        marker={"color": colour, "size": 7},
        hovertemplate="%{y:.4~g}",
    )


def whole_epochs(epochs: Sequence[float | None], **settings: Any) -> dict[str, Any]:
    """Return an x axis of epochs that never shows half an epoch."""
    known = [epoch for epoch in epochs if epoch is not None]
    span = max(known, default=1) - min(known, default=0)
    ticks = {"dtick": 1} if span <= 6 else {}
    return axis("epoch", showgrid=False, tickformat=",d", **ticks, **settings)
