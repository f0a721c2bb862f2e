"""A trained network with the encoding that belongs to it: raw rows in, answers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.data import Dataset, Encoder
from trainwell.engine import Problem, Program, Recipe, Trained, predict_outputs
from trainwell.functions import losses
from trainwell.predictor import Predictor
from trainwell.tasks import Task, is_classification


@dataclass(frozen=True, repr=False)
class Model(Predictor):
    """What a run leaves to be used.

    Attributes:
        recipe: how it was trained.
        encoder: how raw rows become numbers.
        task: what it answers.
        target_names: the columns it predicts.
        classes: the labels of a binary or multiclass target, in the order of the probabilities.
        parameters: the weights.
        network_state: the running statistics that go with them.
        program: the compiled program that applies them.
    """

    recipe: Recipe
    encoder: Encoder
    task: Task
    target_names: tuple[str, ...]
    classes: tuple[Any, ...]
    parameters: Any
    network_state: Any
    program: Program

    def __repr__(self) -> str:
        count = sum(leaf.size for leaf in jax.tree.leaves(self.parameters))
        return f"<Model of {', '.join(self.target_names)}: {self.task}, {count} parameters>"

    @staticmethod
    def of(trained: Trained, problem: Problem, data: Dataset) -> Model:
        """Return the model that a trial's best weights make."""
        return Model(
            recipe=trained.recipe,
            encoder=problem.encoder,
            task=data.task,
            target_names=data.target.names,
            classes=data.target.classes,
            parameters=trained.parameters,
            network_state=trained.network_state,
            program=trained.program,
        )

    @property
    def network(self) -> Any:
        """The Equinox module, as at prediction: maps one encoded row and a state to the outputs and the state."""
        return self.program.objective(dict(self.recipe.knobs())).assemble(self.parameters, inference=True)

    def answers(self, inputs: np.ndarray) -> np.ndarray:
        """Return, for encoded rows, probabilities or numbers in the target's units, ``(rows, outputs)``."""
        outputs = predict_outputs(self.program, self.recipe, self.parameters, self.network_state, inputs)
        objective = self.program.objective(dict(self.recipe.knobs()))
        values = np.asarray(losses.predict(jnp.asarray(outputs), objective.loss.takes, self.task))
        return values if is_classification(self.task) else np.asarray(self.encoder.decode_target(values))

    def answers_to(self, rows: Any) -> np.ndarray:
        """Return, for raw rows, probabilities or numbers in the target's units, ``(rows, outputs)``."""
        return self.answers(self.encoder.transform(rows))
