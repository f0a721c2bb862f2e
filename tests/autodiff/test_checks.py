"""Gradient check, differences, closed forms, the four ways, and stationary points."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell import autodiff
from trainwell.autodiff import DerivativeError, check_gradient
from trainwell.errors import UnknownNameError
from trainwell.functions.activations import ACTIVATIONS
from trainwell.functions.losses import LOSSES
from trainwell.layout import Layout
from trainwell.network import MLP

ROW = np.array([0.3, -1.2, 0.7])


@jax.custom_jvp
def planted(z):
    """Compute a swish whose author forgot a term of the derivative."""
    return z * jax.nn.sigmoid(z)


planted.defjvp(lambda primals, tangents: (planted(primals[0]), jax.nn.sigmoid(primals[0]) * tangents[0]))


def test_a_planted_wrong_derivative_is_caught_and_blamed():
    found = check_gradient(lambda w, x: jnp.sum(planted(w @ x)), (np.arange(6.0).reshape(2, 3) / 5, ROW))
    assert found.verdict == "wrong"
    assert not found
    assert found.worst.claimed != pytest.approx(found.worst.numerical, rel=1e-3)
    assert found.worst.opened == pytest.approx(found.worst.numerical, rel=1e-6)
    assert found.worst.name in str(found)
    assert "custom derivative" in found.sentence


def test_a_wrong_derivative_cannot_hide_in_a_sum():
    @jax.custom_jvp
    def softmax(z):
        return jax.nn.softmax(z)

    softmax.defjvp(lambda primals, tangents: (softmax(*primals), 0 * tangents[0]))  # as the derivative of its sum is
    assert check_gradient(softmax, ROW).verdict == "wrong"


def test_one_wrong_entry_among_many_that_are_not_compared():
    @jax.custom_vjp
    def total(x):
        return jnp.sum(x**2)

    total.defvjp(lambda x: (total(x), x), lambda x, given: ((2 * given * x).at[7].multiply(3),))
    found = check_gradient(total, np.ones(400), most=5)
    assert found.checked == 5
    assert found.verdict == "wrong"


def test_a_cut_off_derivative_is_wrong_too():
    found = check_gradient(lambda x: x * jax.lax.stop_gradient(x), 2.0)
    assert found.verdict == "wrong"
    assert "stop_gradient" in found.sentence


def test_infinite_slopes_are_named():
    assert check_gradient(jnp.sqrt, 0.0).verdict == "not finite"


def test_a_kink_is_no_fault():
    found = check_gradient(jax.nn.relu, np.array([0.0, 1.0, -1.0]))
    assert found.verdict == "agrees"
    assert found.kinks == 1


def test_float32_inside_is_judged_with_its_own_tolerance():
    found = check_gradient(lambda x: jnp.tanh(x.astype(jnp.float32)), ROW)
    assert found.verdict == "agrees"
    assert found.tolerance == 1e-2


def test_every_activation_passes():
    found = check_gradient(
        lambda rows: {name: ACTIVATIONS[name](rows[name]) for name in rows},
        ({name: ROW for name in ACTIVATIONS if name != "heaviside"},),
    )
    assert found, str(found)
    assert found.checked == 3 * (len(ACTIVATIONS) - 1)


@pytest.mark.parametrize("name", ["cross_entropy", "huber", "gaussian_nll"])
def test_losses_pass(name):
    targets = np.array([1, 0]) if name == "cross_entropy" else np.ones((2, 1 if name == "gaussian_nll" else 2))
    assert check_gradient(LOSSES[name], (np.array([[0.3, 0.9], [-0.4, 2.0]]), targets))


@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_whole_models_pass_and_their_parameters_are_named(normalization):
    recipe = MLP(hidden=(3,), activation="mish", normalization=normalization)
    module, state = eqx.nn.make_with_state(recipe.build)(Layout(numbers=2), 1, key=jax.random.key(0))

    def outputs(network, state, rows):
        return jax.vmap(lambda row: network(row, state)[0], axis_name="batch")(rows)

    found = check_gradient(outputs, (module, state, np.arange(8.0).reshape(4, 2) / 3))
    assert found, str(found)
    assert found.total >= 6 + 3 + 3 + 1 + 8
    assert any(each.name.startswith(("network.layers", "rows", "state")) for each in found.entries)


def test_the_check_needs_floats():
    with pytest.raises(DerivativeError, match="must return floats"):
        check_gradient(lambda x: jnp.argmax(x), ROW)


@pytest.mark.parametrize(("method", "tolerance"), [("forward", 1e-6), ("central", 1e-9), ("complex", 1e-15)])
def test_difference_methods(method, tolerance):
    found = autodiff.numerical(lambda x, y: jnp.sum(jnp.sin(x)) * y, (ROW, 2.0), method=method)
    np.testing.assert_allclose(found.gradient[0], 2 * np.cos(ROW), rtol=tolerance)
    assert found.gradient[1] == pytest.approx(np.sin(ROW).sum(), rel=10 * tolerance)
    assert found.evaluations == {"forward": 5, "central": 8, "complex": 4}[method]
    assert "∂f/∂y" in str(found)


def test_difference_refusals():
    with pytest.raises(DerivativeError, match="analytic"):
        autodiff.numerical(jax.nn.relu, 1.0, method="complex")
    with pytest.raises(UnknownNameError, match="Did you mean 'central'"):
        autodiff.numerical(jnp.sin, 1.0, method="centrall")
    with pytest.raises(DerivativeError, match="step must be a number above 0, but got 0"):
        autodiff.numerical(jnp.sin, 1.0, step=0)
    with pytest.raises(DerivativeError, match=r"returns shape \(3,\)"):
        autodiff.numerical(jnp.sin, ROW)


def test_the_complex_step_has_no_rounding():
    found = autodiff.step_sizes(lambda x: jnp.exp(x) / jnp.sqrt(x), 1.5, methods=("central", "complex"))
    assert found.errors["complex"][:6].max() < 1e-15
    assert found.errors["central"][0] > 1e-3
    assert "Least error of central" in str(found)


def logistic_map(x):
    for _ in range(4):
        x = 4 * x * (1 - x)
    return x


def test_expressions_swell():
    pytest.importorskip("sympy")
    once, four = autodiff.symbolic(lambda x: 4 * x * (1 - x), 0.3), autodiff.symbolic(logistic_map, 0.3)
    assert four.swell.trace == 4 * once.swell.trace
    assert four.swell.derivatives > 20 * once.swell.derivatives
    assert four.swell.shared < four.swell.derivatives / 4
    assert four.gradient[0] == pytest.approx(autodiff.reverse(logistic_map, 0.3).gradient[0], rel=1e-12)


def test_closed_forms_of_arrays():
    pytest.importorskip("sympy")

    def network(w, v, x):
        return jnp.max(v @ jax.nn.sigmoid(w @ x)) + jnp.sum(jnp.concatenate([x, x[::-1]])[1:3] ** 2)

    args = np.array([[0.1, 0.2], [0.3, -0.4]]), np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([0.5, 2.0])
    found, expected = autodiff.symbolic(network, args), autodiff.reverse(network, args)
    for closed, adjoint in zip(found.gradient, expected.gradient, strict=True):
        np.testing.assert_allclose(closed, adjoint, rtol=1e-12)
    assert "w_0_0" in found.derivatives


def test_closed_forms_that_do_not_exist(monkeypatch):
    pytest.importorskip("sympy")
    with pytest.raises(DerivativeError, match="'sort' has no symbolic meaning"):
        autodiff.symbolic(lambda x: jnp.sort(x)[0], ROW)
    with pytest.raises(DerivativeError, match="at most 200 inputs, but got 300"):
        autodiff.symbolic(jnp.sum, np.ones(300))
    monkeypatch.setitem(__import__("sys").modules, "sympy", None)
    with pytest.raises(DerivativeError, match=r"pip install 'trainwell\[symbolic\]'"):
        autodiff.symbolic(jnp.sin, 1.0)


def test_four_ways_on_an_array():
    found = autodiff.compare(lambda w: jnp.sum(jax.nn.relu(w) ** 2), (np.arange(20.0),), copies=(1, 2))
    assert found["symbolic"].gradient is None
    assert "more than 16 inputs" in found["symbolic"].note
    np.testing.assert_allclose(found["forward"].gradient, 2 * np.arange(20.0))
    assert found["reverse"].error == 0
    assert found.inputs == (20, 40)
    assert "1 pass," in str(found)


@pytest.mark.parametrize(
    ("function", "at", "verdict"),
    [
        (lambda x: -(x**2), 0.0, "maximum"),
        (lambda x: x**4, 0.0, "inconclusive"),
        (lambda x, y: x**2 - y**4, (0.0, 0.0), "inconclusive"),
        (lambda x, y: x**3 - 3 * x * y**2, (0.0, 0.0), "inconclusive"),
        (lambda x, y: x**2 + y, (0.0, 0.0), "not stationary"),
        (lambda w: jnp.sum((w - 1) ** 2) + w[0] * w[1] - w[0] - w[1] + 1, np.ones(2), "minimum"),
    ],
)
def test_stationary_points(function, at, verdict):
    assert autodiff.stationary(function, at).verdict == verdict


def test_a_saddle_names_the_way_down():
    found = autodiff.stationary(lambda x, y: x * y, (0.0, 0.0))
    np.testing.assert_allclose(found.eigenvalues, [-1, 1])
    assert abs(found.directions[:, 0] @ [1, 1]) < 1e-12
    assert "falls both ways" in str(found)
