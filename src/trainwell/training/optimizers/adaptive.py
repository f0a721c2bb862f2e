"""Rates of their own for every parameter, from the size of its gradients so far: the line that led to Adam."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import optax
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Decay, Optimizer, Rate, Small


@OPTIMIZERS.register("AdaGrad", formula="s ← s + g²; θ ← θ − ηg/(√s + ε)", source="Duchi, Hazan & Singer 2011")
class AdaGrad(Optimizer):
    """Divide by the root of the sum of all squared gradients so far: rare features keep large steps.

    Args:
        initial_accumulator: s before the first step; larger makes the first steps smaller.
        epsilon: ε, keeps the division finite where no gradient has come yet.

    >>> AdaGrad().learning_rate
    0.01
    """

    learning_rate: Rate = 0.01
    initial_accumulator: Annotated[float, Field(ge=0), knob()] = 0.0
    epsilon: Small = 1e-7

    def direction(self) -> optax.GradientTransformation:
        return scale_by_sum_of_squares(self.initial_accumulator, self.epsilon)


def scale_by_sum_of_squares(initial: Any, epsilon: Any) -> optax.GradientTransformation:
    """Return g ↦ g/(√s + ε) as published; ``optax.scale_by_rss`` has ε under the root, where it weighs far more."""

    def init(parameters: Any) -> optax.ScaleByRssState:
        return optax.ScaleByRssState(optax.tree.full_like(parameters, initial))

    def update(gradient: Any, state: Any, parameters: Any = None) -> tuple[Any, Any]:
        sums = jax.tree.map(lambda s, g: s + jnp.square(g), state.sum_of_squares, gradient)
        scaled = jax.tree.map(lambda s, g: g / (jnp.sqrt(s) + epsilon), sums, gradient)
        return scaled, optax.ScaleByRssState(sums)

    return optax.GradientTransformation(init, update)


@OPTIMIZERS.register("RMSProp", formula="s ← ρs + (1−ρ)g²; θ ← θ − ηg/(√s + ε)", source="Hinton 2012")
class RMSProp(Optimizer):
    """Divide by the root of a decaying mean of squared gradients.

    Args:
        decay: ρ, how much of the mean is kept at each step.
        epsilon: ε, keeps the division finite where gradients vanish.

    >>> RMSProp(decay=0.99).decay
    0.99
    """

    decay: Decay = 0.9
    epsilon: Small = 1e-8

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_rms(decay=self.decay, eps=self.epsilon, eps_in_sqrt=False)


@OPTIMIZERS.register(
    "AdaDelta",
    formula="s ← ρs + (1−ρ)g²; d = g√(u + ε)/√(s + ε); u ← ρu + (1−ρ)d²; θ ← θ − ηd",
    source="Zeiler 2012, arXiv:1212.5701",
)
class AdaDelta(Optimizer):
    """Divide by the decaying size of gradients and multiply by that of steps, so that units agree and η may be 1.

    Both sizes are decaying means, not sums over a fixed window.

    Args:
        decay: ρ, how much of both means is kept at each step.
        epsilon: ε, sets the size of the first steps and keeps the division finite.

    >>> AdaDelta().learning_rate
    1.0
    """

    learning_rate: Rate = 1.0
    decay: Decay = 0.95
    epsilon: Small = 1e-6

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_adadelta(rho=self.decay, eps=self.epsilon)
