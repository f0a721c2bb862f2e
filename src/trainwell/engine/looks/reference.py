"""What a run is held against: the loss of one answer for all rows, the scores of simple models, the data's ranges.

Only facts, stated in the record beside the run; judging is the clinic's.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.data.scaling import tail_of
from trainwell.engine.looks.simple_models import BENT_MODELS, SIMPLE_MODELS, Linear, scaled
from trainwell.engine.looks.yardsticks import (
    columns_of,
    constant_answers,
    effective_rows,
    score_of,
    shift,
    signal,
    sureness,
    unseen,
)
from trainwell.engine.objective import Objective
from trainwell.engine.problem import Problem
from trainwell.engine.state import Examples, Rows
from trainwell.engine.threads import on_one_thread
from trainwell.functions.losses import outputs_saying
from trainwell.tasks import is_classification

#: Simple models see at most so many rows, evenly spread, and so many inputs; they are yardsticks, not rivals.
MOST_ROWS, MOST_INPUTS = 2_000, 1_024
PLAIN = ("logits", "values")
#: A run that leaves a smaller share of the rows wrong, or of the variance unexplained, is behind no simple model by
#: what could count.
LITTLE = 0.05
#: A target of whole numbers with at most so many different values, each of so many rows on average, may stand for
#: classes.
FEW_VALUES, ROWS_EACH = 20, 3


def base_losses(objective: Objective, examples: Examples, rows: Rows) -> dict[str, Array]:
    """Return the loss of the best answer that is the same for all rows, on the training and the validation part.

    Nothing where outputs are neither logits nor the values themselves, such as a mean and a variance.
    """
    if objective.loss.takes not in PLAIN:
        return {}
    training = chosen(examples, rows.training, rows.training_count)
    answer = best_constant(objective, training)
    validation = chosen(examples, rows.validation, rows.validation_count)
    return {
        name: mean_loss(objective, answer, part)
        for name, part in (("base_loss", training), ("base_validation_loss", validation))
    }


def chosen(examples: Examples, rows: Array, count: Array) -> Examples:
    """Return the first ``count`` of ``rows``; those that fill up weigh nothing."""
    weights = jnp.where(jnp.arange(rows.shape[0]) < count, examples.weights[rows], 0.0)
    return Examples(examples.inputs, examples.targets[rows], weights)


def best_constant(objective: Objective, part: Examples) -> Array:
    """Return the outputs that suit all rows best, saying the mean or the frequencies by the rows' weights."""
    share = part.weights / jnp.maximum(jnp.sum(part.weights), 1e-12)
    takes, task = objective.loss.takes, objective.task
    if task == "multiclass":
        seen = (part.targets[:, None] == jnp.arange(objective.outputs)).astype(share.dtype)
        return outputs_saying(share @ seen, takes, task)
    return outputs_saying(share @ part.targets.reshape(len(share), -1), takes, task)


def mean_loss(objective: Objective, answer: Array, part: Examples) -> Array:
    """Return the weighted mean loss of one answer for all rows; not a number without rows."""
    outputs = jnp.broadcast_to(answer, (part.weights.shape[0], objective.outputs))
    losses = jnp.where(part.weights > 0, objective.loss.per_example(outputs, part.targets), 0.0)
    return jnp.sum(part.weights * losses) / jnp.sum(part.weights)


