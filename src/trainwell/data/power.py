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
MOST_FEATURES = 1000
MOST_ROWS = 20_000


def predictive_power(data: Dataset, encoder: Encoder) -> dict[str, float]:
    """Return, for each feature column, how well it alone predicts the target, the best first.

    The feature's values are put in bins (numbers by quantile) on training rows; each bin answers with its
    mean target, and is judged on the other rows by R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², 0 at least. Classes
    count as one column of zeros and ones each. Images and signals have no such features.

    Args:
        data: whose parts say which rows fit and which judge.
        encoder: the encoder fitted on it.
    """
    training = data.parts.train[:MOST_ROWS]
    judging = np.concatenate([data.parts.validation, data.parts.test])[:MOST_ROWS]
    if data.frame is None or not len(judging):
        return {}
    answers = answer_matrix(data.target)
    power = {
        plan.name: max(power_of_bins(bins, answers, training, judging) for bins in binned(blocks, training))
        for plan, blocks in zip(encoder.columns[:MOST_FEATURES], encoder.blocks(data.frame), strict=False)
    }
    return dict(sorted(power.items(), key=lambda item: -item[1]))


def answer_matrix(target: Target) -> np.ndarray:
    """Return the target as columns of numbers ``(rows, outputs)``, one per class."""
    return np.eye(len(target.classes))[target.values] if target.classes else target.values


def binned(blocks: Blocks, training: np.ndarray) -> Iterator[np.ndarray]:
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


def quantile_bins(column: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return the bin of each value, with edges at the training rows' quantiles."""
    edges = np.unique(np.quantile(column[training], np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.searchsorted(edges, column, side="left")


def power_of_bins(bins: np.ndarray, answers: np.ndarray, training: np.ndarray, judging: np.ndarray) -> float:
    """Return R² on the judging rows of bin means from the training rows."""
    means = bin_means(bins, answers, training)
    errors = ((answers[judging] - means[bins[judging]]) ** 2).sum()
    spread = ((answers[judging] - answers[judging].mean(axis=0)) ** 2).sum()
    return float(max(1 - errors / spread, 0.0)) if spread > 0 else 0.0


def bin_means(bins: np.ndarray, answers: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Return each bin's mean answer ``(bins, outputs)``, drawn to the overall mean by one row's weight."""
    count = bins.max() + 1
    inside = bins[training]
    sums = [np.bincount(inside, column, minlength=count) for column in answers[training].T]
    rows = np.bincount(inside, minlength=count)[:, None]
    overall = answers[training].mean(axis=0)
    return (np.stack(sums, axis=1) + PRIOR_ROWS * overall) / (rows + PRIOR_ROWS)
