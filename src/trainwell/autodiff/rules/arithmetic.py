"""Rules of sums, products, powers and comparisons, each entry on its own."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array

from trainwell.autodiff.rules.rule import Derivative, Operation, elementwise, flat, rule


def one(operation: Operation) -> float:
    """Return 1, the slope of a sum by its terms."""
    return 1.0


def greater(this: Array, other: Array) -> Array:
    """Return 1 where ``this`` is the greater, 0 where it is not, ½ each on ties, as JAX has it."""
    return jnp.where(this == other, 0.5, jnp.where(this > other, 1.0, 0.0)).astype(this.dtype)


def by_base(operation: Operation) -> Array:
    """Return b aᵇ⁻¹, and 0 where b = 0 whatever a is."""
    exponent = operation.b
    safe = jnp.where(exponent == 0, 1, exponent)
    return jnp.where(exponent == 0, 0, exponent * operation.a ** (safe - 1))


def by_exponent(operation: Operation) -> Array:
    """Return aᵇ log a, and 0 at a = 0 where the power is 0 whatever b is near."""
    return jnp.log(jnp.where(operation.a == 0, 1, operation.a)) * operation.y


elementwise("add", ("1", one), ("1", one), text="{a} + {b}")
elementwise("add_any", ("1", one), ("1", one), text="{a} + {b}")
elementwise("sub", ("1", one), ("−1", lambda op: -1.0), text="{a} − {b}")
elementwise("mul", ("{b}", lambda op: op.b), ("{a}", lambda op: op.a), text="{a} · {b}")
elementwise("div", ("1/{b}", lambda op: 1 / op.b), ("(−{y}/{b})", lambda op: -op.y / op.b), text="{a} / {b}")
elementwise("neg", ("−1", lambda op: -1.0), text="−{a}")
elementwise("square", ("2 {a}", lambda op: 2 * op.a), text="{a}²")
elementwise(
    "integer_pow",
    ("{p} {a}^({p}−1)", lambda op: op.params["y"] * op.a ** (op.params["y"] - 1)),
    text="{a}^{p}",
)
elementwise("pow", ("{b} {a}^({b}−1)", by_base), ("{y} log {a}", by_exponent), text="{a}^{b}")
elementwise("sqrt", ("1/(2 {y})", lambda op: 0.5 / op.y), text="√{a}")
elementwise("rsqrt", ("(−{y}/(2 {a}))", lambda op: -0.5 * op.y / op.a), text="1/√{a}")
elementwise("cbrt", ("{y}/(3 {a})", lambda op: op.y / (3 * op.a)), text="∛{a}")
elementwise("abs", ("sign({a})", lambda op: jnp.sign(op.a)), text="|{a}|")
elementwise(
    "max",
    ("[{a} > {b}]", lambda op: greater(op.a, op.b)),
    ("[{b} > {a}]", lambda op: greater(op.b, op.a)),
    text="max({a}, {b})",
)
elementwise(
    "min",
    ("[{a} < {b}]", lambda op: greater(op.b, op.a)),
    ("[{b} < {a}]", lambda op: greater(op.a, op.b)),
    text="min({a}, {b})",
)
elementwise("rem", ("1", one), ("(−trunc({a}/{b}))", lambda op: -jnp.trunc(op.a / op.b)), text="{a} mod {b}")
elementwise(
    "atan2",
    ("{b}/({a}² + {b}²)", lambda op: op.b / (op.a**2 + op.b**2)),
    ("(−{a}/({a}² + {b}²))", lambda op: -op.a / (op.a**2 + op.b**2)),
    text="atan2({a}, {b})",
)
elementwise(
    "clamp",  # clamp(low, x, high)
    ("[{b} < {a}]", lambda op: jnp.where(op.b < op.a, 1.0, 0.0)),
    ("[{a} < {b} < {c}]", lambda op: jnp.where((op.b > op.a) & (op.b < op.inputs[2]), 1.0, 0.0)),
    ("[{b} > {c}]", lambda op: jnp.where(op.b > op.inputs[2], 1.0, 0.0)),
    text="clamp({b}; {a}, {c})",
)

for name in ("sign", "floor", "ceil", "round", "stop_gradient"):
    flat(name)


def select_forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
    """Choose among the tangents as among the cases."""
    choice, *cases = operation.inputs
    given = [jnp.zeros_like(case) if own is None else own for case, own in zip(cases, tangents[1:], strict=True)]
    return (operation.apply(choice, *given),)


def select_reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
    """Hand the adjoint to the case that was chosen."""
    choice, *cases = operation.inputs
    return [None, *(jnp.where(choice == number, adjoints[0], 0) for number in range(len(cases)))]


rule("select_n", select_forward, select_reverse, text="({c} where {a}, else {b})")
