"""Rows that stand in two parts: how many, and whether more than chance alone would bring."""

from __future__ import annotations

import math
from dataclasses import dataclass

from trainwell.data import Profile

#: A share of a part's rows below this one flatters no score to speak of.
MANY = 0.05
#: Where one column tells such a share of different rows apart, equal rows are copies, not rows that chance made alike.
TOLD_APART = 0.9
#: Standard deviations by which the shares of rows with twins differ at most where parts are drawn at random.
BY_CHANCE = 4.0


@dataclass(frozen=True)
class Shared:
    """Rows of one part that an earlier one has as well.

    Attributes:
        earlier, later: the parts, such as ``training`` and ``test``.
        count: how many rows.
        share: of the later part.
        rows: the first of them, 0-based.
    """

    earlier: str
    later: str
    count: int
    share: float
    rows: tuple[int, ...]


def shared_rows(profile: Profile) -> list[Shared]:
    """Return what parts share, the largest share first."""
    found = []
    for pair, repeats in profile.overlap.items():
        earlier, later = pair.split("/")
        share = repeats.count / max(profile.part_sizes.get(later, 0), 1)
        if repeats.count:
            found.append(Shared(earlier, later, repeats.count, share, repeats.rows))
    return sorted(found, key=lambda each: -each.share)


def flattering(profile: Profile, shared: Shared) -> bool:
    """Tell whether so many rows are shared that the later part's score is flattered, and not by chance.

    Where parts are drawn at random, a row of another part has a twin in training as often as a training row has one
    there, and in tables of few different values most have. Where a column tells rows apart, or every row stands several
    times, twins are copies, be they divided at random. Two shares p of n and m rows differ by chance with the
    variance p(1 − p)(1/n + 1/m).
    """
    if shared.share < MANY:
        return False
    training, rows = profile.part_sizes.get("training", 0), max(profile.part_sizes.get(shared.later, 0), 1)
    if not training or profile.telling >= TOLD_APART or profile.replicated > 1:
        return True
    twins = profile.training_twins.count
    both = min((twins + shared.count) / (training + rows), 1.0)
    chance = math.sqrt(both * (1 - both) * (1 / training + 1 / rows))
    return shared.share - twins / training >= BY_CHANCE * chance
