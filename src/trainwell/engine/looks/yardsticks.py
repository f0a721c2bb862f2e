"""What the simple models that a run is held against know: their scores, how surely, and where they are wrong.

Only measures; judging is the clinic's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from trainwell.engine.looks.simple_models import SimpleModel
from trainwell.engine.problem import Problem
from trainwell.tasks import is_classification

#: The share of the rows on which a yardstick is surest of its answer, and that on which it is surest after them.
SUREST, SURE = 1 / 9, 1 / 3
#: Training rows that are told by the others, at most.
MOST_LEFT_OUT = 1_000
#: A normal deviate beyond which the number of chances no longer counts.
CERTAIN = 8.0
#: Rows of a part that say how it differs from another, at least.
FEWEST = 20


@dataclass(frozen=True)
class Unseen:
    """What yardsticks answer for rows that they were not fitted to, and the truth, all in columns.

    Attributes:
        answers: ``(rows, outputs)`` of each yardstick; those held out first, then those of training.
        truth: ``(rows, outputs)``.
        held_out: how many of them were held out.
    """

    answers: tuple[np.ndarray, ...]
    truth: np.ndarray
    held_out: int = 0

    @property
    def of_training(self) -> Unseen:
        """The part that is of training rows, each left out."""
        return Unseen(tuple(each[self.held_out :] for each in self.answers), self.truth[self.held_out :])


def unseen(models: Sequence[SimpleModel], count: int, asked: np.ndarray, told: np.ndarray, truth: np.ndarray) -> Unseen:
    """Return the models' answers for rows held out, and for their own rows, each as if it had been left out.

    Both, as what is known of rare classes, or through much noise, shows in many rows only.

    Args:
        models: fitted to the same rows.
        count: how many rows these are.
        asked: inputs of the rows held out.
        told: what is true of the models' own rows, in columns.
        truth: what is true of the rows held out.
    """
    answers = [model.answers(asked) for model in models]
    if count < 4:
        return Unseen(tuple(answers), truth, len(truth))
    kept = np.linspace(0, count - 1, min(count, MOST_LEFT_OUT)).astype(int)
    pairs = [np.concatenate([each, model.left_out(kept)]) for each, model in zip(answers, models, strict=True)]
    return Unseen(tuple(pairs), np.concatenate([truth, told[kept]]), len(truth))


def sureness(problem: Problem, found: Unseen) -> dict[str, float]:
    """Return how often a yardstick is wrong on the rows it is surest of, and on those it is surest of after them.

    Of the yardstick that is wrong least. Where classes meet, and where little is known, yardsticks err less the surer
    they are; where labels are wrong, they err as often on rows that leave no doubt.
    """
    truth = found.truth
    right = truth.argmax(axis=1) if problem.task == "multiclass" else (truth[:, 0] > 0.5).astype(int)
    most, more = max(1, int(SUREST * len(right))), max(2, int(SURE * len(right)))
    errors = []
    for each in found.answers:
        both = each if problem.task == "multiclass" else np.concatenate([1 - each, each], axis=1)
        ordered = np.sort(both, axis=1)
        surest_first = np.argsort(ordered[:, -2] - ordered[:, -1], kind="stable")
        wrong = (both.argmax(axis=1) != right)[surest_first]
        errors.append((float(wrong[:most].mean()), float(wrong[most:more].mean())))
    least, after = min(errors)
    return {"sure_error": least, "less_sure_error": after, "sure_rows": most}


def shift(problem: Problem, found: Unseen) -> float | None:
    """Return by how many standard errors a yardstick errs more on rows held out than on training rows left out.

    Both are new to it: parts drawn alike differ by chance. Of the yardstick where they differ more, as one may know
    nothing of either; none where a part has fewer than :data:`FEWEST` rows.
    """
    errors = [errors_of(problem, each, found.truth) for each in found.answers]
    parts = [(each[: found.held_out], each[found.held_out :]) for each in errors]
    if min(len(part) for part in parts[0]) < FEWEST:
        return None
    return max(excess(*pair) for pair in parts)


def errors_of(problem: Problem, answers: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return each row's error: whether its class is wrong, the share of wrong labels, or the mean square."""
    if problem.task == "multiclass":
        return (answers.argmax(axis=1) != truth.argmax(axis=1)).astype(float)
    if is_classification(problem.task):
        return np.mean((answers > 0.5) != (truth > 0.5), axis=1)
    return np.mean(np.square(answers - truth), axis=1)


