"""Columns that give the target away: which one is suspected, and whether it is surely more than a strong feature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trainwell.data import Profile

#: A feature that explains this share of the target alone is suspected; less will do where the next best tells little.
LEAK, ALONE, LITTLE_ELSE = 0.98, 0.95, 0.1
#: A law of nature, or a setting of an experiment, may explain so much of an amount; a copy explains more, and goes up
#: and down with it.
LAW, COPY = 0.99, 0.98


@dataclass(frozen=True)
class Suspect:
    """A column that may give the target away.

    Attributes:
        column: its name.
        share: how much of the target it explains alone.
        next_best: how much the next best column does.
        sure: whether it is more than a strong feature; of an amount only a column that could be a copy of it is.
    """

    column: str
    share: float
    next_best: float
    sure: bool

    @property
    def evidence(self) -> dict[str, Any]:
        """The numbers it rests on."""
        return {"column": self.column, "share_explained": self.share, "next_best": self.next_best}


def suspect(profile: Profile) -> Suspect | None:
    """Return the column that explains the target all but alone; none where there is none, or no other column."""
    if len(profile.power) < 2:
        return None
    (column, share), (_, next_best), *_ = sorted(profile.power.items(), key=lambda pair: -pair[1])
    if share < LEAK and not (share > ALONE and 1 - share < LITTLE_ELSE * (1 - next_best)):
        return None
    amount = bool(profile.histogram)
    return Suspect(column, share, next_best, not amount or (share >= LAW and profile.copies.get(column, 0.0) >= COPY))
