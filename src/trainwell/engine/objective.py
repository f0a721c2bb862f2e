"""What one trial makes small, and by which rule: recipe, task and shapes bound together, knobs possibly traced.

An objective is made anew inside every traced function from the recipe with its knobs put in place; it holds no arrays
of its own and has no identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from trainwell.engine.recipe import Recipe
from trainwell.engine.state import Examples, Rows
from trainwell.functions.losses import LOSSES, Loss
from trainwell.keys import key_for
from trainwell.layout import Layout
from trainwell.network import Stack, build_network
from trainwell.network.layers import BATCH_AXIS, split_parameters
from trainwell.tasks import Task
from trainwell.training import Optimizer

DEFAULT_LOSS: dict[Task, str] = {
    "binary": "binary_cross_entropy",
    "multiclass": "cross_entropy",
    "multilabel": "multilabel_cross_entropy",
    "regression": "mse",
}
NEVER = 1 << 30


@dataclass(frozen=True)
class Objective:
    """A recipe applied to a task of certain shapes.

    Attributes:
        recipe: the recipe; its knobs may be traced.
        layout: what one encoded row looks like.
        task: what is learned.
        outputs: numbers the network gives per example.
    """

    recipe: Recipe
    layout: Layout
    task: Task
    outputs: int

    @property
    def loss(self) -> Loss:
        """The loss that is trained, the task's own unless the recipe names one."""
        return LOSSES[DEFAULT_LOSS[self.task] if self.recipe.loss == "auto" else self.recipe.loss]

    def build(self, key: Array, base_rate: Array | None = None) -> tuple[eqx.Module, eqx.nn.State]:
        """Return the network with freshly drawn weights and its state."""
        network, state = build_network(self.recipe.network, self.layout, self.outputs, key=key)
        if base_rate is not None and isinstance(network, Stack):
            network = network.with_output_bias(base_rate)
        return network, state

    def parameter_shapes(self) -> Any:
        """Return the tree of shapes of everything that training updates, without drawing a number."""
        return eqx.filter_eval_shape(lambda key: split_parameters(self.build(key)[0])[0], jax.random.key(0))

    def assemble(self, parameters: Any, *, inference: bool) -> eqx.Module:
        """Return the network that holds ``parameters``; whatever is not trained comes from the recipe."""
        template, _ = self.build(key_for(0, "template"))
        network = eqx.combine(parameters, split_parameters(template)[1])
        return eqx.nn.inference_mode(network, inference)

    def predict(self, parameters: Any, network_state: Any, inputs: Array) -> Array:
        """Return the network's outputs ``(batch, outputs)`` as at prediction."""
        network = self.assemble(parameters, inference=True)
        apply = jax.vmap(lambda x: network(x, network_state)[0], axis_name=BATCH_AXIS)  # type: ignore[operator]
        return apply(inputs)

    def gradient(
        self, parameters: Any, network_state: Any, batch: Examples, key: Array
    ) -> tuple[Any, tuple[Any, Array, Array]]:
        """Return the gradient of the batch's weighted mean loss, and (new state, losses, scores) per example."""

        def objective(parameters: Any) -> tuple[Array, tuple[Any, Array, Array]]:
            network = self.assemble(parameters, inference=False)
            keys = jax.random.split(key, batch.inputs.shape[0])
            outputs, state = jax.vmap(
                lambda x, own: network(x, network_state, key=own),  # type: ignore[operator]
                out_axes=(0, None),
                axis_name=BATCH_AXIS,
            )(batch.inputs, keys)
            losses = self.loss.per_example(outputs, batch.targets, **self.smoothing())
            plain = self.loss.per_example(outputs, batch.targets) if self.smoothing() else losses
            mean = jnp.sum(batch.weights * losses) / jnp.maximum(jnp.sum(batch.weights), 1e-12)
            return mean, (state, plain, self.score(outputs, batch.targets))

        return jax.grad(objective, has_aux=True)(parameters)

    def steps_per_epoch(self, rows: Rows) -> Array:
        """Return the number of batches that hold all training rows, the last short one counted."""
        return -(-rows.training_count // self.recipe.batch_size)

    def smoothing(self) -> dict[str, Any]:
        """Return the loss options that only training uses."""
        return {"label_smoothing": self.recipe.label_smoothing} if self.recipe.on("label_smoothing") else {}

    def judge(self, parameters: Any, network_state: Any, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """Return loss and score per example as at prediction, each ``(batch,)``."""
        outputs = self.predict(parameters, network_state, inputs)
        return self.loss.per_example(outputs, targets), self.score(outputs, targets)

    def score(self, outputs: Array, targets: Array) -> Array:
        """Return per example whether the answer is right, or the squared error; shape ``(batch,)``."""
        if self.task == "multiclass":
            chosen = jnp.take_along_axis(outputs, targets[:, None], axis=1)[:, 0]
            return (chosen >= jnp.max(outputs, axis=1)).astype(jnp.float32)
        targets = targets.reshape(outputs.shape)
        if self.task == "regression":
            return jnp.mean(jnp.square(outputs - targets), axis=1)
        return jnp.mean(((outputs > 0) == (targets > 0.5)).astype(jnp.float32), axis=1)

    def final_score(self, mean: Array) -> Array:
        """Return the curve's score from the mean over examples: accuracy, or the root of the squared error."""
        return jnp.sqrt(mean) if self.task == "regression" else mean

    def watched(self, loss: Array, score: Array) -> Array:
        """Return what early stopping wants small."""
        stopping = self.recipe.early_stopping
        if stopping is None or stopping.monitor == "validation_loss":
            return loss
        return score if self.task == "regression" else -score

    @property
    def patience(self) -> Any:
        """Epochs waited for an improvement."""
        return NEVER if self.recipe.early_stopping is None else self.recipe.early_stopping.patience

    @property
    def min_delta(self) -> Any:
        """By how much the watched quantity must improve to count."""
        return 0.0 if self.recipe.early_stopping is None else self.recipe.early_stopping.min_delta

    def clipped(self, gradient: Any) -> tuple[Any, Array]:
        """Return the gradient, its global norm held below the recipe's limit, and the norm before."""
        norm = optax.tree.norm(gradient)
        limit = self.recipe.gradient_clipping
        if limit is None:
            return gradient, norm
        factor = jnp.minimum(1.0, limit / jnp.maximum(norm, 1e-12))
        return jax.tree.map(lambda leaf: leaf * factor, gradient), norm

    def multiplier(self, schedule_state: Any, step: Array, steps: Array | int) -> Array:
        """Return the schedule's factor for ``step``, of an epoch of ``steps``."""
        return self.recipe.schedule.multiplier(schedule_state, step, steps, self.recipe.max_epochs)

    def learning_rate(self, schedule_state: Any, step: Array, steps: Array) -> Array:
        """Return the rate of ``step``; with a transformation of one's own, the schedule's factor alone."""
        optimizer = self.recipe.optimizer
        base = optimizer.learning_rate if isinstance(optimizer, Optimizer) else 1.0
        return base * self.multiplier(schedule_state, step, steps)

    def transformation(self, multiplier: Array) -> optax.GradientTransformation:
        """Return the optimizer's rule with the rate multiplied by the schedule's factor."""
        optimizer = self.recipe.optimizer
        if isinstance(optimizer, Optimizer):
            return optimizer.transformation(optimizer.learning_rate * multiplier)
        return optax.chain(optimizer, optax.scale(multiplier))
