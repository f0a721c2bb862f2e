"""The pictures that a finding rests on, drawn from the quantities it names; which it names is the clinic's affair."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from trainwell.records import BY_ACTIVATION, Record
from trainwell.report.curves import Curve, array, epochs_of, layer_curves, numbers, spans_decades, thinned
from trainwell.report.figures.canvas import axis, canvas, line, value_axis, whole_epochs
from trainwell.report.figures.layers import layer_lines
from trainwell.report.numbers import significant
from trainwell.report.palette import ACCENT, GUIDE, QUIET

COLOURS = (ACCENT, GUIDE, QUIET)
HEIGHT = 220
#: Quantities with one number an epoch; the others have one a look at the layers.
BY_EPOCH = (
    "step",
    "seconds",
    "learning_rate",
    "training_loss",
    "validation_loss",
    "training_score",
    "validation_score",
    "gradient_norm",
)
MOST_BARS = 200


def evidence_pictures(record: Record, names: Sequence[str]) -> list[tuple[str, go.Figure, str]]:
    """Return title, figure and description of each picture: the curves in one, a picture for each table.

    >>> record = Record({"epoch": np.arange(1, 4), "training_loss": np.array([3.0, 2.0, 1.0])})
    >>> [title for title, _, _ in evidence_pictures(record, ["training_loss", "unknown"])]
    ['training loss']
    """
    found = []
    curves = [each for name in names if (each := curve_of(record, name)) is not None]
    if curves:
        title = " and ".join(each.name for each in curves)
        found.append((title, drawn_together(curves), described(title, curves)))
    for name in names:
        picture = table_picture(record, name)
        if picture is not None:
            found.append(picture)
    return found


def words(name: str) -> str:
    """Return a quantity's name in words."""
    return name.replace("_", " ")


def curve_of(record: Record, name: str) -> Curve | None:
    """Return a quantity with one number an epoch or a look as a curve; none for anything else."""
    values = array(record, name)
    if values is None or values.ndim != 1 or name.startswith("input_") or not np.isfinite(values).any():
        return None
    epochs = epochs_of(record, len(values), "epoch" if name in BY_EPOCH else "telemetry_epoch")
    rows = thinned(len(values))
    return Curve(words(name), numbers(epochs[rows]), numbers(values[rows]))


def drawn_together(curves: Sequence[Curve]) -> go.Figure:
    """Return curves in one picture, the first in the strongest colour."""
    traces = [line(each, COLOURS[place % len(COLOURS)]) for place, each in enumerate(curves)]
    epochs = whole_epochs([epoch for each in curves for epoch in each.epochs])
    return canvas(
        traces,
        height=HEIGHT,
        legend=len(curves) > 1,
        hovermode="x unified",
        xaxis=epochs,
        yaxis=value_axis(spans_decades(curves), nticks=5),
    )


def table_picture(record: Record, name: str) -> tuple[str, go.Figure, str] | None:
    """Return the picture of a quantity with a column per layer, per activation or per input; none for others."""
    if name.startswith("input_"):
        return bars(record, name)
    units = "activations" if name in BY_ACTIVATION else "layers"
    curves = layer_curves(record, name, list(record.facts.get(units) or ()))
    figure = layer_lines(curves)
    if figure is None:
        return None
    title = f"{words(name.removeprefix('layer_'))}, by {units.removesuffix('s')}"
    return title, figure.update_layout(height=HEIGHT, showlegend=False), described(title, curves)


def bars(record: Record, name: str) -> tuple[str, go.Figure, str] | None:
    """Return one bar for each input."""
    values = array(record, name)
    if values is None or values.ndim != 1:
        return None
    shown = values[:MOST_BARS]
    bar = go.Bar(
        x=list(range(1, len(shown) + 1)), y=numbers(shown), marker={"color": ACCENT}, hovertemplate="%{y:.4~g}"
    )
    positive = shown[np.isfinite(shown) & (shown > 0)]
    wide = len(positive) == len(shown) > 1 and positive.max() > 100 * positive.min()
    figure = canvas([bar], height=HEIGHT, xaxis=axis("input", showgrid=False), yaxis=value_axis(wide, nticks=5))
    known = values[np.isfinite(values)]
    ends = f"from {significant(known.min(), 3)} to {significant(known.max(), 3)}" if len(known) else "unknown"
    return f"{words(name)}, by input", figure, f"{words(name)} of {len(values)} inputs: {ends}."


def described(title: str, curves: Sequence[Curve]) -> str:
    """Return in words what a picture shows."""
    said = []
    for each in curves[:8]:
        known = [value for value in each.values if value is not None]
        if known:
            said.append(f"{each.name} from {significant(known[0], 3)} to {significant(known[-1], 3)}")
    return f"{title} over epochs: {'; '.join(said)}."
