"""Optimizers as recipes name them: thin, validated descriptions of Optax transformations.

Every hyperparameter is a knob, so that one compiled program serves all its values. Not for schedules: the rate of
the step arrives as an argument.
"""

from __future__ import annotations

from typing import Annotated, Any

import jax
import optax
from jax import Array
from pydantic import Field

from trainwell.registry import Registry
from trainwell.specification import Specification, knob

Rate = Annotated[float, Field(gt=0, allow_inf_nan=False), knob()]
Decay = Annotated[float, Field(ge=0, lt=1), knob()]
Small = Annotated[float, Field(gt=0), knob()]
Penalty = Annotated[float, Field(ge=0, allow_inf_nan=False), knob(off=0.0)]


class Optimizer(Specification):
    """A rule that turns gradients into updates. Subclasses register in :data:`OPTIMIZERS`.

    Args:
        learning_rate: η, the step size before the schedule.
        weight_decay: λ of the decoupled decay θ ← θ − ηλθ; reaches weights only, never biases or normalization.
    """

    learning_rate: Rate = 1e-3
    weight_decay: Penalty = 0.0

    def direction(self) -> optax.GradientTransformation:
        """Return the transformation from gradients to the step of rate 1, sign not yet turned."""
        raise NotImplementedError

    def transformation(self, learning_rate: Any) -> optax.GradientTransformation:
        """Return the whole rule at this rate, which may be traced."""
        parts = [self.direction()]
        if self.on("weight_decay"):
            parts.append(optax.add_decayed_weights(self.weight_decay, mask=decayed))
        return optax.chain(*parts, optax.scale(-1.0 * learning_rate))


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer")


def decayed(parameters: Any) -> Any:
    """Mark the leaves that decay and penalties reach: those called ``weight`` with two axes or more.

    Biases, normalization's scale and shift, and the frequencies of embeddings are left alone.
    """

    def is_weight(path: tuple[Any, ...], leaf: Array) -> bool:
        return getattr(path[-1], "name", None) == "weight" and leaf.ndim >= 2

    return jax.tree_util.tree_map_with_path(is_weight, parameters)


@OPTIMIZERS.register(
    "SGD", formula="m ← βm + g; θ ← θ − ηm", source="Robbins & Monro 1951; Polyak 1964; Nesterov 1983"
)
class SGD(Optimizer):
    """Gradient descent, with heavy-ball or Nesterov momentum if asked; momentum raises the effective rate to η/(1−β).

    >>> SGD(learning_rate=0.1, momentum=0.9).momentum
    0.9
    """

    learning_rate: Rate = 0.01
    momentum: Annotated[float, Field(ge=0, lt=1), knob(off=0.0)] = 0.0
    nesterov: bool = False

    def direction(self) -> optax.GradientTransformation:
        if not self.on("momentum"):
            return optax.identity()
        return optax.trace(decay=self.momentum, nesterov=self.nesterov)


@OPTIMIZERS.register(
    "AdaGrad", formula="s ← s + g²; θ ← θ − ηg/(√s + ε)", source="Duchi, Hazan & Singer 2011"
)
class AdaGrad(Optimizer):
    """Divide by the root of the sum of all squared gradients so far: rare features keep large steps."""

    learning_rate: Rate = 0.01
    epsilon: Small = 1e-7

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_rss(initial_accumulator_value=0.0, eps=self.epsilon)


@OPTIMIZERS.register("RMSProp", formula="s ← ρs + (1−ρ)g²; θ ← θ − ηg/(√s + ε)", source="Hinton 2012")
class RMSProp(Optimizer):
    """Divide by the root of a decaying mean of squared gradients."""

    decay: Decay = 0.9
    epsilon: Small = 1e-8

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_rms(decay=self.decay, eps=self.epsilon, eps_in_sqrt=False)


@OPTIMIZERS.register(
    "Adam",
    formula="m ← β₁m+(1−β₁)g; v ← β₂v+(1−β₂)g²; θ ← θ − η m̂/(√v̂+ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)",
    source="Kingma & Ba 2015",
)
class Adam(Optimizer):
    """Momentum divided by the root of a decaying mean of squared gradients, both freed of their bias to zero."""

    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Small = 1e-8

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_adam(b1=self.beta1, b2=self.beta2, eps=self.epsilon)


@OPTIMIZERS.register("AdamW", formula="Adam's step and θ ← θ − ηλθ", source="Loshchilov & Hutter 2019")
class AdamW(Adam):
    """Adam with decoupled weight decay, on unless set to zero.

    >>> AdamW(learning_rate=3e-4).weight_decay
    0.01
    """

    weight_decay: Penalty = 0.01
