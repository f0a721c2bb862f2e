"""Adam and its kin: the decaying mean of gradients over the decaying size of gradients."""

from __future__ import annotations

from typing import Annotated

import optax
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Decay, Optimizer, Rate, Small, Strength


class Moments(Optimizer):
    """What the family shares; no optimizer itself.

    Args:
        beta1: β₁, how much of the gradients' mean is kept at each step.
        beta2: β₂, how much of the gradients' mean square is kept at each step.
        epsilon: ε, keeps the division finite where gradients vanish.
    """

    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Small = 1e-8


@OPTIMIZERS.register(
    "Adam",
    formula="m ← β₁m+(1−β₁)g; v ← β₂v+(1−β₂)g²; θ ← θ − η m̂/(√v̂+ε), m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)",
    source="Kingma & Ba 2015, arXiv:1412.6980",
)
class Adam(Moments):
    """Momentum divided by the root of a decaying mean of squared gradients, both freed of their bias to zero.

    >>> Adam(beta2=0.98).beta2
    0.98
    """

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_adam(b1=self.beta1, b2=self.beta2, eps=self.epsilon)


@OPTIMIZERS.register(
    "AdamW", formula="Adam's step and θ ← θ − ηλθ", source="Loshchilov & Hutter 2019, arXiv:1711.05101"
)
class AdamW(Adam):
    """Adam with decoupled weight decay, on unless set to zero.

    >>> AdamW(learning_rate=3e-4).weight_decay
    0.01
    """

    weight_decay: Strength = 0.01


@OPTIMIZERS.register(
    "AdaMax",
    formula="m ← β₁m+(1−β₁)g; u ← max(β₂u, |g|+ε); θ ← θ − η m̂/u, m̂ = m/(1−β₁ᵗ)",
    source="Kingma & Ba 2015, section 7.1",
)
class AdaMax(Moments):
    """Adam with the largest recent gradient in place of the mean square: a bound on every step.

    >>> AdaMax().learning_rate
    0.002
    """

    learning_rate: Rate = 2e-3

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_adamax(b1=self.beta1, b2=self.beta2, eps=self.epsilon)


@OPTIMIZERS.register(
    "NAdam",
    formula="Adam with m̂ = β₁m/(1−β₁ᵗ⁺¹) + (1−β₁)g/(1−β₁ᵗ)",
    source="Dozat 2016, at constant β₁ and without its extra β₂ in v̂",
)
class NAdam(Moments):
    """Adam whose momentum looks one step ahead, as Nesterov's does.

    >>> NAdam().learning_rate
    0.002
    """

    learning_rate: Rate = 2e-3

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_adam(b1=self.beta1, b2=self.beta2, eps=self.epsilon, nesterov=True)


@OPTIMIZERS.register(
    "RAdam",
    formula="θ ← θ − η r m̂/(√v̂+ε) if ρ ≥ 5, else θ ← θ − η m̂; ρ∞ = 2/(1−β₂) − 1, ρ = ρ∞ − 2tβ₂ᵗ/(1−β₂ᵗ), "
    "r = √((ρ−4)(ρ−2)ρ∞ / ((ρ∞−4)(ρ∞−2)ρ))",
    source="Liu et al. 2020, arXiv:1908.03265",
)
class RAdam(Moments):
    """Adam that trusts its second moment only once enough gradients (ρ of them, in effect) stand behind it.

    Args:
        threshold: the ρ from which on steps are divided by √v̂.

    >>> RAdam().threshold
    5.0
    """

    threshold: Annotated[float, Field(ge=4), knob()] = 5.0

    def direction(self) -> optax.GradientTransformation:
        return optax.scale_by_radam(b1=self.beta1, b2=self.beta2, eps=self.epsilon, threshold=self.threshold)
