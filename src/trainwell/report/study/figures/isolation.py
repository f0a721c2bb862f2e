"""Isolation plot: every trial per value of a scientific hyperparameter, and the best one after the nuisances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trainwell.report.contents import Facts
from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.measures import score_text
from trainwell.report.numbers import as_float, json_number
from trainwell.report.palette import ACCENT, INK, QUIET
from trainwell.report.study.figures.axes import wrapped
from trainwell.report.study.figures.scores import HOVER, Window, beside, dots, pinned


def isolation_plot(buckets: Sequence[Facts], seen: Window | None) -> go.Figure | None:
    """Return the plot: quiet dots for all trials, a strong one with its standard error for the best of each value."""
    known = [(k, bucket) for k, bucket in enumerate(buckets) if bucket.get("best") is not None]
    if seen is None or not known:
        return None
    names = [wrapped(label(bucket.get("name"))) for bucket in buckets]
    return canvas(
        [*cloud(known, seen), leaders(known, seen)],
        height=330,
        hovermode="closest",
        xaxis=axis(
            showgrid=False,
            tickmode="array",
            tickvals=list(range(len(names))),
            ticktext=names,
            tickangle=0 if len(names) <= 6 else -90,
            tickfont={"size": 13, "color": INK},
            range=[-0.6, len(names) - 0.4],
        ),
        yaxis=seen.axis(lane=False),
    )


def cloud(known: Sequence[tuple[int, Facts]], seen: Window) -> list[go.Scatter]:
    """Return every trial as a quiet dot, those beyond the window as triangles."""
    points = [
        (json_number(k + beside(i)), as_float(value))
        for k, bucket in known
        for i, value in enumerate(bucket.get("values") or ())
    ]
    within = columns([point for point in points if not seen.pins(point[1])], seen)
    beyond = columns([point for point in points if seen.pins(point[1])], seen)
    return [dots(*within, color=QUIET, opacity=0.6, size=6), pinned(*beyond, seen.maximize)]


def columns(points: Sequence[tuple[Any, float]], seen: Window) -> tuple[list[Any], list[Any], list[str]]:
    """Return the places, the heights and the written scores of some points."""
    heights = [seen.place(value) for _, value in points]
    return [x for x, _ in points], heights, [score_text(seen.metric, value) for _, value in points]


def leaders(known: Sequence[tuple[int, Facts]], seen: Window) -> go.Scatter:
    """Return the best trial of each value, with its standard error."""
    values = [as_float(bucket["best"]) for _, bucket in known]
    errors = [json_number(bucket.get("standard_error")) or 0.0 for _, bucket in known]
    return go.Scatter(
        x=[k for k, _ in known],
        y=[seen.place(value) for value in values],
        text=[
            f"{label(bucket.get('name'))}<br>{score_text(seen.metric, value)}<br>best of {bucket.get('trials')}"
            for (_, bucket), value in zip(known, values, strict=True)
        ],
        mode="markers",
        marker={"color": ACCENT, "size": 13, "line": {"width": 2, "color": INK}},
        error_y={"type": "data", "array": errors, "color": INK, "thickness": 2, "width": 6} if any(errors) else None,
        hovertemplate=HOVER,
    )
