"""Grid search: every combination of a few levels of each field."""

from __future__ import annotations

import itertools
import math

from trainwell.engine.space import Settings, Space
from trainwell.errors import RecipeError
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy

FEWEST_LEVELS = 2


def levels_that_fit(space: Space, trials: int) -> dict[str, int]:
    """Return how many levels each field gets: all of a choice or of whole numbers, and of a continuum, as many as fit.

    The first fields get one more where not all can.

    Raises:
        RecipeError: even with two levels there are more combinations than trials.

    >>> from trainwell.engine import Recipe
    >>> from trainwell.engine.ranges import choice, uniform
    >>> ranges = {"network.dropout": uniform(0, 0.5), "network.activation": choice(["relu", "mish"])}
    >>> levels_that_fit(Recipe().vary(ranges), trials=9)
    {'network.dropout': 4, 'network.activation': 2}
    """
    levels = {path: span.size or FEWEST_LEVELS for path, span in space.ranges.items()}
    if math.prod(levels.values()) > trials:
        raise RecipeError(
            f"the grid has at least {math.prod(levels.values())} points, more than trials={trials}; ask for more "
            "trials, vary fewer fields, or take strategy='quasi-random', which fills the space with any number."
        )
    growing = [path for path, span in space.ranges.items() if span.size is None]
    while growing:
        for path in list(growing):
            more = levels | {path: levels[path] + 1}
            if math.prod(more.values()) > trials:
                growing.remove(path)
            else:
                levels = more
    return levels


def grid(space: Space, trials: int) -> list[Settings]:
    """Return every combination, the last field moving quickest; fields that do not apply are left out once."""
    levels = levels_that_fit(space, trials)
    axes = [[span.place(value) for value in span.levels(levels[path])] for path, span in space.ranges.items()]
    found = {str(settings): settings for settings in map(space.settings_at, itertools.product(*axes))}
    return list(found.values())


def propose(question: Question) -> list[Settings]:
    """Return the next points of the grid; fewer where it ends."""
    return grid(question.space, question.trials)[question.first : question.first + question.count]


STRATEGIES.register("grid", formula="all combinations of levels", source="practice")(
    Strategy(propose, round_size=lambda trials: trials, extends=False)
)
