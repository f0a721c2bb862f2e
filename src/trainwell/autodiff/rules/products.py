"""The rule of every matrix product, vector product and contraction: they are one primitive, ``dot_general``."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

import jax.numpy as jnp

from trainwell.autodiff.rules.rule import Derivative, Operation, added, rule


def letters(operation: Operation) -> tuple[str, str, str]:
    """Return a letter per axis of a, b and y, as in Σⱼ aᵢⱼ bⱼₖ = yᵢₖ: ``('ij', 'jk', 'ik')``."""
    (a_summed, b_summed), (a_batch, b_batch) = operation.params["dimension_numbers"]
    fresh = iter(ascii_letters)
    of_a = {axis: next(fresh) for axis in range(operation.a.ndim)}
    shared = dict(zip((*b_summed, *b_batch), (*a_summed, *a_batch), strict=True))
    of_b = {axis: of_a[shared[axis]] if axis in shared else next(fresh) for axis in range(operation.b.ndim)}
    batch = [of_a[axis] for axis in a_batch]
    free_a = [of_a[axis] for axis in of_a if axis not in (*a_summed, *a_batch)]
    free_b = [of_b[axis] for axis in of_b if axis not in shared]
    return "".join(of_a.values()), "".join(of_b.values()), "".join([*batch, *free_a, *free_b])


def product_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Return ẏ = ȧ b + a ḃ."""
    terms = []
    if tangents[0] is not None:
        terms.append(operation.apply(tangents[0], operation.b))
    if tangents[1] is not None:
        terms.append(operation.apply(operation.a, tangents[1]))
    return (added(terms),)


def product_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Return ā = ȳ bᵀ and b̄ = aᵀ ȳ, the axes told apart by their letters."""
    a, b, y = letters(operation)
    given = adjoints[0]
    by_a = jnp.einsum(f"{y},{b}->{a}", given, operation.b, precision=operation.params["precision"])
    by_b = jnp.einsum(f"{y},{a}->{b}", given, operation.a, precision=operation.params["precision"])
    return by_a.astype(operation.a.dtype), by_b.astype(operation.b.dtype)


rule("dot_general", product_forward, product_reverse, text="{a} @ {b}")
