"""The trace itself: what is merged, folded, opened and drawn, and what is refused."""

from __future__ import annotations

import math
import xml.etree.ElementTree

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.autodiff import DerivativeError, NoRuleError, check_gradient, forward, reverse, trace
from trainwell.errors import UnknownNameError


@jax.custom_jvp
def doubled(x):
    return 2 * x


doubled.defjvp(lambda primals, tangents: (2 * primals[0], 3 * tangents[0]))


@jax.custom_vjp
def tripled(x):
    return 3 * x


tripled.defvjp(lambda x: (3 * x, None), lambda residual, given: (4 * given,))


def operations(found):
    return [node.operation for node in found.nodes]


def test_nested_calls_are_opened():
    found = trace(jax.jit(lambda x: jax.nn.relu(jax.jit(jnp.sin)(x))), 1.0)
    assert operations(found) == ["input", "sin", "max"]
    assert found.value == np.sin(1.0)


def test_custom_derivatives_are_opened_or_kept():
    assert operations(trace(doubled, 1.0)) == ["input", "mul"]
    assert operations(trace(doubled, 1.0, open_custom_rules=False)) == ["input", "custom_jvp_call"]
    assert reverse(doubled, 1.0).gradient == (2.0,)
    assert reverse(doubled, 1.0, open_custom_rules=False).gradient == (3.0,)
    assert forward(doubled, 1.0, open_custom_rules=False).derivative == 3.0
    assert reverse(tripled, 1.0).gradient == (3.0,)
    assert reverse(tripled, 1.0, open_custom_rules=False).gradient == (4.0,)


def test_a_tie_goes_as_its_author_has_it_only_where_the_rule_is_kept():
    assert reverse(jax.nn.relu, 0.0).gradient == (0.5,)
    assert reverse(jax.nn.relu, 0.0, open_custom_rules=False).gradient == (0.0,)


def test_what_depends_on_no_input_is_a_constant():
    found = trace(lambda x: x * jnp.sqrt(jnp.sum(jnp.arange(4.0) + 1.0)) + 0 * jnp.ones(3), 1.0)
    assert operations(found) == ["input", "mul", "add"]
    assert found.nodes[1].text == "3.16228 · v₁" or found.nodes[1].text == "v₁ · 3.16228"


def test_different_arrays_are_not_merged_and_equal_ones_are():
    large = np.arange(100.0)
    found = trace(lambda x: jnp.sum(x * large) + jnp.sum(x * (large + 1)) + jnp.sum(x * large), 1.0)
    assert operations(found).count("mul") == 2
    assert found.value == pytest.approx(3 * large.sum() + 100)


def test_what_the_output_does_not_need_is_forgotten():
    assert operations(trace(lambda x: (jnp.exp(x), jnp.sin(x))[1], 1.0)) == ["input", "sin"]


def test_the_precision_is_that_of_the_arguments_and_the_configuration_is_left_alone():
    assert trace(jnp.exp, 1.0).value == pytest.approx(np.exp(1.0), rel=1e-15)
    narrow = trace(jnp.exp, jnp.ones(2))
    assert narrow["v2"].value.dtype == np.float32
    assert not jax.config.jax_enable_x64


def test_it_works_on_pytrees_and_names_their_leaves():
    found = reverse(lambda p, n: p["w"] @ p["x"] * n, ({"w": np.ones(2), "x": np.array([2.0, 3.0])}, 5))
    assert found.trace.arguments.names == ("p['w']", "p['x']")
    gradient, none = found.gradient
    assert none is None
    assert gradient["w"].tolist() == [10, 15]


def test_several_outputs():
    found = trace(lambda x: (x, 2 * x, 7.0), 1.5)
    assert found.outputs == ("v1", "v2", "7")
    assert found.value == (1.5, 3.0, 7.0)
    assert forward(lambda x: (x, 2 * x), 1.5).derivative == (1.0, 2.0)


def test_nodes_by_name():
    found = trace(lambda x: jnp.sin(x), 1.0)
    assert found["v2"] is found["v₂"]
    with pytest.raises(UnknownNameError, match="no node is called 'v9'"):
        found["v9"]


def test_the_drawing_is_well_formed_and_holds_every_node():
    found = trace(lambda x, y: jnp.sin(x) * y < x, 1.0, 2.0)
    drawing = found.draw()
    root = xml.etree.ElementTree.fromstring(drawing.svg)
    assert len(root.findall("{http://www.w3.org/2000/svg}g")) == len(found) == 5
    assert len(drawing.text.splitlines()) == 5
    assert "v₁ = x = 1" in str(drawing)


