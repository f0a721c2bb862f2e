"""A function as the plain list of steps that computes it at one point, with the value of every step.

The list is straight: no calls, no loops, no branches. It can be run again, inside ``jax.jit`` too, at other values of
the same shapes; a branch that was taken or a loop's number of turns stays what it was at the point of recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax.numpy as jnp
from jax import Array

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.rules import Operation
from trainwell.autodiff.rules.custom import bound


@dataclass(frozen=True, eq=False)
class Constant:
    """An operand that depends on no input."""

    value: Any


Operand: TypeAlias = int | Constant
"""What a step works on: the number of a value, or a constant."""


@dataclass(frozen=True, eq=False)
class Step:
    """One primitive applied to operands; ``results`` are the numbers of the values it gives."""

    primitive: Any
    params: dict[str, Any]
    operands: tuple[Operand, ...]
    results: tuple[int, ...]

    def operation(self, values: Sequence[Any]) -> Operation:
        """Return the step at the given values, as its rule sees it."""
        inputs = tuple(jnp.asarray(taken(each, values)) for each in self.operands)
        return Operation(self.primitive, self.params, inputs, tuple(values[result] for result in self.results))


@dataclass(frozen=True, eq=False)
class Program:
    """The steps in order: values 0 … ``inputs`` − 1 are given, each step adds its results.

    Attributes:
        inputs: number of inputs.
        steps: what is computed from them, each step after its operands.
        outputs: what the function returns, flattened.
        values: every value at the point of recording.
    """

    inputs: int
    steps: tuple[Step, ...]
    outputs: tuple[Operand, ...]
    values: tuple[Any, ...]

    def run(self, inputs: Sequence[Any]) -> tuple[Array, ...]:
        """Return every value for other inputs of the same shapes."""
        values: list[Any] = list(inputs)
        for step in self.steps:
            values += evaluate(step.primitive, step.params, [taken(each, values) for each in step.operands])
        return tuple(values)

    def dependent(self, chosen: Sequence[int]) -> set[int]:
        """Return the numbers of the values of floats that depend on the chosen inputs.

        Raises:
            DerivativeError: a complex number depends on them, for which the rules are not made.
        """
        found = set(chosen)
        for step in self.steps:
            if found.isdisjoint(operand for operand in step.operands if isinstance(operand, int)):
                continue
            if any(jnp.issubdtype(self.values[each].dtype, jnp.complexfloating) for each in step.results):
                raise DerivativeError(
                    f"derivatives are of real numbers, but {step.primitive.name!r} gives complex ones; keep real and "
                    "imaginary parts apart, or use jax.grad."
                )
            found |= {each for each in step.results if jnp.issubdtype(self.values[each].dtype, jnp.floating)}
        return found


def taken(operand: Operand, values: Sequence[Any]) -> Any:
    """Return what an operand stands for."""
    return operand.value if isinstance(operand, Constant) else values[operand]


def evaluate(primitive: Any, params: dict[str, Any], inputs: Sequence[Any]) -> list[Any]:
    """Apply one primitive and return its results as a list."""
    arrays = [jnp.asarray(each) for each in inputs]
    result = bound(primitive, params, *arrays)
    return list(result) if primitive.multiple_results else [result]
