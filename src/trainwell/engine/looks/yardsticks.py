"""The yardsticks a run is held against: a linear model, the nearest rows' answers, and how surely they know anything.

Quick, deterministic, fitted to the training rows. Not rivals, and not for judging: that is the clinic's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from trainwell.engine.problem import Problem
from trainwell.tasks import is_classification

RIDGE = 1.0
#: Neighbours asked for their answer; the share of the rows on which a yardstick is surest of its own, and that on which
#: it is surest after them.
NEIGHBOURS, SUREST, SURE = 15, 1 / 9, 1 / 3
#: Training rows that are told by the others, at most.
MOST_LEFT_OUT = 1_000
#: A normal deviate beyond which the number of chances no longer counts.
CERTAIN = 8.0
#: Rows of a part that say how it differs from another, at least.
FEWEST = 20


def near(
    problem: Problem,
    seen: np.ndarray,
    targets: np.ndarray,
    asked: np.ndarray,
    weights: np.ndarray | None = None,
    *,
    itself: bool = False,
) -> np.ndarray:
    """Return what the :data:`NEIGHBOURS` nearest training rows answer, in standardised inputs, for each row asked.

    Where the rows asked are the training rows, ``itself`` says that none answers for itself.
    """
    scale = seen.std(axis=0)
    scale = np.where(np.isfinite(scale) & (scale > 1e-12), scale, np.inf)
    centre = seen.mean(axis=0)
    own, theirs = (((rows - centre) / scale).astype(np.float32) for rows in (asked, seen))
    apart = np.sum(np.square(theirs), axis=1) - (2 * own) @ theirs.T  # squared distances but for what a row's share
    if itself:
        np.fill_diagonal(apart, np.inf)
    count = min(NEIGHBOURS, len(seen) - itself)
    farthest = np.partition(apart, count - 1, axis=1)[:, count - 1, None]
    among = (~(apart > farthest)).astype(np.float32)  # all as near as the last one; all rows where none is known to be
    if weights is not None:
        among *= np.maximum(weights, 1e-6).astype(np.float32)
    answers = among @ columns_of(problem, targets).astype(np.float32) / among.sum(axis=1, keepdims=True)
    return np.asarray(answers, np.float64)


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


def unseen(
    problem: Problem, seen: np.ndarray, targets: np.ndarray, answers: Sequence[np.ndarray], truth: np.ndarray
) -> Unseen:
    """Return the answers for rows held out, and for the training rows, each told by all others but itself.

    Both, as what is known of rare classes, or through much noise, shows in many rows only.
    """
    if len(seen) < 4:
        return Unseen(tuple(answers), columns_of(problem, truth), len(truth))
    kept = np.linspace(0, len(seen) - 1, min(len(seen), MOST_LEFT_OUT)).astype(int)
    without = left_out(problem, seen[kept], targets[kept])
    truths = np.concatenate([columns_of(problem, truth), columns_of(problem, targets[kept])])
    return Unseen(tuple(np.concatenate(pair) for pair in zip(answers, without, strict=True)), truths, len(truth))


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


def left_out(problem: Problem, seen: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what the linear model, and the nearest rows, answer for each row, fitted to all rows but that one.

    For ridge regression that is ŷ − h (y − ŷ) / (1 − h), with h the row's place on the diagonal of the hat matrix.

    Reference: D. M. Allen, "The relationship between variable selection and data augmentation and a method for
    prediction", Technometrics, 1974.
    """
    columns = columns_of(problem, targets)
    matrix = standardised(seen, seen)
    inverse = np.linalg.inv(matrix.T @ matrix + np.diag(ridge(seen)))
    fitted = matrix @ (inverse @ (matrix.T @ columns))
    share = np.clip(((matrix @ inverse) * matrix).sum(axis=1, keepdims=True), 0, 1 - 1e-6)
    linear = fitted - share * (columns - fitted) / (1 - share)
    return linear, near(problem, seen, targets, seen, itself=True)


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


def linear_model(
    problem: Problem, seen: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit ridge regression on the training rows, by their weights, and return what gives its answers for other rows."""
    matrix, columns = standardised(seen, seen), columns_of(problem, targets)
    weighted = matrix.T if weights is None else matrix.T * weights
    solution = np.linalg.solve(weighted @ matrix + np.diag(ridge(seen)), weighted @ columns)
    return lambda asked: standardised(asked, seen) @ solution


def standardised(rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return rows scaled by what the training rows show, with a column of ones."""
    centre, scale = seen.mean(axis=0), seen.std(axis=0)
    usable = np.isfinite(scale) & (scale > 1e-12)
    scaled = np.clip(np.where(usable, (rows - centre) / np.where(usable, scale, 1.0), 0.0), -10, 10)
    return np.concatenate([scaled, np.ones((len(rows), 1))], axis=1)


def ridge(seen: np.ndarray) -> np.ndarray:
    """Return the penalty of each weight of the linear model; the constant's is next to none."""
    return np.append(np.full(seen.shape[1], RIDGE), 1e-9)


def constant_answers(problem: Problem, targets: np.ndarray, rows: int, weights: np.ndarray | None = None) -> np.ndarray:
    """Return the mean of the training targets, by their weights, for every row."""
    return np.tile(np.average(columns_of(problem, targets), axis=0, weights=weights), (rows, 1))


def score_of(problem: Problem, answers: np.ndarray, targets: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return accuracy, or RMSE in the person's units, of answers in the columns of :func:`columns_of`, by weights."""
    truth = columns_of(problem, targets)
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
