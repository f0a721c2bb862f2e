"""Numbers that a person hands to a function: checked where they enter, NumPy's taken as Python's own.

Not for the fields of a recipe, which check themselves.
"""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from trainwell.errors import RecipeError, TrainwellError
from trainwell.keys import SEEDS, seed_after


def whole_number(
    name: str, value: Any, least: int = 1, most: int | None = None, error: type[TrainwellError] = RecipeError
) -> int:
    """Return a whole number, be it Python's or NumPy's, as Python's own.

    Args:
        name: of the argument, for the error.
        value: what was given.
        least, most: between which it lies; any number above ``least`` unless said.
        error: what to raise.

    Raises:
        TrainwellError: it is none, or lies outside.

    >>> whole_number("trials", np.int64(3))
    3
    """
    number = int(value) if isinstance(value, Integral) and not isinstance(value, bool) else None
    if number is None or number < least or (most is not None and number > most):
        between = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise error(f"{name} must be a whole number {between}, but got {value!r}.")
    return number


def seed_number(name: str, value: Any, error: type[TrainwellError] = RecipeError) -> int:
    """Return a seed, a whole number from 0 to 2³¹ − 1 everywhere.

    Raises:
        TrainwellError: it is none.
    """
    return whole_number(name, value, least=0, most=SEEDS - 1, error=error)


def seeds_of(first: int, seeds: Any) -> tuple[int, ...]:
    """Return the seeds that are asked for: so many from a first one on, or those that are listed.

    Raises:
        RecipeError: they are neither a number of at least 1 nor seeds.

    >>> seeds_of(5, 3), seeds_of(0, [7])
    ((5, 6, 7), (7,))
    """
    seeds = own(seeds)
    if isinstance(seeds, tuple) and seeds:
        return tuple(seed_number("each of seeds", seed) for seed in seeds)
    return tuple(seed_after(first, number) for number in range(whole_number("seeds", seeds)))


def budget(name: str, seconds: Any) -> float | None:
    """Return a budget of time in seconds, or none for as long as it takes.

    Raises:
        RecipeError: it is no number above 0.
    """
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, Real) or not float(seconds) > 0:
        raise RecipeError(f"{name} must be a number of seconds above 0, but got {seconds!r}.")
    return float(seconds)


def own(value: Any) -> Any:
    """Return NumPy's numbers as Python's own, and lists and arrays, of whatever depth, as tuples.

    >>> own(np.float64(0.5)), own([np.arange(2), "relu"])
    (0.5, ((0, 1), 'relu'))
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(own, value)) if type(value) in (list, tuple) else value
