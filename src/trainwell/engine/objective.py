"""What one trial makes small, and by which rule: recipe, task and shapes bound together, knobs possibly traced.

An objective is made anew inside every traced function from the recipe with its knobs put in place; it holds no arrays
of its own and has no identity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from trainwell.engine.aim import loss_of
from trainwell.engine.batches import ALL
from trainwell.engine.layers import penalized
from trainwell.engine.precision import arithmetic, halved, restored, single, widened
from trainwell.engine.products import with_plain_products
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import Examples, Rows
from trainwell.functions.losses import Loss, predict
from trainwell.keys import key_for
from trainwell.layout import Layout
from trainwell.network import Stack, build_network
from trainwell.network.dropping import with_dropout_on
from trainwell.network.layers import BATCH_AXIS, charges, constrained, has_constraint, split_parameters
from trainwell.tasks import Task
from trainwell.training import Optimizer
from trainwell.training.augmentation import Blend, augment
from trainwell.training.optimizers.gathering import few, gathered

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
        """The loss that is trained, the task's own unless the recipe states one."""
        return loss_of(self.recipe.loss, self.task)

    def build(self, key: Array, base_rate: Array | None = None) -> tuple[eqx.Module, eqx.nn.State]:
        """Return the network with freshly drawn weights and its state."""
        with arithmetic(self.recipe):
            network, state = build_network(self.recipe.network, self.layout, self.outputs, key=key)
            if base_rate is not None and isinstance(network, Stack):
                network = network.with_output_bias(base_rate)
            return widened((network, state)) if self.recipe.precision == "float64" else (network, state)

    def parameter_shapes(self) -> Any:
        """Return the tree of shapes of everything that training updates, without drawing a number."""
        return eqx.filter_eval_shape(lambda key: split_parameters(self.build(key)[0])[0], jax.random.key(0))

    def assemble(self, parameters: Any, *, inference: bool) -> eqx.Module:
        """Return the network that holds ``parameters``; whatever is not trained comes from the recipe."""
        template, _ = self.build(key_for(0, "template"))
        network = eqx.combine(parameters, split_parameters(template)[1])
        return eqx.nn.inference_mode(network, inference)

    def typed(self, tree: Any, before: Any) -> Any:
        """Return a tree whose arrays are of the types that they were of before, where 64 bits have widened counters."""
        return restored(tree, before) if self.recipe.precision == "float64" else tree

    def predict(self, parameters: Any, network_state: Any, inputs: Array) -> Array:
        """Return the network's outputs ``(batch, outputs)`` as at prediction."""
        network = self.assemble(self.computed(parameters), inference=True)
        apply = jax.vmap(lambda x: network(x, network_state)[0], axis_name=BATCH_AXIS)  # type: ignore[operator]
        return self.read(apply(self.computed(inputs)))

    def sample(self, parameters: Any, network_state: Any, inputs: Array, key: Array) -> Array:
        """Return the outputs ``(batch, outputs)`` of one draw of the network: dropout on, one mask for all rows."""
        network = with_dropout_on(self.assemble(self.computed(parameters), inference=True))
        apply = jax.vmap(lambda x: network(x, network_state, key=key)[0], axis_name=BATCH_AXIS)  # type: ignore[operator]
        return self.read(apply(self.computed(inputs)))

    def augmented(self, batch: Examples, key: Array) -> tuple[Examples, Blend | None]:
        """Return the batch as training sees it, changed at random, and how labels are blended if they are.

        Where rows of several weights are blended, each label counts by its row's weight times its share.
        """
        inputs, blend = augment(self.recipe.augmentation, key, batch.inputs, self.layout)
        if blend is None:
            return batch._replace(inputs=inputs), None
        own, other = blend.share * batch.weights, (1 - blend.share) * batch.weights[blend.partner]
        share = own / jnp.maximum(own + other, 1e-12)
        return Examples(inputs, batch.targets, own + other), blend._replace(share=share)

    def gradient(
        self, parameters: Any, network_state: Any, batch: Examples, key: Array, blend: Blend | None = None
    ) -> tuple[Any, tuple[Any, Array, Array]]:
        """Return the gradient of what training makes small, and (new state, losses, scores) per example."""
        differentiated = jax.grad(self.cost, has_aux=True)
        if jax.default_backend() == "cpu":
            differentiated = with_plain_products(differentiated)
        return differentiated(parameters, network_state, batch, key, blend)

    def cost(
        self, parameters: Any, network_state: Any, batch: Examples, key: Array, blend: Blend | None = None
    ) -> tuple[Array, tuple[Any, Array, Array]]:
        """Return what training makes small, the batch's weighted mean loss with penalties, and what came with it."""
        network = self.assemble(self.computed(parameters), inference=False)
        keys = jax.random.split(key, batch.inputs.shape[0])
        outputs, state = jax.vmap(
            lambda x, own: network(x, network_state, key=own),  # type: ignore[operator]
            out_axes=(0, None),
            axis_name=BATCH_AXIS,
        )(self.computed(batch.inputs), keys)
        outputs, state = self.read(outputs), self.read(state)
        losses = shared(
            lambda targets: self.loss.per_example(outputs, targets, **self.smoothing()), batch.targets, blend
        )
        plain = losses
        if self.smoothing():
            plain = shared(lambda targets: self.loss.per_example(outputs, targets), batch.targets, blend)
        mean = jnp.sum(batch.weights * losses) / jnp.maximum(jnp.sum(batch.weights), 1e-12)
        mean = sum(charges(network, state), mean)
        mean = sum(penalized(parameters, self.recipe.penalties), mean)
        return mean, (state, plain, shared(lambda targets: self.score(outputs, targets), batch.targets, blend))

    def computed(self, tree: Any) -> Any:
        """Return weights or inputs as the layers compute with them."""
        return halved(tree) if self.recipe.precision == "bfloat16" else tree

    def read(self, tree: Any) -> Any:
        """Return the layers' outputs or their new state as everything else computes with them."""
        return single(tree) if self.recipe.precision == "bfloat16" else tree

    def constrained(self, parameters: Any) -> Any:
        """Return the weights after an update as the network's constraints allow them, such as a max norm."""
        if not has_constraint(parameters):
            return parameters
        return split_parameters(constrained(self.assemble(parameters, inference=False)))[0]

    def steps_per_epoch(self, rows: Rows) -> Array:
        """Return the number of batches that hold all training rows, the last short one counted."""
        return -(-rows.training_count // self.batch_rows(rows))

    def batch_rows(self, rows: Rows) -> int:
        """Return the rows of one batch; of ``"all"``, or more than there are, as many as the part is padded to."""
        padded = rows.training.shape[0]
        return padded if self.recipe.batch_size == ALL else min(self.recipe.batch_size, padded)

    def steps_in(self, epoch: Array, rows: Rows) -> Array:
        """Return the updates of an epoch (from 0): those that hold all rows, or fewer in the one that ends the run."""
        steps = self.steps_per_epoch(rows)
        return steps if self.recipe.max_steps is None else jnp.minimum(steps, self.recipe.max_steps - epoch * steps)

    def smoothing(self) -> dict[str, Any]:
        """Return the loss options that only training uses."""
        return {"label_smoothing": self.recipe.label_smoothing} if self.recipe.on("label_smoothing") else {}

    def judge(self, parameters: Any, network_state: Any, inputs: Array, targets: Array) -> tuple[Array, Array]:
        """Return loss and score per example as at prediction, each ``(batch,)``."""
        outputs = self.predict(parameters, network_state, inputs)
        return self.loss.per_example(outputs, targets), self.score(outputs, targets)

    def score(self, outputs: Array, targets: Array) -> Array:
        """Return per example whether the answer is right, or the squared error; shape ``(batch,)``.

        Where k classes are equally likely and the right one is among them, the answer is right by chance, 1/k.
        """
        middle = 0.0
        if self.loss.takes not in ("logits", "values"):
            outputs, middle = predict(outputs, self.loss.takes, self.task), 0.5
        if self.task == "multiclass":
            chosen = jnp.take_along_axis(outputs, targets[:, None], axis=1)[:, 0]
            most = jnp.max(outputs, axis=1)
            equals = jnp.sum((outputs >= most[:, None]).astype(jnp.float32), axis=1)
            return jnp.where(chosen >= most, 1 / equals, 0.0)
        targets = targets.reshape(outputs.shape)
        if self.task == "regression":
            return jnp.mean(jnp.square(outputs - targets), axis=1)
        return jnp.mean(((outputs > middle) == (targets > 0.5)).astype(jnp.float32), axis=1)

    def final_score(self, mean: Array) -> Array:
        """Return the curve's score from the mean over examples: accuracy, or the root of the squared error."""
        return jnp.sqrt(mean) if self.task == "regression" else mean

    @property
    def monitor(self) -> str:
        """Name of the recorded quantity by which the best epoch is chosen and early stopping waits."""
        return "validation_loss" if self.recipe.early_stopping is None else self.recipe.early_stopping.monitor

    def watched(self, name: str, row: dict[str, Array], validated: Array) -> Array:
        """Return a quantity of an epoch's row as what is wanted small; training's, where nothing was validated."""
        value = row[name]
        if name.startswith("validation"):
            value = jnp.where(validated, value, row[name.replace("validation", "training")])
        return -value if name.endswith("score") and self.task != "regression" else value

    def keeps_last(self, validated: Array) -> Array:
        """Tell whether the last weights are kept rather than the best: where nothing was validated to choose by.

        The training loss would choose what fits best, without the penalties that training makes small besides.
        """
        return ~validated & self.monitor.startswith("validation")

    @property
    def patience(self) -> Any:
        """Epochs waited for an improvement."""
        return NEVER if self.recipe.early_stopping is None else self.recipe.early_stopping.patience

    @property
    def min_delta(self) -> Any:
        """By how much the watched quantity must improve to count."""
        return 0.0 if self.recipe.early_stopping is None else self.recipe.early_stopping.min_delta

    def clipped(self, gradient: Any) -> tuple[Any, Array]:
        """Return the gradient, its entries and its global norm held below the recipe's limits, and the norm before."""
        norm = global_norm(gradient)
        if self.recipe.value_clipping is not None:
            most = self.recipe.value_clipping
            gradient = jax.tree.map(lambda leaf: jnp.clip(leaf, -most, most), gradient)
        limit = self.recipe.gradient_clipping
        if limit is None:
            return gradient, norm
        size = norm if self.recipe.value_clipping is None else global_norm(gradient)
        factor = jnp.minimum(1.0, limit / jnp.maximum(size, 1e-12))
        return jax.tree.map(lambda leaf: leaf * factor, gradient), norm

    def multiplier(self, schedule_state: Any, step: Array, steps: Array | int) -> Array:
        """Return the schedule's factor for ``step``, of an epoch of ``steps``."""
        epochs: Any = self.recipe.max_epochs
        if self.recipe.max_steps is not None:
            epochs = jnp.minimum(epochs, self.recipe.max_steps / steps)
        return self.recipe.schedule.multiplier(schedule_state, step, steps, epochs)

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

    def updates(
        self, gradient: Any, memory: Any, parameters: Any, multiplier: Array, cost: Callable[[Any], Array]
    ) -> tuple[Any, Any]:
        """Return the optimizer's updates and its new memory.

        Args:
            gradient: of ``cost`` at the parameters, clipped.
            memory: what the optimizer remembers.
            parameters: the weights.
            multiplier: the schedule's factor.
            cost: what is made small, as a function of the weights; only an optimizer that searches along a line asks.
        """
        rule = self.transformation(multiplier)
        if not getattr(self.recipe.optimizer, "needs_loss", False):
            return rule.update(gradient, memory, parameters)
        searching: Any = rule.update
        return searching(gradient, memory, parameters, value=cost(parameters), grad=gradient, value_fn=cost)

    def evaluated(self, memory: Any, parameters: Any) -> Any:
        """Return the weights to validate, keep and predict with; those of an optimizer that averages its path."""
        optimizer = self.recipe.optimizer
        return optimizer.evaluated(memory, parameters) if isinstance(optimizer, Optimizer) else parameters


def global_norm(tree: Any) -> Array:
    """Return √Σx² over all entries of all arrays.

    Those of a small network are gathered, as its optimizer's rule asks for them too. Matrices of a large one are summed
    along their columns first, behind a barrier that keeps the two sums from becoming one again: a sum into many numbers
    is vectorised, one into a single number is a chain of additions that wait for each other.
    """

    def squares(leaf: Array) -> Array:
        if leaf.ndim < 2:
            return jnp.sum(jnp.square(leaf))
        columns = jnp.sum(jnp.square(leaf.reshape(-1, leaf.shape[-1])), axis=0)
        return jnp.sum(jax.lax.optimization_barrier(columns))

    if few(tree):
        every = gathered(tree)
        return jnp.sqrt(jnp.vdot(every, every))
    return jnp.sqrt(sum(map(squares, jax.tree.leaves(tree)), jnp.zeros(())))


def shared(measure: Callable[[Array], Array], targets: Array, blend: Blend | None) -> Array:
    """Return ``measure(targets)`` per example; of blended labels the mean of both, each by its share."""
    if blend is None:
        return measure(targets)
    return blend.share * measure(targets) + (1 - blend.share) * measure(targets[blend.partner])
