"""Ranges: what may stand in a recipe's place of one value. Each maps the unit interval to its values and back.

Everything that proposes settings works on the unit interval, so that a strategy never asks whether an axis is
logarithmic, whole-numbered or a list. Not for sampling, not for storing.
"""

from __future__ import annotations

import json
import math
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from trainwell.arguments import own
from trainwell.engine.fields import plain
from trainwell.errors import RecipeError
from trainwell.specification import Specification


class Range(ABC):
    """A set of values for one field, laid out over the unit interval.

    ``kind`` names it in files, ``size`` is how many values there are, none where they are a continuum.
    """

    kind: ClassVar[str]
    size: int | None = None

    @abstractmethod
    def at(self, position: float) -> Any:
        """Return the value at a position in ``[0, 1)``."""

    @abstractmethod
    def place(self, value: Any) -> float:
        """Return the position of a value, the inverse of :meth:`at` (the middle of its cell where cells are)."""

    def holds(self, value: Any) -> bool:
        """Tell whether a value lies in the range.

        >>> Uniform(0.0, 0.5).holds(0.1), LogUniform(1e-3, 1e-1).holds(0.0), Choice(((8,), (16,))).holds((8,))
        (True, False, True)
        """
        low, high = self.ends()
        return bool(low <= value <= high)

    @abstractmethod
    def ends(self) -> tuple[Any, ...]:
        """Return the values that show whether a recipe's field takes the range: its ends, or all choices."""

    def levels(self, count: int) -> list[Any]:
        """Return evenly spaced values for a grid: ``count`` of a continuum, ends included; else every value."""
        return [self.at(level / max(count - 1, 1)) for level in range(count)]

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """Return the range as JSON-able data."""


