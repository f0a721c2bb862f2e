"""Is the best learning rate one step from divergence, and what helps, in the playbook's order.

The edge of divergence is the rate that best parts the diverged trials from the others. If the best rate lies within a
factor of two of it (the playbook probes twice the rate), training is limited by stability, not by what the rate could
do (Deep Learning Tuning Playbook, "How can optimization failures be debugged and mitigated?").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainwell.search.lessons.lesson import Lesson
from trainwell.search.lessons.ranges import Range, is_number
from trainwell.search.lessons.reading import DIVERGED, Reading, Study, read_study
from trainwell.search.lessons.wording import count, number

#: The best rate is near the edge where the edge is less than this many times as high.
FACTOR = 2.0
SOURCE = "Deep Learning Tuning Playbook, optimization failures"


@dataclass(frozen=True)
class Remedy:
    """One thing to try: its name, what to do, the change of the recipe, and whether the recipe has it already."""

    name: str
    sentence: str
    change: Mapping[str, Any] | None = None
    done: bool = False


@dataclass(frozen=True)
class Instability:
    """The best learning rate lies near divergence.

    Attributes:
        path: the learning rate.
        best: the best trial's rate.
        edge: the rate from which on trials diverge.
        below: diverged trials and all trials below the edge.
        above: diverged trials and all trials from the edge on.
        remedies: what to try, in this order.
        sentence: all that in words.
    """

    path: str
    best: float
    edge: float
    below: tuple[int, int]
    above: tuple[int, int]
    remedies: tuple[Remedy, ...]
    sentence: str

    def lesson(self) -> Lesson:
        """Return it as a lesson whose advice is the first remedy that the recipe does not have yet."""
        following = next(remedy for remedy in self.remedies if not remedy.done)
        return Lesson(
            name="instability",
            sentence=self.sentence,
            severity="warning",
            advice=f"{following.sentence} Then search the learning rate again, higher.",
            change=following.change,
            evidence={"best rate": self.best, "diverges from": self.edge},
            data=self,
            source=SOURCE,
        )


def instability(study: Study, factor: float = FACTOR) -> Instability | None:
    """Return the instability of the best trial's learning rate; none where it is far from divergence.

    >>> study = {"metric": "rmse", "direction": "minimize",
    ...     "space": {"optimizer.learning_rate": {"kind": "loguniform", "low": 1e-4, "high": 1.0}},
    ...     "trials": [{"settings": {"optimizer.learning_rate": rate}, "value": 1 - rate,
    ...                 "state": "diverged" if rate > 0.1 else "complete"} for rate in (0.001, 0.01, 0.09, 0.12, 0.5)]}
    >>> [remedy.name for remedy in instability(study).remedies]
    ['warm-up', 'clipping', 'another optimizer', 'normalization', 'a lower rate']
    """
    reading = read_study(study)
    for searched in reading.varied:
        if searched.name == "learning_rate" and reading.best is not None:
            found = near_edge(reading, searched, factor)
            if found is not None:
                return found
    return None


def near_edge(reading: Reading, searched: Range, factor: float) -> Instability | None:
    """Return the instability of one learning rate, or none."""
    best = reading.best.settings.get(searched.path) if reading.best else None
    parted = divergence_edge(reading, searched)
    if not is_number(best) or parted is None:
        return None
    edge, below, above = parted
    if factor * best < edge or best > factor * edge:
        return None
    text = (
        f"The best {searched.path}, {number(best)}, is at the edge of divergence: from {number(edge)} on, "
        f"{above[0]} of {count(above[1], 'trial')} diverged. Training is held back by instability."
    )
    return Instability(searched.path, float(best), edge, below, above, remedies(reading.recipe, searched.path), text)


def divergence_edge(reading: Reading, searched: Range) -> tuple[float, tuple[int, int], tuple[int, int]] | None:
    """Return the rate that parts diverged trials from the others with the fewest mistakes, and both sides' counts.

    None where fewer than two trials diverged, or where less than half of those above the rate did.
    """
    points = sorted(
        (float(trial.settings[searched.path]), trial.state == DIVERGED)
        for trial in reading.trials
        if (trial.scored or trial.state == DIVERGED) and is_number(trial.settings.get(searched.path))
    )
    if sum(lost for _, lost in points) < 2:
        return None
    cut = min(range(len(points)), key=lambda at: (mistakes(points, at), -at))
    below, above = ((sum(lost for _, lost in side), len(side)) for side in (points[:cut], points[cut:]))
    return (points[cut][0], below, above) if 2 * above[0] > above[1] else None


def mistakes(points: list[tuple[float, bool]], cut: int) -> int:
    """Return how many trials lie on the wrong side: diverged below the cut, or finished from it on."""
    return sum(lost for _, lost in points[:cut]) + sum(not lost for _, lost in points[cut:])


def remedies(recipe: Mapping[str, Any], path: str = "optimizer.learning_rate") -> tuple[Remedy, ...]:
    """Return the remedies in the playbook's order, each marked where the recipe has it already.

    >>> [remedy.done for remedy in remedies({"gradient_clipping": 1.0})]
    [False, True, False, False, False]
    """
    schedule, network = (recipe.get(part) or {} for part in ("schedule", "network"))
    warm = bool(schedule.get("warm_up")) or schedule.get("kind") == "OneCycle"
    normal = network.get("normalization") not in (None, "none")
    return (
        Remedy("warm-up", "Warm the learning rate up over the first 5% of training.", {"schedule.warm_up": 0.05}, warm),
        Remedy(
            "clipping",
            "Clip the gradient at the 90th percentile of its norm.",
            {"gradient_clipping": 1.0},
            recipe.get("gradient_clipping") is not None,
        ),
        Remedy(
            "another optimizer", "Try another optimizer: AdamW where SGD was used, NAdam or Lion where it was Adam."
        ),
        Remedy(
            "normalization",
            "Normalize between the layers, or add residual connections.",
            {"network.normalization": "layer"},
            normal,
        ),
        Remedy("a lower rate", f"Lower {path}, as the last resort: it slows training down."),
    )
