"""An expression at a point, opened: its trace, and its derivatives by the mode that was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trainwell.autodiff import Expression, ForwardPass, ReversePass, Trace, forward, read_expression, reverse
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.notation import number
from trainwell.errors import did_you_mean

Mode = Literal["forward", "reverse"]
MODES: tuple[Mode, ...] = ("forward", "reverse")
MOST_NAMES = 50


@dataclass(frozen=True)
class OpenedFormula:
    """An expression with everything that its derivatives are made of.

    Attributes:
        expression: what was read.
        at: the value of each variable, in the order of the expression.
        mode: how it was differentiated.
        passes: the forward passes by the variable each is for, or the one reverse pass under an empty name.
        gradient: ∂f/∂ each variable that was asked for.
    """

    expression: Expression
    at: Mapping[str, float]
    mode: Mode
    passes: Mapping[str, ForwardPass | ReversePass]
    gradient: Mapping[str, float]

    @property
    def trace(self) -> Trace:
        """The steps of the evaluation."""
        return next(iter(self.passes.values())).trace

    @property
    def value(self) -> float:
        """f at the point."""
        return float(self.trace.value)

    def __str__(self) -> str:
        at = ", ".join(f"{name} = {number(value)}" for name, value in self.at.items())
        head = f"f = {self.expression.text} at {at}"
        opened = [f"∂f/∂{name}. {found}" if name else str(found) for name, found in self.passes.items()]
        return "\n\n".join([head, str(self.trace), *opened, self.summary])

    @property
    def summary(self) -> str:
        """The value and the gradient in a line."""
        parts = [f"f = {number(self.value)}", *(f"∂f/∂{name} = {number(each)}" for name, each in self.gradient.items())]
        return "; ".join(parts) + "."

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data that JSON can hold; None where a number is not finite."""
        derived = {name or "all": derivatives_of(found) for name, found in self.passes.items()}
        return {
            "expression": self.expression.text,
            "at": dict(self.at),
            "value": finite(self.value),
            "gradient": {name: finite(each) for name, each in self.gradient.items()},
            "mode": self.mode,
            "nodes": [
                {"name": n.name, "operation": n.operation, "parents": list(n.parents), "value": finite(n.value)}
                for n in self.trace.nodes
            ],
            "tangents" if self.mode == "forward" else "adjoints": derived if self.mode == "forward" else derived["all"],
        }


def open_formula(text: str, at: Mapping[str, float], *, mode: str = "reverse", by: Sequence[str] = ()) -> OpenedFormula:
    """Read an expression and differentiate it at a point.

    Args:
        text: such as ``"x1*x2 + sin(x2)"``; see :func:`trainwell.autodiff.read_expression`.
        at: a value for each of its variables.
        mode: ``"reverse"``, one pass for all derivatives, or ``"forward"``, one pass for each.
        by: in forward mode the variables to differentiate by; all if left out.

    Raises:
        DerivativeError: the expression cannot be read, or the point does not fit it.

    >>> open_formula("x1*x2 + sin(x2)", {"x1": 2.0, "x2": 0.0}).gradient
    {'x1': 0.0, 'x2': 3.0}
    """
    expression = read_expression(text)
    if mode not in MODES:
        raise DerivativeError(f"the mode must be forward or reverse, but got {mode!r}.")
    point = point_of(expression, at)
    wanted = names_wanted(expression, by, mode)
    function, values = expression.function(), tuple(point.values())
    if mode == "reverse":
        found = reverse(function, values)
        every = {name: float(each) for name, each in zip(point, found.gradient, strict=True)}
        return OpenedFormula(expression, point, "reverse", {"": found}, every)
    passes = {name: forward(function, values, tuple(float(name == other) for other in point)) for name in wanted}
    return OpenedFormula(expression, point, "forward", passes, {n: float(p.derivative) for n, p in passes.items()})


def point_of(expression: Expression, at: Mapping[str, float]) -> dict[str, float]:
    """Return the value of each variable, in the expression's order."""
    if not expression.names:
        raise DerivativeError(f"{expression.text!r} has no variable to differentiate by; write one, such as x.")
    if len(expression.names) > MOST_NAMES:
        raise DerivativeError(f"an expression may have {MOST_NAMES} variables, but has {len(expression.names)}.")
    missing = [name for name in expression.names if name not in at]
    if missing:
        raise DerivativeError(
            f"the expression has the variables {', '.join(expression.names)}, but {missing[0]} has no value: "
            f"say --at {missing[0]}=1."
        )
    for name in at:
        if name not in expression.names:
            raise DerivativeError(
                f"the expression has no variable {name}.{did_you_mean(name, expression.names)} "
                f"It has {', '.join(expression.names)}."
            )
    return {name: float(at[name]) for name in expression.names}


def names_wanted(expression: Expression, by: Sequence[str], mode: str) -> tuple[str, ...]:
    """Return the variables to differentiate by."""
    if by and mode == "reverse":
        raise DerivativeError(
            "reverse mode gives the derivatives by all variables at once; --wrt chooses those of forward mode "
            "(--mode forward)."
        )
    for name in by:
        if name not in expression.names:
            raise DerivativeError(
                f"--wrt {name}: the expression has no such variable.{did_you_mean(name, expression.names)} "
                f"It has {', '.join(expression.names)}."
            )
    return tuple(dict.fromkeys(by)) or expression.names


def derivatives_of(found: ForwardPass | ReversePass) -> dict[str, float | None]:
    """Return the tangent or adjoint of every node by its name."""
    if isinstance(found, ForwardPass):
        return {each.name: finite(each.tangent) for each in found.tangents}
    return {each.name: finite(each.value) for each in found.adjoints}


def finite(value: Any) -> float | None:
    """Return a number as JSON can hold it.

    >>> finite(2), finite(float("inf"))
    (2.0, None)
    """
    return float(value) if math.isfinite(value) else None
