"""What the looks at the layers say, in numbers that several checks ask for: sizes, updates, gradients."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case
from trainwell.records import Record

#: A deviation of outputs over rows below which they are all the same.
TELLING = 0.01


def first(case: Case, name: str) -> float | None:
    """Return a telemetry number before the first update, none where it was not measured then."""
    if name not in case.record or not measured_at_start(case):
        return None
    return float(case.record[name][0])


def measured_at_start(case: Case) -> bool:
    """Tell whether the layers were looked at before the first update."""
    return (
        not len(case.record.arrays.get("telemetry_epoch", [0]))
        or int(case.record.arrays.get("telemetry_epoch", np.zeros(1))[0]) == 0
    )


def later(case: Case, name: str) -> np.ndarray:
    """Return the rows of a telemetry quantity after the first update; none where it was not measured."""
    if name not in case.record:
        return np.zeros((0,))
    rows = case.record[name]
    return rows[1:] if measured_at_start(case) else rows


def update_ratio(record: Record) -> float | None:
    """Return the median update-to-weight ratio over layers and measured epochs but the last, silent layers left out."""
    if "layer_update_ratio" not in record:
        return None
    rows = record["layer_update_ratio"]
    rows = rows[:-1] if len(rows) > 1 else rows
    moving = rows[np.isfinite(rows) & (rows > 0)]
    return float(np.median(moving)) if len(moving) else None


def hidden(case: Case) -> np.ndarray:
    """Return the layers of weights but the last."""
    units = np.asarray(case.record.facts.get("layer_units", ()))
    return (
        np.flatnonzero(units > 1)[:-1] if (units > 0).any() and units[units > 0][-1] > 1 else np.flatnonzero(units > 1)
    )


def named(case: Case, fact: str, at: int) -> str:
    """Return the name of a layer or activation."""
    names = case.record.facts.get(fact, [])
    return str(names[at]) if at < len(names) else str(at + 1)


def shrunk(case: Case) -> float | None:
    """Return what is left of the layers' weights at the end, of what they were at the start."""
    if "layer_weight_norm" not in case.record or not measured_at_start(case):
        return None
    rows = case.record["layer_weight_norm"]
    units = np.asarray(case.record.facts.get("layer_units", ()))
    layers = units > 0 if len(units) == rows.shape[1] else np.ones(rows.shape[1], bool)
    start, end = rows[0][layers], rows[-1][layers]
    telling = start > 0
    return float(np.median(end[telling] / start[telling])) if telling.any() and np.isfinite(end).all() else None


def gradient_ratio(case: Case) -> np.ndarray:
    """Return, per look, the first layer's gradient over the last's, each relative to its weights; none for two."""
    record = case.record
    if "layer_gradient_norm" not in record or "layer_weight_norm" not in record:
        return np.zeros(0)
    units = np.asarray(record.facts.get("layer_units", ()))
    norms, weights = record["layer_gradient_norm"], record["layer_weight_norm"]
    layers = np.flatnonzero(units > 0) if len(units) == norms.shape[1] else np.arange(norms.shape[1])
    if len(layers) < 3:
        return np.zeros(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = norms / np.maximum(weights, 1e-12)
        return relative[:, layers[0]] / relative[:, layers[-1]]


def broken_at_start(case: Case) -> bool:
    """Tell whether loss or gradient were no numbers even before the first update."""
    loss = first(case, "probe_loss")
    gradients = case.record.arrays.get("layer_gradient_norm")
    if loss is None or gradients is None or not len(gradients):
        return loss is not None and not np.isfinite(loss)
    return not np.isfinite(loss) or not bool(np.isfinite(gradients[0]).all())


def vary(case: Case) -> bool:
    """Tell whether the outputs differ between rows at any look; where they do not, their range says nothing."""
    return bool(np.nanmax(case.record["output_deviation"], initial=0.0) > TELLING)
