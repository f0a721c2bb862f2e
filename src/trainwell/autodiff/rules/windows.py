"""Rules of pooling: the sum and the maximum over a sliding window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from trainwell.autodiff.rules.rule import Derivative, Operation, linear, rule


def window(operation: Operation) -> dict[str, Any]:
    """Return how the window slides, as ``lax.reduce_window`` wants it."""
    return {
        "window_dimensions": operation.params["window_dimensions"],
        "window_strides": operation.params["window_strides"],
        "padding": operation.params["padding"],
        "base_dilation": operation.params["base_dilation"],
        "window_dilation": operation.params["window_dilation"],
    }


def sum_back(operation: Operation, given: Array) -> Array:
    """Sum, for each entry, the adjoints of the windows it lay in: a window sum over the adjoint spread out."""
    slide = window(operation)
    size = (np.asarray(slide["window_dimensions"]) - 1) * slide["window_dilation"] + 1
    length = (np.asarray(operation.a.shape) - 1) * slide["base_dilation"] + 1
    out = (np.asarray(given.shape) - 1) * slide["window_strides"] + 1
    low = size - np.asarray(slide["padding"])[:, 0] - 1
    high = length + size - 1 - out - low
    padding = [
        (int(before), int(after), int(step) - 1)
        for before, after, step in zip(low, high, slide["window_strides"], strict=True)
    ]
    spread = lax.pad(given, jnp.zeros((), given.dtype), padding)
    return lax.reduce_window(
        spread,
        0.0,
        lax.add,
        window_dimensions=slide["window_dimensions"],
        window_strides=slide["base_dilation"],
        padding="VALID",
        window_dilation=slide["window_dilation"],
    )


def places_of_maxima(operation: Operation) -> Array:
    """Return the number, within the operand, of the entry that is the maximum of each window."""
    places = jnp.arange(operation.a.size, dtype=jnp.int32).reshape(operation.a.shape)

    def larger(this: tuple[Array, Array], other: tuple[Array, Array]) -> tuple[Array, Array]:
        first = (this[0] > other[0]) | ((this[0] == other[0]) & (this[1] < other[1]))
        return jnp.where(first, this[0], other[0]), jnp.where(first, this[1], other[1])

    least = (jnp.asarray(-jnp.inf, operation.a.dtype), jnp.asarray(operation.a.size, jnp.int32))
    _, found = lax.reduce_window((operation.a, places), least, larger, **window(operation))
    return found


def maximum_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Take the tangent of the entry that was the maximum."""
    return (jnp.ravel(tangents[0])[places_of_maxima(operation)],)


def maximum_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Give each window's adjoint to the entry that was its maximum."""
    zeros = jnp.zeros(operation.a.size, operation.a.dtype)
    places = places_of_maxima(operation).ravel()
    return (zeros.at[places].add(jnp.ravel(adjoints[0])).reshape(operation.a.shape),)


linear("reduce_window_sum", sum_back, text="window Σ {a}")
rule("reduce_window_max", maximum_forward, maximum_reverse, text="window max {a}")
