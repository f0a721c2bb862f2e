"""Information measures: hand values, the identities that bind them, and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from trainwell.errors import DataError, UnknownNameError
from trainwell.functions.information import (
    INFORMATION,
    binary_entropy,
    cross_entropy,
    entropy,
    kl_divergence,
    mutual_information,
    perplexity,
)

GENERATOR = np.random.default_rng(0)
P, Q = GENERATOR.dirichlet(np.ones(5), size=(2, 50))
JOINT = GENERATOR.dirichlet(np.ones(12), size=50).reshape(50, 3, 4)


def information_by_hand(joint):
    x, y = joint.sum(1), joint.sum(0)
    return sum(joint[i, j] * math.log2(joint[i, j] / (x[i] * y[j])) for i, j in np.ndindex(joint.shape) if joint[i, j])


ORACLES = {  # name: (arguments, expected in bits)
    "entropy": ((P,), stats.entropy(P, base=2, axis=-1)),
    "binary_entropy": ((P[:, 0],), stats.entropy([P[:, 0], 1 - P[:, 0]], base=2, axis=0)),
    "cross_entropy": ((P, Q), -(P * np.log2(Q)).sum(-1)),
    "perplexity": ((P, Q), 2 ** -(P * np.log2(Q)).sum(-1)),
    "kl_divergence": ((P, Q), stats.entropy(P, Q, base=2, axis=-1)),
    "mutual_information": ((JOINT,), [information_by_hand(each) for each in JOINT]),
}


def test_every_measure_has_an_oracle():
    assert set(ORACLES) == set(INFORMATION)


@pytest.mark.parametrize("name", INFORMATION)
def test_equals_its_oracle(name):
    arguments, expected = ORACLES[name]
    np.testing.assert_allclose(INFORMATION[name](*arguments), expected, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in INFORMATION if name != "perplexity"])
def test_bits_and_nats_differ_by_log_two(name):
    arguments, expected = ORACLES[name]
    np.testing.assert_allclose(
        INFORMATION[name](*arguments, base=math.e), np.multiply(expected, math.log(2)), rtol=1e-12
    )


@pytest.mark.parametrize("name", INFORMATION)
def test_facts_are_complete(name):
    assert INFORMATION.entry(name).formula
    assert INFORMATION.entry(name).source


@pytest.mark.parametrize("states", [1, 2, 7, 1000])
def test_uniform_over_k_is_log_k_and_its_perplexity_k(states):
    uniform = np.full(states, 1 / states)
    assert entropy(uniform) == pytest.approx(math.log2(states), abs=1e-12)
    assert perplexity(uniform) == pytest.approx(states)


def test_a_delta_holds_no_information():
    assert entropy([0.0, 1.0, 0.0]) == 0
    assert binary_entropy(0.0) == binary_entropy(1.0) == 0


def test_binary_entropy_is_one_bit_at_most_and_at_one_half():
    curve = binary_entropy(np.linspace(0, 1, 101))
    assert curve.argmax() == 50
    assert curve.max() == 1


def test_divergence_is_what_cross_entropy_costs_beyond_entropy():
    divergence = kl_divergence(P, Q)
    assert (divergence >= 0).all()
    np.testing.assert_allclose(divergence, cross_entropy(P, Q) - entropy(P), rtol=1e-9)
    assert not kl_divergence(P, P).any()


def test_mutual_information_is_symmetric_and_bounded():
    shared = mutual_information(JOINT)
    np.testing.assert_allclose(shared, mutual_information(JOINT.swapaxes(1, 2)), rtol=1e-9)
    assert (shared <= entropy(JOINT.sum(2)) + 1e-12).all()


def test_zero_probabilities():
    assert kl_divergence([0.5, 0.5, 0.0], [0.25, 0.25, 0.5]) == 1
    assert cross_entropy([1.0, 0.0], [0.0, 1.0]) == math.inf
    assert mutual_information([[1.0, 0.0], [0.0, 0.0]]) == 0


def test_float32_rounding_is_forgiven():
    assert entropy(np.full(3, 1 / 3, np.float32)) == pytest.approx(math.log2(3))


@pytest.mark.parametrize("bad", [[0.5, 0.6], [-0.5, 1.5], [math.nan, 1.0], [0.0, 0.0], [math.inf, 0.0]])
def test_what_is_no_distribution_is_refused(bad):
    with pytest.raises(DataError, match="must be at least 0 and sum to 1"):
        entropy(bad)


def test_a_joint_distribution_sums_to_one_over_both_axes():
    with pytest.raises(DataError, match="sum to 1"):
        mutual_information([[0.5, 0.5], [0.5, 0.5]])


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean 'perplexity'"):
        INFORMATION["perplexty"]


@pytest.mark.parametrize("base", [2, 3.0, math.e, 10])
def test_perplexity_is_the_same_number_from_any_base(base):
    arguments, expected = ORACLES["perplexity"]
    np.testing.assert_allclose(INFORMATION["perplexity"](*arguments, base=base), expected, rtol=1e-12)


@pytest.mark.parametrize("base", [1, 0.5, -2, math.inf, math.nan, "bits", True])
def test_a_base_that_is_none_is_refused(base):
    with pytest.raises(DataError, match=f"base must be a number above 1, .* but got {base!r}"):
        entropy([1.0], base=base)


@pytest.mark.parametrize("measure", ["cross_entropy", "kl_divergence", "perplexity"])
def test_distributions_over_other_states_are_refused(measure):
    with pytest.raises(DataError, match=r"the same states, \(…, states\), but got shapes \(2,\) and \(3,\)"):
        INFORMATION[measure]([0.5, 0.5], [0.2, 0.3, 0.5])
    with pytest.raises(DataError, match=r"shapes \(2,\) and \(1,\)"):
        INFORMATION[measure]([0.5, 0.5], [1.0])
    with pytest.raises(DataError, match=r"shapes \(3, 2\) and \(4, 2\)"):
        INFORMATION[measure]([[0.5, 0.5]] * 3, [[0.5, 0.5]] * 4)
    assert np.shape(INFORMATION[measure]([[0.5, 0.5]] * 3, [0.5, 0.5])) == (3,)


def test_probabilities_without_their_axes_are_refused():
    with pytest.raises(DataError, match=r"over pairs, \(…, states of x, states of y\), but got shape \(2,\)"):
        mutual_information([0.5, 0.5])
    with pytest.raises(DataError, match=r"over states, \(…, states\), but got shape \(\)"):
        entropy(1.0)
