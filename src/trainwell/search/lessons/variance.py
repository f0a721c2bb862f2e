"""How much a score moves by luck: over seeds, over folds, over the study itself. What to adopt is decided elsewhere.

The three sources of variance are those of the Deep Learning Tuning Playbook, "Understanding hyperparameter search
variance": training (another seed), data (another fold), and the search (another study of the same size).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.reading import Reading, Study, Trial, finite, read_study
from trainwell.search.lessons.sampling import FEWEST, goodness_of, probabilities
from trainwell.search.lessons.wording import difference, listed

SOURCE = "Deep Learning Tuning Playbook, determining whether to adopt a change"


@dataclass(frozen=True)
class Variances:
    """Standard deviations of the best score, by what is drawn anew; none where nothing was.

    Attributes:
        seed: another seed for the same settings and fold, pooled over folds.
        fold: another fold, the seeds' share taken out where there are several.
        study: another study of as many trials: over its repetitions, else from the bootstrap of the best of N.
        study_repeated: whether studies were really repeated.
        fold_holds_seed: whether the fold's deviation still holds the seed's (one seed per fold).
        sentence: all that in words.
    """

    seed: float | None
    fold: float | None
    study: float | None
    study_repeated: bool
    fold_holds_seed: bool
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson."""
        return Lesson(
            name="variance",
            sentence=self.sentence,
            advice="" if self.seed else "Train the best settings with several seeds before trusting a small gain.",
            evidence={"seed": self.seed, "fold": self.fold, "study": self.study},
            data=self,
            source=SOURCE,
        )


def three_variances(
    study: Study, *, seeds: Sequence[float] | None = None, studies: Sequence[float] | None = None
) -> Variances | None:
    """Return the three standard deviations; none without any score.

    Args:
        study: the study's plain data; the best trial's ``values`` stand folds outermost, seeds within.
        seeds: scores of the best settings over more seeds, if they were trained.
        studies: best scores of repetitions of the study under other shifts, if there were any.

    >>> study = {"metric": "rmse", "direction": "minimize", "space": {}, "folds": 2, "seeds": 2, "trials": [
    ...     {"state": "complete", "value": 1.0, "values": [1.0, 1.2, 2.0, 2.2]}]}
    >>> round(three_variances(study).seed, 4)
    0.1414
    """
    reading = read_study(study)
    best = reading.best
    if best is None:
        return None
    table = folds_by_seeds(best, reading)
    seed = deviation(seeds) if seeds and len(seeds) > 1 else within_folds(table)
    fold = between_folds(table, within_folds(table))
    between = deviation(studies) if studies and len(studies) > 1 else best_of_all_deviation(reading)
    repeated = bool(studies and len(studies) > 1)
    mixed = fold is not None and table is not None and table.shape[1] == 1
    text = wording(reading.metric, seed, fold, between, repeated, mixed)
    return Variances(seed, fold, between, repeated, mixed, text)


def folds_by_seeds(trial: Trial, reading: Reading) -> np.ndarray | None:
    """Return a trial's scores as ``(folds, seeds)``; none where they are not complete."""
    if len(trial.values) != reading.folds * reading.seeds or len(finite(trial.values)) != len(trial.values):
        return None
    return np.reshape(trial.values, (reading.folds, reading.seeds))


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample."""
    return float(np.std(values, ddof=1))


def within_folds(table: np.ndarray | None) -> float | None:
    """Return the standard deviation over seeds, pooled over folds: √(mean over folds of s²); none with one seed."""
    if table is None or table.shape[1] < 2:
        return None
    return float(np.sqrt(np.mean(np.var(table, axis=1, ddof=1))))


def between_folds(table: np.ndarray | None, seed: float | None) -> float | None:
    """Return the deviation of fold means less the seeds' share: √max(s² − s²_seed/S, 0); none with one fold."""
    if table is None or table.shape[0] < 2:
        return None
    variance = float(np.var(table.mean(axis=1), ddof=1))
    return math.sqrt(max(variance - (seed**2 / table.shape[1] if seed else 0.0), 0.0))


def best_of_all_deviation(reading: Reading) -> float | None:
    """Return the bootstrap's standard deviation of the best of as many trials; none where trials are few."""
    scores = np.sort(goodness_of(reading))
    if len(reading.scored) < FEWEST:
        return None
    chance = probabilities(len(scores), len(scores))
    mean = chance @ scores
    return float(np.sqrt(chance @ (scores - mean) ** 2))


def wording(
    metric: str, seed: float | None, fold: float | None, study: float | None, repeated: bool, mixed: bool
) -> str:
    """Say how much each kind of luck moves the best score."""
    known = [
        f"another {what} by {difference(metric, value)}"
        for what, value in (
            ("seed", seed),
            ("fold and seed" if mixed else "fold", fold),
            ("study" if repeated else "study of this size (estimated)", study),
        )
        if value is not None
    ]
    if not known:
        return "One seed, one split and few trials: nothing says how much of the best score is luck."
    text = f"The best score would typically move with {listed(known)}."
    return text if seed is not None else f"{text} The luck of the seed alone was not measured."
