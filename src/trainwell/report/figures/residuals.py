"""Where a regression errs: predicted against true, and how the errors are distributed."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from trainwell.report.curves import numbers
from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.palette import ACCENT, GUIDE, MUTED

_MOST_POINTS = 1500
_LARGEST = 1e100  # beyond this, differences and bins overflow


def predicted_against_true(truth: np.ndarray, prediction: np.ndarray) -> go.Figure | None:
    """Return a scatter of ``(n,)`` predictions over ``(n,)`` true values, with the line where both agree."""
    truth, prediction = _finite(truth, prediction)
    if not truth.size:
        return None
    chosen = np.unique(np.linspace(0, truth.size - 1, min(truth.size, _MOST_POINTS)).round().astype(int))
    points = go.Scatter(
        x=numbers(truth[chosen]),
        y=numbers(prediction[chosen]),
        mode="markers",
        marker={"color": ACCENT, "size": 5, "opacity": 0.4, "line": {"width": 0}},
        hovertemplate="true %{x:.4~g}<br>predicted %{y:.4~g}<extra></extra>",
    )
    ends = numbers([min(truth.min(), prediction.min()), max(truth.max(), prediction.max())])
    diagonal = go.Scatter(
        x=ends, y=ends, mode="lines", line={"color": MUTED, "width": 1, "dash": "dot"}, hoverinfo="skip"
    )
    return canvas([points, diagonal], height=340, xaxis=axis("true"), yaxis=axis("predicted"))


def residual_histogram(truth: np.ndarray, prediction: np.ndarray) -> go.Figure | None:
    """Return the histogram of prediction minus truth, zero marked."""
    truth, prediction = _finite(truth, prediction)
    if not truth.size:
        return None
    counts, edges = _bins(prediction - truth)
    bar = go.Bar(
        x=numbers((edges[:-1] + edges[1:]) / 2),
        width=numbers(np.diff(edges)),
        y=counts.tolist(),
        marker={"color": ACCENT, "line": {"width": 0}},
        hovertemplate="error near %{x:.3~g}: %{y} rows<extra></extra>",
    )
    figure = canvas(
        [bar],
        height=340,
        bargap=0.06,
        xaxis=axis("predicted − true", showgrid=False),
        yaxis=axis("rows", rangemode="tozero", nticks=5),
    )
    return figure.add_vline(x=0, line={"color": GUIDE, "width": 1.5, "dash": "dash"})


def _bins(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and edges; errors that are all but equal share one bin, as NumPy cannot part them."""
    low, high = errors.min(), errors.max()
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        reach = max(0.5, abs(low) * 1e-3)
        return np.array([errors.size]), np.array([low - reach, high + reach])
    return np.histogram(errors, bins=min(41, max(5, int(np.sqrt(errors.size)))))


def _finite(truth: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    length = min(truth.size, prediction.size)
    truth, prediction = truth[:length], prediction[:length]
    known = (np.abs(truth) < _LARGEST) & (np.abs(prediction) < _LARGEST)  # false for nan and inf
    return truth[known], prediction[known]
