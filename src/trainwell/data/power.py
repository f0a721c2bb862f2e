"""How much a single feature tells about the target: what bin means, or neighbours, explain of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainwell.data.dataset import Dataset
from trainwell.data.encoder import Encoder
from trainwell.data.plans import Blocks
from trainwell.data.target import Target

BINS = 32
PRIOR_ROWS = 1.0
NEIGHBOURS = 5
MOST_ROWS = 5_000


def predictive_power(data: Dataset, encoder: Encoder) -> dict[str, float]:
    """Return, for each feature column, how well it alone predicts the target, the best first.

    The feature's values are put in bins (numbers by quantile) on training rows; each bin answers with its
    mean target, and is judged on the other rows by R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², 0 at least. Of numbers, the mean
    target of the five nearest training rows answers as well, and a straight line, and the best counts: bins are too
    coarse for a number that gives the target away, neighbours too noisy for one that tells a little. Classes count as
    one column of zeros and ones each. Images and signals have no such features, and
    of answers that are the inputs nothing is told.

    Args:
        data: whose parts say which rows fit and which judge.
        encoder: the encoder fitted on it.
    """
    training = thinned(data.parts.train)
    judging = thinned(np.concatenate([data.parts.validation, data.parts.test]))
    if data.frame is None or data.gives_back or not len(judging):
        return {}
    rows = np.concatenate([training, judging])
    answers = answer_matrix(data.target)[rows]
    encoded = zip(encoder.columns, encoder.blocks(data.frame[rows]), strict=True)
    power = {
        plan.name: max(
            [
                0.0,
                *(power_of_bins(bins, answers, len(training)) for bins in binned(blocks, len(training))),
                *(power_of_number(column, answers, len(training)) for column in blocks.numbers.values()),
            ]
        )
        for plan, blocks in encoded
    }
    return dict(sorted(power.items(), key=lambda item: -item[1]))


def thinned(rows: np.ndarray) -> np.ndarray:
    """Return at most about :data:`MOST_ROWS` of the rows, evenly spaced."""
    return rows[:: 1 + len(rows) // MOST_ROWS]


def answer_matrix(target: Target) -> np.ndarray:
    """Return the target as columns of numbers ``(rows, outputs)``, one per class."""
    return np.eye(len(target.classes))[target.values] if target.classes else target.values


def binned(blocks: Blocks, training: int) -> Iterator[np.ndarray]:
    """Yield ways to put the rows of one raw column in bins: each number, each code, and all else together.

    The dense columns of one raw column exclude each other, so their sum with weights 1, 2, … names the case.
    """
    for column in blocks.numbers.values():
        yield quantile_bins(column, training)
    for codes in blocks.codes.values():
        yield codes.astype(np.int64)
    weighted = [place * values.astype(float) for place, values in enumerate(blocks.dense.values(), start=1)]
    if weighted:
        yield np.unique(np.sum(weighted, axis=0), return_inverse=True)[1]


def quantile_bins(column: np.ndarray, training: int) -> np.ndarray:
    """Return the bin of each value, with edges at the quantiles of the first ``training`` rows."""
    edges = np.unique(np.quantile(column[:training], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, column, side="left")


def power_of_bins(bins: np.ndarray, answers: np.ndarray, training: int) -> float:
    """Return R² of bin means: of the first ``training`` rows, judged on the rows after them."""
    return share_explained(bin_means(bins, answers, training)[bins[training:]], answers[training:])


def power_of_number(column: np.ndarray, answers: np.ndarray, training: int) -> float:
    """Return the larger R² of two that need no bins: the neighbours' mean answer, and a straight line."""
    own = column - column[:training].mean()
    middle = answers[:training].mean(axis=0)
    size = float(np.square(own[:training]).sum())
    slope = own[:training] @ (answers[:training] - middle) / size if size > 0 else np.zeros_like(middle)
    line = share_explained(middle + own[training:, None] * slope, answers[training:])
    return max(line, power_of_neighbours(column, answers, training))


def power_of_neighbours(column: np.ndarray, answers: np.ndarray, training: int) -> float:
    """Return R² of the mean answer of the :data:`NEIGHBOURS` nearest of the first ``training`` rows, by rank."""
    order = np.argsort(column[:training], kind="stable")
    count = min(NEIGHBOURS, training)
    place = np.searchsorted(column[order], column[training:])
    first = np.clip(place - (count + 1) // 2, 0, training - count)
    sums = np.concatenate([np.zeros((1, answers.shape[1])), np.cumsum(answers[order], axis=0)])
    return share_explained((sums[first + count] - sums[first]) / count, answers[training:])


def share_explained(told: np.ndarray, truth: np.ndarray) -> float:
    """Return R², 0 at least; 0 where the truth does not vary."""
    spread = ((truth - truth.mean(axis=0)) ** 2).sum()
    return float(max(1 - ((truth - told) ** 2).sum() / spread, 0.0)) if spread > 0 else 0.0


def bin_means(bins: np.ndarray, answers: np.ndarray, training: int) -> np.ndarray:
    """Return each bin's mean answer ``(bins, outputs)``, drawn to the overall mean by one row's weight."""
    count = bins.max() + 1
    sums = [np.bincount(bins[:training], column, minlength=count) for column in answers[:training].T]
    rows = np.bincount(bins[:training], minlength=count)[:, None]
    return (np.stack(sums, axis=1) + PRIOR_ROWS * answers[:training].mean(axis=0)) / (rows + PRIOR_ROWS)
