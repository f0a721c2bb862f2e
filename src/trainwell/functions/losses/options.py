"""Losses with options of their own, as recipes state them: ``{kind = "huber", delta = 0.5}``; each option a knob."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import Annotated, Any, ClassVar

from jax import Array
from pydantic import Field

from trainwell.functions.losses.binary import multilabel_cross_entropy
from trainwell.functions.losses.loss import LOSSES, Loss
from trainwell.functions.losses.regression import huber
from trainwell.registry import Registry
from trainwell.specification import Specification, knob


class LossOptions(Specification):
    """A loss and its options. Subclasses register in :data:`LOSS_OPTIONS` under the name of their loss.

    Label smoothing is no option here: it is a field of the recipe, for whichever loss takes it.

    Attributes:
        loss: the loss whose keywords the fields are named after.
    """

    loss: ClassVar[Loss]

    def bound(self) -> Loss:
        """Return the loss with these options in place, which may be traced."""
        return bind(self.loss, **dict(self))


def bind(loss: Loss, **options: Any) -> Loss:
    """Return a loss whose keywords ``options`` are settled.

    >>> import jax.numpy as jnp
    >>> float(bind(huber, delta=2.0)(jnp.array([[3.0]]), jnp.array([[0.0]])))
    4.0
    """
    inner = loss.per_example

    @wraps(inner)
    def per_example(outputs: Array, targets: Array, **others: Any) -> Array:
        return inner(outputs, targets, **{**options, **others})

    return replace(loss, per_example=per_example)


LOSS_OPTIONS: Registry[type[LossOptions]] = Registry("loss with options")


@LOSS_OPTIONS.register("huber", formula=LOSSES.entry("huber").formula, source=LOSSES.entry("huber").source)
class Huber(LossOptions):
    """Huber's loss with a threshold of one's own.

    Args:
        delta: δ, where the parabola turns into a straight line, in units of the encoded target (its deviations).

    >>> Huber(delta=0.5).bound().name
    'huber'
    """

    loss = huber
    delta: Annotated[float, Field(gt=0), knob()] = 1.0


@LOSS_OPTIONS.register(
    "multilabel_cross_entropy",
    formula=LOSSES.entry("multilabel_cross_entropy").formula,
    source=LOSSES.entry("multilabel_cross_entropy").source,
)
class MultilabelCrossEntropy(LossOptions):
    """Cross-entropy of labels where a yes counts more than a no.

    Args:
        positive_weights: w, how many times a label that holds counts.

    >>> MultilabelCrossEntropy(positive_weights=3.0).positive_weights
    3.0
    """

    loss = multilabel_cross_entropy
    positive_weights: Annotated[float, Field(gt=0), knob()] = 1.0
