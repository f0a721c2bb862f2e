"""A data set as the compiled program takes it: encoded once, held once, its parts as padded row indices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.data import Dataset, Encoder, Encoding, fit_encoder
from trainwell.engine.aim import is_own_loss, loss_of, outputs_for, refuse_unsuited_loss
from trainwell.engine.fields import plain
from trainwell.engine.objective import Objective
from trainwell.engine.precision import arithmetic, float_of
from trainwell.engine.recipe import Recipe
from trainwell.engine.state import Examples, Rows
from trainwell.errors import DataError, RecipeError, unknown_name
from trainwell.functions.losses import outputs_saying
from trainwell.layout import Layout
from trainwell.network import Architecture
from trainwell.network.layers import refuse_batch_of_one, split_parameters
from trainwell.tasks import Task
from trainwell.training.augmentation import refuse_unsuited

ROW_PADDING = 64


@dataclass(frozen=True)
class Problem:
    """What a trial is given besides its recipe.

    Attributes:
        examples: encoded inputs, targets and weights of all rows, rounded up in number so that programs are shared.
        rows: which of them train and validate.
        layout: what one encoded row looks like.
        task: what is learned.
        outputs: numbers the network gives per example.
        base_rate: ``(outputs,)`` start of the output bias: log-odds or log frequencies of the training part.
        target_scale: what one unit of an encoded regression target is in the person's units; 1 for classes, and for
            several targets, whose units may differ.
        encoder: how the rows were encoded.
        gives_back: whether the targets are the inputs themselves.
    """

    examples: Examples
    rows: Rows
    layout: Layout
    task: Task
    outputs: int
    base_rate: Array
    target_scale: float
    encoder: Encoder
    gives_back: bool = False

    @cached_property
    def digest(self) -> str:
        """What tells these rows from others: a hash of their values, targets, weights, and which train and validate."""
        digest = hashlib.sha256()
        for array in jax.tree.leaves((self.examples, self.rows)):
            values = np.ascontiguousarray(array)
            digest.update(f"{values.dtype}{values.shape}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()


def prepare(
    recipe: Recipe, data: Dataset, training: np.ndarray | None = None, validation: np.ndarray | None = None
) -> Problem:
    """Encode a data set by what its training rows show, and lay out the rows.

    Args:
        recipe: says how to encode and how classes weigh.
        data: the data set.
        training: row indices; the data's own training part unless given.
        validation: row indices; the data's own validation part unless given.

    Raises:
        DataError: the loss is for counts, and the target is none.
        RecipeError: the recipe's loss is for other tasks, or takes no smoothing; an augmentation is for other rows; or
            a person's own network does not map one encoded row to as many numbers as the target needs.
    """
    refuse_unsuited_loss(recipe, data.task)
    training = data.parts.train if training is None else training
    validation = data.parts.validation if validation is None else validation
    encoder = fit_encoder(data, training, encoding_for(recipe, data))
    inputs = encoder.transform(data.array if data.frame is None else data.frame)
    refuse_misfit(recipe, encoder.layout, data)
    targets = encoder.encode_target(data.target.values)
    weights = row_weights(recipe, data, training)
    with arithmetic(recipe):
        number = float_of(recipe)
        return Problem(
            examples=Examples(
                jnp.asarray(padded(inputs), number),
                jnp.asarray(padded(targets), jnp.int32 if data.task == "multiclass" else number),
                jnp.asarray(padded(weights), number),
            ),
            rows=pad_rows(training, validation),
            layout=encoder.layout,
            task=data.task,
            outputs=outputs_for(recipe, data.task, data.target.outputs),
            base_rate=jnp.asarray(starting_outputs(recipe, data, training, weights, targets), number),
            target_scale=target_scale(encoder, data),
            encoder=encoder,
            gives_back=data.gives_back,
        )


def way_of(recipe: Recipe) -> str:
    """Return as text all of a recipe that decides what its problem looks like, for those who keep problems."""
    parts = (recipe.encoding, recipe.class_weights, recipe.precision, recipe.loss)
    return json.dumps([plain(part) for part in parts], sort_keys=True)


def encoding_for(recipe: Recipe, data: Dataset) -> Encoding:
    """Return how the recipe encodes; counts stay as they are.

    Raises:
        DataError: the loss is for counts, and some target is negative.
    """
    if loss_of(recipe.loss, data.task).takes != "log-rates":
        return recipe.encoding
    if np.min(data.target.values) < 0:
        raise DataError(
            f"poisson_nll is for counts, which are 0 or more, but {', '.join(data.target.names)} goes down to "
            f"{np.min(data.target.values):g}; use another loss, such as mse."
        )
    return recipe.encoding.model_copy(update={"target": None})


def refuse_misfit(recipe: Recipe, layout: Layout, data: Dataset) -> None:
    """Raise ``RecipeError`` where a recipe's augmentation, network or loss does not fit encoded rows and the target."""
    refuse_unsuited(recipe.augmentation, layout)
    objective = Objective(recipe, layout, data.task, outputs_for(recipe, data.task, data.target.outputs))
    refuse_misfit_network(objective)
    refuse_misfit_loss(objective, data.target.outputs)


