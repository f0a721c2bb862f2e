"""Per-layer pictures: one line per layer over epochs, from the first layer's blue to the last one's rust."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from trainwell.report.curves import Curve, spans_decades
from trainwell.report.figures.canvas import axis, canvas, line, value_axis, whole_epochs
from trainwell.report.palette import GUIDE, depth_colours

#: The update/weight ratio that usually goes with good training.
GUIDE_RATIO = 1e-3


def layer_lines(curves: Sequence[Curve], *, logarithmic: bool | None = None) -> go.Figure | None:
    """Return one line per layer; the axis is logarithmic where the values ask for it."""
    if not curves:
        return None
    log = spans_decades(curves) if logarithmic is None else logarithmic
    traces = [line(c, colour) for c, colour in zip(curves, depth_colours(len(curves)), strict=True)]
    return _small(traces, curves, value_axis(log, **({} if log else {"rangemode": "tozero", "nticks": 5})))


def update_ratios(curves: Sequence[Curve]) -> go.Figure | None:
    """Return the update/weight ratio of each layer on a logarithmic axis, with the 1e-3 guide."""
    figure = layer_lines(curves, logarithmic=True)
    if figure is None:
        return None
    figure.add_hline(y=GUIDE_RATIO, line={"color": GUIDE, "width": 1.5, "dash": "dash"})
    return figure.update_yaxes(autorangeoptions={"include": [GUIDE_RATIO]})


def activation_bands(means: Sequence[Curve], deviations: Sequence[Curve]) -> go.Figure | None:
    """Return the mean activation of each layer with a band of one standard deviation."""
    if not means:
        return None
    traces = []
    for k, colour in enumerate(depth_colours(len(means))):
        if k < len(deviations):
            traces.append(_band(means[k], deviations[k], colour))
        traces.append(line(means[k], colour))
    return _small(traces, means, axis(nticks=5))


def idle_shares(dead: Sequence[Curve], saturated: Sequence[Curve]) -> go.Figure | None:
    """Return the share of dead units (solid) and of saturated entries (dotted) of each layer."""
    traces = [line(c, colour) for c, colour in zip(dead, depth_colours(len(dead)), strict=True)]
    for curve, colour in zip(saturated, depth_colours(len(saturated)), strict=True):
        traces.append(line(Curve(f"{curve.name}, saturated", curve.epochs, curve.values), colour, dash="dot"))
    if not traces:
        return None
    shares = axis(tickformat=".0%", rangemode="tozero", nticks=5, autorangeoptions={"include": [0, 0.1]})
    figure = _small(traces, [*dead, *saturated], shares)
    return figure.update_traces(hovertemplate="%{y:.1%}")


def _small(traces: Sequence[go.Scatter], curves: Sequence[Curve], values: dict[str, object]) -> go.Figure:
    epochs = whole_epochs([epoch for c in curves for epoch in c.epochs])
    return canvas(traces, height=250, hovermode="x unified", xaxis=epochs, yaxis=values)


def _band(mean: Curve, deviation: Curve, colour: str) -> go.Scatter:
    known = [
        (epoch, middle - spread, middle + spread)
        for epoch, middle, spread in zip(mean.epochs, mean.values, deviation.values, strict=False)
        if epoch is not None and middle is not None and spread is not None
    ]
    return go.Scatter(
        x=[epoch for epoch, _, _ in known] + [epoch for epoch, _, _ in reversed(known)],
        y=[high for _, _, high in known] + [low for _, low, _ in reversed(known)],
        fill="toself",
        fillcolor=colour,
        opacity=0.14,
        line={"width": 0, "color": colour},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )
