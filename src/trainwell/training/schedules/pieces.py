"""Rates that stand still: throughout, or for a while."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array
from pydantic import Field, field_validator

from trainwell.training.schedules.schedule import SCHEDULES, Schedule

Piece = tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0)]]


@SCHEDULES.register("Constant", formula="1", source="practice")
class Constant(Schedule):
    """The same rate throughout.

    >>> float(Constant().multiplier((), step=50, steps=10, epochs=10))
    1.0
    """

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        return jnp.ones(())


@SCHEDULES.register(
    "PiecewiseConstant",
    formula="fᵢ from share pᵢ of the run on, 1 before the first",
    source="He et al. 2016, arXiv:1512.03385",
)
class PiecewiseConstant(Schedule):
    """A staircase: the rate drops to given factors at given shares of the run.

    The pieces are structure, not knobs: other pieces are another program.

    Args:
        pieces: pairs of the share of the run after warm-up and the factor that holds from there on.

    >>> schedule = PiecewiseConstant(pieces=((0.5, 0.1), (0.8, 0.01)))
    >>> [round(float(schedule.multiplier((), step, steps=10, epochs=10)), 3) for step in (49, 50, 80)]
    [1.0, 0.1, 0.01]
    """

    pieces: Annotated[tuple[Piece, ...], Field(min_length=1)] = ((0.5, 0.1), (0.75, 0.01))

    @field_validator("pieces")
    @classmethod
    def _rising(cls, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        if any(later <= earlier for (earlier, _), (later, _) in pairwise(pieces)):
            raise ValueError("each share must be larger than the one before")
        return pieces

    def shape(self, state: Any, progress: Array, elapsed: Array) -> Array:
        factor = jnp.ones(())
        for share, value in self.pieces:
            factor = jnp.where(progress >= share, value, factor)
        return factor
