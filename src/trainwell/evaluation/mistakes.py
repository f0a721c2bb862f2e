"""The worst, most confident mistakes and the rows they were made on: the cheapest experiment is to look."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.data import Dataset
from trainwell.evaluation.answers import Answers, Numbers
from trainwell.plain import shortened

MOST_MISTAKES = 20
LONGEST_TEXT = 200


def worst_mistakes(data: Dataset, rows: Numbers, answers: Answers, most: int = MOST_MISTAKES) -> list[dict[str, Any]]:
    """Return the mistakes, the worst first: sure and wrong, or furthest off.

    Args:
        data: what the features are read from.
        rows: the positions in the data of the rows that were answered.
        answers: truth and predictions of these rows.
        most: how many to return.

    Returns:
        ``row`` (counted from 0 in the data), ``truth``, ``prediction``, ``confidence`` (probability of the
        wrong answer) or ``error`` (prediction less truth, of the ``output`` furthest off), and ``features``.
    """
    describe = {"multilabel": label_mistake, "regression": numeric_mistake}.get(answers.task, class_mistake)
    badness = badness_of(answers)
    order = np.argsort(-badness, kind="stable")[:most]
    chosen = [int(position) for position in order if badness[position] > 0]
    return [
        {
            "row": int(rows[position]),
            **describe(data, answers, position),
            "features": features_of(data, int(rows[position])),
        }
        for position in chosen
    ]


def badness_of(answers: Answers) -> Numbers:
    """Return how bad each answer is, ``(rows,)``: 0 where right, else its confidence or scaled error."""
    if answers.task == "regression":
        return np.max(np.abs(answers.errors) / typical_errors(answers), axis=1)
    wrong = (answers.labels != answers.truth).reshape(len(answers), -1)
    return np.max(np.where(wrong, confidence_of(answers), 0.0), axis=1)


def confidence_of(answers: Answers) -> Numbers:
    """Return the probability of what was answered, ``(rows, 1)`` or one per label."""
    if answers.task == "multiclass":
        return answers.predictions.max(axis=1, keepdims=True)
    return np.maximum(answers.predictions, 1 - answers.predictions)


def typical_errors(answers: Answers) -> Numbers:
    """Return the mean absolute error of each output, 1 where there is none, ``(outputs,)``."""
    typical = np.abs(answers.errors).mean(axis=0)
    return np.where(typical > 0, typical, 1.0)


def class_mistake(data: Dataset, answers: Answers, position: int) -> dict[str, Any]:
    """Describe a row taken for another class."""
    classes = data.target.classes
    return {
        "truth": classes[int(answers.truth[position])],
        "prediction": classes[int(answers.labels[position])],
        "confidence": confidence_of(answers)[position].max(),
    }


def label_mistake(data: Dataset, answers: Answers, position: int) -> dict[str, Any]:
    """Describe a row with the labels it has and the labels it was given."""
    has, given = answers.hits[position], answers.labels.reshape(answers.hits.shape)[position] > 0
    return {
        "truth": [name for name, holds in zip(data.target.names, has, strict=True) if holds],
        "prediction": [name for name, holds in zip(data.target.names, given, strict=True) if holds],
        "confidence": confidence_of(answers)[position][has != given].max(),
    }


def numeric_mistake(data: Dataset, answers: Answers, position: int) -> dict[str, Any]:
    """Describe a row by the output that is furthest off for its kind."""
    names = data.target.names
    furthest = int(np.argmax(np.abs(answers.errors[position]) / typical_errors(answers)))
    truth = answers.truth.reshape(answers.predictions.shape)[position, furthest]
    described = {
        "truth": truth,
        "prediction": answers.predictions[position, furthest],
        "error": answers.errors[position, furthest],
    }
    return described if len(names) == 1 else {**described, "output": names[furthest]}


def features_of(data: Dataset, row: int) -> dict[str, Any]:
    """Return what a table says of a row: its features, then what names it; nothing for images and signals."""
    if data.frame is None:
        return {}
    naming = [name for name in data.aside.columns if name not in (*data.frame.columns, *data.target.names)]
    frames = [data.frame, data.aside.select(naming)] if naming else [data.frame]
    return {name: readable(value) for frame in frames for name, value in frame.row(row, named=True).items()}


def readable(value: Any) -> Any:
    """Cut a long text short, and leave anything else as it is.

    >>> len(readable("word " * 1000))
    200
    """
    return shortened(value, LONGEST_TEXT) if isinstance(value, str) else value
