"""Successive halving: many trials train a little, the best third goes on from where it stands, and again."""

from __future__ import annotations

import math

from trainwell.search.strategies.quasi_random import propose
from trainwell.search.strategies.strategy import STRATEGIES, Strategy

#: One in so many trials is promoted at each rung.
REDUCTION = 3
#: At most this many times are trials stopped, so that the first look is not at random noise.
MOST_RUNGS = 3
#: Trials that are compared with one another at most, so that a search of any length soon has winners.
BRACKET = 64


def rungs_of(max_epochs: int, trials: int) -> list[int]:
    """Return the epochs at which trials are compared, ascending; the last is the end of training.

    Reference: K. Jamieson, A. Talwalkar, "Non-stochastic Best Arm Identification", AISTATS 2016.

    >>> rungs_of(81, 64)
    [3, 9, 27, 81]
    >>> rungs_of(81, 2)
    [81]
    """
    most = min(MOST_RUNGS, int(math.log(max(trials, 1), REDUCTION) + 1e-9))
    epochs = {max(1, round(max_epochs / REDUCTION**times)) for times in range(most + 1)}
    return sorted(epochs)


def promoted(contenders: int) -> int:
    """Return how many of so many trials go on.

    >>> promoted(64), promoted(2)
    (22, 1)
    """
    return math.ceil(contenders / REDUCTION)


def bracket_size(trials: int) -> int:
    """Return how many trials are compared with one another; more come in further brackets, each with its own winners.

    >>> bracket_size(10_000)
    64
    """
    return min(trials, BRACKET)


STRATEGIES.register(
    "halving", formula="the best 1/3 goes on at each rung", source="Jamieson & Talwalkar 2016; Li et al. 2018"
)(Strategy(propose, round_size=bracket_size, halving=True, extends=False))
