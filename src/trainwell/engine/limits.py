"""The values that a recipe's field takes at most and at least, from its declaration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import annotated_types

from trainwell.engine.space import address_of, part_at

if TYPE_CHECKING:
    from trainwell.engine.recipe import Recipe

#: How far inside an open end the outermost value lies, as a share.
INSIDE = 1e-6
#: Least numbers of fields that take words as well.
SMALLEST = {"batch_size": 1.0}


def limits_of(recipe: Recipe, path: str) -> tuple[float | None, float | None]:
    """Return the least and the greatest value that a field takes; none where there is no end.

    >>> from trainwell.engine import Recipe
    >>> limits_of(Recipe(), "network.dropout")
    (0.0, 0.999999)
    """
    parent, _, name = address_of(path).field.rpartition(".")
    holder = part_at(recipe, parent) if parent else recipe
    low: float | None = SMALLEST.get(name)
    high: float | None = None
    for mark in type(holder).model_fields[name].metadata:
        if isinstance(mark, annotated_types.Ge):
            low = float(mark.ge)  # type: ignore[arg-type]
        if isinstance(mark, annotated_types.Gt):
            low = max(float(mark.gt) * (1 + INSIDE), math.ulp(0.0) * 2**60)  # type: ignore[arg-type]
        if isinstance(mark, annotated_types.Le):
            high = float(mark.le)  # type: ignore[arg-type]
        if isinstance(mark, annotated_types.Lt):
            high = float(mark.lt) * (1 - INSIDE)  # type: ignore[arg-type]
    return low, high
