"""The functions and constants that an expression may use, by name; whatever is not listed here cannot be called."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from trainwell.registry import Registry

#: Functions of numbers by name; the fact ``arguments`` says how many each takes, None for two or more.
FUNCTIONS: Registry[Callable[..., Any]] = Registry("function")
CONSTANTS = {"pi": math.pi}

for _name, _function in (
    ("sin", jnp.sin),
    ("cos", jnp.cos),
    ("tan", jnp.tan),
    ("asin", jnp.arcsin),
    ("acos", jnp.arccos),
    ("atan", jnp.arctan),
    ("sinh", jnp.sinh),
    ("cosh", jnp.cosh),
    ("tanh", jnp.tanh),
    ("exp", jnp.exp),
    ("log", jnp.log),
    ("sqrt", jnp.sqrt),
    ("abs", jnp.abs),
    ("sigmoid", jax.nn.sigmoid),
    ("relu", jax.nn.relu),
    ("softplus", jax.nn.softplus),
    ("erf", jax.scipy.special.erf),
):
    FUNCTIONS.register(_name, formula=f"{_name}(x)", arguments=1)(_function)


@FUNCTIONS.register("max", formula="max(a, b, …)", arguments=None)
def largest(*values: Any) -> Any:
    """Return the largest of two or more numbers."""
    return functools.reduce(jnp.maximum, values)


@FUNCTIONS.register("min", formula="min(a, b, …)", arguments=None)
def smallest(*values: Any) -> Any:
    """Return the smallest of two or more numbers."""
    return functools.reduce(jnp.minimum, values)
