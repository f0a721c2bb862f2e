"""Rules of sums, products and extremes over axes, running sums, and sorting."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import jax.numpy as jnp
from jax import Array, lax

from trainwell.autodiff.rules.rule import Derivative, Operation, filled, linear, rule


def spread(operation: Operation, value: Array) -> Array:
    """Return a reduced value repeated over the axes it was reduced over."""
    return jnp.broadcast_to(jnp.expand_dims(value, operation.params["axes"]), operation.a.shape)


def share_of_ties(operation: Operation) -> Array:
    """Return 1 at the extreme entry, shared evenly where several are equal."""
    at_extreme = (operation.a == spread(operation, operation.y)).astype(operation.a.dtype)
    return at_extreme / spread(operation, jnp.sum(at_extreme, axis=operation.params["axes"]))


def product_of_the_others(operation: Operation) -> Array:
    """Return ∂y/∂aᵢ = Πⱼ≠ᵢ aⱼ, without dividing, so that zeros do no harm."""
    axes = operation.params["axes"]
    last = tuple(range(-len(axes), 0))
    moved = jnp.moveaxis(operation.a, axes, last)
    row = moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)
    ones = jnp.ones_like(row[..., :1])
    before = jnp.cumprod(jnp.concatenate([ones, row[..., :-1]], axis=-1), axis=-1)
    after = jnp.cumprod(jnp.concatenate([ones, row[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    return jnp.moveaxis((before * after).reshape(moved.shape), last, axes)


def reduction(name: str, slope: Callable[[Operation], Array], *, text: str) -> None:
    """Register a reduction over axes by its slope ∂y/∂aᵢ, an array like a."""

    def forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
        return (jnp.sum(slope(operation) * tangents[0], axis=operation.params["axes"]),)

    def reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
        return (slope(operation) * spread(operation, adjoints[0]),)

    rule(name, forward, reverse, text=text)


reduction("reduce_sum", lambda op: jnp.ones_like(op.a), text="Σ {a}")
reduction("psum", lambda op: jnp.ones_like(op.a), text="Σ {a}")
reduction("reduce_max", share_of_ties, text="max {a}")
reduction("reduce_min", share_of_ties, text="min {a}")
reduction("reduce_prod", product_of_the_others, text="Π {a}")


def running_sum_back(operation: Operation, given: Array) -> Array:
    """Return the running sum from the other end."""
    return lax.cumsum(given, axis=operation.params["axis"], reverse=not operation.params["reverse"])


linear("cumsum", running_sum_back, text="running Σ {a}")


def sorting_order(operation: Operation) -> Array:
    """Return where each entry of the sorted operands stood before."""
    axis = operation.params["dimension"]
    places = lax.broadcasted_iota(jnp.int32, operation.a.shape, axis)
    return lax.sort((*operation.inputs, places), dimension=axis, num_keys=operation.params["num_keys"])[-1]


def sort_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Put the tangents in the order of the operands."""
    order, axis = sorting_order(operation), operation.params["dimension"]
    return [None if own is None else jnp.take_along_axis(own, order, axis) for own in tangents]


def sort_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Put the adjoints back where the entries came from."""
    axis = operation.params["dimension"]
    back = jnp.argsort(sorting_order(operation), axis=axis)
    return [None if own is None else jnp.take_along_axis(own, back, axis) for own in adjoints]


def top_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Pick the tangents of the largest entries."""
    return jnp.take_along_axis(tangents[0], operation.outputs[1], axis=-1), None


def top_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Put the adjoints back at the largest entries, among zeros."""
    (given, _) = filled(adjoints, operation.outputs)
    zeros = jnp.zeros_like(operation.a)
    return (jnp.put_along_axis(zeros, operation.outputs[1], given, axis=-1, inplace=False),)


rule("sort", sort_forward, sort_reverse, text="sort({a})")
rule("top_k", top_forward, top_reverse, text="largest of {a}")
