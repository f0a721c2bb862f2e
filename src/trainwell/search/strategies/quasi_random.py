"""Quasi-random search: points that fill the space evenly, however many of them there will be."""

from __future__ import annotations

import numpy as np
from scipy.stats import qmc

from trainwell.engine.space import Settings
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy


def halton(first: int, count: int, dimensions: int, seed: int) -> np.ndarray:
    """Return points ``first … first + count − 1`` of a Halton sequence, scrambled and shifted, ``(count, dimensions)``.

    Scrambling (Owen) breaks the correlation of high dimensions; the shift, modulo 1 (Cranley and Patterson), makes
    studies of different seeds independent. Optuna's own sampler draws choices and the first trial by plain chance;
    here every axis, choices too, is filled evenly.

    Reference: A. Owen, "A randomized Halton algorithm in R", 2017.

    >>> points = halton(0, 64, 2, seed=0)
    >>> bool((points[:, 0] < 0.5).sum() in (31, 32, 33))
    True
    """
    scrambling, shifting = np.random.SeedSequence(seed).spawn(2)
    sequence = qmc.Halton(dimensions, scramble=True, rng=np.random.default_rng(scrambling))
    sequence.fast_forward(first)
    return (sequence.random(count) + np.random.default_rng(shifting).random(dimensions)) % 1.0


def propose(question: Question) -> list[Settings]:
    """Return the next points of the sequence."""
    points = halton(question.first, question.count, len(question.space.ranges), question.seed)
    return [question.space.settings_at(point) for point in points]


STRATEGIES.register(
    "quasi-random", formula="scrambled, shifted Halton points", source="Bousquet et al. 2017; Tuning Playbook"
)(Strategy(propose))
