"""The regressor: one number, or several at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import check_array

from trainwell.estimators.estimator import NetworkEstimator
from trainwell.tasks import Task


@dataclass(eq=False, repr=False)
class Regressor(RegressorMixin, NetworkEstimator):
    """A neural network that predicts a number, or several when ``y`` has two axes.

    Takes the parameters and has the attributes of :class:`NetworkEstimator`.

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = Regressor(preset="lecture", learning_rate=0.01, random_state=1).fit(X, y)
    >>> regressor.score(X, y) > 0.4
    True
    """

    def _answers(self, y: Any) -> tuple[np.ndarray, Task]:
        return check_array(y, ensure_2d=False, dtype=np.float64, input_name="y"), "regression"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