def excess(errors: np.ndarray, others: np.ndarray) -> float:
    """Return by how many standard errors the mean of errors lies above that of others.

    Each part counts as if it had seen, besides, an error as large as the largest and one as small as the least, so that
    parts without a mistake have a spread too.

    >>> round(excess(np.ones(98), np.zeros(98)), 1), round(excess(np.arange(50.0), np.arange(50.0)), 1)
    (71.1, 0.0)
    """
    ends = max(errors.max(), others.max()), min(errors.min(), others.min())
    variances = [np.append(each, ends).var() / (len(each) + 2) for each in (errors, others)]
    return float((errors.mean() - others.mean()) / np.sqrt(sum(variances))) if sum(variances) > 0 else 0.0


def signal(problem: Problem, found: Unseen) -> float:
    """Return how surely the better yardstick's answers go with the truth, of rows that it was not fitted to.

    Without any signal the result is seldom above 2. Of numbers it is their ranks that are held together, so that a few
    large ones do not decide.
    """
    ranked = not is_classification(problem.task)
    truth = rankdata(found.truth, axis=0) if ranked else found.truth
    answers = [rankdata(each, axis=0) if ranked else each for each in found.answers]
    most = max(signal_of(each, truth) for each in answers)
    return of_several(most, len(answers) * truth.shape[1])


def of_several(deviate: float, chances: int) -> float:
    """Return the normal deviate that is as unlikely as the largest of several being so large (Bonferroni).

    >>> round(of_several(3.0, 20), 2), of_several(50.0, 20)
    (1.93, 50.0)
    """
    if deviate > CERTAIN:
        return deviate
    return float(-ndtri(min(chances * ndtr(-deviate), 0.5)))


def signal_of(answers: np.ndarray, truth: np.ndarray) -> float:
    """Return how surely answers go with the truth: Fisher's z = artanh(r) √(n − 3), of the class where it is largest.

    Unlike accuracy it shows what is known of rare classes: one answer for all is right on nearly all rows there, and
    hardly any model is right on more. Without any signal it is normal with deviation 1.

    >>> signal_of(np.array([[0.1], [0.2], [0.15], [0.3], [0.1]]), np.array([[0.0], [1.0], [0.0], [1.0], [0.0]])) > 1.9
    True
    """
    if len(truth) < 4:
        return 0.0
    own, others = answers - answers.mean(axis=0), truth - truth.mean(axis=0)
    size = np.sqrt(np.square(own).sum(axis=0) * np.square(others).sum(axis=0))
    telling = size > 1e-12
    agreement = (own * others).sum(axis=0)[telling] / size[telling]
    found = np.arctanh(np.clip(agreement, -1 + 1e-9, 1 - 1e-9)) * np.sqrt(len(truth) - 3)
    return float(found.max(initial=0.0))


def columns_of(problem: Problem, targets: np.ndarray) -> np.ndarray:
    """Return encoded targets as float64 ``(rows, outputs)``, classes one-hot."""
    if problem.task == "multiclass":
        return np.asarray(targets[:, None] == np.arange(problem.outputs), np.float64)
    return targets.reshape(len(targets), -1).astype(np.float64)


def constant_answers(columns: np.ndarray, rows: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of the training targets, by their weights, for every row."""
    return np.tile(np.average(columns, axis=0, weights=weights), (rows, 1))


def score_of(problem: Problem, answers: np.ndarray, truth: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return accuracy, or RMSE in the person's units, of answers in the columns of :func:`columns_of`, by weights."""
    if problem.task == "multiclass":
        return float(np.average(answers.argmax(axis=1) == truth.argmax(axis=1), weights=weights))
    if is_classification(problem.task):
        return float(np.average(np.mean((answers > 0.5) == (truth > 0.5), axis=1), weights=weights))
    squares = np.mean(np.square(answers - truth), axis=1)
    return float(np.sqrt(np.average(squares, weights=weights))) * problem.target_scale


def effective_rows(weights: np.ndarray) -> float:
    """Return Kish's number of rows, (Σw)² / Σw²: as many of equal weight would tell a mean as surely.

    >>> effective_rows(np.ones(8)), effective_rows(np.array([3.0, 1.0]))
    (8.0, 1.6)
    """
    return float(weights.sum() ** 2 / np.square(weights).sum())