def refuse_misfit_network(objective: Objective) -> None:
    """Raise ``RecipeError`` where the network and the encoded rows or batches do not fit; no number is computed."""
    width, outputs = objective.layout.width, objective.outputs
    if isinstance(objective.recipe.network, Architecture):
        objective.recipe.network.check(objective.layout, outputs)
        if objective.recipe.network.needs_batches():
            refuse_batch_of_one(objective.recipe.batch_size)
        return

    def answers(inputs: Array) -> Array:
        network, state = objective.build(jax.random.key(0))
        return objective.predict(split_parameters(network)[0], state, inputs)

    try:
        got = jax.eval_shape(answers, jax.ShapeDtypeStruct((1, width), jnp.float32)).shape[1:]
    except (TypeError, ValueError) as problem:
        reason = str(problem).partition("\n")[0].rstrip(".")
        raise RecipeError(f"Recipe.network must take one row of {width} numbers, but does not: {reason}.") from None
    if got != (outputs,):
        raise RecipeError(f"Recipe.network must give {outputs} numbers per row, shape ({outputs},), but gives {got}.")


def refuse_misfit_loss(objective: Objective, targets: int) -> None:
    """Raise ``RecipeError`` where a person's own loss does not give one number per example; no number is computed."""
    if not is_own_loss(objective.recipe.loss):
        return
    classes, rows = objective.task == "multiclass", 3
    outputs = jax.ShapeDtypeStruct((rows, objective.outputs), jnp.float32)
    shape, number = ((rows,), jnp.int32) if classes else ((rows, targets), jnp.float32)
    try:
        got = jax.eval_shape(objective.loss.per_example, outputs, jax.ShapeDtypeStruct(shape, number)).shape
    except (TypeError, ValueError) as problem:
        reason = str(problem).partition("\n")[0].rstrip(".")
        raise RecipeError(
            f"Recipe.loss must take outputs and targets of shapes (batch, {objective.outputs}) and "
            f"(batch{'' if classes else f', {targets}'}), but does not: {reason}."
        ) from None
    if got != (rows,):
        shown = ", ".join("batch" if size == rows else str(size) for size in got)
        raise RecipeError(f"Recipe.loss must give one number per example, shape (batch,), but gives ({shown}).")


def pad_rows(training: np.ndarray, validation: np.ndarray) -> Rows:
    """Return row indices whose lengths are rounded up, so that parts of about one size share a program."""
    return Rows(
        jnp.asarray(padded(training), jnp.int32),
        jnp.asarray(len(training), jnp.int32),
        jnp.asarray(padded(validation), jnp.int32),
        jnp.asarray(len(validation), jnp.int32),
    )


def padded(rows: np.ndarray) -> np.ndarray:
    """Return the rows followed by rows of zeros up to the next multiple of :data:`ROW_PADDING`.

    >>> padded(np.ones((3, 2))).shape
    (64, 2)
    """
    missing = -len(rows) % ROW_PADDING if len(rows) else ROW_PADDING
    return np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), rows.dtype)])


def row_weights(recipe: Recipe, data: Dataset, training: np.ndarray) -> np.ndarray:
    """Return each row's weight: its sample weight times its class's, 1 on average over the training part."""
    weights = np.ones(len(data)) if data.sample_weight is None else np.asarray(data.sample_weight, float)
    if recipe.class_weights is not None:
        weights = weights * class_weights(recipe.class_weights, data, training)[data.target.values]
    mean = weights[training].mean()
    if not mean > 0:
        raise DataError("the sample weights of the training rows sum to 0; give some of them a weight above 0.")
    return weights / mean


def class_weights(asked: str | Mapping[str, float], data: Dataset, training: np.ndarray) -> np.ndarray:
    """Return one weight per class: as asked, or inversely to how often the class occurs in training.

    Raises:
        DataError: the target has no classes, or a class that is named does not exist.
    """
    if not data.target.classes:
        raise DataError(f"class_weights need one target with classes, but the task is {data.task}; leave them out.")
    if asked == "balanced":
        counts = np.bincount(data.target.values[training], minlength=len(data.target.classes))
        return len(training) / (len(counts) * np.maximum(counts, 1))
    names = [str(label) for label in data.target.classes]
    assert isinstance(asked, Mapping)
    for name in asked:
        if name not in names:
            raise unknown_name("class", name, names)
    return np.array([asked.get(name, 1.0) for name in names])


def base_rate(data: Dataset, training: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the output bias of a network that knows how often each answer occurs and nothing else."""
    targets, weights = data.target.values[training], weights[training]
    if data.task == "regression":
        return np.zeros(data.target.outputs)
    if data.task == "multiclass":
        share = np.bincount(targets, weights, minlength=data.target.outputs) / weights.sum()
        return np.log(np.maximum(share, 1e-6))
    share = np.clip(np.average(targets.reshape(len(targets), -1), axis=0, weights=weights), 1e-6, 1 - 1e-6)
    return np.log(share / (1 - share))


def starting_outputs(
    recipe: Recipe, data: Dataset, training: np.ndarray, weights: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """Return the output bias in the terms of the recipe's loss: logits and values, or rates, or means and variances."""
    takes = loss_of(recipe.loss, data.task).takes
    if takes not in ("log-rates", "mean and variance"):
        return base_rate(data, training, weights)
    seen, share = targets[training].astype(np.float64), weights[training] / weights[training].sum()
    mean = share @ seen
    return np.asarray(outputs_saying(jnp.asarray(mean), takes, data.task, jnp.asarray(share @ (seen - mean) ** 2)))


def target_scale(encoder: Encoder, data: Dataset) -> float:
    """Return what one unit of an encoded target is in the person's units, 1 unless there is one number to predict."""
    if data.task != "regression" or data.target.outputs > 1:
        return 1.0
    low, high = np.ravel(encoder.decode_target(np.array([[0.0], [1.0]])))
    return float(high - low)
