"""The same settings trained shortly and long: one dot each by its ranks, so that one sees whether they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from trainwell.report.figures.canvas import axis, canvas
from trainwell.report.measures import score_text
from trainwell.report.numbers import json_number
from trainwell.report.palette import MUTED
from trainwell.report.study.figures.scores import dots


def rounds_plot(short: Sequence[Any], long: Sequence[Any], metric: str, maximize: bool) -> go.Figure | None:
    """Return ranks in the long round over ranks in the short one, 1 the best, with the line where both agree."""
    pairs = [(json_number(a, 7), json_number(b, 7)) for a, b in zip(short, long, strict=False)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if len(known) < 2:
        return None
    said = [f"short {score_text(metric, a)}<br>long {score_text(metric, b)}" for a, b in known]
    first, last = (ranks([pair[k] for pair in known], maximize) for k in (0, 1))
    ends = [1, len(known)]
    agreement = go.Scatter(
        x=ends, y=ends, mode="lines", line={"color": MUTED, "width": 1, "dash": "dot"}, hoverinfo="skip"
    )
    scale: dict[str, Any] = {"range": [0.3, len(known) + 0.7], "tickformat": ",d", "nticks": 8}
    return canvas(
        [agreement, dots(first, last, said, size=9, opacity=0.8)],
        height=320,
        hovermode="closest",
        xaxis=axis("rank in the short round, 1 the best", **scale),
        yaxis=axis("rank in the long round", **scale),
    )


def ranks(scores: Sequence[float], maximize: bool) -> list[int]:
    """Return the rank of each score, 1 for the best; equals share the better rank.

    >>> ranks([0.5, 0.9, 0.5], maximize=True)
    [2, 1, 2]
    """
    ordered = sorted(scores, reverse=maximize)
    return [ordered.index(score) + 1 for score in scores]
