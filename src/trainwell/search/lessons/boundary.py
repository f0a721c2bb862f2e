"""Does the best trial lie at the edge of a range, so that a better one may lie beyond? Nothing is searched here.

A best value within the edge band says that the range was too narrow: widen it on that side and go again, coarse to
fine (Deep Learning Tuning Playbook, "Identifying bad search space boundaries"; CS231n, "Hyperparameter ranges").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range, is_number
from trainwell.search.lessons.reading import DIVERGED, Reading, Study, Trial, read_study
from trainwell.search.lessons.resolution import at_the_best, resolution
from trainwell.search.lessons.wording import count, number, setting

Side: TypeAlias = Literal["low", "high"]

#: Share of the range, on its own scale, that counts as its edge.
EDGE_BAND = 0.1
#: The best few must lie in this outer share of the range before one lucky trial is believed.
OUTER = 0.25
#: Share of the range's width by which it is widened.
WIDENED_BY = 0.5
SOURCE = "Deep Learning Tuning Playbook, identifying bad search space boundaries"


@dataclass(frozen=True)
class Edge:
    """The best trial lies at one end of a range.

    Attributes:
        path: the hyperparameter.
        side: ``"low"`` or ``"high"``.
        best: the best trial's setting.
        position: where that lies, 0 to 1 on the range's own scale.
        firm: whether most of the best few trials lie on the same side, so that it is no luck of one trial.
        diverged: how many trials within the band diverged.
        proposal: the widened range: ``low`` and ``high``; or ``choices``.
        sentence: all that in words.
    """

    path: str
    side: Side
    best: float
    position: float
    firm: bool
    diverged: int
    proposal: dict[str, Any]
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson, with the widened range as the change."""
        wording = "{low} to {high}" if "low" in self.proposal else "{choices}"
        widened = wording.format(**{name: setting(value) for name, value in self.proposal.items()})
        return Lesson(
            name="boundary",
            sentence=self.sentence,
            severity="warning" if self.firm else "note",
            advice=f"Search {self.path} again over {widened}.",
            change={self.path: self.proposal},
            evidence={"best setting": self.best, "place in the range": self.position},
            data=self,
            source=SOURCE,
        )


def boundary(study: Study, band: float = EDGE_BAND) -> tuple[Edge, ...]:
    """Return one :class:`Edge` per varied hyperparameter whose best setting lies within ``band`` of an end.

    Ends that nature sets (a dropout of 0, one layer) are no edges, nor are ends where most trials diverged: there is
    nothing beyond them. Nor is there anything to be found beyond an end where the score is the best that there is, or
    where a trial far from it is as good as far as one can tell.

    >>> study = {"metric": "rmse", "direction": "minimize",
    ...     "space": {"optimizer.learning_rate": {"kind": "loguniform", "low": 1e-4, "high": 1e-2}},
    ...     "trials": [{"settings": {"optimizer.learning_rate": rate}, "state": "complete", "value": 1 - rate}
    ...                for rate in (2e-4, 1e-3, 3e-3, 6e-3, 9e-3)]}
    >>> boundary(study)[0].proposal
    {'low': 0.0001, 'high': 0.1}
    """
    reading = read_study(study)
    if at_the_best(reading):
        return ()
    found = (edge_of(reading, as_tried(reading, each), band) for each in reading.varied)
    return tuple(edge for edge in found if edge is not None)


def as_tried(reading: Reading, searched: Range) -> Range:
    """Return a range with all that was tried in it: a strategy that widens ranges goes beyond what was asked for."""
    tried = [value for trial in reading.trials if is_number(value := trial.settings.get(searched.path))]
    if searched.kind == "choice" or not tried:
        return searched
    return replace(searched, low=min(searched.low, *tried), high=max(searched.high, *tried))


def edge_of(reading: Reading, searched: Range, band: float) -> Edge | None:
    """Return the edge that the best trial lies at in one range, or none."""
    line = as_line(searched)
    if reading.best is None or line is None or searched.path not in reading.best.settings:
        return None
    best = reading.best.settings[searched.path]
    position = line.position(best)
    if math.isnan(position) or band < position < 1 - band:
        return None
    side: Side = "low" if position <= band else "high"
    within = [trial for trial in reading.trials if is_within(line.position(trial.settings.get(line.path)), side, band)]
    diverged = sum(trial.state == DIVERGED for trial in within)
    proposal = widened(searched, side)
    if proposal is None or 2 * diverged > len(within) or is_equalled(reading, line, side, reading.best):
        return None
    few = [line.position(trial.settings.get(line.path)) for trial in reading.best_few()]
    firm = len(reading.scored) > 3 and 2 * sum(is_within(at, side, OUTER) for at in few) > len(few)
    return Edge(
        line.path, side, float(best), position, firm, diverged, proposal, wording(line, side, best, firm, len(few))
    )


