"""Coarse to fine: a few rounds, each looking closer around the best so far, or moving where it lies at an edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trainwell.engine.limits import limits_of
from trainwell.engine.ranges import Choice, Integer, Interval, Range
from trainwell.engine.space import Settings, Space
from trainwell.search.strategies.quasi_random import halton
from trainwell.search.strategies.strategy import STRATEGIES, Question, Strategy
from trainwell.search.strategies.widening import beyond

ROUNDS = 4
LARGEST_ROUND = 16
#: A best value within this share of a range's width from an end lies at the edge.
EDGE = 0.15
#: What is left of a range's width after a round whose best lay inside.
SHRINK = 0.5


def round_size(trials: int) -> int:
    """Return how many trials make a round; after four rounds a search that has trials left begins coarsely again.

    >>> round_size(64), round_size(10_000)
    (16, 16)
    """
    return min(LARGEST_ROUND, max(1, -(-trials // ROUNDS)))


def refined(span: Range, best: Any, lowest: float | None, highest: float | None) -> Range:
    """Return the range of the next round: around the best where it lay inside, moved to it where it lay at an edge.

    Args:
        span: the range of this round.
        best: the best value found.
        lowest, highest: the first and last values that the field takes; none where there is no end.

    A moved range keeps its width and may leave the one that was asked for, unless the field's own limits forbid it.

    >>> from trainwell.engine.ranges import Uniform
    >>> refined(Uniform(0.0, 8.0), 4.0, None, None), refined(Uniform(0.0, 8.0), 8.0, None, None)
    (Uniform(low=2.0, high=6.0), Uniform(low=4.0, high=12.0))
    """
    if isinstance(span, Choice):
        return span
    assert isinstance(span, Interval)
    place = min(max(span.place(best), 0.0), 1.0)
    width = 1.0 if min(place, 1 - place) < EDGE else SHRINK
    low, high = (beyond(span, place + side * width / 2) for side in (-1, 1))
    low = low if lowest is None else max(low, lowest)
    high = high if highest is None else min(high, highest)
    if isinstance(span, Integer):
        low, high = round(low), round(high)
    return replace(span, low=low, high=high) if low < high else span


def space_of_round(question: Question, number: int) -> Space:
    """Return the space that a round searches, from what the rounds before it found."""
    space, size = question.space, round_size(question.trials)
    for earlier in range(number - number % ROUNDS, number):
        seen = replace(question, tried=question.tried[: (earlier + 1) * size])
        best = seen.best()
        if best is not None:
            space = replace(space, ranges=refined_ranges(space, best.settings))
    return space


def refined_ranges(space: Space, best: Mapping[str, Any]) -> dict[str, Range]:
    """Return all ranges of the next round; a field that did not apply to the best keeps its own."""
    return {
        path: refined(span, best[path], *limits_of(space.recipe_for(best), path)) if path in best else span
        for path, span in space.ranges.items()
    }


def propose(question: Question) -> list[Settings]:
    """Return the points of the round that begins with the first trial asked for."""
    number = question.first // round_size(question.trials)
    space = space_of_round(question, number)
    points = halton(0, question.count, len(space.ranges), question.seed + number)
    return [space.settings_at(point) for point in points]


STRATEGIES.register(
    "coarse-to-fine", formula="halve the ranges around the best, or move them to it", source="Stanford CS231n"
)(Strategy(propose, round_size=round_size, looks=True, extends=False))
