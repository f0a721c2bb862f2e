"""Every score of a run in one plain dictionary: parts, intervals, baselines, classes, mistakes, residuals.

This room puts together what the rooms beside it compute; no formula lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.data import Dataset
from trainwell.evaluation.answers import HELD_OUT, PARTS, Answers, Numbers, Part, answers_of
from trainwell.evaluation.baselines import MAJORITY
from trainwell.evaluation.classes import class_table, confusion_matrix
from trainwell.evaluation.comparison import against_baseline
from trainwell.evaluation.intervals import score_intervals
from trainwell.evaluation.mistakes import worst_mistakes
from trainwell.evaluation.residuals import residual_points
from trainwell.functions.metrics import PRIMARY
from trainwell.plain import plain


def score(
    data: Dataset,
    rows_by_part: Mapping[Part, Numbers],
    predictions: Numbers,
    baselines: Mapping[str, Numbers] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score predictions on every part, with 95 % intervals where rows were held out, beside the baselines.

    Args:
        data: the rows with their target, weights and groups.
        rows_by_part: the rows of ``training``, ``validation`` and ``test``; a part may be empty or left out.
        predictions: for all rows of the data, ``(rows, outputs)``: probabilities of the positive class
            ``(rows, 1)``, of each class or label, or numbers in the units of the target.
        baselines: the same from simple models, by name.
        seed: of the bootstrap and of the choice of residuals; the same seed gives the same scores.

    Returns:
        What JSON can hold. Of all parts: ``task``, ``primary``, ``rows``, the metrics by part, ``intervals``,
        ``baselines``, ``classes``, ``majority_class``. Of the ``judged`` part, which is test if there
        is one, else validation, else training: ``against_baseline``, ``per_class``, ``confusion``,
        ``mistakes``, ``residuals``. A part without rows has no metrics; one that is not defined is None.
    """
    rows = {part: np.asarray(rows_by_part.get(part, ()), np.int64) for part in PARTS}
    network = {part: answers_of(data, rows[part], predictions) for part in PARTS}
    rivals = {
        name: {part: answers_of(data, rows[part], given) for part in HELD_OUT}
        for name, given in (baselines or {}).items()
    }
    judged = judged_part(rows)
    primary = PRIMARY[data.task]
    rivals_judged = {name: answers[judged] for name, answers in rivals.items() if judged in answers}
    return plain(
        {
            "task": data.task,
            "primary": primary,
            "judged": judged,
            "rows": {part: len(rows[part]) for part in PARTS},
            **{part: network[part].scores for part in PARTS},
            "intervals": {part: score_intervals(network[part], network[part].scores, seed) for part in HELD_OUT},
            "baselines": {name: {part: answers[part].scores for part in HELD_OUT} for name, answers in rivals.items()},
            "against_baseline": against_baseline(primary, network[judged], rivals_judged, seed),
            "classes": class_names(data),
            "majority_class": majority_class(data, baselines or {}),
            **explained(data, rows[judged], network[judged], seed),
        }
    )


def judged_part(rows: Mapping[Part, Numbers]) -> Part:
    """Return the part whose score counts most: test, else validation, else training.

    >>> judged_part({"training": np.arange(9), "validation": np.arange(3), "test": np.arange(0)})
    'validation'
    """
    return next((part for part in reversed(PARTS) if len(rows[part])), "training")


def class_names(data: Dataset) -> tuple[Any, ...]:
    """Return the classes, or the labels of a multilabel target; nothing for regression."""
    return data.target.names if data.task == "multilabel" else data.target.classes


def majority_class(data: Dataset, baselines: Mapping[str, Numbers]) -> Any:
    """Return the class that the simplest baseline always answers, or None."""
    if MAJORITY not in baselines or data.task not in ("binary", "multiclass") or not len(data):
        return None
    answer = answers_of(data, np.arange(1), baselines[MAJORITY])
    return data.target.classes[int(answer.labels[0])]


def explained(data: Dataset, rows: Numbers, answers: Answers, seed: int) -> dict[str, Any]:
    """Say where the answers err: by class and by row, or by their residuals."""
    nothing: dict[str, Any] = {"per_class": [], "confusion": [], "mistakes": [], "residuals": {}}
    if not len(answers) or not answers.are_finite:
        return nothing
    found = nothing | {"mistakes": worst_mistakes(data, rows, answers)}
    if data.task == "regression":
        return found | {"residuals": residual_points(answers, data.target.names, seed)}
    names = class_names(data)
    if data.task != "multilabel":
        found["confusion"] = confusion_matrix(answers.truth, answers.labels, len(names))
    return found | {"per_class": class_table(answers, names)}
