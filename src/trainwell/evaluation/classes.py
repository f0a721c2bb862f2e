"""How well each class is told apart: confusion matrix; precision, recall and F₁ of each class, in rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from trainwell.evaluation.answers import Answers, Numbers
from trainwell.evaluation.intervals import wilson


def confusion_matrix(truth: Numbers, labels: Numbers, classes: int) -> Numbers:
    """Count the rows of each true class (rows) taken for each class (columns), ``(classes, classes)``.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    return np.bincount(truth * classes + labels, minlength=classes**2).reshape(classes, classes)


def class_table(answers: Answers, names: Sequence[Any]) -> list[dict[str, Any]]:
    """Describe every class or label; every row counts alike, whatever its weight, as in the confusion matrix.

    A share of nothing is NaN: recall and its 95 % Wilson interval of a class that no row has, precision
    of one that is never answered, F₁ where both hold.
    """
    found, members, claimed = class_counts(answers, len(names))
    return [described(*each) for each in zip(names, found, members, claimed, strict=True)]


def class_counts(answers: Answers, classes: int) -> tuple[list[int], list[int], list[int]]:
    """Return how many rows of each class were found, there are, and were claimed."""
    if answers.task == "multilabel":
        truth, labels = answers.hits, answers.labels > 0
        return tuple(counts.sum(axis=0).tolist() for counts in (truth & labels, truth, labels))
    matrix = confusion_matrix(answers.truth, answers.labels, classes)
    return matrix.diagonal().tolist(), matrix.sum(axis=1).tolist(), matrix.sum(axis=0).tolist()


def described(name: Any, found: int, members: int, claimed: int) -> dict[str, Any]:
    """Describe one class by three counts of rows.

    >>> described("cat", found=3, members=4, claimed=6)["precision"]
    0.5
    """
    return {
        "class": name,
        "precision": found / claimed if claimed else float("nan"),
        "recall": found / members if members else float("nan"),
        "f1": 2 * found / (members + claimed) if members + claimed else float("nan"),
        "support": members,
        "recall_interval": wilson(found, members),
    }
