"""Gradient descent, plain or with momentum: one rate for every parameter."""

from __future__ import annotations

from typing import Annotated

import optax
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Optimizer, Rate


@OPTIMIZERS.register(
    "SGD",
    formula="m ← βm + g; θ ← θ − ηm; Nesterov: θ ← θ − η(βm + g)",
    source="Robbins & Monro 1951; Polyak 1964; Nesterov 1983",
)
class SGD(Optimizer):
    """Gradient descent, with heavy-ball or Nesterov momentum if asked; momentum raises the effective rate to η/(1−β).

    Nesterov's gradient belongs at the point θ + βm that momentum is about to reach; that point is what is kept here as
    the parameters, the usual change of variables.

    Args:
        momentum: β, how much of the last step is kept.
        nesterov: whether momentum looks one step ahead; means nothing without momentum.

    >>> SGD(learning_rate=0.1, momentum=0.9).momentum
    0.9
    """

    adapts = False
    learning_rate: Rate = 0.01
    momentum: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0
    nesterov: bool = False

    def direction(self) -> optax.GradientTransformation:
        if not self.on("momentum"):
            return optax.identity()
        return optax.trace(decay=self.momentum, nesterov=self.nesterov)
