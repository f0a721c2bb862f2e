"""Strategies: how a space is searched. Each is one file, found by name in :data:`STRATEGIES`."""

from trainwell.search.strategies import bayesian, coarse_to_fine, grid, halving, quasi_random, random
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy, Tried

__all__ = [
    "STRATEGIES",
    "Question",
    "Strategy",
    "Tried",
    "bayesian",
    "coarse_to_fine",
    "grid",
    "halving",
    "quasi_random",
    "random",
]
