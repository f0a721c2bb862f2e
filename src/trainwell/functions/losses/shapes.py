"""How outputs and targets line up, settled once while tracing; the formulas are in the files beside."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from trainwell.errors import DataError


def paired(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Return both in one shape and dtype, so that nothing broadcasts by accident.

    A single output may come as ``(batch,)`` or ``(batch, 1)`` on both sides. It leaves as ``(batch,)``, which
    compiled steps work through several times faster than columns.

    Raises:
        DataError: the two differ in more than that.

    >>> [side.shape for side in paired(jnp.zeros((3, 1)), jnp.ones(3))]
    [(3,), (3,)]
    >>> paired(jnp.zeros((3, 2)), jnp.ones(3))
    Traceback (most recent call last):
    trainwell.errors.DataError: outputs and targets must have the same shape, but got outputs (3, 2) and \
targets (3,); give the network one output for each target.
    """
    shape, shape_of_targets = (side.shape[:1] if side.shape[1:] == (1,) else side.shape for side in (outputs, targets))
    if shape != shape_of_targets:
        raise DataError(
            f"outputs and targets must have the same shape, but got outputs {outputs.shape} and "
            f"targets {targets.shape}; give the network one output for each target."
        )
    return outputs.reshape(shape), targets.reshape(shape).astype(outputs.dtype)


def distributions(outputs: Array, targets: Array) -> Array:
    """Return the targets as one distribution over the classes per example, ``(batch, classes)``.

    Class numbers become rows with a single 1. Comparing and multiplying is faster in a compiled step than
    looking entries up, whose gradient would scatter.

    Raises:
        DataError: the targets are neither class numbers ``(batch,)`` nor distributions, or numbers of no class; those
            that are traced are not looked at.

    >>> distributions(jnp.zeros((2, 3)), jnp.array([2, 0])).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    outputs, targets, known = jnp.asarray(outputs), jnp.asarray(targets), targets
    classes = outputs.shape[-1]
    if targets.shape == outputs.shape:
        return targets.astype(outputs.dtype)
    if targets.shape != outputs.shape[:-1] or not jnp.issubdtype(targets.dtype, jnp.integer):
        raise DataError(
            f"targets must be integer class numbers {outputs.shape[:-1]} or distributions {outputs.shape}, "
            f"but got {targets.dtype} {targets.shape}; encode the classes as 0 to {outputs.shape[-1] - 1}."
        )
    if not isinstance(known, jax.core.Tracer):
        refuse_no_classes(np.asarray(known), classes)
    return jax.nn.one_hot(targets, classes, dtype=outputs.dtype)


def refuse_no_classes(numbers: np.ndarray, classes: int) -> None:
    """Raise :class:`DataError` unless numbers are those of classes."""
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < classes:
        raise DataError(
            f"targets must be class numbers from 0 to {classes - 1}, one for each output, but got "
            f"{numbers.min()} to {numbers.max()}; number the classes from 0."
        )


def smoothed(targets: Array, label_smoothing: Array | float, classes: int = 2) -> Array:
    """Share the fraction s of every target evenly between the classes: t (1 − s) + s/K.

    >>> smoothed(jnp.array([0.0, 1.0]), 0.5).tolist()
    [0.25, 0.75]
    """
    return targets * (1 - label_smoothing) + label_smoothing / classes


def mean_of_each(values: Array) -> Array:
    """Average over every axis but the first, ``(batch, ...)`` to ``(batch,)``.

    >>> mean_of_each(jnp.array([[1.0, 3.0], [5.0, 5.0]])).tolist()
    [2.0, 5.0]
    """
    return jnp.mean(values, axis=tuple(range(1, values.ndim)))


def class_weight_of_each(targets: Array, class_weights: Array) -> Array:
    """Return Σₖ tₖ cₖ for each example, ``(batch,)``: the weight of its class, or of its mixture of classes.

    >>> class_weight_of_each(jnp.array([1, 0]), jnp.array([1.0, 4.0])).tolist()
    [4.0, 1.0]
    >>> class_weight_of_each(jnp.array([[0.5], [0.0]]), jnp.array([1.0, 4.0])).tolist()
    [2.5, 1.0]
    """
    if targets.ndim == 2 and targets.shape[1] > 1:
        return targets @ class_weights
    column = targets.reshape(len(targets))
    if jnp.issubdtype(column.dtype, jnp.integer):
        return class_weights[column]
    return (1 - column) * class_weights[0] + column * class_weights[1]
