"""Rules that a person wrote for a function of their own, asked for where the trace is told to keep them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.rules.rule import Derivative, Operation, filled, rule


def bound(primitive: Any, params: Any, *inputs: Array) -> Any:
    """Apply a primitive that carries functions among its settings, in the way that JAX of today wants it."""
    settings = primitive.get_bind_params(params)
    if isinstance(settings, tuple):
        functions, settings = settings
        return primitive.bind(*functions, *inputs, **settings)
    return primitive.bind(*inputs, **settings)


def custom_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Ask the author's rule for the tangents."""
    called = lambda *inputs: bound(operation.primitive, operation.params, *inputs)
    try:
        _, moved = jax.jvp(called, operation.inputs, tuple(filled(tangents, operation.inputs)))
    except TypeError as error:
        raise DerivativeError(
            "the author's rule of a jax.custom_vjp function goes backwards only; use reverse mode, or "
            "open_custom_rules=True to look inside."
        ) from error
    return moved


def custom_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Ask the author's rule for the adjoints."""
    called = lambda *inputs: bound(operation.primitive, operation.params, *inputs)
    _, back = jax.vjp(called, *operation.inputs)
    shares = back(list(filled(adjoints, operation.outputs)))
    return [share if jnp.issubdtype(share.dtype, jnp.floating) else None for share in shares]


for name in ("custom_jvp_call", "custom_vjp_call"):
    rule(name, custom_forward, custom_reverse)
