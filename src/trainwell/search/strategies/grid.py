"""Grid search: every combination of a few levels of each field."""

from __future__ import annotations

import itertools
import math

from trainwell.engine.space import Settings, Space
from trainwell.errors import RecipeError
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy

FEWEST_LEVELS = 2


def levels_that_fit(space: Space, trials: int) -> int:
    """Return how many levels each continuous range gets: as many as the number of trials allows.

    Choices and whole numbers are taken whole.

    Raises:
        RecipeError: even with two levels there are more combinations than trials.
    """
    whole = math.prod(span.size for span in space.ranges.values() if span.size is not None)
    continuous = sum(span.size is None for span in space.ranges.values())
    if whole * FEWEST_LEVELS**continuous > trials:
        raise RecipeError(
            f"the grid has at least {whole * FEWEST_LEVELS**continuous} points, more than trials={trials}; ask for more "
            "trials, vary fewer fields, or take strategy='quasi-random', which fills the space with any number."
        )
    levels = FEWEST_LEVELS
    while continuous and whole * (levels + 1) ** continuous <= trials:
        levels += 1
    return levels


def grid(space: Space, trials: int) -> list[Settings]:
    """Return every combination, the last field moving quickest; fields that do not apply are left out once."""
    levels = levels_that_fit(space, trials)
    axes = [[span.place(value) for value in span.levels(levels)] for span in space.ranges.values()]
    found = {str(settings): settings for settings in map(space.settings_at, itertools.product(*axes))}
    return list(found.values())


def propose(question: Question) -> list[Settings]:
    """Return the next points of the grid; fewer where it ends."""
    return grid(question.space, question.trials)[question.first : question.first + question.count]


STRATEGIES.register("grid", formula="all combinations of levels")(Strategy(propose, extends=False))
