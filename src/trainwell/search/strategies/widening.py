"""Ranges that proved too narrow, widened: the best trials crowd at an end, so that better ones may lie beyond it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trainwell.engine.limits import limits_of
from trainwell.engine.ranges import Integer, Interval, LogUniform, Range
from trainwell.engine.space import Space
from trainwell.search.strategies.strategy import Question, Tried

#: How many of the best trials are looked at, and the share of a range at its end where most of them must lie.
LEADERS, OUTER = 5, 0.2
#: Share of its width by which a range grows.
GROWTH = 0.5
#: Share of the trials at that end which may have diverged before it is left where it is.
DIVERGED = 0.5


def widened(question: Question) -> Space:
    """Return the space with every range widened at the end where the best trials crowd, within the field's limits.

    An end where half of the trials diverged stays: there is nothing beyond it.

    Reference: V. Godbole et al., "Deep Learning Tuning Playbook", 2023, on bad search space boundaries.
    """
    space, leaders = question.space, best_few(question)
    ranges = {path: grown(space, path, span, leaders, question.tried) for path, span in space.ranges.items()}
    return replace(space, ranges=ranges)


def best_few(question: Question) -> list[Tried]:
    """Return the best trials, the best first."""
    scored = [tried for tried in question.tried if tried.value is not None]
    sign = -1 if question.direction == "maximize" else 1
    return sorted(scored, key=lambda tried: sign * (tried.value or 0.0))[:LEADERS]


def grown(space: Space, path: str, span: Range, leaders: Sequence[Tried], tried: Sequence[Tried]) -> Range:
    """Return one range, wider where it should be."""
    if not isinstance(span, Interval):
        return span
    places = [span.place(leader.settings[path]) for leader in leaders if path in leader.settings]
    for crowd, outward in ((at_low, -GROWTH), (at_high, 1 + GROWTH)):
        if len(places) == LEADERS and crowd(places[0]) and sum(map(crowd, places)) > LEADERS // 2:
            outer = [each for each in tried if path in each.settings and crowd(span.place(each.settings[path]))]
            if sum(each.value is None for each in outer) < DIVERGED * len(outer):
                return moved(span, outward, *limits_of(space.recipe_for(leaders[0].settings), path))
    return span


def at_low(place: float) -> bool:
    """Tell whether a place in the unit interval lies at its lower end."""
    return place < OUTER


def at_high(place: float) -> bool:
    """Tell whether a place in the unit interval lies at its upper end."""
    return place > 1 - OUTER


def moved(span: Interval, place: float, lowest: float | None, highest: float | None) -> Interval:
    """Return a range with the end on the side of ``place`` moved there, at most to the field's own limit.

    >>> from trainwell.engine.ranges import Uniform
    >>> moved(Uniform(0.0, 8.0), 1.5, None, 10.0), moved(LogUniform(1e-4, 1e-2), -0.5, 0.0, None)
    (Uniform(low=0.0, high=10.0), LogUniform(low=1e-05, high=0.01))
    """
    end = beyond(span, place)
    if place < 0:
        end = end if lowest is None else max(end, min(lowest, span.low))
        return replace(span, low=round(end) if isinstance(span, Integer) else end)
    end = end if highest is None else min(end, max(highest, span.high))
    return replace(span, high=round(end) if isinstance(span, Integer) else end)


def beyond(span: Interval, place: float) -> float:
    """Return the value at a place that may lie outside the unit interval.

    >>> beyond(LogUniform(1e-3, 1e-1), 1.5)
    1.0
    """
    if isinstance(span, LogUniform):
        return float(f"{span.low * (span.high / span.low) ** place:.12g}")
    return span.low + place * (span.high - span.low)
