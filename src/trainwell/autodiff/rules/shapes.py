"""Rules of steps that move entries without changing them: each carries adjoints back the way the entries came."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from trainwell.autodiff.rules.rule import Derivative, Operation, filled, linear, rule


def same_shape(operation: Operation, given: Array) -> Array:
    """Return the adjoint in the operand's shape and dtype."""
    return given.reshape(operation.a.shape).astype(operation.a.dtype)


def summed_over_copies(operation: Operation, given: Array) -> Array:
    """Return the adjoint summed over the axes along which the operand was repeated."""
    kept = operation.params["broadcast_dimensions"]
    new = [axis for axis in range(given.ndim) if axis not in kept]
    stretched = [axis for axis, size in zip(kept, operation.a.shape, strict=True) if given.shape[axis] != size]
    return jnp.sum(given, axis=(*new, *stretched)).reshape(operation.a.shape)


def put_back(operation: Operation, given: Array) -> Array:
    """Return the adjoint of a slice among zeros."""
    starts, limits = operation.params["start_indices"], operation.params["limit_indices"]
    strides = operation.params["strides"] or (1,) * operation.a.ndim
    places = tuple(slice(*bounds) for bounds in zip(starts, limits, strides, strict=True))
    return jnp.zeros_like(operation.a).at[places].set(given)


def in_original_order(operation: Operation, given: Array) -> Array:
    """Return the adjoint with its axes where the operand had them."""
    return jnp.transpose(given, tuple(np.argsort(operation.params["permutation"])))


def turned_round(operation: Operation, given: Array) -> Array:
    """Return the adjoint of a reversal: the reversal of the adjoint."""
    return lax.rev(given, operation.params["dimensions"])


for name, text in (
    ("reshape", "reshape({a})"),
    ("squeeze", "{a}"),
    ("expand_dims", "{a}"),
    ("convert_element_type", "{a}"),
    ("copy", "{a}"),
    ("reduce_precision", "{a}"),
):
    linear(name, same_shape, text=text)
linear("broadcast_in_dim", summed_over_copies, text="repeat({a})")
linear("transpose", in_original_order, text="{a}ᵀ")
linear("rev", turned_round, text="reverse({a})")
linear("slice", put_back, text="slice({a})")


def concatenate_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Join the tangents as the operands were joined."""
    return (operation.apply(*filled(tangents, operation.inputs)),)


def concatenate_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Cut the adjoint where the operands met."""
    axis = operation.params["dimension"]
    ends = np.cumsum([operand.shape[axis] for operand in operation.inputs])[:-1]
    return jnp.split(adjoints[0], ends, axis=axis)


def stack_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Take the layers of the adjoint apart."""
    return jnp.unstack(adjoints[0], axis=operation.params["axis"])


def unstack_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Lay the adjoints of the layers together."""
    return (jnp.stack(filled(adjoints, operation.outputs), axis=operation.params["axis"]),)


def summed_over_tiles(operation: Operation, given: Array) -> Array:
    """Return the adjoint summed over the tiles."""
    pairs = zip(operation.params["reps"], operation.a.shape, strict=True)
    cut = given.reshape(tuple(size for pair in pairs for size in pair))
    return jnp.sum(cut, axis=tuple(range(0, cut.ndim, 2)))


def split_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Cut the tangent as the operand was cut."""
    return tuple(operation.apply(tangents[0]))


def split_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Join the adjoints of the pieces."""
    return (jnp.concatenate(filled(adjoints, operation.outputs), axis=operation.params["axis"]),)


def pad_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Cut the padding away again; the padding's own value gets what fell on it."""
    given: Array = adjoints[0]
    away = [(-low, -high, 0) for low, high, _ in operation.params["padding_config"]]
    steps = tuple(slice(None, None, gap + 1) for _, _, gap in operation.params["padding_config"])
    inside = lax.pad(given, jnp.zeros((), given.dtype), away)[steps]
    return inside, jnp.sum(given) - jnp.sum(inside)


rule("concatenate", concatenate_forward, concatenate_reverse, text="join({all})")
rule("stack", concatenate_forward, stack_reverse, text="stack({all})")
rule("unstack", split_forward, unstack_reverse, text="unstack({a})")
linear("tile", summed_over_tiles, text="tile({a})")
rule("split", split_forward, split_reverse, text="split({a})")
rule("pad", concatenate_forward, pad_reverse, text="pad({a}, {b})")
