"""The loss against the learning rate of a range test, with the range and the rate it suggests."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from trainwell.report.contents import Facts
from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.palette import ACCENT, GUIDE, MUTED


def loss_against_rate(found: Facts) -> go.Figure:
    """Return the smoothed loss over rates, the suggested one marked.

    Args:
        found: a range test as plain data: ``rates``, ``losses`` (None where training had diverged), ``suggested``,
            ``lowest`` and ``highest``.
    """
    known = [loss for loss in found["losses"] if loss is not None]
    first, least = known[0], min(known)
    curve = go.Scatter(
        x=found["rates"],
        y=found["losses"],
        mode="lines",
        line={"color": ACCENT, "width": 2.5},
        hovertemplate="rate %{x:.2~e}: loss %{y:.4~g}<extra></extra>",
    )
    ceiling = first + 0.5 * (first - least)
    figure = canvas(
        [curve],
        height=380,
        xaxis=axis("learning rate", type="log", exponentformat="power", dtick=1),
        yaxis=axis("loss of the probe rows", range=[least - 0.05 * (first - least), ceiling]),
    )
    figure.add_vrect(x0=found["lowest"], x1=found["highest"], fillcolor=ACCENT, opacity=0.08, line_width=0)
    figure.add_vline(x=found["suggested"], line={"color": GUIDE, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=math.log10(found["suggested"]),
        y=1,
        yref="paper",
        text=f"try {found['suggested']:.2g}",
        showarrow=False,
        xanchor="left",
        xshift=6,
        yanchor="top",
        font={"size": 13, "color": MUTED},
    )
    return figure
