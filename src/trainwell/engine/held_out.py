"""Scores of a network on its validation or training rows, in the person's units; the test rows are left alone."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from trainwell.data import Dataset
from trainwell.engine.course import Course
from trainwell.engine.precision import arithmetic
from trainwell.engine.problem import Problem
from trainwell.engine.program import Program
from trainwell.engine.recipe import Recipe
from trainwell.engine.training import Trained, predict_outputs
from trainwell.functions import losses
from trainwell.functions.metrics import evaluate
from trainwell.tasks import is_classification

Scores = dict[str, float]


def validation_scores(trained: Trained, problem: Problem, data: Dataset) -> Scores:
    """Return the scores of the kept weights by name, the primary one first.

    A network whose outputs are not numbers, as after a run that diverged, is scored as one that knows only averages.
    """
    rows = validation_rows(problem)
    outputs = trained.outputs(np.asarray(problem.examples.inputs)[rows])
    return scores_of_outputs(trained.program, trained.recipe, outputs, rows, problem, data)


def best_score(course: Course, metric: str, data: Dataset, rows: np.ndarray) -> float:
    """Return one score on some rows of the best weights of a course so far, paused or ended; NaN without a row."""
    problem, best = course.problem, course.state.best
    if len(rows) == 0:
        return float("nan")
    inputs = np.asarray(problem.examples.inputs)[rows]
    outputs = predict_outputs(course.program, course.recipe, best.parameters, best.network_state, inputs)
    return scores_of_outputs(course.program, course.recipe, outputs, rows, problem, data, metric)[metric]


def scores_of_outputs(
    program: Program,
    recipe: Recipe,
    outputs: np.ndarray,
    rows: np.ndarray,
    problem: Problem,
    data: Dataset,
    only: str | None = None,
) -> Scores:
    """Return the scores of a network's outputs on some rows, of all metrics or ``only`` one."""
    if not np.isfinite(outputs).all():
        outputs = np.broadcast_to(np.asarray(problem.base_rate), outputs.shape)
    takes = program.objective(dict(recipe.knobs())).loss.takes
    with arithmetic(recipe):
        answers = np.asarray(losses.predict(jnp.asarray(outputs), takes, data.task))
    if not is_classification(data.task):
        answers = np.asarray(problem.encoder.decode_target(answers))
    weights = None if data.sample_weight is None else np.asarray(data.sample_weight, float)[rows]
    return evaluate(data.target.values[rows], answers, data.task, weights, only=only)


def training_rows(problem: Problem) -> np.ndarray:
    """Return the rows that train, without those that only fill up."""
    return np.asarray(problem.rows.training)[: int(problem.rows.training_count)]


def validation_rows(problem: Problem) -> np.ndarray:
    """Return the rows that validate, without those that only fill up."""
    return np.asarray(problem.rows.validation)[: int(problem.rows.validation_count)]
