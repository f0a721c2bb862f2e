"""Every number that the lectures work out by hand (rows L1 to L9 and L11 of the catalogue)."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell import autodiff

E6, COS3, SIN3 = np.exp(6.0), np.cos(3.0), np.sin(3.0)


def lecture(x1, x2):
    """Compute S3's f(x₁, x₂) = x₁x₂ + exp(x₁x₂) − sin x₂ in the order in which S3 does."""
    v3 = x1 * x2
    v4 = jnp.sin(x2)
    v5 = jnp.exp(v3)
    v6 = v3 - v4
    return v5 + v6


def written_out(x1, x2):
    return x1 * x2 + jnp.exp(x1 * x2) - jnp.sin(x2)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def test_l1_the_trace_has_these_seven_steps_in_this_order():
    nodes = autodiff.trace(lecture, 2.0, 3.0).nodes
    assert [node.name for node in nodes] == ["v1", "v2", "v3", "v4", "v5", "v6", "v7"]
    assert [node.text for node in nodes] == ["x1", "x2", "v₁ · v₂", "sin(v₂)", "exp(v₃)", "v₃ − v₄", "v₅ + v₆"]
    assert [node.parents for node in nodes[2:]] == [
        ("v1", "v2"),
        ("v2",),
        ("v3",),
        ("v3", "v4"),
        ("v5", "v6"),
    ]
    expected = [2, 3, 6, SIN3, E6, 6 - SIN3, E6 + 6 - SIN3]
    np.testing.assert_allclose([node.value for node in nodes], expected, rtol=1e-15)


def test_l1_common_subexpressions_are_merged():
    assert len(autodiff.trace(written_out, 2.0, 3.0)) == 7
    assert len(autodiff.trace(lambda x1, x2: x1 * x2 + x2 * x1, 2.0, 3.0)) == 4


@pytest.mark.parametrize(
    ("direction", "fifth", "seventh"), [((1.0, 0.0), 3 * E6, 3 + 3 * E6), ((0.0, 1.0), 2 * E6, 2 + 2 * E6 - COS3)]
)
def test_l2_tangents(direction, fifth, seventh):
    found = autodiff.forward(lecture, (2.0, 3.0), direction=direction)
    assert found["v5"].tangent == pytest.approx(fifth, rel=1e-15)
    assert found["v7"].tangent == found.derivative == pytest.approx(seventh, rel=1e-15)
    assert found["v3"].formula == "v̇₁ · v₂ + v̇₂ · v₁"


def test_l3_adjoints_with_their_sums():
    found = autodiff.reverse(lecture, (2.0, 3.0))
    assert [each.name for each in found.adjoints] == ["v7", "v6", "v5", "v4", "v3", "v2", "v1"]
    assert found["v3"].value == pytest.approx(1 + E6, rel=1e-15)
    assert found["v3"].formula == "v̄₅ · v₅ + v̄₆"
    assert [each.child for each in found["v3"].contributions] == ["v5", "v6"]
    np.testing.assert_allclose([each.value for each in found["v3"].contributions], [E6, 1], rtol=1e-15)
    assert found["v2"].formula == "v̄₃ · v₁ + v̄₄ · cos(v₂)"  # S3 prints v̄₂v₁ for the first term: a slip
    assert found["v4"].value == -1
    np.testing.assert_allclose(found.gradient, (3 + 3 * E6, 2 + 2 * E6 - COS3), rtol=1e-15)


def test_l4_central_differences_and_the_u_shape():
    found = autodiff.step_sizes(lecture, (2.0, 3.0))
    steps, errors = found.steps, found.errors["central"]
    near = np.argmin(np.abs(np.log10(steps) + 5))
    assert errors[near] < 1e-8
    assert errors[0] > 1e4 * errors.min() < errors[-1]
    assert 1e-9 <= found.best["forward"] <= 1e-7 < found.best["central"] <= 1e-4
    central = autodiff.numerical(lecture, (2.0, 3.0), method="central", step=1e-5)
    np.testing.assert_allclose(central.gradient, (3 + 3 * E6, 2 + 2 * E6 - COS3), rtol=1e-8)


def test_l5_the_closed_form_equals_reverse_mode():
    pytest.importorskip("sympy")
    found = autodiff.symbolic(lecture, (2.0, 3.0))
    assert str(found.derivatives["x1"]) == "x2*exp(x1*x2) + x2"
    assert str(found.derivatives["x2"]) == "x1*exp(x1*x2) + x1 - cos(x2)"
    np.testing.assert_allclose(found.gradient, autodiff.reverse(lecture, (2.0, 3.0)).gradient, rtol=1e-14)


def test_l6_four_ways_side_by_side():
    pytest.importorskip("sympy")
    found = autodiff.compare(lecture, (2.0, 3.0), copies=(1, 16))
    for way in found.ways:
        np.testing.assert_allclose(way.gradient, (3 + 3 * E6, 2 + 2 * E6 - COS3), rtol=1e-8)
        assert way.seconds > 0
    assert found.passes == {"numerical": (4, 64), "forward": (2, 32), "reverse": (1, 1)}


def test_l7_chain_rule():
    assert autodiff.reverse(lambda x: 2 * (3 * x), 1.5).gradient == (6.0,)


def test_l7_sum_rule():
    found = autodiff.reverse(lambda x: 2 * (3 * x) + -x, 1.5)
    assert found.gradient == (5.0,)
    assert sorted(each.value for each in found["v1"].contributions) == [-1, 6]