@pytest.mark.parametrize("mode", [trace, lambda f, x: forward(f, (x,)), lambda f, x: reverse(f, (x,))])
def test_results_show_themselves(mode):
    found = mode(lambda x: jnp.sin(x) * x, 0.5)
    assert "0.5" in str(found)
    assert found._repr_html_().count("<tr>") == 1 + 3


def test_a_primitive_without_a_rule_is_named():
    matrix = np.eye(2)
    assert operations(trace(jnp.linalg.cholesky, matrix))
    for mode in (lambda: reverse(lambda a: jnp.sum(jnp.linalg.cholesky(a)), (matrix,)),):
        with pytest.raises(NoRuleError, match="no derivative rule for the primitive 'cholesky', which computes v"):
            mode()


def test_refusals():
    with pytest.raises(DerivativeError, match=r"write 2\.0 instead of 2"):
        reverse(lambda x: x, 2)
    with pytest.raises(DerivativeError, match=r"returns shape \(2,\); sum it"):
        reverse(lambda x: 2 * x, np.ones(2))
    with pytest.raises(DerivativeError, match="needs a direction"):
        forward(lambda x: 2 * x, np.ones(2))
    with pytest.raises(DerivativeError, match=r"must have its shape \(2,\), but got \(3,\)"):
        forward(lambda x: 2 * x, np.ones(2), np.ones(3))
    with pytest.raises(DerivativeError, match="one entry per argument, 2, but got 1"):
        forward(lambda x, y: x, (1.0, 2.0), (1.0,))
    with pytest.raises(DerivativeError, match="returns 2; return the one"):
        reverse(lambda x: (x, x * 2), 1.0)
    with pytest.raises(DerivativeError, match="gives complex ones"):
        reverse(lambda x: jnp.abs(jnp.exp(1j * x)), 1.0)
    with pytest.raises(DerivativeError, match=r"outside jax\.jit"):
        jax.jit(lambda x: reverse(jnp.sin, x).gradient)(1.0)
    with pytest.raises(DerivativeError, match="author's rule"):
        forward(tripled, 1.0, open_custom_rules=False)


def test_what_the_output_does_not_depend_on_has_gradient_zero():
    assert reverse(lambda x, y: x * jax.lax.stop_gradient(y) + 0 * jnp.floor(y), (2.0, 3.5)).gradient == (3.5, 0.0)
    assert reverse(lambda x: 4.0, 1.0).gradient == (0.0,)
    assert forward(lambda x: 4.0, 1.0).derivative == 0.0


@pytest.mark.parametrize("ask", [trace, reverse, forward, check_gradient], ids=lambda ask: ask.__name__)
@pytest.mark.parametrize(
    "function", [np.sin, math.sin, lambda x: x if x > 0 else -x], ids=["numpy", "math", "a branch in Python"]
)
def test_what_jax_cannot_follow_is_said(ask, function):
    with pytest.raises(DerivativeError, match=r"written with jax\.numpy.*jnp\.where.*JAX says"):
        ask(lambda x: function(x), 3.0)


@pytest.mark.parametrize("ask", [trace, reverse, forward, check_gradient], ids=lambda ask: ask.__name__)
def test_a_formula_in_words_is_no_function(ask):
    with pytest.raises(DerivativeError, match=r"got 'x\*\*2'.*read_expression"):
        ask("x**2", 3.0)


def test_passes_over_large_matrices_are_printed_in_a_line():
    wide = np.random.default_rng(0).normal(size=(20, 30))
    for made in (
        trace(product, wide, wide.T),
        reverse(product, (wide, wide.T)),
        forward(product, (wide, wide.T), (wide, wide.T)),
    ):
        assert repr(made).startswith(f"<{type(made).__name__}: ")
        assert len(repr(made)) < 300
        assert "\n" not in repr(made)
    assert repr(trace(product, wide, wide.T)["v1"]).startswith("<Node v₁ = a = (20, 30) from ")
    assert repr(reverse(product, (wide, wide.T))["v1"]).startswith("<Adjoint v̄₁ = ")
    often = reverse(lambda x: sum(x * number for number in range(200)), 2.0)
    assert max(map(len, str(often).splitlines())) < 600


def product(a, b):
    return jnp.sum(a @ b)
