"""Symbolic differentiation with SymPy, and a count of how expressions swell under it.

Reference: A. G. Baydin et al., JMLR 18, 2018, section 2.2: expression swell.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trainwell.autodiff.arguments import Arguments, on_host, read_arguments
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.notation import number
from trainwell.autodiff.symbols import run_on_symbols
from trainwell.autodiff.tables import Shown, Table
from trainwell.autodiff.trace import trace_arguments

MOST_INPUTS = 200


@dataclass(frozen=True)
class Swell:
    """How large the expressions are, in operations.

    Attributes:
        trace: steps of the trace, common subexpressions merged.
        expression: operations of the function written out.
        derivatives: operations of all its partial derivatives written out.
        shared: operations of all of them once common subexpressions are merged.
    """

    trace: int
    expression: int
    derivatives: int
    shared: int

    @property
    def factor(self) -> float:
        """How many times more operations the derivatives have than the trace of the function."""
        return self.derivatives / max(self.trace, 1)


@dataclass(frozen=True, repr=False)
class SymbolicGradient(Shown):
    """A function and its partial derivatives in closed form.

    Attributes:
        expression: the function, a SymPy expression of the symbols.
        derivatives: its partial derivative by each scalar input, by the input's name.
        gradient: their values at the arguments, in the shape of ``args``.
        value: the function's value there.
        swell: the sizes of the expressions.
        values: the value of each partial derivative, by the input's name.
        evaluate: evaluates the closed forms at the arguments once more; for timing them.
    """

    expression: Any
    derivatives: dict[str, Any]
    gradient: tuple[Any, ...]
    value: float
    swell: Swell
    values: dict[str, float] = field(repr=False)
    evaluate: Callable[[], Any] = field(repr=False, compare=False)

    def table(self) -> Table:
        """Return each partial derivative with its value."""
        rows = tuple((f"∂f/∂{name}", str(each), number(self.values[name])) for name, each in self.derivatives.items())
        size = self.swell
        note = (
            f"Operations: {size.trace} in the trace, {size.expression} in f written out, {size.derivatives} in its "
            f"derivatives ({number(size.factor, 3)} times the trace), {size.shared} with what they share merged."
        )
        return Table(f"f = {self.expression} = {number(self.value)}", ("", "in closed form", "value"), rows, (note,))


def import_sympy() -> Any:
    """Return the module SymPy.

    Raises:
        DerivativeError: it is not installed.
    """
    try:
        return importlib.import_module("sympy")
    except ImportError as error:
        raise DerivativeError(
            "symbolic differentiation needs SymPy, which is not installed; run: pip install 'trainwell[symbolic]'"
        ) from error


def symbolic(function: Callable[..., Any], args: Any) -> SymbolicGradient:
    """Differentiate ``function`` in closed form and evaluate the result at ``args``.

    Args:
        function: a function of a few numbers that JAX can trace, with one number as its result. A branch or a loop is
            the one that ``args`` take.
        args: tuple of its arguments, or the only one; every entry of an array becomes a symbol.

    Raises:
        DerivativeError: SymPy is missing, an operation has no symbolic meaning, or there are too many inputs.

    >>> found = symbolic(lambda x1, x2: x1 * x2 + x1, (2.0, 3.0))
    >>> found.expression, found.gradient
    (x1*x2 + x1, (4.0, 2.0))
    """
    sympy = import_sympy()
    arguments = read_arguments(function, args, widen=True)
    arguments.require_variables()
    symbols = symbols_of(arguments, sympy)
    with arguments.precision():
        found = trace_arguments(function, arguments)
        require_one_number(found.value)
        expressions = run_on_symbols(found.program, symbols, sympy)
    (output,) = found.program.outputs
    expression = expressions[output].item() if isinstance(output, int) else sympy.Float(found.value)
    names = [symbol for at in arguments.chosen for symbol in symbols[at].ravel()]
    derivatives = {symbol.name: sympy.diff(expression, symbol) for symbol in names}
    point = [float(entry) for at in arguments.chosen for entry in np.ravel(arguments.values[at])]
    compute = sympy.lambdify(names, list(derivatives.values()), modules=["scipy", "numpy"], cse=True)
    values = {name: float(value) for name, value in zip(derivatives, compute(*point), strict=True)}
    steps = len(found.nodes) - found.program.inputs
    return SymbolicGradient(
        expression=expression,
        derivatives=derivatives,
        gradient=in_shape(arguments, list(values.values())),
        value=float(found.value),
        swell=swell_of(steps, expression, list(derivatives.values()), sympy),
        values=values,
        evaluate=lambda: compute(*point),
    )


def require_one_number(value: Any) -> None:
    """Refuse a function whose result is not one number."""
    if isinstance(value, tuple) or np.ndim(value):
        raise DerivativeError("a closed form needs a function with one number as its result; sum it, or pick an entry.")


def symbols_of(arguments: Arguments, sympy: Any) -> dict[int, Any]:
    """Return an array of symbols for every argument that is differentiated: ``x``, or ``x_0``, ``x_1`` …"""
    shapes = {at: np.shape(arguments.values[at]) for at in arguments.chosen}
    inputs = sum(int(np.prod(shape)) for shape in shapes.values())
    if inputs > MOST_INPUTS:
        raise DerivativeError(
            f"closed forms are for at most {MOST_INPUTS} inputs, but got {inputs}: their size explodes. Use "
            "trainwell.autodiff.reverse."
        )
    found = {}
    for at, shape in shapes.items():
        found[at] = np.empty(shape, object)
        for index in np.ndindex(shape):
            suffix = "".join(f"_{each}" for each in index)
            found[at][index] = sympy.Symbol(arguments.names[at] + suffix, real=True)
    return found


def swell_of(steps: int, expression: Any, derivatives: list[Any], sympy: Any) -> Swell:
    """Return the sizes of the expressions, as they stand and with common subexpressions merged."""
    parts, rest = sympy.cse(derivatives)
    shared = sum(int(sympy.count_ops(part)) for _, part in parts) + int(sympy.count_ops(rest))
    written_out = sum(int(sympy.count_ops(each)) for each in derivatives)
    return Swell(steps, int(sympy.count_ops(expression)), written_out, shared)


def in_shape(arguments: Arguments, values: list[float]) -> tuple[Any, ...]:
    """Return a row of derivatives in the shape of the arguments."""
    parts: list[Any] = [None] * len(arguments.values)
    for at in arguments.chosen:
        shape = np.shape(arguments.values[at])
        count = int(np.prod(shape))
        parts[at], values = on_host(np.asarray(values[:count]).reshape(shape)), values[count:]
    return arguments.derivatives(parts)
