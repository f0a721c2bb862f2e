"""The loss that a recipe means: by name, with options, or a person's own; and whether it suits task and network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from trainwell.errors import RecipeError
from trainwell.functions.losses import LOSS_OPTIONS, LOSSES, Loss, LossOptions
from trainwell.network import Architecture
from trainwell.tasks import Task, is_classification

if TYPE_CHECKING:
    from trainwell.engine.recipe import Recipe

AUTO = "auto"
DEFAULT_LOSS: dict[Task, str] = {
    "binary": "binary_cross_entropy",
    "multiclass": "cross_entropy",
    "multilabel": "multilabel_cross_entropy",
    "regression": "mse",
}
#: What only a person's own network gives: those in words end in a linear layer, whose numbers are no probabilities.
NOT_LINEAR = ("probabilities", "log-probabilities")


def read_loss(value: Any) -> Any:
    """Return what a recipe's ``loss`` holds: a name, a loss with options, or a person's own loss or function.

    Raises:
        UnknownNameError: no loss is called so.
        RecipeError: options that the loss does not have, or something that is no loss.

    >>> read_loss({"kind": "huber", "delta": 0.5})
    Huber(delta=0.5)
    >>> read_loss("mse")
    'mse'
    """
    if isinstance(value, LossOptions) or is_own_loss(value):
        return value
    if isinstance(value, Loss):
        return value.name
    if isinstance(value, str):
        return value if value == AUTO else LOSSES.entry(value).name
    if isinstance(value, Mapping) and "kind" in value:
        return read_table(dict(value))
    raise RecipeError(
        f"a loss is a name such as 'huber', a table such as {{kind = \"huber\", delta = 0.5}}, a tw.losses.Loss, or a "
        f"function of outputs and targets that returns one number per example, but got {value!r}."
    )


def read_table(fields: dict[str, Any]) -> Any:
    """Return the loss that a table with its ``kind`` states."""
    kind = fields.pop("kind")
    if kind in LOSS_OPTIONS:
        return LOSS_OPTIONS[kind](**fields)
    if fields:
        LOSSES.entry(kind)
        raise RecipeError(
            f"{kind} has no options, but got {', '.join(fields)}; losses with options: {', '.join(LOSS_OPTIONS)}."
        )
    return read_loss(kind)


def is_own_loss(value: Any) -> bool:
    """Tell whether a value is a person's own loss: a :class:`Loss` that is not registered, or a function."""
    if isinstance(value, Loss):
        return LOSSES.get(value.name) is not value
    return callable(value) and not isinstance(value, type)


def loss_of(stated: Any, task: Task) -> Loss:
    """Return the loss that a recipe's ``loss`` means for a task.

    A function of one's own reads logits of classes and values of numbers.

    >>> loss_of("auto", "binary").name
    'binary_cross_entropy'
    """
    if isinstance(stated, str):
        return LOSSES[DEFAULT_LOSS[task] if stated == AUTO else stated]
    if isinstance(stated, LossOptions):
        return stated.bound()
    if isinstance(stated, Loss):
        return stated
    return Loss(getattr(stated, "__name__", "loss"), stated, (task,), "logits" if is_classification(task) else "values")


def outputs_for(recipe: Recipe, task: Task, targets: int) -> int:
    """Return the numbers that the network gives per example, for so many that the targets need."""
    return targets * loss_of(recipe.loss, task).outputs_per_target


def suited_losses(recipe: Recipe, task: Task) -> str:
    """Return the names of the losses that a recipe may name for a task."""
    words = isinstance(recipe.network, Architecture)
    return ", ".join(
        name for name, loss in LOSSES.items() if task in loss.tasks and not (words and loss.takes in NOT_LINEAR)
    )


def refuse_unsuited_loss(recipe: Recipe, task: Task) -> None:
    """Raise ``RecipeError`` unless the recipe's loss is made for the task, the network and the smoothing asked for."""
    loss = loss_of(recipe.loss, task)
    if task not in loss.tasks:
        raise RecipeError(
            f"Recipe.loss: {loss.name} is for {' and '.join(loss.tasks)}, but the task is {task}. "
            f"For it: {suited_losses(recipe, task)}."
        )
    if loss.takes in NOT_LINEAR and isinstance(recipe.network, Architecture):
        raise RecipeError(
            f"Recipe.loss: {loss.name} reads {loss.takes}, but {type(recipe.network).__name__} ends in a linear layer, "
            f"which gives logits; name a loss that takes those: {suited_losses(recipe, task)}."
        )
    if recipe.on("label_smoothing") and "label_smoothing" not in loss.options:
        raise RecipeError(
            f"Recipe.label_smoothing: {loss.name} takes none, but got {recipe.label_smoothing}; set it to 0."
        )
