"""How good the best of n trials is, as boxes for growing n; and when in training the best trials were best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from trainwell.report.contents import Facts
from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.measures import score_text
from trainwell.report.numbers import as_float, json_number
from trainwell.report.palette import ACCENT, GUIDE
from trainwell.report.study.figures.scores import Window

BINS = 20


def best_of_boxes(boxes: Sequence[Facts], seen: Window | None) -> go.Figure | None:
    """Return one box per number of trials: the middle half, the middle nine tenths, and the mean as a line.

    What reaches beyond the window of scores is cut off.
    """
    known = [box for box in boxes if len(box.get("quantiles") or ()) == 5 and None not in box["quantiles"]]
    if seen is None or not known:
        return None
    metric = seen.metric
    places = list(range(len(known)))
    columns = [[json_number(box["quantiles"][k], 7) for box in known] for k in range(5)]
    box = go.Box(
        x=places,
        lowerfence=columns[0],
        q1=columns[1],
        median=columns[2],
        q3=columns[3],
        upperfence=columns[4],
        line={"color": ACCENT, "width": 1.5},
        fillcolor="rgba(0,0,0,0)",
        width=0.5,
        hoverinfo="skip",
    )
    means = go.Scatter(
        x=places,
        y=[json_number(each.get("mean"), 7) for each in known],
        text=[f"the best of {each['trials']}: {score_text(metric, each.get('mean'))} on average" for each in known],
        mode="lines+markers",
        line={"color": GUIDE, "width": 1.5},
        marker={"color": GUIDE, "size": 5},
        hovertemplate="%{text}<extra></extra>",
    )
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": [f"{each['trials']}" for each in known]}
    return canvas(
        [box, means],
        height=300,
        hovermode="closest",
        xaxis=axis("trials drawn", showgrid=False, **ticks),
        yaxis=seen.axis(title=False, lane=False),
    )


def best_epochs(shares: Sequence[Any]) -> go.Figure | None:
    """Return a histogram of when the best runs were best, the first tenth and the last quarter shaded."""
    known = [share for share in map(as_float, shares) if 0 <= share <= 1]
    if not known:
        return None
    counts, edges = np.histogram(known, bins=BINS, range=(0, 1))
    bar = go.Bar(
        x=[json_number(x) for x in (edges[:-1] + edges[1:]) / 2],
        y=counts.tolist(),
        width=[0.9 / BINS] * BINS,
        marker={"color": ACCENT},
        hovertemplate="after %{x:.0%} of the epochs: %{y} runs<extra></extra>",
    )
    figure = canvas(
        [bar],
        height=300,
        xaxis=axis("share of the epochs allowed", showgrid=False, range=[0, 1], tickformat=".0%", dtick=0.25),
        yaxis=axis("runs", rangemode="tozero", nticks=4, tickformat=",d"),
    )
    for start, end in ((0, 0.1), (0.75, 1)):
        figure.add_vrect(x0=start, x1=end, fillcolor=GUIDE, opacity=0.1, line_width=0, layer="below")
    return figure
