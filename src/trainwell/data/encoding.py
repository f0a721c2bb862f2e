"""How a data set is to be encoded: the part of a recipe that people set. The doing is ``encoder``'s."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from trainwell.data.scaling import Scaling
from trainwell.specification import Specification


class Encoding(Specification):
    """How columns become numbers.

    Args:
        numbers: scaling of numbers: ``robust`` (median and interquartile range, smoothly clipped to
            ±3), ``standard`` (mean and deviation), ``minmax`` (to −1 … 1) or none.
        target: scaling of a regression target: ``standard`` (mean and deviation) or none.
        one_hot_limit: categories with more levels than this become codes for a learned embedding.
        rare_below: levels seen in fewer training rows than this are pooled into one.
    """

    numbers: Scaling | None = "robust"
    target: Literal["standard"] | None = "standard"
    one_hot_limit: Annotated[int, Field(ge=0)] = 16
    rare_below: Annotated[int, Field(ge=1)] = 3
