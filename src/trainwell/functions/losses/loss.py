"""The loss record and its registry: what losses have in common; their formulas are in the files beside."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import jax.numpy as jnp
from jax import Array

from trainwell.errors import RecipeError, unknown_name
from trainwell.functions.losses.shapes import class_weight_of_each
from trainwell.registry import Registry
from trainwell.tasks import Task

Takes: TypeAlias = Literal["logits", "probabilities", "log-probabilities", "values", "log-rates", "mean and variance"]
TAKES: tuple[Takes, ...] = get_args(Takes)
PerExample: TypeAlias = Callable[..., Array]


@dataclass(frozen=True)
class Loss:
    """What training makes small: one number per example, and their weighted mean.

    ``per_example(outputs, targets, **options)`` returns shape ``(batch,)``; ``takes`` says what the outputs
    of the network stand for. Outputs have shape ``(batch, outputs)``. Targets are, by task,

    - binary: 0 or 1 as floats, ``(batch,)`` or ``(batch, 1)``, for outputs ``(batch, 1)`` or ``(batch,)``
    - multiclass: class numbers ``(batch,)``, or distributions ``(batch, classes)``
    - multilabel: 0 or 1 as floats, ``(batch, labels)``
    - regression: numbers ``(batch, outputs)``, or ``(batch,)`` where there is one output

    A person's own loss is made the same way, ``Loss("mine", function, ("regression",), "values")``.

    Losses are plain functions of arrays: they go through ``jit``, ``vmap`` and ``grad``, and hash, so that
    a compiled program can be looked up by its loss.
    """

    name: str
    per_example: PerExample
    tasks: tuple[Task, ...]
    takes: Takes
    formula: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        """Wear the documentation of the function inside, which is also where doctest looks for it."""
        if self.takes not in TAKES:
            raise unknown_name("meaning of outputs", self.takes, TAKES)
        object.__setattr__(self, "__doc__", self.per_example.__doc__)
        object.__setattr__(self, "__module__", self.per_example.__module__)
        object.__setattr__(self, "__wrapped__", self.per_example)
        object.__setattr__(self, "__signature__", inspect.signature(self.__call__))

    def __call__(
        self,
        outputs: Array,
        targets: Array,
        weights: Array | None = None,
        class_weights: Array | None = None,
        **options: Any,
    ) -> Array:
        """Return the weighted mean Σ wᵢ ℓᵢ / Σ wᵢ over the batch, a scalar.

        Args:
            outputs: what the network answers, ``(batch, outputs)``.
            targets: what it should answer; shapes by task above.
            weights: one non-negative weight per example, ``(batch,)``.
            class_weights: one non-negative weight per class, ``(classes,)``; multiplies ``weights``.
            **options: the keywords of ``per_example``, named in :attr:`options`.

        Raises:
            RecipeError: class weights are given and the targets are no classes.
            DataError: the shapes of outputs and targets do not go together.
        """
        losses = self.per_example(outputs, targets, **options)
        weights = self.example_weights(targets, weights, class_weights)
        return jnp.mean(losses) if weights is None else weighted_mean(losses, weights)

    def example_weights(
        self, targets: Array, weights: Array | None = None, class_weights: Array | None = None
    ) -> Array | None:
        """Return each example's weight times its class's, ``(batch,)``, or None where all count alike."""
        if class_weights is None:
            return weights
        if not {"binary", "multiclass"} & set(self.tasks):
            raise RecipeError(
                f"class_weights need a binary or multiclass loss, but {self.name} is for "
                f"{' and '.join(self.tasks)}; leave them out, or weigh the examples with weights."
            )
        of_each = class_weight_of_each(targets, jnp.asarray(class_weights))
        return of_each if weights is None else weights * of_each

    @property
    def outputs_per_target(self) -> int:
        """How many numbers the network gives for each target: two where it states a mean and a variance."""
        return 2 if self.takes == "mean and variance" else 1

    @property
    def options(self) -> tuple[str, ...]:
        """The keywords that this loss takes beside outputs and targets.

        >>> from trainwell.functions.losses import LOSSES
        >>> LOSSES["huber"].options
        ('delta',)
        """
        parameters = inspect.signature(self.per_example).parameters.values()
        return tuple(each.name for each in parameters if each.kind is each.KEYWORD_ONLY)


LOSSES: Registry[Loss] = Registry("loss")


def loss(
    name: str, *, tasks: tuple[Task, ...], takes: Takes, formula: str, source: str
) -> Callable[[PerExample], Loss]:
    """Turn a function of one loss per example into a registered :class:`Loss`."""

    def register(per_example: PerExample) -> Loss:
        record = Loss(name, per_example, tasks, takes, formula, source)
        return LOSSES.register(name, formula=formula, source=source, tasks=tasks, takes=takes)(record)

    return register


def weighted_mean(losses: Array, weights: Array) -> Array:
    """Return Σ wᵢ ℓᵢ / Σ wᵢ, and 0 where no example has any weight.

    >>> float(weighted_mean(jnp.array([1.0, 5.0]), jnp.array([3.0, 1.0])))
    2.0
    """
    smallest = jnp.finfo(losses.dtype).tiny
    return jnp.sum(weights * losses) / jnp.maximum(jnp.sum(weights), smallest)
