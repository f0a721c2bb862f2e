"""What a strategy is: a pure function from what has been tried to what is tried next. Members are in files beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from trainwell.engine.space import Settings, Space
from trainwell.registry import Registry


@dataclass(frozen=True)
class Tried:
    """Settings that were tried and what they scored; no value where training diverged or failed."""

    settings: Settings
    value: float | None


@dataclass(frozen=True)
class Question:
    """What is asked of a strategy.

    Attributes:
        space: where to look.
        tried: everything before the round that is asked for, in order; empty for strategies that do not look.
        first: the number of the first trial that is asked for. With ``tried`` it is all that a strategy goes by: it
            needs no memory, and a study that was killed goes on as if nothing had happened.
        count: how many settings are wanted, a whole round unless the study ends in it.
        trials: how many there will be in all.
        seed: of the study.
        direction: whether a large or a small value is better.
    """

    space: Space
    tried: Sequence[Tried]
    first: int
    count: int
    trials: int
    seed: int
    direction: Literal["maximize", "minimize"] = "maximize"

    def is_better(self, value: float, other: float) -> bool:
        """Tell whether one value beats another."""
        return value > other if self.direction == "maximize" else value < other

    def best(self) -> Tried | None:
        """Return the best of what was tried, the earliest where several are equal."""
        found: Tried | None = None
        for tried in self.tried:
            if tried.value is not None and (found is None or self.is_better(tried.value, found.value)):  # type: ignore[arg-type]
                found = tried
        return found


#: Settings proposed at a time by strategies that do not look at scores.
CHUNK = 32

Propose: TypeAlias = Callable[[Question], list[Settings]]


@dataclass(frozen=True)
class Strategy:
    """How a space is searched.

    Attributes:
        propose: the next settings, ``count`` of them.
        round_size: given the number of trials, how many are proposed at a time.
        looks: whether the scores of a round decide the next, which then waits for them.
        halving: whether poor trials are stopped at rungs.
        extends: whether more trials may be added to a finished study.
    """

    propose: Propose
    round_size: Callable[[int], int] = lambda _: CHUNK
    looks: bool = False
    halving: bool = False
    extends: bool = True


STRATEGIES: Registry[Strategy] = Registry("strategy")
