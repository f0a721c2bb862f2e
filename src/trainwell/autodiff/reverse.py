"""Reverse mode: for every value v, its adjoint v̄ = ∂f/∂v, in the reverse order of evaluation.

One pass gives the derivatives of one output by all inputs: backpropagation is this, on a network's loss. For
f = x₁x₂ + exp(x₁x₂) − sin x₂, traced as v₃ = v₁v₂, v₄ = sin v₂, v₅ = exp v₃, v₆ = v₃ − v₄, v₇ = v₅ + v₆, it gives
v̄₂ = v̄₃v₁ + v̄₄ cos v₂; lecture notes that print v̄₂v₁ for the first term have a slip there.

Reference: S. Linnainmaa, 1970; A. G. Baydin et al., JMLR 18, 2018, section 3.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from trainwell.autodiff import notation
from trainwell.autodiff.arguments import on_host, read_arguments
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.forward import partial_text, rule_of
from trainwell.autodiff.program import Constant, Program
from trainwell.autodiff.rules.rule import added
from trainwell.autodiff.tables import Shown, Table, capped
from trainwell.autodiff.trace import Trace, trace_arguments


@dataclass(frozen=True)
class Contribution:
    """What one child of a node hands back along one path: its adjoint times the local derivative.

    Attributes:
        child: name of the node it comes from; empty for the seed.
        formula: such as ``v̄₅ · v₅``.
        value: the number or array.
    """

    child: str
    formula: str
    value: Any

    def __repr__(self) -> str:
        return f"<Contribution {self.formula} = {notation.shown(self.value)}>"


@dataclass(frozen=True)
class Adjoint:
    """A node's adjoint: the sum of the contributions across all paths.

    Attributes:
        name: the node, ``v3``.
        value: v̄ = ∂f/∂v, in the shape of v.
        contributions: one per path that leaves the node, in the order of the children.
    """

    name: str
    value: Any
    contributions: tuple[Contribution, ...]

    def __repr__(self) -> str:
        return f"<Adjoint {notation.adjoint(self.name)} = {capped(self.formula)} = {notation.shown(self.value)}>"

    @property
    def formula(self) -> str:
        """The sum written out, such as ``v̄₅ · v₅ + v̄₆``."""
        return notation.total([each.formula for each in self.contributions])

    @property
    def numbers(self) -> str:
        """The same sum in numbers, where there are several."""
        return notation.total([notation.shown(each.value) for each in self.contributions])


@dataclass(frozen=True, repr=False)
class ReversePass(Shown):
    """Adjoints in the order in which they become known: last node first.

    Attributes:
        adjoints: one entry per node that the output depends on by way of floats.
        value: what the function returned.
        gradient: ∂f/∂(argument) for each argument: a tuple in the shape of ``args``, None for what is no float.
        trace: the trace that was walked.
    """

    adjoints: tuple[Adjoint, ...]
    value: Any
    gradient: tuple[Any, ...]
    trace: Trace = field(repr=False)

    def __getitem__(self, name: str) -> Adjoint:
        wanted = self.trace[name].name
        found = [each for each in self.adjoints if each.name == wanted]
        return found[0] if found else Adjoint(wanted, 0.0, ())

    def table(self) -> Table:
        """Return the adjoints as the lectures print them, sums across paths shown as sums."""
        rows = tuple(
            (
                notation.adjoint(each.name),
                f"= {capped(each.formula)}",
                f"= {capped(each.numbers)}" if len(each.contributions) > 1 else "",
                notation.shown(each.value),
            )
            for each in self.adjoints
        )
        names = self.trace.arguments.names
        found = [
            f"∂f/∂{name} = {notation.shown(self[f'v{at + 1}'].value)}"
            for at, name in enumerate(names)
            if self.trace.arguments.differentiable[at]
        ]
        return Table("Reverse mode.", ("", "adjoint", "", "value"), rows, ("; ".join(found) + ".",))


def reverse(
    function: Callable[..., Any], args: Any, *, cotangent: Any = None, open_custom_rules: bool = True
) -> ReversePass:
    """Carry adjoints back through ``function(*args)``.

    v̄ᵢ = Σⱼ v̄ⱼ (∂vⱼ/∂vᵢ) over the children j of i.

    Args:
        function: any function that JAX can trace.
        args: tuple of its arguments, or the only one.
        cotangent: the adjoint of the output, in its shape; 1 for a scalar.
        open_custom_rules: see :func:`trainwell.autodiff.trace`. With False, ties such as relu at 0 go as its author
            has it, which is what ``jax.grad`` gives.

    Raises:
        DerivativeError: nothing can be differentiated, or the output is no scalar and has no cotangent.
        NoRuleError: a primitive on the way has no rule.

    >>> reverse(lambda x1, x2: x1 * x2, (2.0, 3.0)).gradient
    (3.0, 2.0)
    """
    arguments = read_arguments(function, args)
    arguments.require_variables()
    with arguments.precision():
        found = trace_arguments(function, arguments, open_custom_rules=open_custom_rules)
        program = found.program
        seeds = seeds_of(found, cotangent)
        adjoints, shares = pull_back(program, program.values, seeds, arguments.chosen)
        zeros = {at: jnp.zeros_like(program.values[at]) for at in arguments.chosen if at not in adjoints}
        hosted = {at: on_host(each) for at, each in {**zeros, **adjoints}.items()}
    lines = [
        Adjoint(f"v{at + 1}", hosted[at], contributions(shares.get(at, ()), program))
        for at in sorted(hosted, reverse=True)
    ]
    gradient = [hosted.get(at) for at in range(program.inputs)]
    return ReversePass(tuple(lines), found.value, arguments.derivatives(gradient), found)


Share = tuple[int, int, Any]
"""One step's number, the position of the operand in it, and what is handed back."""


