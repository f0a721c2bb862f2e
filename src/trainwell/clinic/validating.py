"""Every score of a trained network on its validation rows, in the person's units; the test rows are left alone."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from trainwell.data import Dataset
from trainwell.engine import Problem, Trained
from trainwell.engine.precision import arithmetic
from trainwell.functions import losses
from trainwell.functions.metrics import evaluate
from trainwell.tasks import is_classification

Scores = dict[str, float]


def validation_scores(trained: Trained, problem: Problem, data: Dataset) -> Scores:
    """Return the scores of the kept weights by name, the primary one first.

    A network whose outputs are not numbers, as after a run that diverged, is scored as one that knows only averages.
    """
    rows = np.asarray(problem.rows.validation)[: int(problem.rows.validation_count)]
    outputs = trained.outputs(np.asarray(problem.examples.inputs)[rows])
    if not np.isfinite(outputs).all():
        outputs = np.broadcast_to(np.asarray(problem.base_rate), outputs.shape)
    takes = trained.program.objective(dict(trained.recipe.knobs())).loss.takes
    with arithmetic(trained.recipe):
        answers = np.asarray(losses.predict(jnp.asarray(outputs), takes, data.task))
    if not is_classification(data.task):
        answers = np.asarray(problem.encoder.decode_target(answers))
    weights = None if data.sample_weight is None else np.asarray(data.sample_weight, float)[rows]
    return evaluate(data.target.values[rows], answers, data.task, weights)
