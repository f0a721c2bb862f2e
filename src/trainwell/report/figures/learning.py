"""Learning curves: loss, score, learning rate and gradient norm over epochs; nothing per layer."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from trainwell.records import Record
from trainwell.report.curves import Curve, best_epoch, curve, spans_decades
from trainwell.report.figures.canvas import canvas, line, value_axis, whole_epochs
from trainwell.report.measures import is_share
from trainwell.report.palette import ACCENT, INK, MUTED, QUIET


def loss_curves(record: Record) -> go.Figure | None:
    """Return training and validation loss over epochs, or None without either."""
    return _pair(record, "loss")


def score_curves(record: Record) -> go.Figure | None:
    """Return training and validation score over epochs, or None without either."""
    return _pair(record, "score")


def rate_curve(record: Record) -> go.Figure | None:
    """Return the learning rate over epochs."""
    return _single(record, "learning_rate", "learning rate")


def gradient_curve(record: Record) -> go.Figure | None:
    """Return the global gradient norm over epochs."""
    return _single(record, "gradient_norm", "gradient norm")


def _pair(record: Record, quantity: str) -> go.Figure | None:
    training = curve(record, f"training_{quantity}", "training")
    validation = curve(record, f"validation_{quantity}", "validation")
    found = [c for c in (training, validation) if c is not None]
    if not found:
        return None
    colours = {"training": QUIET, "validation": ACCENT}
    figure = _over_epochs([line(c, colours[c.name], width=2.5) for c in found], found, height=320, legend=True)
    if quantity == "score" and is_share(str(record.facts.get("score") or "")):
        figure.update_yaxes(tickformat=".3~p").update_traces(hovertemplate="%{y:.2~%}")
    return _mark_best(figure, best_epoch(record), found)


def _single(record: Record, quantity: str, name: str) -> go.Figure | None:
    found = curve(record, quantity, name)
    if found is None:
        return None
    figure = _over_epochs([line(found, INK, width=1.5)], [found], height=190, legend=False)
    return figure.update_yaxes(rangemode="tozero")


def _over_epochs(traces: Sequence[go.Scatter], curves: Sequence[Curve], *, height: int, legend: bool) -> go.Figure:
    return canvas(
        traces,
        height=height,
        legend=legend,
        hovermode="x unified",
        xaxis=whole_epochs([epoch for c in curves for epoch in c.epochs]),
        yaxis=value_axis(spans_decades(curves), **({} if legend else {"nticks": 4})),
    )


def _mark_best(figure: go.Figure, best: int | None, curves: Sequence[Curve]) -> go.Figure:
    last = max((epoch for c in curves for epoch in c.epochs if epoch is not None), default=0)
    if best is None or best > last:
        return figure
    left, rising = best > 0.6 * last, _rises(curves[-1])
    figure.add_vline(x=best, line={"color": MUTED, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=best,
        y=0 if rising else 1,
        yref="paper",
        text=f"kept: epoch {best}",
        showarrow=False,
        xanchor="right" if left else "left",
        xshift=-6 if left else 6,
        yanchor="bottom" if rising else "top",
        font={"size": 12, "color": MUTED},
    )
    return figure


def _rises(curve: Curve) -> bool:
    known = [value for value in curve.values if value is not None]
    return known[-1] > known[0]
