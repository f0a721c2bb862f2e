"""A formula as a person types it, such as ``x1*x2 + exp(x1*x2)``, read into a function; never run as code.

Python's parser reads the text, and what it found is copied into the five kinds of node below or refused: numbers,
names, signs, the four operations and powers, and calls of the listed functions. Nothing is compiled or looked up
anywhere else, so that an expression from a stranger can only compute.
"""

from __future__ import annotations

import ast
import inspect
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.formulas import CONSTANTS, FUNCTIONS
from trainwell.errors import did_you_mean

LONGEST = 2000
MOST_NESTED = 100
#: Powers up to this are taken as repeated products, of any base; others as exp(y log x), of positive ones.
MOST_REPEATED = 64
_STRANGE = re.compile(r"[^A-Za-z0-9_.+\-*/(), ]")


@dataclass(frozen=True)
class Number:
    """A number as written; whole ones stay integers, so that powers of negative bases work."""

    value: int | float


@dataclass(frozen=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True)
class Negative:
    """−a."""

    of: Part


@dataclass(frozen=True)
class Binary:
    """a ∘ b, where the sign is one of ``+ - * / **``."""

    sign: str
    left: Part
    right: Part


@dataclass(frozen=True)
class Call:
    """One of the listed functions, applied."""

    function: str
    arguments: tuple[Part, ...]


Part: TypeAlias = Number | Name | Negative | Binary | Call

SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}


@dataclass(frozen=True)
class Expression:
    """A formula, read.

    Attributes:
        text: as it was typed.
        part: what it says.
        names: its variables, in the order in which they first stand.

    >>> expression = read_expression("x1*x2 + exp(x1*x2) - sin(x2)")
    >>> expression.names
    ('x1', 'x2')
    >>> round(float(expression.function()(0.0, 0.0)), 6)
    1.0
    """

    text: str
    part: Part
    names: tuple[str, ...]

    def function(self) -> Callable[..., Any]:
        """Return the function of its variables, in their order, that JAX can trace."""

        def compute(*values: Any) -> Any:
            return computed(self.part, dict(zip(self.names, values, strict=True)))

        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(name, kind) for name in self.names]
        compute.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        return compute

    def constant(self) -> float:
        """Return the value of an expression without variables.

        Raises:
            DerivativeError: it has variables, or its value is no finite number.
        """
        if self.names:
            raise DerivativeError(f"a value must be a number, but {self.text!r} has the variable {self.names[0]}.")
        with jax.enable_x64(True):
            value = float(computed(self.part, {}))
        if not math.isfinite(value):
            raise DerivativeError(f"a value must be a finite number, but {self.text!r} is {value}.")
        return value


def read_expression(text: str) -> Expression:
    """Read a formula.

    Raises:
        DerivativeError: it holds anything but arithmetic, or is too long or too deeply nested; says where.

    >>> read_expression("2*y**2").part.sign
    '*'
    >>> read_expression("x.real + 1")
    Traceback (most recent call last):
    trainwell.autodiff.errors.DerivativeError: column 1: 'x.real' is no arithmetic. An expression is made of numbers, \
names, + - * / **, parentheses, pi, and the functions sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, log, \
sqrt, abs, sigmoid, relu, softplus, erf, max, min.
    """
    if len(text) > LONGEST:
        raise DerivativeError(f"an expression may have {LONGEST} characters, but this one has {len(text)}.")
    text = text.strip()
    if strange := _STRANGE.search(text):
        hint = " Write ** for a power." if strange[0] == "^" else f" {allowed()}"
        raise refused(strange.start(), strange[0], hint)
    part = copied(parsed(text), text, 0)
    return Expression(text, part, tuple(dict.fromkeys(names_in(part))))


