"""What a local derivative rule is, the registry that keeps one per primitive, and short ways to write them.

A primitive computes y from its operands x₁ … x_m. Its rule says two things about that one step and nothing else:

- ``forward``: the tangent ẏ = Σⱼ (∂y/∂xⱼ) ẋⱼ, given the tangents of the operands,
- ``reverse``: each operand's share x̄ⱼ = (∂y/∂xⱼ)ᵀ ȳ, given the adjoint of y.

Everything else, the order of the steps and the sums across paths, is in forward.py and reverse.py.

Reference: A. G. Baydin et al., "Automatic Differentiation in Machine Learning: a Survey", JMLR 18, 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax.numpy as jnp
from jax import Array

from trainwell.registry import Registry

#: A tangent or an adjoint, an array; None where it is zero because nothing moves.
Derivative: TypeAlias = Any


@dataclass(frozen=True)
class Operation:
    """One step as its rule sees it: the primitive, its settings, what went in and what came out."""

    primitive: Any
    params: Mapping[str, Any]
    inputs: tuple[Array, ...]
    outputs: tuple[Array, ...]

    @property
    def a(self) -> Array:
        """The first operand."""
        return self.inputs[0]

    @property
    def b(self) -> Array:
        """The second operand."""
        return self.inputs[1]

    @property
    def y(self) -> Array:
        """The result, or the first of several."""
        return self.outputs[0]

    def apply(self, *inputs: Array, **changed: Any) -> Any:
        """Apply the same primitive, with the same settings save those ``changed``, to other operands."""
        return self.primitive.bind(*inputs, **{**self.params, **changed})


Forward: TypeAlias = Callable[[Operation, Sequence[Derivative]], Sequence[Derivative]]
Reverse: TypeAlias = Callable[[Operation, Sequence[Derivative]], Sequence[Derivative]]
Partial: TypeAlias = Callable[[Operation], Any]


@dataclass(frozen=True)
class Rule:
    """The local derivative of one primitive, both ways.

    ``forward`` takes a tangent per operand and returns one per result; ``reverse`` takes an adjoint per result and
    returns one per operand. None stands for zero.
    """

    forward: Forward
    reverse: Reverse


RULES: Registry[Rule] = Registry("derivative rule")


def rule(name: str, forward: Forward, reverse: Reverse, *, text: str = "", partials: tuple[str, ...] = ()) -> None:
    """Register a rule under the name of its primitive.

    Args:
        name: what JAX calls the primitive.
        forward: tangents of the operands to tangents of the results.
        reverse: adjoints of the results to adjoints of the operands.
        text: how the step is written, ``{a}``, ``{b}`` … standing for the operands.
        partials: ∂y/∂a, ∂y/∂b … in the same way, ``{y}`` standing for the result.
    """
    formula = ", ".join(f"∂y/∂{letter} = {formula}" for letter, formula in zip("abc", partials, strict=False))
    plain = formula.format(a="a", b="b", c="c", y="y", p="p")
    RULES.register(name, formula=plain, text=text, partials=partials)(Rule(forward, reverse))


def elementwise(name: str, *partials: tuple[str, Partial | None], text: str = "") -> None:
    """Register a rule for a function applied entry by entry: a formula and a function for each ∂y/∂xⱼ.

    A scalar operand stands beside arrays as if repeated, so its adjoint is a sum over them.
    """
    slopes = [slope for _, slope in partials]

    def forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
        pairs = zip(slopes, tangents, strict=True)
        terms = [slope(operation) * given for slope, given in pairs if slope is not None and given is not None]
        return (jnp.broadcast_to(added(terms), operation.y.shape),) if terms else (None,)

    def reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
        (given,) = adjoints
        return [
            None if slope is None else summed_to(slope(operation) * given, operand.shape)
            for slope, operand in zip(slopes, operation.inputs, strict=True)
        ]

    rule(name, forward, reverse, text=text, partials=tuple(formula for formula, _ in partials))


def flat(name: str, text: str = "") -> None:
    """Register a rule for a step whose derivative is zero everywhere it has one."""
    rule(
        name,
        lambda operation, tangents: [None] * len(operation.outputs),
        lambda operation, adjoints: [None] * len(operation.inputs),
        text=text,
        partials=("0",),
    )


def linear(name: str, transposed: Callable[[Operation, Array], Array], *, text: str = "", **changed: Any) -> None:
    """Register a rule for a step that is linear in its first operand and takes the others as indices.

    Forward applies the step itself to the tangent, with the settings ``changed``; ``transposed`` carries the adjoint
    back.
    """

    def forward(operation: Operation, tangents: Sequence[Derivative]) -> Sequence[Derivative]:
        moved = operation.apply(tangents[0], *operation.inputs[1:], **changed)
        return moved if operation.primitive.multiple_results else (moved,)

    def reverse(operation: Operation, adjoints: Sequence[Derivative]) -> Sequence[Derivative]:
        (given,) = adjoints
        return [transposed(operation, given), *([None] * (len(operation.inputs) - 1))]

    rule(name, forward, reverse, text=text)


def added(terms: Sequence[Array]) -> Array:
    """Return the sum of one or more arrays."""
    result = terms[0]
    for term in terms[1:]:
        result = result + term
    return result


def summed_to(value: Array, shape: tuple[int, ...]) -> Array:
    """Return ``value`` summed to a scalar where the operand was one: the transpose of repeating it."""
    return jnp.sum(value) if shape == () and jnp.shape(value) != () else value


def filled(derivatives: Sequence[Derivative], like: Sequence[Array]) -> list[Array]:
    """Return the derivatives with zeros in place of None."""
    pairs = zip(derivatives, like, strict=True)
    return [jnp.zeros_like(operand) if given is None else given for given, operand in pairs]
