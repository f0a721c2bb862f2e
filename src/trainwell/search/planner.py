"""The plan: what a study will cost and how finely it samples, said before it starts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from trainwell.engine.space import Space

#: Trials per searched field below which a study is called coarse.
ENOUGH = 8


@dataclass(frozen=True)
class Plan:
    """What a study will do.

    Attributes:
        trials: settings that are tried.
        trainings: runs of training in all: trials × folds × seeds.
        dimensions: fields that are searched.
        trials_per_dimension: how finely each is sampled.
        workers: trainings at a time.
        advice: what to change, in words, or nothing.
    """

    trials: int
    trainings: int
    dimensions: int
    trials_per_dimension: float
    workers: int
    advice: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as JSON-able data."""
        return asdict(self)


def plan_study(space: Space, trials: int, places: int, workers: int) -> Plan:
    """Return the plan of a study.

    Args:
        space: what is searched.
        trials: how many settings.
        places: trainings per trial: folds × seeds.
        workers: trainings at a time.

    >>> from trainwell.engine import Recipe
    >>> from trainwell.engine.ranges import loguniform
    >>> plan_study(Recipe().vary({"optimizer.learning_rate": loguniform(1e-4, 1e-1)}), 16, 5, 2).trainings
    80
    """
    dimensions = len(space.ranges)
    each = trials / dimensions
    advice = ""
    if each < ENOUGH:
        advice = (
            f"{trials} trials for {dimensions} fields are {each:.2g} for each; vary fewer fields or ask for "
            f"{ENOUGH * dimensions} trials."
        )
    return Plan(trials, trials * places, dimensions, each, workers, advice)
