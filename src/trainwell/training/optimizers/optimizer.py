"""What every optimizer is: a thin, validated description of an Optax transformation.

Every number is a knob, so that one compiled program serves all its values. Not for schedules: the rate of the step
arrives as an argument.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import jax
import optax
from jax import Array
from pydantic import Field

from trainwell.registry import Registry
from trainwell.specification import Specification, knob
from trainwell.training.optimizers.gathering import gathering

Rate = Annotated[float, Field(gt=0), knob()]
Decay = Annotated[float, Field(ge=0, lt=1), knob()]
Small = Annotated[float, Field(gt=0), knob()]
Strength = Annotated[float, Field(ge=0), knob(off=0.0)]


class Optimizer(Specification):
    """A rule that turns gradients into updates. Subclasses register in :data:`OPTIMIZERS`.

    Args:
        learning_rate: η, the step size before the schedule.
        weight_decay: λ of the decoupled decay θ ← θ − ηλθ; reaches weights only, never biases or normalization.

    Attributes:
        adapts: whether it divides gradients by their size, so that an L2 penalty in them is no weight decay.
        elementwise: whether its direction treats every number alike, whatever weight and place it is of.
        needs_loss: whether every update evaluates the loss again, which must then be that of all rows.
    """

    adapts: ClassVar[bool] = True
    needs_loss: ClassVar[bool] = False
    elementwise: ClassVar[bool] = True
    learning_rate: Rate = 1e-3
    weight_decay: Strength = 0.0

    def direction(self) -> optax.GradientTransformation:
        """Return the transformation from gradients to the step of rate 1, sign not yet turned."""
        raise NotImplementedError

    def transformation(self, learning_rate: Any) -> optax.GradientTransformation:
        """Return the whole rule at this rate, which may be traced."""
        parts = [gathering(self.direction()) if self.elementwise else self.direction()]
        if self.on("weight_decay"):
            parts.append(optax.add_decayed_weights(self.weight_decay, mask=decayed))
        return optax.chain(*parts, optax.scale(-1.0 * learning_rate))

    def evaluated(self, memory: Any, parameters: Any) -> Any:
        """Return the weights to validate, keep and predict with; those that are trained, for most.

        Args:
            memory: the transformation's state.
            parameters: what gradients are taken at.
        """
        return parameters


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer", "tw")


def decayed(parameters: Any) -> Any:
    """Mark the leaves that decay and penalties reach: those called ``weight`` with two axes or more.

    Biases, normalization's scale and shift, and the frequencies of embeddings are left alone.
    """

    def is_weight(path: tuple[Any, ...], leaf: Array) -> bool:
        return getattr(path[-1], "name", None) == "weight" and leaf.ndim >= 2

    return jax.tree_util.tree_map_with_path(is_weight, parameters)