def parsed(text: str) -> ast.expr:
    """Return Python's reading of the text, which is not run."""
    if not text:
        raise DerivativeError(f"there is no expression. {allowed()}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except SyntaxError as problem:
        at = min(problem.offset or len(text), len(text)) - 1
        raise DerivativeError(
            f"column {at + 1}: {text!r} cannot be read from here on: {problem.msg}. {allowed()}"
        ) from None
    except (RecursionError, MemoryError, ValueError):
        raise too_deep() from None


def copied(node: ast.expr, text: str, depth: int) -> Part:
    """Return a node of Python's reading as one of ours, or raise at the first that is none."""
    if depth > MOST_NESTED:
        raise too_deep()
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Number(checked(value, node, text))
        case ast.Name(id=name):
            return Number(CONSTANTS[name]) if name in CONSTANTS else Name(variable(name, node))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return negated(copied(operand, text, depth + 1))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return copied(operand, text, depth + 1)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SIGNS:
            return Binary(SIGNS[type(op)], copied(left, text, depth + 1), copied(right, text, depth + 1))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            check_call(name, args, node, text)
            return Call(name, tuple(copied(each, text, depth + 1) for each in args))
    raise refused(node.col_offset, piece(node, text), f" {allowed()}")


def negated(part: Part) -> Part:
    """Return −part, a number with its sign, so that −2 is one."""
    return Number(-part.value) if isinstance(part, Number) else Negative(part)


def checked(value: int | float, node: ast.expr, text: str) -> int | float:
    """Return a number that a float can hold."""
    if abs(value) > 1e300:
        raise refused(node.col_offset, piece(node, text), " Numbers may be as large as 1e300.")
    return value


def variable(name: str, node: ast.expr) -> str:
    """Return the name of a variable, not of a function."""
    if name in FUNCTIONS:
        raise refused(node.col_offset, name, f" It is a function: write {FUNCTIONS.entry(name).formula}.")
    return name


def check_call(name: str, args: list[ast.expr], node: ast.expr, text: str) -> None:
    """Raise unless a listed function is called with as many arguments as it takes."""
    if name not in FUNCTIONS:
        known = f" It is no listed function.{did_you_mean(name, FUNCTIONS)} {allowed()}"
        raise refused(node.col_offset, f"{name}(…)", known)
    needed = FUNCTIONS.entry(name).facts["arguments"]
    if len(args) != needed and not (needed is None and len(args) >= 2):
        takes = "1 argument" if needed == 1 else "2 arguments or more"
        raise refused(node.col_offset, piece(node, text), f" {name} takes {takes}, but got {len(args)}.")


def refused(at: int, what: str, hint: str) -> DerivativeError:
    """Build the error for something that is no arithmetic, at a place counted from 0."""
    return DerivativeError(f"column {at + 1}: {what!r} is no arithmetic.{hint}")


def too_deep() -> DerivativeError:
    """Build the error for an expression that nests without end."""
    return DerivativeError(
        f"the expression is nested more than {MOST_NESTED} deep (a sum of as many terms counts): divide it."
    )


def allowed() -> str:
    """Say what an expression is made of."""
    return (
        "An expression is made of numbers, names, + - * / **, parentheses, "
        f"{', '.join(CONSTANTS)}, and the functions {', '.join(FUNCTIONS)}."
    )


def piece(node: ast.expr, text: str) -> str:
    """Return the text of a node, shortened."""
    found = text[node.col_offset : node.end_col_offset]
    return found if len(found) <= 40 else found[:39] + "…"


def names_in(part: Part) -> Iterator[str]:
    """Yield the variables from left to right, as often as they stand."""
    match part:
        case Name(name):
            yield name
        case Negative(of):
            yield from names_in(of)
        case Binary(_, left, right):
            yield from names_in(left)
            yield from names_in(right)
        case Call(_, arguments):
            for each in arguments:
                yield from names_in(each)


def computed(part: Part, values: Mapping[str, Any]) -> Any:
    """Return the value, variables replaced by ``values``: numbers, arrays or what JAX traces."""
    match part:
        case Number(value):
            return jnp.asarray(float(value))
        case Name(name):
            return values[name]
        case Negative(of):
            return -computed(of, values)
        case Binary("**", base, Number(int() as power)) if abs(power) <= MOST_REPEATED:
            return computed(base, values) ** power
        case Binary(sign, left, right):
            a, b = computed(left, values), computed(right, values)
            return jnp.power(a, b) if sign == "**" else ARITHMETIC[sign](a, b)
        case Call(function, arguments):
            return FUNCTIONS[function](*(computed(each, values) for each in arguments))
