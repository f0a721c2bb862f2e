"""Every rule against jax.grad and jax.jvp: one example per primitive, and every activation, loss and layer of ours."""

from __future__ import annotations

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from tests.functions.test_losses import example
from trainwell.autodiff import RULES, reverse
from trainwell.autodiff.arguments import read_arguments
from trainwell.autodiff.forward import push_forward
from trainwell.autodiff.reverse import pull_back
from trainwell.autodiff.trace import trace_arguments
from trainwell.functions.activations import ACTIVATIONS
from trainwell.functions.losses import LOSSES
from trainwell.layout import Layout
from trainwell.network import MLP, Periodic
from trainwell.network.layers import split_parameters

GENERATOR = np.random.default_rng(1)
ROW = GENERATOR.uniform(0.2, 0.8, 5)
OTHER = GENERATOR.uniform(0.2, 0.8, 5)
SQUARE = GENERATOR.normal(size=(3, 4))
WIDE = GENERATOR.normal(size=(4, 5))
IMAGE = GENERATOR.normal(size=(2, 4, 7, 6))
KERNEL = GENERATOR.normal(size=(6, 2, 3, 2))
PLACES = np.array([2, 0, 2])


def convolution(image, kernel):
    return lax.conv_general_dilated(
        image, kernel, (2, 1), ((1, 2), (0, 1)), lhs_dilation=(1, 2), rhs_dilation=(2, 1), feature_group_count=2
    )


def plain_convolution(image, kernel):
    layout = lax.ConvDimensionNumbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))
    return lax.conv_general_dilated(image, kernel, (1, 1), "SAME", dimension_numbers=layout)


def pooled(image, start, operation):
    return lax.reduce_window(image, start, operation, (1, 1, 3, 2), (1, 1, 2, 2), ((0, 0), (0, 0), (1, 1), (0, 0)))


