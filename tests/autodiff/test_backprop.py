"""The opened training step beyond the lectures' example: batches, other losses, notes, plain data, refusals."""

from __future__ import annotations

import tomllib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.autodiff import DerivativeError, backprop
from trainwell.errors import UnknownNameError
from trainwell.functions.activations import ACTIVATIONS

TOML = """
[[layers]]
weight = [[1, 4], [2, 1]]
bias = [3, -2]
activation = "relu"

[[layers]]
weight = [[2, 3]]
bias = [-2]
"""
S0 = [([[1, 4], [2, 1]], [3, -2], "relu"), ([[2, 3]], [-2], "identity")]


def test_a_network_read_from_a_file_is_the_same_network():
    first = backprop(tomllib.loads(TOML), (-5, 2), 8, learning_rate=0.002)
    assert first.gradient.tolist() == backprop(S0, [-5.0, 2.0], [8.0]).gradient.tolist()
    assert first.loss_after == pytest.approx(0.58835, abs=1e-5)


def test_it_shows_every_quantity():
    text = str(backprop(S0, (-5, 2), 8, learning_rate=0.002))
    for expected in ("z₂⁽¹⁾  = w₁₂⁽¹⁾ x₁ + w₂₂⁽¹⁾ x₂ + b₂⁽¹⁾", "δ₁⁽¹⁾", "w₁₁⁽¹⁾  1       = δ₁⁽¹⁾ · x₁", "1.08", "dead"):
        assert expected in text
    assert backprop(S0, (-5, 2), 8)._repr_html_().count("<table") == 3


def test_a_batch_is_the_mean_of_its_examples():
    x, y = np.array([[-5.0, 2.0], [1.0, 0.5]]), np.array([[8.0], [2.0]])
    together = backprop(S0, x, y)
    alone = [backprop(S0, *pair) for pair in zip(x, y, strict=True)]
    np.testing.assert_allclose(together.gradient, np.mean([each.gradient for each in alone], axis=0))
    assert together.loss == np.mean([each.loss for each in alone])
    assert not together.notes  # unit 2 lives on the second example


@pytest.mark.parametrize("name", ["softmax", "gelu", "log_softmax", "tanh"])
def test_any_activation_and_loss_of_a_persons_own(name):
    generator = np.random.default_rng(0)
    weight, bias, x = generator.normal(size=(3, 2)), generator.normal(size=3), generator.normal(size=2)

    def loss(prediction, label):
        return -jnp.sum(jax.nn.one_hot(label, 3) * prediction) + jnp.sum(prediction**3)

    step = backprop([(weight, bias, ACTIVATIONS[name])], x, 2, loss=loss)
    with jax.enable_x64(True):
        expected = jax.grad(lambda w: loss(ACTIVATIONS[name](w @ x + bias), 2))(jnp.asarray(weight))
    np.testing.assert_allclose(step.layers[0].weight_gradient, expected, rtol=1e-10)
    assert (step.layers[0].slope is None) == ("softmax" in name)


def test_at_a_tie_it_goes_as_training_goes():
    """relu at exactly 0 has slope 0 by its author's rule; the opened maximum would say ½."""
    step = backprop([([[1.0]], [0.0], "relu"), ([[1.0]], [0.0], "identity")], [0.0], [1.0])
    assert step.layers[0].slope.tolist() == [0]
    assert len(step.notes) == 1


def test_saturated_units_are_pointed_out():
    (note,) = backprop([([[20.0], [0.1]], None, "sigmoid")], [1.0], [0.0, 0.0]).notes
    assert note.startswith("Unit 1 of layer 1 is saturated")


def test_refusals():
    with pytest.raises(DerivativeError, match=r"layer 1 has 2 units, but the weight of layer 2 is for 3 inputs"):
        backprop([S0[0], ([[1, 2, 3]], [0], None)], (-5, 2), 8)
    with pytest.raises(DerivativeError, match=r"x must have shape \(2,\) or \(batch, 2\)"):
        backprop(S0, (-5, 2, 1), 8)
    with pytest.raises(UnknownNameError, match="Did you mean 'relu'"):
        backprop([([[1.0]], [0.0], "rellu")], [0.0], [1.0])
    with pytest.raises(UnknownNameError, match="no loss is called 'squared'"):
        backprop(S0, (-5, 2), 8, loss="squared")
    with pytest.raises(DerivativeError, match="one number per example"):
        backprop([([[1.0], [2.0]], None, None)], [1.0], [1.0, 2.0], loss=lambda p, y: p - y)
    with pytest.raises(DerivativeError, match="at least one layer"):
        backprop([], [1.0], [1.0])