@dataclass(frozen=True)
class Interval(Range):
    """The numbers between two ends."""

    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("low", "high"):
            object.__setattr__(self, name, own(getattr(self, name)))
        call, got = f"{self.kind}(low, high)", f"but got ({self.low!r}, {self.high!r})"
        if not (is_finite(self.low) and is_finite(self.high)):
            raise RecipeError(f"{call} needs two finite numbers, {got}.")
        if not self.low < self.high:
            swap = "swap them" if self.low > self.high else "give a range of some width, or leave the field out"
            raise RecipeError(f"{call} needs low < high, {got}; {swap}.")
        if not is_finite(self.high - self.low):
            raise RecipeError(f"{call} needs ends whose difference is a finite number, {got}; narrow the range.")

    def ends(self) -> tuple[Any, ...]:
        return self.low, self.high

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Uniform(Interval):
    """Every number between two ends alike."""

    kind = "uniform"

    def at(self, position: float) -> float:
        return self.low + position * (self.high - self.low)

    def place(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class LogUniform(Interval):
    """Every order of magnitude between two ends alike."""

    kind = "loguniform"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.low <= 0:
            raise RecipeError(
                f"loguniform(low, high) needs low > 0, for 0 has no logarithm, but got ({self.low!r}, {self.high!r}); "
                "start at a small positive number, or use uniform."
            )
        if not is_finite(self.high / self.low):
            raise RecipeError(
                "loguniform(low, high) needs ends whose quotient is a finite number, but got "
                f"({self.low!r}, {self.high!r}); narrow the range."
            )

    def at(self, position: float) -> float:
        value = self.low * (self.high / self.low) ** position
        return min(max(value, self.low), self.high)

    def place(self, value: float) -> float:
        return math.log(value / self.low) / math.log(self.high / self.low)


@dataclass(frozen=True)
class Integer(Interval):
    """Every whole number from one end to the other, both among them."""

    low: int
    high: int
    kind = "integer"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (isinstance(self.low, int) and isinstance(self.high, int)):
            raise RecipeError(f"integer(low, high) needs whole numbers, but got ({self.low!r}, {self.high!r}).")

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many whole numbers there are."""
        return self.high - self.low + 1

    def at(self, position: float) -> int:
        return self.low + min(int(position * self.size), self.size - 1)

    def place(self, value: int) -> float:
        return (value - self.low + 0.5) / self.size

    def levels(self, count: int) -> list[int]:
        return list(range(self.low, self.high + 1))


@dataclass(frozen=True)
class Choice(Range):
    """A list of values of any sort: names, widths, whole optimizers."""

    choices: tuple[Any, ...]
    kind = "choice"

    def __post_init__(self) -> None:
        if not self.choices:
            raise RecipeError("choice needs at least one value, but got none; list what may stand there.")
        labels = self.labels
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise RecipeError(f"choice lists {twice!r} twice; each value once.")

    @property
    def size(self) -> int:  # type: ignore[override]
        """How many choices there are."""
        return len(self.choices)

    @property
    def labels(self) -> list[Any]:
        """What stands for each choice in tables and storages."""
        return [label_of(choice) for choice in self.choices]

    def at(self, position: float) -> Any:
        return self.choices[min(int(position * self.size), self.size - 1)]

    def place(self, value: Any) -> float:
        return (self.labels.index(label_of(value)) + 0.5) / self.size

    def holds(self, value: Any) -> bool:
        return label_of(value) in self.labels

    def ends(self) -> tuple[Any, ...]:
        return self.choices

    def levels(self, count: int) -> list[Any]:
        return list(self.choices)

    def to_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "choices": [as_plain(choice) for choice in self.choices]}


def is_finite(value: Any) -> bool:
    """Tell whether a value is a number that arithmetic can go on with: neither infinite nor beyond all floats."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def as_plain(value: Any) -> Any:
    """Return a value as JSON-able data."""
    return plain(tuple(value) if isinstance(value, list) else value)


def label_of(value: Any) -> bool | int | float | str | None:
    """Return what stands for a value where only numbers and words may: itself, or its JSON.

    >>> label_of("relu"), label_of((128, 64))
    ('relu', '[128, 64]')
    """
    plainly = as_plain(value)
    return plainly if isinstance(plainly, bool | int | float | str | None) else json.dumps(plainly)


def uniform(low: float, high: float) -> Uniform:
    """Return the range of all numbers from ``low`` to ``high``, each alike.

    Raises:
        RecipeError: the ends are not finite, or not in order.

    >>> uniform(0.0, 0.5).at(0.5)
    0.25
    """
    return Uniform(low, high)


def loguniform(low: float, high: float) -> LogUniform:
    """Return the range from ``low`` to ``high``, each order of magnitude alike: for rates and decays.

    Raises:
        RecipeError: an end is not above 0, or they are not in order.

    >>> loguniform(1e-4, 1.0).at(0.5)
    0.01
    """
    return LogUniform(low, high)


def integer(low: int, high: int) -> Integer:
    """Return the range of whole numbers from ``low`` to ``high``, both among them.

    >>> [integer(1, 3).at(position) for position in (0.0, 0.5, 0.99)]
    [1, 2, 3]
    """
    return Integer(low, high)


def choice(choices: Iterable[Any]) -> Choice:
    """Return the range of these values, in no order: names, widths such as ``(128, 64)``, whole optimizers.

    Arrays and lists within stand for tuples, NumPy's numbers for Python's own.

    Raises:
        RecipeError: no list of values, none, or one twice.

    >>> choice(["relu", "mish"]).at(0.7)
    'mish'
    """
    choices = own(choices)
    if not isinstance(choices, Iterable) or isinstance(choices, str | Mapping | Specification):
        raise RecipeError(f"choice needs a list of values, but got {choices!r}; write choice([{choices!r}]).")
    return Choice(tuple(map(own, choices)))


def range_of(fields: Mapping[str, Any]) -> Range:
    """Return the range that :meth:`Range.to_dict` described.

    >>> range_of({"kind": "integer", "low": 1, "high": 3})
    Integer(low=1, high=3)
    """
    kinds = {kind.kind: kind for kind in (Uniform, LogUniform, Integer)}
    if fields["kind"] == Choice.kind:
        return choice(fields["choices"])
    return kinds[fields["kind"]](fields["low"], fields["high"])
