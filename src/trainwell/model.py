"""A trained network with the encoding that belongs to it: raw rows in, answers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.data import Dataset, Encoder
from trainwell.engine import Problem, Program, Recipe, Trained, predict_outputs
from trainwell.engine.precision import arithmetic
from trainwell.engine.training import sample_outputs
from trainwell.errors import DataError
from trainwell.functions import losses
from trainwell.network.dropping import has_dropout
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
        with arithmetic(self.recipe):
            return self.program.objective(dict(self.recipe.knobs())).assemble(self.parameters, inference=True)

    @property
    def has_dropout(self) -> bool:
        """Whether the network drops units in training, so that its answers can be sampled."""
        return has_dropout(self.network)

    def answers(self, inputs: np.ndarray) -> np.ndarray:
        """Return, for encoded rows, probabilities or numbers in the target's units, ``(rows, outputs)``."""
        outputs = predict_outputs(self.program, self.recipe, self.parameters, self.network_state, inputs)
        answers = self.read(outputs)
        return answers if is_classification(self.task) else self.encoder.believable(answers)

    def read(self, outputs: np.ndarray) -> np.ndarray:
        """Return what the network's outputs ``(…, outputs)`` say: probabilities, or numbers in the target's units."""
        with arithmetic(self.recipe):
            values = np.asarray(losses.predict(jnp.asarray(outputs), self.takes, self.task))
        return values if is_classification(self.task) else np.asarray(self.encoder.decode_target(values))

    @property
    def takes(self) -> losses.Takes:
        """What the network's outputs stand for, such as ``"logits"`` or ``"mean and variance"``."""
        return self.program.objective(dict(self.recipe.knobs())).loss.takes

    @property
    def states_variance(self) -> bool:
        """Whether the network says how sure it is of each number, as ``loss="gaussian_nll"`` teaches it."""
        return self.takes == "mean and variance"

    def variance_of(self, rows: Any) -> np.ndarray:
        """Return the variance that the network states for raw rows, ``(rows, outputs)``."""
        if not self.states_variance:
            return super().variance_of(rows)
        inputs = self.encoder.transform(rows)
        outputs = predict_outputs(self.program, self.recipe, self.parameters, self.network_state, inputs)
        with arithmetic(self.recipe):
            variance = np.asarray(losses.mean_and_variance(jnp.asarray(outputs))[1], np.float64)
        return np.asarray(variance * np.square(self.encoder.target.scale))

    def answers_to(self, rows: Any) -> np.ndarray:
        """Return, for raw rows, probabilities or numbers in the target's units, ``(rows, outputs)``."""
        return self.answers(self.encoder.transform(rows))

    def draws_of(self, rows: Any, samples: int, seed: int) -> np.ndarray:
        """Return the answers to raw rows of as many draws with dropout left on, ``(samples, rows, outputs)``.

        Raises:
            DataError: the network has no dropout.
        """
        if not self.has_dropout:
            raise DataError(
                "samples are drawn by leaving dropout on, but this network has none; train one with it, such as "
                "tw.MLP(dropout=0.1) (--set network.dropout=0.1)."
            )
        inputs = self.encoder.transform(rows)
        how = self.program, self.recipe, self.parameters, self.network_state
        drawn = sample_outputs(*how, inputs, samples, seed)
        return self.read(drawn.reshape(-1, drawn.shape[2])).reshape(*drawn.shape[:2], -1)
