"""Expressions: they compute what Python's own floats compute, and nothing in them is ever run."""

from __future__ import annotations

import builtins
import math
import string

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainwell.autodiff import FUNCTIONS, DerivativeError, read_expression, reverse, trace
from trainwell.autodiff.expression import LONGEST, MOST_NESTED

ORACLE = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos, "atan": math.atan,
    "sinh": math.sinh, "cosh": math.cosh, "tanh": math.tanh, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
    "abs": abs, "erf": math.erf, "max": max, "min": min,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "softplus": lambda x: math.log1p(math.exp(x)),
}  # fmt: skip

LEAVES = st.one_of(
    st.integers(0, 9).map(str), st.floats(0.1, 9).map(lambda x: repr(round(x, 2))), st.sampled_from(["x", "y", "pi"])
)


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return larger expressions, of values that stay moderate."""
    return st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}/(2 + abs({t[1]}))"),
        inner.map(lambda text: f"-({text})"),
        inner.map(lambda text: f"({text})**2"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "sigmoid", "atan", "erf"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(st.sampled_from(["max", "min"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
    )


def value_of(text: str, **values: float) -> float:
    """Return what an expression gives, in float64 and without compiling."""
    expression = read_expression(text)
    with jax.enable_x64(True), jax.disable_jit():
        return float(expression.function()(*(jnp.float64(values[name]) for name in expression.names)))


@settings(max_examples=60, deadline=None)
@given(st.recursive(LEAVES, joined, max_leaves=8))
def test_the_value_is_that_of_pythons_floats(text: str) -> None:
    expected = eval(text, {"__builtins__": {}, **ORACLE, "pi": math.pi, "x": 0.75, "y": -1.5})
    np.testing.assert_allclose(value_of(text, x=0.75, y=-1.5), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_oracle_and_a_derivative(name: str) -> None:
    several = FUNCTIONS.entry(name).facts["arguments"] is None
    text = f"{name}(x, 0.2, 0.1)" if several else f"{name}(x)"
    at = 0.4
    oracle = (lambda x: ORACLE[name](x, 0.2, 0.1)) if several else ORACLE[name]
    assert value_of(text, x=at) == pytest.approx(oracle(at), rel=1e-12)
    slope = (oracle(at + 1e-6) - oracle(at - 1e-6)) / 2e-6
    assert reverse(read_expression(text).function(), (at,)).gradient[0] == pytest.approx(slope, abs=1e-8)


@settings(max_examples=150, deadline=None)
@given(st.text(string.printable, max_size=40))
def test_any_text_is_read_or_refused_and_never_run(text: str) -> None:
    forbidden = {name: getattr(builtins, name) for name in ("eval", "exec", "compile", "__import__", "open")}
    real_compile = builtins.compile

    def only_parsing(source: object, *args: object, **options: object) -> object:
        assert options.get("flags", args[2] if len(args) > 2 else 0) & 0x400, "compiled for running"
        return real_compile(source, *args, **options)  # type: ignore[call-overload]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an expression was run")

    try:
        for name in forbidden:
            setattr(builtins, name, only_parsing if name == "compile" else refuse)
        try:
            expression = read_expression(text)
        except DerivativeError as problem:
            sentence = str(problem)
        else:
            sentence = ""
            assert set("".join(expression.names)) <= set(string.ascii_letters + string.digits + "_")
    finally:
        for name, function in forbidden.items():
            setattr(builtins, name, function)
    assert sentence == "" or sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "column", "fragment"),
    [
        ("__import__('os').system('x')", 12, "no arithmetic"),
        ("x.__class__", 1, "'x.__class__' is no arithmetic"),
        ("1 + x.real", 5, "x.real"),
        ("(lambda: 1)()", 8, "no arithmetic"),
        ("x if y else 2", 1, "no arithmetic"),
        ("x and y", 1, "no arithmetic"),
        ("2*True", 3, "'True' is no arithmetic"),
        ("x^2", 2, "Write ** for a power."),
        ("x // 2", 1, "no arithmetic"),
        ("x % 2", 3, "'%'"),
        ("3j*x", 1, "'3j'"),
        ("max(x)", 1, "max takes 2 arguments or more, but got 1."),
        ("sin(x, y)", 1, "sin takes 1 argument, but got 2."),
        ("sin(x=1)", 6, "no arithmetic"),
        ("max(*x, y)", 5, "'*x' is no arithmetic"),
        ("2*sine(x)", 3, "Did you mean 'sin'?"),
        ("eval(x)", 1, "It is no listed function"),
        ("x*sin", 3, "write sin(x)"),
        ("f(1)(2)", 1, "no arithmetic"),
        ("(x, y)", 1, "no arithmetic"),
        ("x +", 3, "cannot be read"),
        ("1e999*x", 1, "1e300"),
        ("9" * 400, 1, "1e300"),
    ],
)  # fmt: skip
def test_refusals_name_the_place(text: str, column: int, fragment: str) -> None:
    with pytest.raises(DerivativeError) as refused:
        read_expression(text)
    assert str(refused.value).startswith(f"column {column}: ")
    assert fragment in str(refused.value)


def test_sizes_are_bounded() -> None:
    with pytest.raises(DerivativeError, match=f"may have {LONGEST} characters"):
        read_expression("x" * (LONGEST + 1))
    for text in ("-" * 1900 + "x", "(" * 900 + "x" + ")" * 900, "+".join(["x"] * 900), "sin(" * 150 + "x" + ")" * 150):
        with pytest.raises(DerivativeError, match=r"nested|cannot be read"):
            read_expression(text)
    assert read_expression("+".join(["x"] * MOST_NESTED)).names == ("x",)
    with pytest.raises(DerivativeError, match="there is no expression"):
        read_expression("  ")


def test_towers_of_powers_overflow_instead_of_growing() -> None:
    assert value_of("9**9**9**9") == math.inf
    assert value_of("(((x**64)**64)**64)**64", x=2.0) == math.inf
    assert value_of("(-2)**3") == -8.0
    assert value_of("-x**2", x=3.0) == -9.0
    assert value_of("x**-2", x=-2.0) == 0.25
    assert value_of("x**0.5", x=9.0) == 3.0


def test_a_value_must_be_a_finite_constant() -> None:
    assert read_expression("pi/2").constant() == math.pi / 2
    with pytest.raises(DerivativeError, match="has the variable x"):
        read_expression("2*x").constant()
    with pytest.raises(DerivativeError, match="finite"):
        read_expression("1/0").constant()


def test_the_lectures_function_gives_the_lectures_trace() -> None:
    expression = read_expression("x1*x2 + exp(x1*x2) - sin(x2)")
    found = trace(expression.function(), 2.0, 3.0)
    assert [node.operation for node in found.nodes] == ["input", "input", "mul", "exp", "add", "sin", "sub"]
    gradient = reverse(expression.function(), (2.0, 3.0)).gradient
    np.testing.assert_allclose(gradient, (3 + 3 * math.exp(6), 2 + 2 * math.exp(6) - math.cos(3)), rtol=1e-12)
