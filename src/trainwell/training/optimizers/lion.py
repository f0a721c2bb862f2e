"""Lion: the sign of momentum, found by a search over programs."""

from __future__ import annotations

import optax

from trainwell.training.optimizers.optimizer import OPTIMIZERS, Decay, Optimizer, Rate


@OPTIMIZERS.register(
    "Lion",
    formula="θ ← θ − η sign(β₁m + (1−β₁)g); m ← β₂m + (1−β₂)g",
    source="Chen et al. 2023, arXiv:2302.06675",
)
class Lion(Optimizer):
    """Step by η in every coordinate, whichever way momentum points; half of Adam's memory.

    Wants a rate 3 to 10 times smaller than Adam's, and a weight decay as many times larger.

    Args:
        beta1: β₁, how much momentum weighs against the gradient in the step.
        beta2: β₂, how much of momentum is kept at each step.

    >>> Lion().learning_rate
    0.0001
    """

    learning_rate: Rate = 1e-4
    beta1: Decay = 0.9
    beta2: Decay = 0.99

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_lion(b1=self.beta1, b2=self.beta2)
