"""What a network's outputs on the probe batch look like: spread, range, sums, and whether they bend."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array


def measure_outputs(outputs: Array) -> dict[str, Array]:
    """Return mean, spread over rows, range, and by how much a row's sum is off 1, of ``(rows, outputs)``.

    >>> round(float(measure_outputs(jnp.array([[0.2, 0.8], [0.5, 0.5]]))["output_row_sum_error"]), 6)
    0.0
    """
    flat = outputs.reshape(outputs.shape[0], -1)
    return {
        "output_mean": jnp.mean(flat),
        "output_deviation": jnp.mean(jnp.std(flat, axis=0)),
        "output_minimum": jnp.min(flat),
        "output_maximum": jnp.max(flat),
        "output_row_sum_error": jnp.max(jnp.abs(jnp.sum(flat, axis=1) - 1)),
    }


def curvature(predict: Callable[[Array], Array], inputs: Array, outputs: Array) -> Array:
    """Return how far a network is from a straight line between pairs of rows; 0 for one that is linear.

    c = ‖f((a + b)/2) − (f(a) + f(b))/2‖ / ‖f(a) − f(b)‖ over rows a of the first half and b of the second. Rounding
    makes it about 1e-6 of the outputs' size over their spread, never 0.

    >>> rows = jnp.arange(8.0).reshape(4, 2)
    >>> float(curvature(lambda x: 2 * x, rows, 2 * rows)), bool(curvature(jnp.square, rows, jnp.square(rows)) > 0.1)
    (0.0, True)
    """
    half = len(inputs) // 2
    first, second = outputs[:half], outputs[half : 2 * half]
    between = predict((inputs[:half] + inputs[half : 2 * half]) / 2)
    apart = jnp.linalg.norm(first - second)
    return jnp.linalg.norm(between - (first + second) / 2) / jnp.maximum(apart, 1e-12)