def as_line(searched: Range) -> Range | None:
    """Return a range of numbers as it stands, a choice among growing numbers as the line they lie on, else none."""
    if searched.kind != "choice":
        return searched
    numbers = searched.choices
    if len(numbers) < 3 or not all(is_number(choice) for choice in numbers) or list(numbers) != sorted(numbers):
        return None
    evenly = numbers[0] <= 0 or numbers[-1] - numbers[-2] == numbers[1] - numbers[0]
    return Range(searched.path, "uniform" if evenly else "loguniform", float(numbers[0]), float(numbers[-1]))


def is_equalled(reading: Reading, line: Range, side: Side, best: Trial) -> bool:
    """Tell whether a trial outside the outer share of a side is as good as the best as far as one can tell."""
    least = reading.goodness(best.value) - resolution(reading)
    places = [
        line.position(trial.settings.get(line.path))
        for trial in reading.scored
        if trial.finished and reading.goodness(trial.value) >= least
    ]
    return any(not math.isnan(place) and not is_within(place, side, OUTER) for place in places)


def is_within(position: float, side: Side, band: float) -> bool:
    """Tell whether a position lies within the band at one side."""
    return position <= band if side == "low" else position >= 1 - band


def widened(searched: Range, side: Side) -> dict[str, Any] | None:
    """Return the range made wider by half on one side, never beyond its natural limits; none where it ends there.

    >>> widened(Range("network.dropout", "uniform", 0.0, 0.5), "high")
    {'low': 0.0, 'high': 0.75}
    >>> widened(Range("network.dropout", "uniform", 0.0, 0.5), "low") is None
    True
    """
    if searched.kind == "choice":
        return {"choices": more_choices(searched.choices, side)}
    end = searched.low if side == "low" else searched.high
    limit = searched.limits()[0 if side == "low" else 1]
    beyond = searched.value_at(-WIDENED_BY if side == "low" else 1 + WIDENED_BY)
    if searched.logarithmic:  # a factor of three at least, to a round number
        beyond = rounded(min(beyond, end / 3) if side == "low" else max(beyond, end * 3))
    if math.isfinite(limit):
        halfway = limit if searched.kind == "integer" else (end + limit) / 2
        beyond = max(beyond, halfway) if side == "low" else min(beyond, halfway)
    beyond = round(beyond) if searched.kind == "integer" else float(f"{beyond:.6g}")
    if beyond == end or math.isclose(end, limit):
        return None
    low, high = (int(x) if searched.kind == "integer" else x for x in (searched.low, searched.high))
    return {"low": beyond, "high": high} if side == "low" else {"low": low, "high": beyond}


def more_choices(choices: tuple[Any, ...], side: Side) -> list[Any]:
    """Return growing numbers with one more at a side, the next by the same factor or the same step.

    >>> more_choices((64, 128, 256), "high"), more_choices((1, 2, 3), "high")
    ([64, 128, 256, 512], [1, 2, 3, 4])
    """
    first, second = (choices[1], choices[0]) if side == "low" else (choices[-2], choices[-1])
    steady = choices[-1] - choices[-2] == choices[1] - choices[0]
    following = 2 * second - first if steady or not first else second * second / first
    whole = all(isinstance(choice, int) for choice in choices)
    following = round(following) if whole else float(f"{following:.3g}")
    return [following, *choices] if side == "low" else [*choices, following]


def rounded(value: float) -> float:
    """Return the nearest 1 or 3 times a power of ten, on a logarithmic scale.

    >>> [rounded(x) for x in (0.0316, 0.09, 2.4e-5)]
    [0.03, 0.1, 3e-05]
    """
    power = 10.0 ** math.floor(math.log10(value))
    nearest = min((1, 3, 10), key=lambda digit: abs(math.log(value / power / digit)))
    return float(f"{nearest * power:.1g}")


def wording(line: Range, side: Side, best: float, firm: bool, few: int) -> str:
    """Say where the best trial lies, and how far that is to be believed."""
    end = line.low if side == "low" else line.high
    text = f"The best {line.path} found, {number(best)}, lies at the {side} end of its range ({number(end)})"
    if firm:
        return f"{text}, and so do most of the {few} best trials: the best value may lie beyond it."
    return f"{text}; the best {count(few, 'trial')} do not agree on that end, so it may be chance."