CASES = {  # primitive: a function that meets it, and where
    "add": (lambda x, y: x + y, ROW, 2.0),
    "sub": (lambda x, y: x - y, 2.0, ROW),
    "mul": (lambda x, y: x * y * x, ROW, OTHER),
    "div": (lambda x, y: x / y, ROW, OTHER),
    "neg": (lambda x: -x, ROW),
    "square": (lax.square, ROW),
    "integer_pow": (lambda x: x**3 + x**-2, ROW),
    "pow": (lambda x, y: x**y + jnp.power(0.0, y), ROW, OTHER),
    "sqrt": (jnp.sqrt, ROW),
    "rsqrt": (lax.rsqrt, ROW),
    "cbrt": (jnp.cbrt, ROW),
    "abs": (jnp.abs, SQUARE),
    "max": (lambda x, y: jnp.maximum(x, y) + jnp.maximum(x, x), ROW, OTHER),
    "min": (jnp.minimum, ROW, OTHER),
    "rem": (lambda x, y: lax.rem(5 * x, y), ROW, OTHER),
    "atan2": (jnp.arctan2, ROW, OTHER),
    "clamp": (lambda low, x, high: lax.clamp(low, x, high), 0 * ROW + 0.4, ROW, 0 * ROW + 0.6),
    "sign": (lambda x: x * jnp.sign(x), SQUARE),
    "floor": (lambda x: x * jnp.floor(3 * x), SQUARE),
    "ceil": (lambda x: x * jnp.ceil(3 * x), SQUARE),
    "round": (lambda x: x * jnp.round(3 * x), SQUARE),
    "stop_gradient": (lambda x: x * lax.stop_gradient(x), ROW),
    "select_n": (lambda x, y: jnp.where(x > 0.5, x * y, y), ROW, OTHER),
    "erf": (lax.erf, ROW),
    "erfc": (lax.erfc, ROW),
    "erf_inv": (lax.erf_inv, ROW),
    "lgamma": (lax.lgamma, ROW),
    "digamma": (lax.digamma, ROW),
    "acosh": (lambda x: jnp.arccosh(1 + x), ROW),
    "convert_element_type": (lambda x: x.astype(jnp.float32).astype(jnp.float64) * x, ROW),
    "reduce_precision": (lambda x: lax.reduce_precision(x, 11, 52) * x, ROW),
    "reshape": (lambda x: jnp.sin(x).reshape(2, 6) ** 2, SQUARE),
    "squeeze": (lambda x: jnp.squeeze(x[:, :1] ** 2, 1), SQUARE),
    "expand_dims": (lambda x: jnp.expand_dims(x**2, 1), ROW),
    "broadcast_in_dim": (lambda x: jnp.broadcast_to((x**2)[:, None], (5, 3)) ** 2, ROW),
    "transpose": (lambda x: (x**2).transpose(2, 0, 3, 1), IMAGE),
    "rev": (lambda x: x**2 * x[::-1], ROW),
    "slice": (lambda x: lax.slice(x, (1, 0), (3, 4), (1, 2)) ** 2, SQUARE),
    "concatenate": (lambda x, y: jnp.concatenate([x, np.ones((1, 4)), y[:, :4]]) ** 2, SQUARE, WIDE),
    "split": (lambda x: (lambda a, b: a**2 + 0 * b[:, :1])(*jnp.split(x, [1], axis=1)), SQUARE),
    "pad": (lambda x, y: lax.pad(x, y, ((1, 2, 1), (0, 1, 0))) ** 2, SQUARE, 0.5),
    "reduce_sum": (lambda x: jnp.sum(x**2, axis=(0, 2)), IMAGE),
    "reduce_max": (lambda x: jnp.max(x, axis=(1, 2)) + jnp.max(0 * x), IMAGE),
    "reduce_min": (lambda x: jnp.min(x, axis=0), IMAGE),
    "reduce_prod": (lambda x: jnp.prod(x, axis=(0, 1)) + jnp.prod(x * (x > x.min())), SQUARE),
    "psum": (jax.vmap(lambda x: x - lax.pmean(x**2, "batch"), axis_name="batch"), SQUARE),
    "cumsum": (lambda x: jnp.cumsum(x**2, axis=1) + lax.cumsum(x, axis=0, reverse=True), SQUARE),
    "sort": (lambda x: jnp.sort(x, axis=0) * np.arange(4), SQUARE),
    "top_k": (lambda x: lax.top_k(x, 2)[0] ** 2, SQUARE),
    "dot_general": (
        lambda x, y: jnp.einsum("bij,bkj,bj->bki", x[0], x[1], y),
        GENERATOR.normal(size=(2, 3, 4, 2)),
        SQUARE[:, :2],
    ),
    "conv_general_dilated": (lambda x, y: convolution(x, y), IMAGE, KERNEL),
    "gather": (lambda x: x[PLACES] * x[1, PLACES][:, None], SQUARE),
    "dynamic_slice": (lambda x: lax.dynamic_slice(x, (PLACES[0], 1), (2, 2)) ** 2, SQUARE),
    "dynamic_update_slice": (lambda x, y: lax.dynamic_update_slice(x, y[:2, :2], (PLACES[0], 1)) ** 2, SQUARE, WIDE),
    "scatter-add": (lambda x, y: x.at[PLACES].add(y[:3, :4]) ** 2, SQUARE, WIDE),
    "scatter": (lambda x, y: x.at[np.array([2, 0])].set(y[:2, :4]) ** 2, SQUARE, WIDE),
    "reduce_window_sum": (lambda x: pooled(x, 0.0, lax.add) ** 2, IMAGE),
    "reduce_window_max": (lambda x: pooled(x, -np.inf, lax.max) ** 2, IMAGE),
    "logistic": (jax.nn.sigmoid, SQUARE),
    "tile": (lambda x: jnp.tile(x**2, (2, 3)) ** 2, SQUARE),
    "unstack": (lambda x: (lambda rows: rows[0] * rows[2])(jnp.unstack(x)), SQUARE),
    "stack": (lambda x, y: jnp.stack([x, y**2, x], axis=1) ** 2, ROW, OTHER),
}
for _name in ("exp", "exp2", "expm1", "log", "log1p", "sin", "cos", "tan", "asin", "acos", "atan"):
    CASES[_name] = (getattr(jnp, _name), ROW)
for _name in ("sinh", "cosh", "tanh", "asinh", "atanh"):
    CASES[_name] = (getattr(jnp, _name), ROW)
#: Met in code that JAX itself writes (transposed programs), by another name in other versions, or tested elsewhere.
ELSEWHERE = {"add_any", "copy", "custom_jvp_call", "custom_vjp_call", "scatter_add", "expand_dims"}
FURTHER = {
    "plain convolution": (plain_convolution, IMAGE, GENERATOR.normal(size=(3, 3, 6, 5))),
    "patches": (lambda x: lax.conv_general_dilated_patches(x, (3, 2), (1, 1), "SAME") ** 2, IMAGE),
    "average of a pool": (lambda x: eqx.nn.AvgPool2d(2, 2)(x), IMAGE[0]),
    "maximum of a pool": (lambda x: eqx.nn.MaxPool2d(2, 2)(x), IMAGE[0]),
    "logsumexp": (jax.nn.logsumexp, ROW),
    "norm": (jnp.linalg.norm, SQUARE),
    "variance": (lambda x: jnp.var(x, axis=0), SQUARE),
    "scan": (lambda x: sum(lax.scan(lambda c, r: (c * jnp.sin(r), c + r), x[0], x, reverse=True)), SQUARE),
    "branch": (lambda x: lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), ROW),
    "checkpoint": (jax.checkpoint(lambda x: jnp.sin(x) * x), ROW),
    "nothing": (lambda x, y: jnp.ones(3) + 0 * y, ROW, 2.0),
}


