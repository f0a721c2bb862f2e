"""The classifier: two classes, many, or many labels at once."""

# ruff: noqa: N803 - inputs are called X wherever scikit-learn calls

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted

from trainwell.errors import DataError
from trainwell.estimators.estimator import NetworkEstimator
from trainwell.tasks import Task


@dataclass(eq=False, repr=False, kw_only=True)
class Classifier(ClassifierMixin, NetworkEstimator):
    """A neural network that tells classes apart, or says which of many labels hold when ``y`` is 0/1 of two axes.

    Takes the parameters and has the attributes of :class:`NetworkEstimator`, and besides:

    Args:
        class_weight: ``"balanced"`` weighs every class alike however rare; or weights by class, 1 unless named.

    Attributes:
        classes_: the labels in the order of ``predict_proba``; 0, 1, … for many labels.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> classifier = Classifier(preset="lecture", learning_rate=0.01, random_state=1).fit(X, y)
    >>> classifier.score(X, y) > 0.9, classifier.predict_proba(X[:2]).shape
    (True, (2, 3))
    """

    class_weight: Mapping[Any, float] | str | None = None

    @property
    def classes_(self) -> np.ndarray:
        """The labels, in the order of the probabilities."""
        model = self.model_
        return np.arange(len(model.target_names)) if model.task == "multilabel" else np.asarray(model.classes)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return probabilities ``(rows, classes)``, or of every label ``(rows, labels)``."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._rows(X))

    def _answers(self, y: Any) -> tuple[np.ndarray, Task]:
        check_classification_targets(y)
        if type_of_target(y) == "multilabel-indicator":
            return y, "multilabel"
        labels = column_or_1d(y, warn=True)
        classes = np.unique(labels)
        if len(classes) == 1:
            raise DataError(
                f"a classifier needs two classes or more, but y holds one class, {classes.tolist()[0]!r}, in "
                f"all {len(labels)} rows that weigh more than 0. Gather rows of another class."
            )
        return labels, "binary" if len(classes) == 2 else "multiclass"

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
