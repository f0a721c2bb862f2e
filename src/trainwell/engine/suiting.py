"""Whether the parts of a recipe go together on a problem: what cannot be is refused, what is hardly meant warned of."""

from __future__ import annotations

import math
import os
import warnings
from typing import Any
from weakref import WeakKeyDictionary

import jax
import numpy as np

from trainwell.engine.batches import updates_per_epoch
from trainwell.engine.layers import refuse_unknown_layers
from trainwell.engine.objective import Objective
from trainwell.engine.problem import Problem
from trainwell.engine.program import Program
from trainwell.engine.recipe import Recipe
from trainwell.errors import RecipeError, TrainwellWarning
from trainwell.functions.losses import LOSSES
from trainwell.keys import key_for
from trainwell.network import Architecture
from trainwell.network.layered import Layered
from trainwell.network.layers import split_parameters
from trainwell.network.named import Activation
from trainwell.tasks import is_classification
from trainwell.training import Optimizer

#: Rows that a person's own network is tried on, to see whether it ends in a softmax or sigmoid.
TRIED = 32
#: Arrays of the weights' size that training holds at least: weights, gradient, the best weights, two moments.
COPIES = 5
#: Bytes of a number.
SIZE = 4
#: What networks must not end in where the loss takes logits.
SQUASHING = ("softmax", "log_softmax", "sigmoid")


def suit(recipe: Recipe, problem: Problem, program: Program) -> None:
    """Check a recipe on the problem that it is about to be trained on.

    Raises:
        RecipeError: an optimizer that needs the loss of all rows is given batches or clipped gradients, or a penalty
            names a layer that does not exist.

    Warns:
        TrainwellWarning: an L2 penalty meets an optimizer that divides it away, or a softmax comes before a loss that
            applies its own.
    """
    refuse_batches(recipe, int(problem.rows.training_count))
    if recipe.penalties:
        refuse_unknown_layers(program.parameter_shapes, recipe.penalties)
        warn_of_divided_penalty(recipe)
    loss = program.objective(dict(recipe.knobs())).loss
    if loss.takes == "logits" and is_classification(problem.task):
        warn_of_double_softmax(recipe, problem, program, loss.name)


def refuse_too_large(shapes: Any) -> None:
    """Raise where the weights, with what training keeps beside them, are more than the machine's memory holds."""
    numbers = sum(math.prod(leaf.shape) for leaf in jax.tree.leaves(shapes))
    needed, held = numbers * COPIES * SIZE, memory()
    if needed > held:
        raise RecipeError(
            f"Recipe.network: {numbers:,} weights need about {needed / 1e9:,.0f} GB in training, but the machine has "
            f"{held / 1e9:,.0f} GB; make layers narrower, such as hidden=(256, 256)."
        )


def memory() -> float:
    """Return the bytes of memory that the machine has; no limit where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return math.inf


def refuse_batches(recipe: Recipe, rows: int) -> None:
    """Raise unless an optimizer that searches along a line sees all rows at every update, and its true gradient."""
    optimizer = recipe.optimizer
    if not getattr(optimizer, "needs_loss", False):
        return
    name = type(optimizer).__name__
    if updates_per_epoch(recipe, rows) > 1:
        raise RecipeError(
            f"Recipe.batch_size: {name} searches along lines of one function, the loss of all {rows} training rows, "
            f'but got batches of {recipe.batch_size}; set batch_size="all", or take tw.AdamW().'
        )
    for field in ("gradient_clipping", "value_clipping"):
        if getattr(recipe, field) is not None:
            raise RecipeError(
                f"Recipe.{field}: {name} needs the gradient as it is and finds the length of its steps itself, but got "
                f"{getattr(recipe, field)}; leave it out."
            )


def warn_of_divided_penalty(recipe: Recipe) -> None:
    """Warn where a penalty on squares is divided by the size of the gradients, so that it is no weight decay."""
    optimizer = recipe.optimizer
    squares = [penalty for penalty in recipe.penalties if type(penalty).__name__ == "L2"]
    if squares and isinstance(optimizer, Optimizer) and optimizer.adapts:
        warnings.warn(
            f"Recipe.penalties: {type(optimizer).__name__} divides gradients by their size, the L2 penalty's among "
            f"them, so that it hardly holds weights small. Decoupled decay does: leave the penalty out and set the "
            f"optimizer's weight_decay, as in optimizer=tw.AdamW(weight_decay=0.01).",
            TrainwellWarning,
            stacklevel=2,
        )


def warn_of_double_softmax(recipe: Recipe, problem: Problem, program: Program, name: str) -> None:
    """Warn where a network gives probabilities to a loss that takes logits and applies softmax or sigmoid itself."""
    squashing = "softmax" if problem.task == "multiclass" else "sigmoid"
    if isinstance(recipe.network, Layered):
        layers = recipe.network.hidden_layers()
        last = layers[-1] if layers else None
        if isinstance(last, Activation) and last.function in SQUASHING:
            warnings.warn(
                f"Recipe.network: the last layer is a {last.function}, but the network ends in a linear layer of its "
                f"own, and {name} applies the {squashing} itself. Leave the {last.function} out.",
                TrainwellWarning,
                stacklevel=2,
            )
    elif not isinstance(recipe.network, Architecture) and gives_probabilities(problem, program):
        probable = f"{name}_from_probabilities"
        other = f", or name {probable}" if probable in LOSSES else ""
        warnings.warn(
            f"Recipe.network gives probabilities, but {name} takes logits and applies the {squashing} itself: twice "
            f"flattens the gradients. Leave the network's {squashing} out{other}.",
            TrainwellWarning,
            stacklevel=2,
        )


#: Of structures that were tried before, whether they give probabilities: a cohort asks for every trial.
_tried: WeakKeyDictionary[Program, bool] = WeakKeyDictionary()


def gives_probabilities(problem: Problem, program: Program) -> bool:
    """Tell whether a structure's outputs look like probabilities, on inputs of any size: in [0, 1], or summing to 1."""
    if program not in _tried:
        objective = program.objective(dict(program.recipe.knobs()))
        _tried[program] = looks_like_probabilities(problem, objective)
    return _tried[program]


def looks_like_probabilities(problem: Problem, objective: Objective) -> bool:
    """Tell it of a network as it is drawn."""
    network, state = objective.build(key_for(0, "template"))
    parameters, _ = split_parameters(network)
    inputs = problem.examples.inputs[problem.rows.training[:TRIED]]
    found = [np.asarray(objective.predict(parameters, state, inputs * scale), np.float64) for scale in (1.0, 100.0)]
    within = all(np.isfinite(one).all() and (one >= 0).all() and (one <= 1).all() for one in found)
    if problem.task == "multiclass":
        return within and all(np.allclose(one.sum(axis=-1), 1, atol=1e-3) for one in found)
    return within and bool(np.ptp(found[0]) > 0)
