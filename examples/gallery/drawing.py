"""How the gallery draws: lines, contours and dots on the report's paper, in its colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.palette import ACCENT, DEPTHS, GUIDE, INK, MUTED, QUIET, depth_colours

__all__ = [
    "ACCENT",
    "GUIDE",
    "INK",
    "MUTED",
    "QUIET",
    "axis",
    "bars",
    "contours",
    "depth_colours",
    "dots",
    "lines",
    "numbers",
    "tiles",
]

Points = tuple[Any, Any]
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
#: Contours from low to high, in middle tones that stand on light and on dark paper.
TONES = [[at / 5, DEPTHS[at + 1]] for at in range(6)]

#: Below zero, zero, above: blue, sand, rust.
SIGNED = [[0, DEPTHS[0]], [0.25, DEPTHS[2]], [0.5, "#f3efe4"], [0.75, DEPTHS[6]], [1, DEPTHS[7]]]


def lines(
    curves: Mapping[str, Points],
    *,
    x: Mapping[str, Any] | str,
    y: Mapping[str, Any] | str,
    colours: Sequence[str] | None = None,
    dashes: Sequence[str] = ("solid",),
    height: int = 320,
    legend: bool = True,
) -> go.Figure:
    """Return curves by name over common axes; an axis is its title, or its settings with a ``title``."""
    colours = colours or depth_colours(len(curves))
    traces = [
        go.Scatter(
            x=numbers(points[0]),
            y=numbers(points[1]),
            name=name,
            mode="lines",
            line={"color": colours[at % len(colours)], "width": 2.2, "dash": dashes[at % len(dashes)]},
            hovertemplate="%{y:.4~g}",
        )
        for at, (name, points) in enumerate(curves.items())
    ]
    return canvas(traces, height=height, legend=legend, xaxis=axis_of(x, showgrid=False), yaxis=axis_of(y))


def contours(
    x: Any,
    y: Any,
    heights: np.ndarray,
    *,
    axes: tuple[str, str],
    paths: Mapping[str, np.ndarray] | None = None,
    marks: Mapping[str, tuple[float, float]] | None = None,
    lines: int = 16,
    height: int = 380,
    colours: Sequence[str] | None = None,
) -> go.Figure:
    """Return the level lines of a surface ``(len(y), len(x))`` with paths ``(steps, 2)`` and marked points over it."""
    paths, marks = paths or {}, marks or {}
    colours = colours or ([INK] if len(paths) < 2 else depth_colours(len(paths)))
    surface = go.Contour(
        x=numbers(x), y=numbers(y), z=[numbers(row) for row in heights], ncontours=lines, showscale=False,
        contours={"coloring": "lines"}, colorscale=TONES, line={"width": 1}, opacity=0.55, hoverinfo="skip",
    )  # fmt: skip
    drawn = [route(name, path, colours[at % len(colours)], at) for at, (name, path) in enumerate(paths.items())]
    figure = canvas([surface, *drawn], height=height, legend=len(paths) > 1)
    for name, (at_x, at_y) in marks.items():
        figure.add_trace(dot_at(at_x, at_y, name))
    figure.update_xaxes(**axis(axes[0], showgrid=False), range=[float(np.min(x)), float(np.max(x))])
    return figure.update_yaxes(**axis(axes[1], showgrid=False), range=[float(np.min(y)), float(np.max(y))])


def route(name: str, path: np.ndarray, colour: str, number: int) -> go.Scatter:
    """Return a path as a line with a dot at every step."""
    return go.Scatter(
        x=numbers(path[:, 0]), y=numbers(path[:, 1]), name=name, mode="lines+markers",
        line={"color": colour, "width": 2, "dash": DASHES[number % 4]}, marker={"color": colour, "size": 3.5},
    )  # fmt: skip


def dot_at(x: float, y: float, name: str) -> go.Scatter:
    """Return a named point with its name beside it."""
    return go.Scatter(
        x=[float(x)], y=[float(y)], mode="markers+text", text=[name], textposition="top center", showlegend=False,
        marker={"color": INK, "size": 8, "symbol": "x-thin", "line": {"color": INK, "width": 2}},
        textfont={"color": INK, "size": 12}, hoverinfo="skip",
    )  # fmt: skip


def dots(
    groups: Mapping[str, Points], *, x: Any, y: Any, colours: Sequence[str] | None = None, height: int = 320,
    size: float = 8,
) -> go.Figure:  # fmt: skip
    """Return points by group over common axes."""
    colours = colours or depth_colours(len(groups))
    symbols = ("circle", "diamond", "square", "triangle-up")
    traces = [
        go.Scatter(
            x=numbers(points[0]), y=numbers(points[1]), name=name, mode="markers",
            marker={"color": colours[at], "size": size, "symbol": symbols[at % 4]},
        )
        for at, (name, points) in enumerate(groups.items())
    ]  # fmt: skip
    return canvas(traces, height=height, legend=len(groups) > 1, xaxis=axis_of(x, showgrid=False), yaxis=axis_of(y))


def bars(values: Mapping[str, float], *, x: Any, y: Any, colours: Sequence[str], height: int = 320) -> go.Figure:
    """Return one bar for each name."""
    trace = go.Bar(x=list(values), y=numbers(list(values.values())), marker={"color": list(colours)})
    return canvas([trace], height=height, xaxis=axis_of(x, showgrid=False, type="category"), yaxis=axis_of(y))


def axis_of(settings: Mapping[str, Any] | str, **more: Any) -> dict[str, Any]:
    """Return an axis from its title or its settings; logarithmic ones are ticked at powers of ten."""
    chosen = {"title": settings} if isinstance(settings, str) else dict(settings)
    if chosen.get("type") == "log":
        chosen = {"exponentformat": "power", "minor": {"showgrid": False}, "dtick": 1} | chosen
    return axis(**{**more, **chosen})


def numbers(values: Any) -> list[float | None]:
    """Return numbers as JSON holds them: five digits, and nothing where one is not finite."""
    return [float(f"{value:.5g}") if np.isfinite(value) else None for value in np.asarray(values, np.float64)]


def tiles(images: Sequence[np.ndarray], columns: int, *, names: Sequence[str] = (), height: int = 320) -> go.Figure:
    """Return small pictures ``(height, width)`` in rows, each scaled by itself: blue below zero, rust above."""
    rows = -(-len(images) // columns)
    figure = canvas([], height=height)
    gap = 0.02
    for at, image in enumerate(images):
        row, column = divmod(at, columns)
        own = "" if at == 0 else str(at + 1)
        most = float(np.abs(image).max()) or 1.0
        figure.add_trace(
            go.Heatmap(z=[numbers(line) for line in image], zmin=-most, zmax=most, colorscale=SIGNED, showscale=False,
                       xaxis=f"x{own}", yaxis=f"y{own}", hovertemplate="%{z:.2f}<extra></extra>")
        )  # fmt: skip
        left, top = column / columns, 1 - row / rows
        hidden = {"visible": False, "fixedrange": True}
        figure.layout[f"xaxis{own}"] = {**hidden, "domain": [left, left + 1 / columns - gap], "anchor": f"y{own}"}
        figure.layout[f"yaxis{own}"] = {
            **hidden, "domain": [top - 1 / rows + gap + (0.05 if names else 0), top], "anchor": f"x{own}",
            "autorange": "reversed", "scaleanchor": f"x{own}", "constrain": "domain",
        }  # fmt: skip
        if names:
            figure.add_annotation(text=names[at], x=left + 0.5 / columns, y=top - 1 / rows + 0.05, xref="paper",
                                  yref="paper", showarrow=False, yanchor="top", font={"size": 11})  # fmt: skip
    return figure