def reference(problem: Problem, reached: float | None = None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return arrays and facts about the training rows: the inputs' means and deviations, the target's range, a score.

    ``linear_score`` is what least squares with a small penalty reaches on the validation part (on the training part
    where there is none), ``neighbour_score`` and ``kernel_score`` what the nearest rows and a smooth function do, and
    ``base_score`` what one answer for all does; all in the units of the curves, and fitted and judged by the rows'
    weights as these are. ``yardstick_signal`` says how surely the answers of the best of them go with the truth, and
    ``yardstick_training_signal`` the same of training rows alone, each left out. Where the targets are the inputs none
    is asked: a linear model would hand them through. Products take one thread, as other trainings may be under way on
    the other cores.

    Args:
        problem: what was trained on.
        reached: the best score of the run on the validation part, in the curves' units; where it leaves :data:`LITTLE`
            only the linear model is asked, and nothing that takes longer.
    """
    with on_one_thread():
        return found_in(problem, reached)


def found_in(problem: Problem, reached: float | None) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return what :func:`reference` does."""
    training = spread(problem.rows.training, problem.rows.training_count)
    held_out = spread(problem.rows.validation, problem.rows.validation_count)
    judged = held_out if len(held_out) else training
    examples = problem.examples
    targets = np.asarray(examples.targets)
    inputs = np.asarray(examples.inputs).reshape(len(targets), -1)[:, :MOST_INPUTS]
    seen = inputs[training].astype(np.float64)
    arrays = {"input_mean": seen.mean(axis=0), "input_deviation": seen.std(axis=0)}
    told, truth = columns_of(problem, targets[training]), columns_of(problem, targets[judged])
    fitting, judging = weights_of(problem, training), weights_of(problem, judged)
    constant = constant_answers(told, len(judged), fitting)
    base = score_of(problem, constant, truth, judging)
    facts = {"base_score": base} | target_facts(problem, seen, targets[training])
    if problem.gives_back:
        return arrays, facts
    near, asked = scaled(seen, seen), scaled(inputs[judged].astype(np.float64), seen)
    linear = Linear(near, told, fitting)
    facts["linear_score"] = score_of(problem, linear.answers(asked), truth, judging)
    facts["linear_training_score"] = score_of(problem, linear.answers(near), told, fitting)
    weighted = fitting is not None or judging is not None
    if weighted:
        facts |= effective_counts(problem)
    if reached is not None and leaves_little(problem, reached, base):
        return arrays, facts
    models = {"linear": linear} | {name: model(near, told, fitting) for name, model in BENT_MODELS.items()}
    facts |= {f"{name}_score": score_of(problem, models[name].answers(asked), truth, judging) for name in BENT_MODELS}
    if weighted:
        models = {name: model(near, told) for name, model in SIMPLE_MODELS.items()}
    found = unseen(list(models.values()), len(seen), asked, told, truth)
    facts["yardstick_signal"] = signal(problem, found)
    facts["yardstick_training_signal"] = signal(problem, found.of_training)
    if len(held_out) and (moved := shift(problem, found)) is not None:
        facts["yardstick_shift"] = moved
    if problem.task in ("multiclass", "binary"):
        facts |= sureness(problem, found)
    return arrays, facts


def leaves_little(problem: Problem, reached: float, base: float) -> bool:
    """Tell whether a score leaves little wrong, and less than half of what one answer for all leaves."""
    if is_classification(problem.task):
        return 1 - reached < min(LITTLE, (1 - base) / 2)
    return reached**2 < LITTLE * base**2


def weights_of(problem: Problem, rows: np.ndarray) -> np.ndarray | None:
    """Return the weights of rows, none where all weigh the same."""
    weights = np.asarray(problem.examples.weights)[rows].astype(np.float64)
    return None if not len(weights) or np.ptp(weights) <= 1e-6 * abs(weights[0]) else weights


def effective_counts(problem: Problem) -> dict[str, float]:
    """Return how many rows of equal weight would tell the scores as surely as those of each part do."""
    rows, weights = problem.rows, np.asarray(problem.examples.weights)
    parts = {
        "effective_training_rows": np.asarray(rows.training)[: int(rows.training_count)],
        "effective_validation_rows": np.asarray(rows.validation)[: int(rows.validation_count)],
    }
    return {name: effective_rows(weights[part]) for name, part in parts.items() if weights[part].any()}


def spread(rows: Array, count: Array) -> np.ndarray:
    """Return at most :data:`MOST_ROWS` of the rows that count, evenly spread."""
    own = np.asarray(rows)[: int(count)]
    return own if len(own) <= MOST_ROWS else own[np.linspace(0, len(own) - 1, MOST_ROWS).astype(int)]


def target_facts(problem: Problem, inputs: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
    """Return the range of the encoded targets, and whether a number to predict looks like a class."""
    if is_classification(problem.task):
        return {}
    values = targets.reshape(len(targets), -1).astype(np.float64)
    facts = range_facts(values)
    units = np.ravel(problem.encoder.decode_target(values)) if problem.encoder is not None else np.ravel(values)
    levels = np.unique(np.round(units, 6))
    if values.shape[1] == 1 and name_classes(levels, len(units)):
        facts |= {"target_values": len(levels), "target_order": order_of(inputs, np.ravel(values))}
    return facts


def range_facts(values: np.ndarray) -> dict[str, Any]:
    """Return where the values of a target lie, ``(rows, outputs)``."""
    return {
        "target_mean": float(values.mean()),
        "target_deviation": float(values.std(axis=0).mean()),
        "target_minimum": float(values.min()),
        "target_maximum": float(values.max()),
        "target_tail": max(tail_of(column) for column in values.T),
    }


def name_classes(levels: np.ndarray, rows: int) -> bool:
    """Tell whether the different values of a target may be numbers of classes: whole, few, and each of several rows.

    >>> name_classes(np.arange(3.0), 90), name_classes(np.arange(17.0), 18), name_classes(np.array([0.5, 1.5]), 90)
    (True, False, False)
    """
    few = len(levels) <= min(FEW_VALUES, rows / ROWS_EACH)
    return few and bool(np.allclose(levels, np.rint(levels), atol=1e-4))


def order_of(inputs: np.ndarray, values: np.ndarray) -> float | None:
    """Return the correlation between the distance of two target values and that of their rows' mean inputs.

    Near 1 for amounts and grades, whose neighbours look alike; near 0 for numbers that only name classes.
    """
    levels = np.unique(values)
    if len(levels) < 3:
        return None
    scale = inputs.std(axis=0)
    scaled = (inputs - inputs.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    centres = np.stack([scaled[values == level].mean(axis=0) for level in levels])
    first, second = np.triu_indices(len(levels), 1)
    apart = np.linalg.norm(centres[first] - centres[second], axis=1)
    return float(np.corrcoef(levels[second] - levels[first], apart)[0, 1]) if apart.std() > 0 else None