def agrees(function, *args, open_custom_rules=True, tolerance=1e-9):
    """Compare our forward and reverse modes with JAX's along random directions; return the trace.

    All passes are compiled together, which is quicker than one operation at a time.
    """
    arguments = read_arguments(function, tuple(np.asarray(each, np.float64) for each in args))
    direction = tuple(GENERATOR.normal(size=each.shape) for each in arguments.values)
    with arguments.precision():
        found = trace_arguments(function, arguments, open_custom_rules=open_custom_rules)
        weights = GENERATOR.normal(size=found.operand_value(found.program.outputs[0]).shape)
        ours, theirs = jax.jit(partial(both_modes, function, found))(arguments.values, direction, weights)
    np.testing.assert_allclose(found.value, theirs[0], rtol=tolerance, atol=tolerance)
    for own, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs[1:]), strict=True):
        np.testing.assert_allclose(own, other, rtol=tolerance, atol=tolerance)
    return found


def both_modes(function, found, values, direction, weights):
    """Return tangent and gradient of the weighted sum by our rules, and value, tangent and gradient by JAX."""
    chosen, (output,) = range(len(values)), found.program.outputs
    if not isinstance(output, int):
        output = -1  # a constant: nothing moves
    computed = found.program.run(values)
    tangents = push_forward(found.program, computed, dict(enumerate(direction)))
    adjoints, _ = pull_back(found.program, computed, {output: weights}, chosen)
    gradient = tuple(adjoints.get(at, jnp.zeros_like(values[at])) for at in chosen)
    value, tangent = jax.jvp(function, values, direction)
    back = jax.vjp(function, *values)[1](weights)
    return (tangents.get(output, jnp.zeros_like(value)), gradient), (value, tangent, back)


def test_every_rule_has_an_example():
    assert set(RULES) - ELSEWHERE <= set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_every_rule_equals_jax(name):
    function, *args = CASES[name]
    trace = agrees(function, *args, tolerance=2e-6 if name == "convert_element_type" else 1e-9)
    assert name in {node.operation for node in trace.nodes} | ELSEWHERE


@pytest.mark.parametrize("name", FURTHER)
def test_further_functions_equal_jax(name):
    agrees(*FURTHER[name])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(name):
    agrees(ACTIVATIONS[name], SQUARE)


@pytest.mark.parametrize("name", ["relu", "softplus", "silu"])
def test_activations_by_their_authors_rules(name):
    found = agrees(ACTIVATIONS[name], SQUARE, open_custom_rules=False)
    assert name == "silu" or "custom_jvp_call" in {node.operation for node in found.nodes}


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name):
    outputs, targets = example(name, scale=2.0)
    agrees(lambda a: LOSSES[name](a, targets, np.arange(1.0, 7.0)), outputs)


@pytest.mark.parametrize("name", [name for name in LOSSES if {"binary", "multiclass"} & set(LOSSES[name].tasks)])
def test_every_loss_with_class_weights(name):
    outputs, targets = example(name, scale=2.0)
    agrees(lambda a, w: LOSSES[name](a, targets, class_weights=w), outputs, np.arange(1.0, 5.0))


@pytest.mark.parametrize("normalization", [None, "batch", "layer"])
def test_every_layer(normalization):
    """A network of all layers together: periodic and category embeddings, dropout, normalization, activation."""
    recipe = MLP(hidden=(3,), dropout=0.2, input_dropout=0.1, normalization=normalization, numbers=Periodic())
    layout = Layout(numbers=2, dense=1, cardinalities=(4,))
    module, state = eqx.nn.make_with_state(recipe.build)(layout, 2, key=jax.random.key(0))
    state = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), state)
    parameters, rest = split_parameters(module)
    leaves, structure = jax.tree.flatten(parameters)
    rows = np.column_stack([GENERATOR.normal(size=(4, 3)), [0, 3, 1, 3]])
    key = jax.random.key(1)

    def outputs(*leaves):
        network = eqx.combine(jax.tree.unflatten(structure, leaves), rest)
        fresh = jax.tree.map(lambda leaf: leaf, state)  # Equinox lets a state be used once
        return jax.vmap(lambda row: network(row, fresh, key=key)[0], axis_name="batch")(rows)

    agrees(outputs, *leaves)


def test_a_loop_that_jax_itself_cannot_reverse():
    function = lambda x: jnp.sum(lax.while_loop(lambda c: jnp.sum(c) < 50, lambda c: c * 2 + x, x))
    with jax.enable_x64(True):
        expected = jax.jacfwd(function)(jnp.asarray(ROW))
    np.testing.assert_allclose(reverse(function, (ROW,)).gradient[0], expected, rtol=1e-12)
