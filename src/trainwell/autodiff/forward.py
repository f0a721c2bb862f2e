"""Forward mode: beside every value v, its tangent v̇, the derivative along one direction of the inputs.

One pass gives the derivatives of all outputs along that direction; a gradient by n inputs takes n passes.

Reference: R. E. Wengert, "A simple automatic derivative evaluation program", CACM 7, 1964.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

from trainwell.autodiff import notation
from trainwell.autodiff.arguments import Arguments, on_host, read_arguments
from trainwell.autodiff.errors import DerivativeError, no_rule
from trainwell.autodiff.program import Program, Step
from trainwell.autodiff.rules import RULES, Rule
from trainwell.autodiff.tables import Shown, Table, capped
from trainwell.autodiff.trace import Trace, filled_in, operand_text, trace_arguments


@dataclass(frozen=True)
class Tangent:
    """A node's value and its tangent.

    Attributes:
        name: the node, ``v3``.
        text: how the value is computed.
        value: the primal v.
        formula: how the tangent is computed, such as ``v̇₁ · v₂ + v̇₂ · v₁``.
        tangent: the tangent v̇, zero where nothing that moves is upstream.
    """

    name: str
    text: str
    value: Any
    formula: str
    tangent: Any

    def __repr__(self) -> str:
        return f"<Tangent {notation.tangent(self.name)} = {capped(self.formula)} = {notation.shown(self.tangent)}>"


@dataclass(frozen=True, repr=False)
class ForwardPass(Shown):
    """Primals and tangents, in the order of evaluation.

    Attributes:
        tangents: one entry per node.
        value: what the function returned.
        derivative: its derivative along the direction, of the same shape.
        trace: the trace that was walked.
    """

    tangents: tuple[Tangent, ...]
    value: Any
    derivative: Any
    trace: Trace = field(repr=False)

    def __getitem__(self, name: str) -> Tangent:
        return self.tangents[self.trace.nodes.index(self.trace[name])]

    def table(self) -> Table:
        """Return primals and tangents side by side."""
        rows = tuple(
            (
                notation.primal(each.name),
                f"= {each.text}",
                notation.shown(each.value),
                notation.tangent(each.name),
                f"= {capped(each.formula)}",
                notation.shown(each.tangent),
            )
            for each in self.tangents
        )
        note = f"Derivative along the direction: {notation.shown(self.derivative)}."
        return Table("Forward mode.", ("", "primal", "value", "", "tangent", "value"), rows, (note,))


def forward(
    function: Callable[..., Any], args: Any, direction: Any = None, *, open_custom_rules: bool = True
) -> ForwardPass:
    """Carry tangents through ``function(*args)`` beside the values.

    v̇ᵢ = Σⱼ (∂vᵢ/∂vⱼ) v̇ⱼ over the parents j of i.

    Args:
        function: any function that JAX can trace.
        args: tuple of its arguments, or the only one.
        direction: the tangent of each argument, in the shape of ``args``; (1, 0) gives ∂f/∂x₁ of two scalars. It can be
            left out for one scalar.
        open_custom_rules: see :func:`trainwell.autodiff.trace`.

    Raises:
        DerivativeError: nothing can be differentiated, or the direction does not fit.
        NoRuleError: a primitive on the way has no rule.

    >>> p = forward(lambda x1, x2: x1 * x2, (2.0, 3.0), direction=(1.0, 0.0))
    >>> p.value, p.derivative
    (6.0, 3.0)
    """
    arguments = read_arguments(function, args)
    arguments.require_variables()
    with arguments.precision():
        directions = read_direction(arguments, direction)
        found = trace_arguments(function, arguments, open_custom_rules=open_custom_rules)
        tangents = push_forward(found.program, found.program.values, directions)
        zeros = {at: jnp.zeros_like(value) for at, value in enumerate(found.program.values) if at not in tangents}
        hosted = {at: on_host(each) for at, each in {**zeros, **tangents}.items()}
    formulas = dict.fromkeys(directions, "given")
    for step in found.program.steps:
        formulas |= dict.fromkeys(step.results, formula_of(step, tangents))
    lines = tuple(
        Tangent(node.name, node.text, node.value, formulas.get(at, "0"), hosted[at])
        for at, node in enumerate(found.nodes)
    )
    derivatives = tuple(hosted[each] if isinstance(each, int) else 0.0 for each in found.program.outputs)
    return ForwardPass(lines, found.value, derivatives[0] if len(derivatives) == 1 else derivatives, found)


def read_direction(arguments: Arguments, direction: Any) -> dict[int, Any]:
    """Return the tangent of each variable that is differentiated, by its number."""
    chosen = arguments.chosen
    if direction is None:
        if len(chosen) != 1 or arguments.values[chosen[0]].ndim:
            raise DerivativeError(
                f"forward mode needs a direction for the {len(chosen)} inputs; give one number per argument, such as "
                "direction=(1.0, 0.0)."
            )
        direction = (1.0,)
    direction = direction if isinstance(direction, tuple) else (direction,)
    leaves = jax.tree.leaves(direction, is_leaf=lambda leaf: leaf is None)
    if len(leaves) == len(arguments.leaves):
        leaves = [leaves[position] for position in arguments.positions]
    if len(leaves) != len(arguments.values):
        raise DerivativeError(
            f"the direction must hold one entry per argument, {len(arguments.values)}, but got {len(leaves)}."
        )
    return {at: tangent_like(arguments.values[at], leaves[at], arguments.names[at]) for at in chosen}


def tangent_like(value: Any, given: Any, name: str) -> Any:
    """Return one entry of the direction as an array like its argument."""
    tangent = jnp.asarray(given, value.dtype)
    if tangent.shape != value.shape:
        raise DerivativeError(f"the direction of {name} must have its shape {value.shape}, but got {tangent.shape}.")
    return tangent


def push_forward(program: Program, values: Sequence[Any], directions: Mapping[int, Any]) -> dict[int, Any]:
    """Return the tangent of every value that moves, by its number; a pure function of arrays."""
    tangents = dict(directions)
    moving = program.dependent(tuple(directions))
    for step in program.steps:
        given = [tangents.get(each) if isinstance(each, int) else None for each in step.operands]
        if moving.isdisjoint(step.results) or all(each is None for each in given):
            continue
        moved = rule_of(step).forward(step.operation(values), given)
        pairs = zip(step.results, moved, strict=True)
        tangents |= {number: each for number, each in pairs if each is not None and number in moving}
    return tangents


def rule_of(step: Step) -> Rule:
    """Return the rule of a step's primitive, or raise the error that names it."""
    if step.primitive.name not in RULES:
        raise no_rule(step.primitive.name, notation.primal(f"v{step.results[0] + 1}"), tuple(RULES))
    return RULES[step.primitive.name]


def formula_of(step: Step, tangents: Mapping[int, Any]) -> str:
    """Return v̇ as a sum over the operands that move."""
    moving = [
        (at, f"v{operand + 1}")
        for at, operand in enumerate(step.operands)
        if isinstance(operand, int) and operand in tangents
    ]
    if step.results[0] not in tangents:
        return "0"
    return notation.total([notation.times(notation.tangent(name), partial_text(step, at)) for at, name in moving])


def partial_text(step: Step, position: int) -> str:
    """Return ∂v/∂(operand) as a formula, or as that symbol where it is a matrix."""
    formulas = RULES.entry(step.primitive.name).facts["partials"] if step.primitive.name in RULES else ()
    result = notation.primal(f"v{step.results[0] + 1}")
    if position < len(formulas):
        power = step.params.get("y", "")
        if step.primitive.name == "integer_pow":
            return f"{power} {operand_text(step.operands[0])}{notation.raised(power - 1) if power != 2 else ''}"
        return filled_in(formulas[position], [operand_text(each) for each in step.operands], result)
    return f"∂{result}/∂{operand_text(step.operands[position])}"
