"""Paths of optimizers over functions of two numbers; not for networks, which recipes train."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array

Function = Callable[[Array], Array]


def descend(
    gradient: Callable[[Array, Any], Array], start: Any, rule: optax.GradientTransformation, each: Any
) -> Array:
    """Return the points ``(steps + 1, 2)`` that a rule visits from ``start``; runs inside ``jit`` and ``vmap``.

    Args:
        gradient: of the point and one entry of ``each``.
        start: the first point ``(2,)``.
        rule: an optimizer's transformation.
        each: what every step is given, such as its batch of rows ``(steps, …)``.
    """

    def step(carried: tuple[Array, Any], given: Any) -> tuple[tuple[Array, Any], Array]:
        point, memory = carried
        update, memory = rule.update(gradient(point, given), memory, point)
        point = optax.apply_updates(point, update)
        return (point, memory), point

    first = jnp.asarray(start)
    _, points = jax.lax.scan(step, (first, rule.init(first)), each)
    return jnp.concatenate([first[None], points])


def heights(function: Function, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a function's values over a grid ``(len(y), len(x))``, all points in one compiled program."""
    grid = jnp.stack(jnp.meshgrid(jnp.asarray(x), jnp.asarray(y)), axis=-1)
    return np.asarray(jax.jit(jax.vmap(jax.vmap(function)))(grid))
