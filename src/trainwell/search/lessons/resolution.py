"""How finely a study tells trials apart: by what so many validation rows can tell, and by the best score there is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from trainwell.functions.metrics import METRICS
from trainwell.search.lessons.reading import Reading, Trial, finite

#: How near to the best score there is a score counts as it; what lies between is rounding.
ROUNDING = 1e-9


def score_error(value: float, metric: str, rows: int) -> float:
    """Return how far a score of so many rows lies from the truth by chance, one standard deviation.

    For an accuracy √(p(1 − p)/n), and so for what else is 1 at best and 0 at worst; for a root mean squared error of
    normal residuals RMSE/√(2n), and so for other sizes of errors.

    >>> score_error(0.9, "accuracy", 900), score_error(2.0, "rmse", 200)
    (0.01, 0.1)
    """
    share = METRICS[metric].greater_is_better and 0 <= value <= 1
    spread = math.sqrt(value * (1 - value)) if share else abs(value) / math.sqrt(2)
    return round(spread / math.sqrt(max(rows, 1)), 12)


def standard_error(trial: Trial | None) -> float:
    """Return the standard error of a trial's mean over its folds and seeds; 0 where it has one score."""
    values: Sequence[float] = finite(trial.values) if trial else []
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def resolution(reading: Reading) -> float:
    """Return how far below the best trial another is as good as far as one can tell, 0 where nothing says.

    That is the best trial's standard error, over its folds and seeds or of the validation rows, whichever is more.
    """
    best, rows = reading.best, reading.validation_rows
    if best is None:
        return 0.0
    of_rows = score_error(best.value, reading.metric, rows) if rows and reading.metric in METRICS else 0.0
    return max(standard_error(best), of_rows)


def at_the_best(reading: Reading) -> bool:
    """Tell whether the best trial has the best score there is, so that no search can find a better one.

    >>> from trainwell.search.lessons.reading import read_study
    >>> study = {"metric": "accuracy", "direction": "maximize", "space": {}, "trials": [{"value": 1.0}]}
    >>> at_the_best(read_study(study)), at_the_best(read_study(study | {"trials": [{"value": 0.99}]}))
    (True, False)
    """
    if reading.best is None or reading.metric not in METRICS:
        return False
    best = 1.0 if METRICS[reading.metric].greater_is_better else 0.0
    return math.isclose(reading.best.value, best, abs_tol=ROUNDING)