def test_l7_a_sum_over_hidden_units():
    first, second, x = np.array([1.0, -2.0, 0.5]), np.array([3.0, 1.0, 4.0]), 2.0
    by_first, by_second, by_x = autodiff.reverse(lambda w1, w2, x: jnp.sum(w2 * (w1 * x)), (first, second, x)).gradient
    assert by_x == second @ first == 3.0
    np.testing.assert_array_equal(by_second, first * x)
    np.testing.assert_array_equal(by_first, second * x)


def test_l8_the_training_step_of_s0():
    network = [([[1, 4], [2, 1]], [3, -2], "relu"), ([[2, 3]], [-2], "identity")]
    step = autodiff.backprop(network, (-5, 2), 8, loss="squared_error", learning_rate=0.002)
    assert step.prediction.tolist() == [10]
    assert step.loss == 4
    assert step.gradient.tolist() == [-40, 16, 8, 0, 0, 0, 24, 0, 4]
    np.testing.assert_allclose(step.updated, [1.08, 3.968, 2.984, 2, 1, -2, 1.952, 3, -2.008], rtol=1e-15)
    assert [each.name for each in step.parameters] == (
        ["w₁₁⁽¹⁾", "w₂₁⁽¹⁾", "b₁⁽¹⁾", "w₁₂⁽¹⁾", "w₂₂⁽¹⁾", "b₂⁽¹⁾", "w₁₁⁽²⁾", "w₂₁⁽²⁾", "b₁⁽²⁾"]
    )
    first, second = step.layers
    assert (first.z.tolist(), first.a.tolist(), first.delta.tolist()) == ([6, -10], [6, 0], [8, 0])
    assert (second.z.tolist(), second.delta.tolist()) == ([10], [4])
    (note,) = step.notes
    assert note.startswith("Unit 2 of layer 1 is dead here: at z₂⁽¹⁾ = -10")


def test_l9_the_chain_of_two_sigmoids():
    """S2: ŷ = σ(w₂ σ(w₁ x)), E = ½(ŷ − y)²; ∂E/∂w₁ = (ŷ − y) σ′(a₂) w₂ σ′(a₁) x."""
    x, y, w1, w2 = 1.5, 0.2, 0.7, -1.3
    step = autodiff.backprop(
        [([[w1]], None, "sigmoid"), ([[w2]], None, "sigmoid")], [x], [y], loss="half_squared_error"
    )
    a1 = w1 * x
    a2 = w2 * sigmoid(a1)
    last = (sigmoid(a2) - y) * slope(a2)
    assert step.layers[1].delta[0] == pytest.approx(last, rel=1e-14)
    assert step["w₁₁⁽²⁾"].gradient == pytest.approx(last * sigmoid(a1), rel=1e-14)
    assert step["w₁₁⁽¹⁾"].gradient == pytest.approx(last * w2 * slope(a1) * x, rel=1e-14)


@pytest.mark.parametrize("x", [-1.0, 0.3, 2.0])
def test_l9_the_exercise_of_s4(x):
    """S4's exercise, whose z = 0.9 no x gives with its weights: the formula at the z that x does give."""
    target = 1.0
    step = autodiff.backprop(
        [([[0.5], [1.0]], [1.0, 0.5], jax.nn.sigmoid), ([[0.5, 0.5]], [0.25], jax.nn.sigmoid)],
        [x],
        [target],
        loss="half_squared_error",
    )
    u2 = x + 0.5
    u = 0.5 * sigmoid(0.5 * x + 1) + 0.5 * sigmoid(u2) + 0.25
    expected = (sigmoid(u) - target) * slope(u) * 0.5 * slope(u2) * x
    assert step["w₁₂⁽¹⁾"].gradient == pytest.approx(expected, rel=1e-13)
    assert sigmoid(1.25) < 0.9  # u cannot exceed 1.25


def test_l9_the_delta_rule_in_matrices():
    """δ⁽ᵏ⁾ = W⁽ᵏ⁺¹⁾ᵀ δ⁽ᵏ⁺¹⁾ ∘ σ′, gradients as outer products, for a deeper net and against jax.grad."""
    generator = np.random.default_rng(0)
    widths = [3, 5, 4, 2]
    weights = [generator.normal(size=(after, before)) for before, after in pairwise(widths)]
    biases = [generator.normal(size=width) for width in widths[1:]]
    network = [(*pair, "sigmoid") for pair in zip(weights, biases, strict=True)]
    x, y = generator.normal(size=3), generator.normal(size=2)
    step = autodiff.backprop(network, x, y, loss="half_squared_error")
    for layer, after in pairwise(step.layers):
        np.testing.assert_allclose(layer.delta, after.weight.T @ after.delta * slope(layer.z), rtol=1e-13)
        np.testing.assert_allclose(layer.weight_gradient, np.outer(layer.delta, layer.inputs), rtol=1e-13)

    def loss(parameters):
        a = x
        for weight, bias in parameters:
            a = jax.nn.sigmoid(weight @ a + bias)
        return 0.5 * jnp.sum((a - y) ** 2)

    with jax.enable_x64(True):
        expected = jax.grad(loss)([(jnp.asarray(w), jnp.asarray(b)) for w, b in zip(weights, biases, strict=True)])
    for layer, (by_weight, by_bias) in zip(step.layers, expected, strict=True):
        np.testing.assert_allclose(layer.weight_gradient, by_weight, rtol=1e-12)
        np.testing.assert_allclose(layer.bias_gradient, by_bias, rtol=1e-12)


def test_l11_saddle_and_minimum():
    assert autodiff.stationary(lambda x, y: x**2 - y**2, (0.0, 0.0)).verdict == "saddle"
    found = autodiff.stationary(lambda x, y: x**2 + y**2, (0.0, 0.0))
    assert found.verdict == "minimum"
    assert found.eigenvalues.tolist() == [2, 2]
