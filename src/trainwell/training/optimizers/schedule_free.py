"""AdamW without a schedule: what is trained is one point, what is used is an average over the path."""

from __future__ import annotations

from typing import Annotated, Any

import optax
from pydantic import Field

from trainwell.specification import knob
from trainwell.training.optimizers.adam import Moments
from trainwell.training.optimizers.optimizer import OPTIMIZERS, Decay, Rate, decayed


@OPTIMIZERS.register(
    "ScheduleFreeAdamW",
    formula="y = (1−β₁)z + β₁x; v ← β₂v + (1−β₂)g², g at y; z ← z − η(g/(√v̂+ε) + λy); "
    "x ← (1−c)x + cz, c = ηₘʳ/Σηₘʳ, ηₘ the largest η so far",
    source="Defazio et al. 2024, arXiv:2405.15682",
)
class ScheduleFreeAdamW(Moments):
    """AdamW whose weights x are the average of its path: a constant rate ends as well as one that falls.

    Gradients are taken at y, between the average x and the point z that steps; validation, the best weights and
    predictions use x. Meant for the ``Constant`` schedule, with warm-up. Batch normalization's running statistics are
    those of y, not of x.

    Args:
        learning_rate: η, larger than Adam's by a factor of 1 to 10.
        beta1: β₁, how near to the average x gradients are taken.
        beta2: β₂, how much of the gradients' mean square is kept at each step.
        epsilon: ε, keeps the division finite where gradients vanish.
        weight_power: r, how much steps of a small rate, as in warm-up, count less in the average.

    >>> ScheduleFreeAdamW().learning_rate
    0.0025
    """

    learning_rate: Rate = 2.5e-3
    beta1: Annotated[float, Field(gt=0, lt=1), knob()] = 0.9
    beta2: Decay = 0.999
    weight_power: Annotated[float, Field(ge=0), knob()] = 2.0

    def transformation(self, learning_rate: Any) -> optax.GradientTransformation:
        parts = [optax.scale_by_rms(decay=self.beta2, eps=self.epsilon, eps_in_sqrt=False, bias_correction=True)]
        if self.on("weight_decay"):
            parts.append(optax.add_decayed_weights(self.weight_decay, mask=decayed))
        inner = optax.chain(*parts, optax.scale(-1.0 * learning_rate))
        return optax.contrib.schedule_free(inner, learning_rate, b1=self.beta1, weight_lr_power=self.weight_power)

    def evaluated(self, memory: Any, parameters: Any) -> Any:
        return optax.contrib.schedule_free_eval_params(memory, parameters)
