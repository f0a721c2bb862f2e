"""Models that were never trained: the glass box shows any weights, and drawing them takes no time."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

import trainwell as tw
from trainwell.data.encoder import fit_encoder
from trainwell.engine.aim import outputs_for
from trainwell.engine.program import program_for
from trainwell.network.layers import split_parameters

GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.normal(size=(60, 3))
ROWS = {
    "length": NUMBERS[:, 0] * 10 + 40,
    "width": NUMBERS[:, 1],
    "island": np.where(NUMBERS[:, 2] > 0, "north", "south"),
}
SUM = NUMBERS[:, 0] + 2 * NUMBERS[:, 1]
TARGETS: dict[str, dict[str, Any]] = {
    "binary": {"answer": np.where(SUM > 0, "yes", "no")},
    "multiclass": {"answer": np.where(SUM > 1, "large", np.where(SUM < -1, "small", "middle"))},
    "multilabel": {"tall": (SUM > 0).astype(int), "wide": (NUMBERS[:, 1] > 0).astype(int)},
    "regression": {"price": SUM * 100 + 500},
}


def table(task: str) -> Any:
    """Return a data set of a task: two numbers and a category."""
    return tw.read({**ROWS, **TARGETS[task]}, target=list(TARGETS[task]), task=task)


def images(side: int) -> Any:
    """Return small images of three classes."""
    rng = np.random.default_rng(1)
    return tw.read((rng.integers(0, 255, size=(30, side, side), dtype=np.uint8), np.arange(30) % 3))


def untrained(data: Any, network: Any, **fields: Any) -> Any:
    """Return a model with the weights a training would start from."""
    recipe = tw.Recipe(network=network, **fields)
    encoder = fit_encoder(data, data.parts.train, recipe.encoding)
    outputs = outputs_for(recipe, data.task, data.target.outputs)
    program = program_for(recipe, encoder.layout, data.task, outputs)
    module, state = program.objective(recipe.knobs()).build(jax.random.key(3))
    parameters = split_parameters(module)[0]
    return tw.Model(recipe, encoder, data.task, data.target.names, data.target.classes, parameters, state, program)
