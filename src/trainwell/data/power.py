"""How much a single feature tells about the target: the share of its variance that bin means explain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainwell.data.dataset import Dataset
from trainwell.data.encoder import Encoder
from trainwell.data.plans import Blocks
from trainwell.data.target import Target

BINS = 32
PRIOR_ROWS = 1.0
MOST_ROWS = 5_000


def predictive_power(data: Dataset, encoder: Encoder) -> dict[str, float]:
    """Return, for each feature column, how well it alone predicts the target, the best first.

    The feature's values are put in bins (numbers by quantile) on training rows; each bin answers with its
    mean target, and is judged on the other rows by R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², 0 at least. Classes
    count as one column of zeros and ones each. Images and signals have no such features.

    Args:
        data: whose parts say which rows fit and which judge.
        encoder: the encoder fitted on it.
    """
    training = thinned(data.parts.train)
    judging = thinned(np.concatenate([data.parts.validation, data.parts.test]))
    if data.frame is None or not len(judging):
        return {}
    rows = np.concatenate([training, judging])
    answers = answer_matrix(data.target)[rows]
    encoded = zip(encoder.columns, encoder.blocks(data.frame[rows]), strict=True)
    power = {
        plan.name: max(power_of_bins(bins, answers, len(training)) for bins in binned(blocks, len(training)))
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
    means = bin_means(bins, answers, training)
    judged = answers[training:]
    errors = ((judged - means[bins[training:]]) ** 2).sum()
    spread = ((judged - judged.mean(axis=0)) ** 2).sum()
    return float(max(1 - errors / spread, 0.0)) if spread > 0 else 0.0


def bin_means(bins: np.ndarray, answers: np.ndarray, training: int) -> np.ndarray:
    """Return each bin's mean answer ``(bins, outputs)``, drawn to the overall mean by one row's weight."""
    count = bins.max() + 1
    sums = [np.bincount(bins[:training], column, minlength=count) for column in answers[:training].T]
    rows = np.bincount(bins[:training], minlength=count)[:, None]
    return (np.stack(sums, axis=1) + PRIOR_ROWS * answers[:training].mean(axis=0)) / (rows + PRIOR_ROWS)
