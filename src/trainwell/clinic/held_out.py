"""The deep examination of labels: every row answered by networks that never saw it, and those rows named that disagree.

Costs as many trainings as there are folds, in one cohort. Not for choosing settings.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from trainwell.clinic.finding import Finding, Remedy
from trainwell.data import Dataset
from trainwell.engine import Recipe, Trained, prepare
from trainwell.engine.cohort import Member, train_cohort
from trainwell.errors import DataError
from trainwell.functions import losses
from trainwell.tasks import Task

FOLDS = 5
#: Rows named at most, the surest disagreements first.
ROWS_NAMED = 20
#: A share of disagreements above this one is no chance of healthy labels.
MANY = 0.15
#: Permutations of the answers that the answers out of fold are held against.
PERMUTATIONS = 200
SOURCE = "Northcutt et al. 2021, Confident Learning; Ojala & Garriga 2010"


def examine_labels(recipe: Recipe, data: Dataset, *, folds: int = FOLDS, workers: int | None = None) -> list[Finding]:
    """Return what out-of-fold answers say of the labels of the training and validation rows.

    A row is doubted where the networks that never saw it give another class more probability than that class's own
    rows get on average, and its own class less.

    Args:
        recipe: how each fold's network is trained.
        data: a classification; its test part is left alone.
        folds: into how many parts the rows are divided.
        workers: trainings at a time.

    Raises:
        DataError: the target has no classes, or there are fewer than two rows a fold.
    """
    if not data.target.classes:
        raise DataError(f"labels are examined where the target has classes, but the task is {data.task}.")
    rows = np.sort(np.concatenate([data.parts.train, data.parts.validation]))
    if len(rows) < 2 * folds:
        raise DataError(f"{folds} folds need {2 * folds} rows to train on and validate, but there are {len(rows)}.")
    probabilities = out_of_fold(recipe, data, rows, folds, workers)
    labels = np.asarray(data.target.values)[rows].astype(int)
    told = np.isfinite(probabilities).all(axis=1)
    if not told.any():
        return []
    found = judged(probabilities[told], labels[told], rows[told])
    return [] if found is None else [found]


def out_of_fold(recipe: Recipe, data: Dataset, rows: np.ndarray, folds: int, workers: int | None) -> np.ndarray:
    """Return each row's probabilities by the networks that never saw it, ``(rows, classes)``."""
    quiet = recipe.with_settings({"telemetry": False})
    order = np.random.default_rng(recipe.seed).permutation(len(rows))
    parts = np.array_split(order, folds)
    members = []
    for at, part in enumerate(parts):
        others = np.sort(np.concatenate(parts[:at] + parts[at + 1 :]))
        members.append(Member(quiet, prepare(quiet, data, rows[others], rows[np.sort(part)])))

    def keep(at: int, trained: Trained) -> np.ndarray:
        inputs = np.asarray(members[at].problem.examples.inputs)[rows[np.sort(parts[at])]]
        takes = trained.program.objective(dict(quiet.knobs())).loss.takes
        return probabilities_of(trained.outputs(inputs), takes, data.task)

    found = np.full((len(rows), max(len(data.target.classes), 2)), np.nan)
    for outcome in train_cohort(members, keep, workers=workers):
        if outcome.kept is not None:
            found[np.sort(parts[outcome.index])] = outcome.kept
    return found


def probabilities_of(outputs: np.ndarray, takes: losses.Takes, task: Task) -> np.ndarray:
    """Return the probabilities that outputs stand for, ``(rows, classes)``, of one output for two classes as well.

    >>> probabilities_of(np.array([[0.0]]), "logits", "binary").tolist()
    [[0.5, 0.5]]
    >>> probabilities_of(np.array([[0.25]]), "probabilities", "binary").tolist()
    [[0.75, 0.25]]
    """
    told = np.asarray(losses.predict(jnp.asarray(outputs), takes, task), np.float64)
    return np.concatenate([1 - told, told], axis=1) if told.shape[1] == 1 else told


def doubted(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the places of rows whose label the answers contradict, the surest first."""
    classes = probabilities.shape[1]
    usual = [probabilities[labels == each, each].mean() if np.any(labels == each) else 1.0 for each in range(classes)]
    own = probabilities[np.arange(len(labels)), labels]
    other = probabilities - np.where(np.arange(classes) == labels[:, None], np.inf, 0)
    rival = other.argmax(axis=1)
    sure = other.max(axis=1) >= np.maximum(np.asarray(usual)[rival], own)
    places = np.flatnonzero(sure)
    return places[np.argsort(own[places] - other.max(axis=1)[places], kind="stable")]


def judged(probabilities: np.ndarray, labels: np.ndarray, rows: np.ndarray) -> Finding | None:
    """Return the finding that out-of-fold answers support: unrelated labels, noisy ones, or nothing."""
    right = float(np.mean(probabilities.argmax(axis=1) == labels))
    chance = permuted(probabilities, labels)
    evidence: dict[str, Any] = {"accuracy_out_of_fold": right, "accuracy_of_permuted_labels": chance, "rows": len(rows)}
    if right <= chance:
        return Finding(
            name="labels unrelated to inputs",
            severity="fault",
            sentence=f"Networks that never saw a row tell {right:.0%} of the labels, no more than of shuffled ones.",
            evidence=evidence,
            cause="Rows and answers do not belong together, or the inputs say nothing.",
            remedies=(Remedy("Check how answers were joined to rows; look at a few by hand."),),
            source=SOURCE,
        )
    places = doubted(probabilities, labels)
    share = len(places) / len(rows)
    if share < MANY:
        return None
    named = ", ".join(str(int(row)) for row in rows[places[:ROWS_NAMED]])
    return Finding(
        name="label noise",
        severity="warning",
        sentence=f"{len(places)} of {len(rows)} labels ({share:.0%}) are contradicted by networks that never saw the "
        f"row; the surest are rows {named}.",
        evidence=evidence | {"contradicted": len(places), "share": share, "first_rows": named},
        cause="Labels are wrong, or the classes cannot be told apart by these inputs.",
        remedies=(Remedy("Look at these rows and put their labels right, or leave them out."),),
        source=SOURCE,
    )


def permuted(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the accuracy that all but 1 % of shuffled labels stay below."""
    random, told = np.random.default_rng(0), probabilities.argmax(axis=1)
    return float(np.quantile([np.mean(told == random.permutation(labels)) for _ in range(PERMUTATIONS)], 0.99))
