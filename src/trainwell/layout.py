"""What one encoded row looks like: what the encoding that writes rows and the network that reads them agree on."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """How the ``width`` float32 entries of one encoded row divide.

    Attributes:
        numbers: the first columns are scaled numbers, which numeric embeddings apply to.
        dense: the columns after them: indicators of missing values, one-hot categories, booleans.
        cardinalities: one entry per embedded category; the last columns hold their integer codes as floats.
            Code 0 stands for unknown or missing and is counted.
        shape: the shape of one example when the inputs are images or signals; there are no columns then.

    >>> Layout(numbers=4, dense=3, cardinalities=(50,)).width
    8
    >>> Layout(shape=(28, 28)).width
    784
    """

    numbers: int = 0
    dense: int = 0
    cardinalities: tuple[int, ...] = ()
    shape: tuple[int, ...] | None = None

    @property
    def width(self) -> int:
        """The number of entries of one row."""
        if self.shape is not None:
            return math.prod(self.shape)
        return self.numbers + self.dense + len(self.cardinalities)
