"""The network's score beside the baselines', as bars with the interval; the verdict compares them."""

from __future__ import annotations

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas, label
from trainwell.report.measures import metric_name, score_text
from trainwell.report.numbers import json_number
from trainwell.report.palette import ACCENT, INK, QUIET
from trainwell.report.verdict import Verdict, shares_axis


def baseline_bars(verdict: Verdict) -> go.Figure:
    """Return one bar per model, the network on top with its 95% interval."""
    bars = [_bar(verdict, baseline.name, baseline.value, QUIET) for baseline in verdict.baselines]
    bars.append(_bar(verdict, "network", verdict.value, ACCENT, interval=verdict.has_interval))
    return canvas(
        bars,
        height=70 + 52 * len(bars),
        bargap=0.5,
        xaxis=axis(
            metric_name(verdict.metric),
            tickformat=",.0%" if shares_axis(verdict) else "~g",
            rangemode="tozero",
            zeroline=True,
            zerolinecolor=QUIET,
            nticks=6,
        ),
        yaxis=axis(showgrid=False, tickfont={"size": 13, "color": INK}, ticklabelstandoff=8),
    )


def _bar(verdict: Verdict, name: str, value: float, colour: str, interval: bool = False) -> go.Bar:
    text, error = score_text(verdict.metric, value), {}
    if interval:
        error = {
            "type": "data",
            "symmetric": False,
            "array": [max(verdict.high - value, 0)],
            "arrayminus": [max(value - verdict.low, 0)],
            "color": INK,
            "thickness": 2,
            "width": 6,
        }
    return go.Bar(
        x=[json_number(value)],
        y=[f"{label(name)}<br><b>{text}</b>"],
        orientation="h",
        marker={"color": colour},
        error_x=error or None,
        hovertemplate=f"{text}<extra></extra>",
    )
