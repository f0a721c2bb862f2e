"""The evaluation trace of a function: v₁ … v_n, each with its operation, its parents and its value.

Not derivatives; those walk over the trace, in forward.py and reverse.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np

from trainwell.autodiff.arguments import Arguments, on_host, read_arguments
from trainwell.autodiff.drawing import Drawing
from trainwell.autodiff.notation import number, primal, raised, shown
from trainwell.autodiff.opening import CUSTOM_RULES, inline
from trainwell.autodiff.program import Constant, Operand, Program, Step
from trainwell.autodiff.recorder import Recorder
from trainwell.autodiff.rules import RULES
from trainwell.autodiff.tables import Shown, Table
from trainwell.errors import unknown_name


@dataclass(frozen=True)
class Node:
    """One line of a trace.

    Attributes:
        name: ``v1``, ``v2`` … in the order of evaluation, inputs first.
        operation: name of the primitive, or ``"input"``.
        parents: names of the nodes it is computed from, as often and in the order in which they stand.
        value: a Python number or a NumPy array.
        text: the operation written out, such as ``v₁ · v₂``; for an input its name.
    """

    name: str
    operation: str
    parents: tuple[str, ...]
    value: Any
    text: str

    def __repr__(self) -> str:
        return f"<Node {self}>"

    def __str__(self) -> str:
        return f"{primal(self.name)} = {self.text} = {shown(self.value)}"


@dataclass(frozen=True, repr=False)
class Trace(Shown):
    """The steps by which a function was evaluated at one point.

    Attributes:
        nodes: inputs first, then one node per step (one per result, where a step has several).
        outputs: names of the nodes that the function returns; a constant output is written out.
        program: the steps as they can be run again.
        arguments: the arguments it was evaluated at.
    """

    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    program: Program = field(repr=False)
    arguments: Arguments = field(repr=False)

    def __getitem__(self, name: str) -> Node:
        by_name = {node.name: node for node in self.nodes} | {primal(node.name): node for node in self.nodes}
        if name not in by_name:
            raise unknown_name("node", name, [node.name for node in self.nodes])
        return by_name[name]

    def __len__(self) -> int:
        return len(self.nodes)

    @property
    def value(self) -> Any:
        """What the function returned: one value, or a tuple of them where it returns several."""
        values = tuple(on_host(self.operand_value(each)) for each in self.program.outputs)
        return values[0] if len(values) == 1 else values

    def operand_value(self, operand: Operand) -> Any:
        """Return the array that an operand stands for."""
        return operand.value if isinstance(operand, Constant) else self.program.values[operand]

    def table(self) -> Table:
        """Return the trace as the lectures print it."""
        rows = tuple((primal(node.name), f"= {node.text}", shown(node.value)) for node in self.nodes)
        returns = ", ".join(primal(name) for name in self.outputs)
        return Table(
            f"Evaluation trace of {len(self.nodes)} steps.", ("", "operation", "value"), rows, (f"Returns {returns}.",)
        )

    def draw(self) -> Drawing:
        """Return the trace as a graph: ``.svg`` for a page, ``.text`` for a terminal."""
        return Drawing.of(
            names=[node.name for node in self.nodes],
            labels={node.name: node.text for node in self.nodes},
            values={node.name: shown(node.value) for node in self.nodes},
            parents={node.name: node.parents for node in self.nodes},
            outputs=self.outputs,
        )


def trace(function: Callable[..., Any], *args: Any, open_custom_rules: bool = True) -> Trace:
    """Evaluate ``function(*args)`` step by step and return every step.

    Nested calls are opened, common subexpressions are merged, what depends on no argument is a constant, loops are
    unrolled and the branches of ``lax.cond`` taken as the values have it; a Python ``if`` cannot be followed. Python
    floats are computed with in float64.

    Args:
        function: any function of scalars, arrays or pytrees of them that JAX can trace.
        *args: where to evaluate it. Arrays and floats become inputs; integers, strings and the like are settings.
        open_custom_rules: whether to look into functions with a derivative of their author's (``jax.custom_jvp``,
            ``jax.custom_vjp``), of which ``jax.nn.relu`` is one, or to keep each of them as one step.

    Reference: A. G. Baydin et al., JMLR 18, 2018, section 3.

    >>> import jax.numpy as jnp
    >>> print(trace(lambda x1, x2: x1 * x2 + jnp.exp(x1 * x2) - jnp.sin(x2), 2.0, 3.0))
    Evaluation trace of 7 steps.
    <BLANKLINE>
        operation    value
    v₁  = x1         2
    v₂  = x2         3
    v₃  = v₁ · v₂    6
    v₄  = exp(v₃)    403.429
    v₅  = v₃ + v₄    409.429
    v₆  = sin(v₂)    0.14112
    v₇  = v₅ − v₆    409.288
    <BLANKLINE>
    Returns v₇.
    """
    return trace_arguments(function, read_arguments(function, args), open_custom_rules=open_custom_rules)


def trace_arguments(function: Callable[..., Any], arguments: Arguments, *, open_custom_rules: bool = True) -> Trace:
    """Trace a function whose arguments have been taken apart already."""
    with arguments.precision():
        listing = jax.make_jaxpr(arguments.flat(function))(*arguments.values)
        recorder = Recorder(arguments.values)
        keep = () if open_custom_rules else CUSTOM_RULES
        outputs = inline(recorder, listing, range(len(arguments.values)), keep=keep)
        program = recorder.program(outputs)
    inputs = [
        Node(f"v{at + 1}", "input", (), on_host(program.values[at]), name) for at, name in enumerate(arguments.names)
    ]
    nodes = [node for step in program.steps for node in nodes_of(step, program)]
    return Trace((*inputs, *nodes), tuple(operand_name(each) for each in program.outputs), program, arguments)


def nodes_of(step: Step, program: Program) -> list[Node]:
    """Return a node for each result of a step."""
    parents = tuple(f"v{operand + 1}" for operand in step.operands if isinstance(operand, int))
    text = step_text(step)
    several = len(step.results) > 1
    return [
        Node(
            f"v{number + 1}", step.primitive.name, parents, on_host(program.values[number]), text + f"[{at}]" * several
        )
        for at, number in enumerate(step.results)
    ]


def operand_name(operand: Operand) -> str:
    """Return ``v3`` for a value, and a constant as it is."""
    return shown(on_host(operand.value)) if isinstance(operand, Constant) else f"v{operand + 1}"


def operand_text(operand: Operand) -> str:
    """Return an operand as formulas show it: v₃, a number, or the shape of an array of constants."""
    if not isinstance(operand, Constant):
        return primal(f"v{operand + 1}")
    value = on_host(operand.value)
    if isinstance(value, np.ndarray):
        entries = {*value.ravel().tolist()} if value.size <= 10_000 else set()
        return number(entries.pop()) if len(entries) == 1 else f"constant{list(value.shape)}"
    return shown(value)


def step_text(step: Step) -> str:
    """Return a step as a formula of its operands."""
    names = [operand_text(operand) for operand in step.operands]
    text = RULES.entry(step.primitive.name).facts["text"] if step.primitive.name in RULES else ""
    if step.primitive.name == "integer_pow":
        return names[0] + raised(step.params["y"])
    return filled_in(text or f"{step.primitive.name}({{all}})", names)


def filled_in(text: str, operands: Sequence[str], result: str = "", power: str = "") -> str:
    """Return a formula with the operands in the place of its letters."""
    letters = dict(zip("abc", [*operands, "", "", ""], strict=False))
    return text.format(**letters, all=", ".join(operands), y=result, p=power)
