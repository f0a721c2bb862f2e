"""Truth beside prediction for pictures of a regression: the same few points of however many, every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainwell.evaluation.answers import Answers

MOST_POINTS = 2000


def residual_points(answers: Answers, names: Sequence[str], seed: int = 0, most: int = MOST_POINTS) -> dict[str, Any]:
    """Return truth and predictions of at most ``most`` rows, in the order of the rows.

    Numbers for one output, lists of them for several, with the ``outputs``' names.

    >>> answers = Answers("regression", np.array([[1.0], [2.0]]), np.array([[1.5], [2.5]]), np.ones(2))
    >>> residual_points(answers, ["price"])
    {'truth': [1.0, 2.0], 'prediction': [1.5, 2.5], 'outputs': ['price']}
    """
    rows = np.arange(len(answers))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, size=most, replace=False))
    shape = (len(rows),) if len(names) == 1 else (len(rows), len(names))
    return {
        "truth": answers.truth[rows].reshape(shape).tolist(),
        "prediction": answers.predictions[rows].reshape(shape).tolist(),
        "outputs": list(names),
    }
