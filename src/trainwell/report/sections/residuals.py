"""Where a regression errs: predicted against true and the errors' distribution, per output."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.report.contents import Facts, ReportData
from trainwell.report.figures.residuals import predicted_against_true, residual_histogram
from trainwell.report.markup import Markup
from trainwell.report.numbers import significant
from trainwell.report.sections.frame import absent, gallery, picture, section

_MOST_OUTPUTS = 6


def residuals(report: ReportData) -> Markup:
    """Build the section."""
    truth, prediction = _matrix(report.scores, "truth"), _matrix(report.scores, "prediction")
    if truth is None or prediction is None or truth.shape != prediction.shape:
        return section("errors", "Where it errs", None, absent("No predictions were compared with the truth."))
    names = list((report.scores.get("residuals") or {}).get("outputs") or ())
    pictures = [
        drawn
        for k in range(min(truth.shape[1], _MOST_OUTPUTS))
        for drawn in _pair(truth[:, k], prediction[:, k], _name(names, k, truth.shape[1]))
    ]
    return section("errors", "Where it errs", _lead(truth, prediction), gallery(*pictures))


def _matrix(scores: Facts, name: str) -> np.ndarray | None:
    """Return (rows, outputs) values, a flat list standing for one output."""
    try:
        values = np.asarray((scores.get("residuals") or {}).get(name) or [], dtype=float)
    except (TypeError, ValueError):
        return None
    if not values.size or values.ndim > 2:
        return None
    return values.reshape(len(values), -1)


def _name(names: list[Any], k: int, outputs: int) -> str:
    return f" of {names[k]}" if outputs > 1 and k < len(names) else ""


def _lead(truth: np.ndarray, prediction: np.ndarray) -> str:
    with np.errstate(all="ignore"):
        errors = (prediction - truth).ravel()
    errors = np.abs(errors[np.isfinite(errors)])
    if not errors.size:
        return "No finite prediction stands beside a finite truth."
    middle, tail = (significant(quantile, 3) for quantile in np.quantile(errors, [0.5, 0.9]))
    return f"Half of the answers are off by less than {middle}, nine in ten by less than {tail}."


def _pair(truth: np.ndarray, prediction: np.ndarray, of: str) -> list[Markup | None]:
    scatter = f"Scatter of predicted over true values{of}; points on the dotted line are right."
    histogram = f"Histogram of prediction minus truth{of}."
    return [
        picture(f"Predicted against true{of}", predicted_against_true(truth, prediction), scatter),
        picture(f"Errors{of}", residual_histogram(truth, prediction), histogram),
    ]
