"""Products over rows made plain, for CPUs: the gradient of every matrix of weights is one.

dW = Gᵀ X sums over the rows of a batch. The compiler merges the transpose into the product, whose library then reads G
down its columns while it packs them: slow for any G, and where the columns' number is a power of two all of one column
fall into few places of the cache. Here Gᵀ is copied into a matrix of its own first, and what is left is plain.

A convolution's dW sums over the places of every row as well. That is a long sum into a small matrix, which the library
hardly divides among threads; it is divided here, into the sums of parts of the batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jax import Array
from jax.experimental.layout import Layout, with_layout_constraint
from jax.extend.core import Jaxpr, JaxprEqn, Literal

Result = TypeVar("Result")
#: Rows of the left matrix against columns of the right one.
PLAIN = (((1,), (0,)), ((), ()))
#: Parts of a batch, at most, that are summed over side by side.
PARTS = 8


def with_plain_products(function: Callable[..., Result]) -> Callable[..., Result]:
    """Return a function that computes the same, what it transposes for a product copied first.

    Args:
        function: of arrays and trees of them; called inside what is compiled, where it costs nothing but a tracing.

    >>> x, g = jax.numpy.ones((4, 2)), jax.numpy.ones((4, 3))
    >>> with_plain_products(lambda x, g: g.T @ x)(x, g).tolist()
    [[4.0, 4.0], [4.0, 4.0], [4.0, 4.0]]
    """

    def plain(*arguments: Any) -> Result:
        closed, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
        outputs = evaluated(closed.jaxpr, closed.consts, jax.tree.leaves(arguments))
        result: Result = jax.tree.unflatten(jax.tree.structure(shapes), outputs)
        return result

    return plain


def evaluated(jaxpr: Jaxpr, constants: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
    """Return what a traced function gives, equation by equation."""
    values: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*constants, *arguments), strict=True))
    before: dict[Any, Any] = {}

    def read(variable: Any) -> Any:
        return variable.val if isinstance(variable, Literal) else values[variable]

    for equation in jaxpr.eqns:
        inputs = [read(variable) for variable in equation.invars]
        if is_transpose(equation):
            before[equation.outvars[0]] = inputs[0]
        if is_plain_product(equation) and equation.invars[0] in before:
            inputs[0] = transposed(before[equation.invars[0]])
        if sums_over_places(equation):
            left, right = inputs
            how = {name: equation.params[name] for name in ("precision", "preferred_element_type")}
            values[equation.outvars[0]] = in_parts(left, right, **how)
            continue
        primitive = equation.primitive
        found = primitive.bind(*inputs, **primitive.get_bind_params(equation.params))
        values.update(zip(equation.outvars, found if primitive.multiple_results else [found], strict=True))
    return [read(variable) for variable in jaxpr.outvars]


def is_transpose(equation: JaxprEqn) -> bool:
    """Tell whether an equation transposes a matrix."""
    return equation.primitive.name == "transpose" and tuple(equation.params["permutation"]) == (1, 0)


def is_plain_product(equation: JaxprEqn) -> bool:
    """Tell whether an equation is the product of two matrices."""
    if equation.primitive.name != "dot_general" or isinstance(equation.invars[0], Literal):
        return False
    return tuple(equation.params["dimension_numbers"]) == PLAIN and len(equation.invars[1].aval.shape) == 2  # type: ignore[attr-defined]


def sums_over_places(equation: JaxprEqn) -> bool:
    """Tell whether an equation is a product that sums over all axes, several, but the last of either side."""
    if equation.primitive.name != "dot_general":
        return False
    (left, right), batch = equation.params["dimension_numbers"]
    ranks = [len(variable.aval.shape) for variable in equation.invars]  # type: ignore[attr-defined]
    same = tuple(left) == tuple(right) and ranks[0] == ranks[1] and not any(batch)
    return same and len(left) > 1 and sorted(left) == list(range(ranks[0] - 1))


def in_parts(left: Array, right: Array, **how: Any) -> Array:
    """Return Σ left[…, i] · right[…, j] over all axes but the last, the first one in up to :data:`PARTS` parts."""
    parts = math.gcd(left.shape[0], PARTS)
    one, other = (side.reshape(parts, -1, side.shape[-1]) for side in (left, right))
    return jnp.sum(jax.lax.dot_general(one, other, (((1,), (1,)), ((0,), (0,))), **how), axis=0)


def transposed(matrix: Array) -> Array:
    """Return a matrix's transpose as a copy of its own, which nothing merges with what comes before or after."""
    barrier = jax.lax.optimization_barrier
    same = with_layout_constraint(barrier(matrix).T, Layout(major_to_minor=(1, 0)))
    return barrier(with_layout_constraint(same, Layout(major_to_minor=(0, 1))))
