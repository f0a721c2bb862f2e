"""The same settings trained shortly and long: one dot each, so that one sees whether the ranks agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.measures import is_share, score_text
from trainwell.report.numbers import json_number
from trainwell.report.study.figures.scores import dots


def rounds_plot(short: Sequence[Any], long: Sequence[Any], metric: str) -> go.Figure | None:
    """Return long scores over short ones."""
    pairs = [(json_number(a, 7), json_number(b, 7)) for a, b in zip(short, long, strict=False)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if len(known) < 2:
        return None
    said = [f"short {score_text(metric, a)}<br>long {score_text(metric, b)}" for a, b in known]
    form = {"tickformat": ".5~p", "nticks": 5} if is_share(metric) else {"nticks": 5}
    return canvas(
        [dots([a for a, _ in known], [b for _, b in known], said, size=9, opacity=0.7)],
        height=300,
        hovermode="closest",
        xaxis=axis("score of the short round", **form),
        yaxis=axis("score of the long round", **form),
    )
