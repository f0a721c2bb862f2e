"""A hyperparameter's range on the scale it is searched on: positions from 0 to 1 and back; no trials here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

#: Words in a setting's name that say it lies between 0 and 1 whatever range was searched.
SHARES = ("dropout", "smoothing", "momentum", "beta", "share", "probability", "rise", "warm_up")


@dataclass(frozen=True)
class Range:
    """The values one hyperparameter may take, and the part it plays in the study.

    Attributes:
        path: dotted path in the recipe.
        kind: ``"uniform"``, ``"loguniform"``, ``"integer"`` or ``"choice"``.
        low: smallest value, NaN for choices.
        high: largest value, NaN for choices.
        choices: the values of a choice, in their order.
        role: ``"scientific"``, ``"nuisance"`` or ``"fixed"``.
    """

    path: str
    kind: str
    low: float = math.nan
    high: float = math.nan
    choices: tuple[Any, ...] = ()
    role: str = "nuisance"

    @property
    def name(self) -> str:
        """The last step of the path: ``"learning_rate"`` of ``"optimizer.learning_rate"``."""
        return self.path.rsplit(".", 1)[-1]

    @property
    def logarithmic(self) -> bool:
        """Whether equal factors, not equal differences, lie equally far apart."""
        return self.kind == "loguniform"

    @property
    def varied(self) -> bool:
        """Whether the study tried more than one value."""
        if self.role == "fixed":
            return False
        return len(self.choices) > 1 if self.kind == "choice" else self.low < self.high

    def position(self, value: Any) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end, NaN where it is no value of the range.

        >>> Range("optimizer.learning_rate", "loguniform", 1e-4, 1e-2).position(1e-3)
        0.5
        >>> Range("network.hidden", "choice", choices=([64], [128, 64])).position((128, 64))
        1.0
        """
        if self.kind == "choice":
            found = [index for index, choice in enumerate(self.choices) if alike(choice) == alike(value)]
            return found[0] / max(len(self.choices) - 1, 1) if found else math.nan
        if not is_number(value) or not self.low < self.high:
            return math.nan
        low, high, at = (self.scaled(number) for number in (self.low, self.high, value))
        return round((at - low) / (high - low), 12)

    def value_at(self, position: float) -> float:
        """Return the number at a position; positions outside 0 to 1 lie outside the range.

        >>> round(Range("optimizer.learning_rate", "loguniform", 1e-4, 1e-2).value_at(1.5), 6)
        0.1
        """
        low, high = self.scaled(self.low), self.scaled(self.high)
        at = low + position * (high - low)
        return math.exp(at) if self.logarithmic else at

    def scaled(self, value: float) -> float:
        """Return a value on the scale that is searched evenly."""
        if not self.logarithmic:
            return float(value)
        return math.log(value) if value > 0 else -math.inf

    def limits(self) -> tuple[float, float]:
        """Return the ends beyond which no value makes sense.

        Ranges that start at 0 or above stay there, and shares stay below 1.

        >>> Range("network.dropout", "uniform", 0.0, 0.5).limits()
        (0.0, 1.0)
        """
        starts = 1.0 if self.kind == "integer" and self.low >= 1 else 0.0
        bottom = starts if self.low >= starts and not self.logarithmic else -math.inf
        is_share = self.high <= 1 and any(word in self.name for word in SHARES)
        return bottom, 1.0 if is_share else math.inf


def read_range(path: str, facts: Mapping[str, Any]) -> Range:
    """Read one entry of a study's space."""
    low, high = (end if is_number(end) else math.nan for end in (facts.get("low"), facts.get("high")))
    return Range(
        path=str(path),
        kind=str(facts.get("kind", "uniform")),
        low=float(low),
        high=float(high),
        choices=tuple(facts.get("choices") or ()),
        role=str(facts.get("role") or "nuisance"),
    )


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether a value is a number one can place on a line."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def alike(value: Any) -> Any:
    """Return a value in the one form in which JSON's lists equal Python's tuples, so that it can be compared.

    >>> alike([64, [32]]) == alike((64, (32,)))
    True
    """
    if isinstance(value, list | tuple):
        return tuple(alike(item) for item in value)
    if isinstance(value, Mapping):
        return tuple(sorted((str(name), repr(alike(item))) for name, item in value.items()))
    return value