def pull_back(
    program: Program, values: Sequence[Any], seeds: Mapping[int, Any], chosen: Sequence[int]
) -> tuple[dict[int, Any], dict[int, list[Share]]]:
    """Return the adjoint of every value between chosen inputs and seeds, and the shares it is the sum of.

    A pure function of arrays.
    """
    moving = program.dependent(chosen)
    adjoints = {at: seed for at, seed in seeds.items() if at in moving}
    shares: dict[int, list[Share]] = {at: [(-1, 0, seed)] for at, seed in adjoints.items()}
    for number in reversed(range(len(program.steps))):
        step = program.steps[number]
        given = [adjoints.get(result) for result in step.results]
        if all(each is None for each in given) or moving.isdisjoint(step.operands):
            continue
        handed_back = rule_of(step).reverse(step.operation(values), given)
        for position, (operand, share) in enumerate(zip(step.operands, handed_back, strict=True)):
            if isinstance(operand, int) and operand in moving and share is not None:
                shares.setdefault(operand, []).append((number, position, share))
                adjoints[operand] = share if operand not in adjoints else added([adjoints[operand], share])
    return adjoints, shares


def seeds_of(found: Trace, cotangent: Any) -> dict[int, Any]:
    """Return the adjoint of the output by its number: 1, or what was given."""
    outputs = found.program.outputs
    if len(outputs) != 1:
        raise DerivativeError(
            f"reverse mode starts from one output, but the function returns {len(outputs)}; return the one to "
            "differentiate."
        )
    (output,) = outputs
    value = found.operand_value(output)
    if cotangent is None and value.shape != ():
        raise DerivativeError(
            f"reverse mode starts from one number, but the function returns shape {value.shape}; sum it, or give its "
            "weights as cotangent."
        )
    seed = jnp.broadcast_to(jnp.asarray(1 if cotangent is None else cotangent, value.dtype), value.shape)
    return {} if isinstance(output, Constant) else {output: seed}


def contributions(shares: Sequence[Share], program: Program) -> tuple[Contribution, ...]:
    """Return the shares of one adjoint in the order of the children, written out."""
    found = []
    for number, position, value in sorted(shares, key=lambda share: share[:2]):
        if number < 0:
            found.append(Contribution("", notation.shown(on_host(value)), on_host(value)))
            continue
        step = program.steps[number]
        child = f"v{step.results[0] + 1}"
        formula = notation.times(notation.adjoint(child), partial_text(step, position))
        found.append(Contribution(child, formula, on_host(value)))
    return tuple(found)
