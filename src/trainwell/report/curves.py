"""The record's curves and per-layer telemetry, thinned and made safe for drawing; no drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.records import Record
from trainwell.report.numbers import as_float, json_number

MOST_POINTS = 500


@dataclass(frozen=True)
class Curve:
    """One line: its name, the epochs (x) and the values (y), None where a value was not finite."""

    name: str
    epochs: list[float | None]
    values: list[float | None]


def array(record: Record, name: str) -> np.ndarray | None:
    """Return a recorded array as floats, or None where it is missing or empty."""
    if name not in record:
        return None
    try:
        values = np.asarray(record[name], dtype=float)
    except (TypeError, ValueError):
        return None
    return values if values.size else None


def numbers(values: Any) -> list[float | None]:
    """Return floats for JSON, None for what is not finite."""
    return [json_number(value) for value in np.asarray(values, dtype=float).ravel()]


def thinned(length: int, keep: Sequence[int] = ()) -> np.ndarray:
    """Return at most about :data:`MOST_POINTS` row indices, the ends and ``keep`` among them.

    >>> thinned(3).tolist(), len(thinned(10_000))
    ([0, 1, 2], 500)
    """
    chosen = np.linspace(0, length - 1, min(length, MOST_POINTS)).round().astype(int)
    return np.unique(np.concatenate([chosen, [k for k in keep if 0 <= k < length]]).astype(int))


def epochs_of(record: Record, length: int, name: str = "epoch") -> np.ndarray:
    """Return the epoch of each of ``length`` rows, counted from 1 where the record does not say."""
    epochs = array(record, name)
    return epochs if epochs is not None and epochs.shape == (length,) else np.arange(1.0, length + 1)


def curve(record: Record, quantity: str, name: str) -> Curve | None:
    """Return one recorded curve, or None where nothing finite was recorded."""
    values = array(record, quantity)
    if values is None or values.ndim != 1 or not np.isfinite(values).any():
        return None
    best = best_epoch(record)
    rows = thinned(len(values), [best - 1] if best else [])
    return Curve(name, numbers(epochs_of(record, len(values))[rows]), numbers(values[rows]))


def best_epoch(record: Record) -> int | None:
    """Return the epoch whose weights were kept, if the record states it."""
    best = as_float(record.facts.get("best_epoch"))
    return int(best) if np.isfinite(best) and best >= 1 else None


def epochs_run(record: Record) -> int:
    """Return the number of epochs recorded."""
    lengths = [
        len(found)
        for name in ("training_loss", "validation_loss", "epoch")
        if (found := array(record, name)) is not None
    ]
    return max(lengths, default=0)


def layer_curves(record: Record, quantity: str, names: Sequence[Any]) -> list[Curve]:
    """Return one curve per column of a (T, L) array, named by ``names`` and "layer k" beyond them."""
    values = array(record, quantity)
    if values is None or values.ndim != 2 or not np.isfinite(values).any():
        return []
    rows = thinned(len(values))
    epochs = numbers(epochs_of(record, len(values), "telemetry_epoch")[rows])
    named = [str(names[k]) if k < len(names) else f"layer {k + 1}" for k in range(values.shape[1])]
    return [Curve(name, epochs, numbers(values[rows, k])) for k, name in enumerate(named)]


def spans_decades(curves: Sequence[Curve], decades: float = 1.5) -> bool:
    """Tell whether positive values spread so far that only a logarithmic axis shows them."""
    values = [v for c in curves for v in c.values if v is not None]
    if not values or min(values) <= 0:
        return False
    return bool(np.log10(max(values) / min(values)) > decades)
