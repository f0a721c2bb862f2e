"""What a watched loop has told so far: a row an epoch, a row a look, facts; and the record that they make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.engine.state import DIVERGED, FINISHED, OUTCOMES
from trainwell.records import Record

CURVES = (
    "epoch",
    "step",
    "seconds",
    "learning_rate",
    "training_loss",
    "validation_loss",
    "training_score",
    "validation_score",
    "gradient_norm",
)


class Log:
    """Rows as they come.

    >>> log = Log()
    >>> log.epoch(training_loss=2.0, step=10)
    >>> log.record({}).facts["outcome"], log.record({})["training_loss"].tolist()
    (1, [2.0])
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.early: dict[str, float] = {}
        self.looks: list[dict[str, Any]] = []
        self.arrays: dict[str, np.ndarray] = {}

    @property
    def epochs(self) -> int:
        """The number of epochs finished."""
        return len(self.rows)

    def epoch(self, **numbers: float) -> None:
        """Note the numbers of a finished epoch; those left out are not known."""
        self.rows.append({"epoch": self.epochs + 1, **self.early, **numbers})
        self.early = {}

    def note(self, epoch: int, **numbers: float) -> None:
        """Note numbers of the epoch that begins after ``epoch`` finished ones, before or after it ends."""
        if epoch < self.epochs:
            self.rows[epoch].update(numbers)
        else:
            self.early.update(numbers)

    def look(self, epoch: int, row: Mapping[str, np.ndarray]) -> None:
        """Note what was seen after so many epochs."""
        self.looks.append({"telemetry_epoch": np.asarray(epoch), **row})

    def record(self, facts: Mapping[str, Any]) -> Record:
        """Put everything into one record; a gap in the gradient norm is filled by the value before it."""
        curves = {name: np.array([row.get(name, math.nan) for row in self.rows], np.float64) for name in CURVES}
        curves |= {name: np.nan_to_num(curves[name]).astype(np.int64) for name in ("epoch", "step")}
        curves["gradient_norm"] = carried(curves["gradient_norm"])
        return Record(curves | self.telemetry() | self.arrays, self.outcome(curves) | dict(facts))

    def telemetry(self) -> dict[str, np.ndarray]:
        """Return the looks as arrays, NaN where a look lacks what others have."""
        if not self.looks:
            return {}
        shapes: dict[str, tuple[int, ...]] = {}
        for look in self.looks:
            for name, value in look.items():
                shapes.setdefault(name, np.shape(value))
        stacked = {
            name: np.stack([fitted(look.get(name), shape) for look in self.looks]) for name, shape in shapes.items()
        }
        return stacked | {"telemetry_epoch": stacked["telemetry_epoch"].astype(np.int64)}

    def outcome(self, curves: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """Return how the run ended; the loop's last weights are what it leaves, whichever epoch was best."""
        diverged = not np.isfinite(curves["training_loss"]).all()
        outcome = DIVERGED if diverged else FINISHED
        return {
            "epochs": self.epochs,
            "outcome": outcome,
            "stopped_because": OUTCOMES[outcome] if diverged else "the loop ended",
        }


def fitted(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return a look's value, or NaN in its shape where there is none that fits."""
    if value is None or np.shape(value) != shape:
        return np.full(shape, np.nan)
    return np.asarray(value, np.float64)


def carried(values: np.ndarray) -> np.ndarray:
    """Return values in which each gap holds the last known one before it, or the first known one.

    >>> carried(np.array([np.nan, 1.0, np.nan])).tolist()
    [1.0, 1.0, 1.0]
    """
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return values
    before = np.searchsorted(known, np.arange(len(values)), side="right") - 1
    return values[known[np.maximum(before, 0)]]
