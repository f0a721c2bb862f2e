"""The range test: its ramp, what it judges from curves made by hand, and that the rate it names trains well."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import optax
import pytest

import trainwell as tw
from tests.engine.problems import blobs
from trainwell.engine import Recipe, prepare, train
from trainwell.engine.rates import BELOW, Ramp, RateRange, judged, ramped, rate_range, smooth
from trainwell.errors import DataError, RecipeError

RATES = 10.0 ** np.linspace(-6, 1, 281)
BASE = Recipe(
    network=tw.MLP(hidden=(16,)),
    optimizer=tw.AdamW(),
    schedule=tw.Constant(),
    batch_size=32,
    max_epochs=10,
    early_stopping=None,
    telemetry=False,
)


def valley(begins: float, ends: float, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Return a loss of 1 that falls to 0 between ``begins`` and ten times that and explodes at ``ends``."""
    fall = np.clip(np.log10(RATES / begins), 0, 1)
    rise = np.clip(np.log10(RATES / ends), 0, None) * 50
    return 1 - fall + rise + noise * np.random.default_rng(seed).normal(size=len(RATES))


def test_the_ramp_grows_by_the_same_factor_at_every_step():
    ramp = Ramp(first=0.5, growth=1.2)
    factors = [float(ramp.multiplier((), step, 7, 3)) for step in range(50)]
    np.testing.assert_allclose(factors, 0.5 * 1.2 ** np.arange(50), rtol=1e-5)


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(("begins", "ends"), [(1e-5, 1e-2), (1e-4, 0.3), (1e-3, 1e-1)])
def test_a_valley_is_read_as_it_was_made(begins, ends, noise):
    found = judged(RATES, np.stack([valley(begins, ends, noise, seed) for seed in range(3)]))
    assert begins < found.lowest < 3 * begins
    assert 0.7 * ends < found.highest < 1.5 * ends
    assert found.suggested == pytest.approx(max(found.highest / BELOW, found.lowest))


def test_one_diverging_seed_of_three_does_not_decide():
    losses = np.stack([valley(1e-4, 0.1, 0.02, seed) for seed in range(3)])
    losses[1, 150:] = np.nan
    assert judged(RATES, losses).highest == pytest.approx(judged(RATES, losses[[0, 2, 0]]).highest, rel=0.3)


def test_not_a_number_is_as_bad_as_can_be():
    losses = valley(1e-4, 1e3)[None].copy()
    losses[0, 200:] = np.nan
    found = judged(RATES, losses)
    assert found.highest == pytest.approx(RATES[200], rel=0.5)
    assert found.to_dict()["losses"][-1] is None
    assert np.isfinite([loss for loss in found.to_dict()["losses"] if loss is not None]).all()


def test_a_loss_that_never_falls_is_an_error_not_a_rate():
    with pytest.raises(RecipeError, match="the loss falls at no rate between 1e-06 and 10: check that the inputs say"):
        judged(RATES, np.ones((2, len(RATES))))


def test_smoothing_keeps_lines_and_calms_noise():
    line = np.log10(RATES)
    np.testing.assert_allclose(smooth(RATES, line)[10:-10], line[10:-10], atol=1e-9)
    noise = np.random.default_rng(0).normal(size=len(RATES))
    assert smooth(RATES, noise).std() < 0.5 * noise.std()


def test_the_losses_are_those_of_a_plain_loop():
    problem = blobs(rows=192, spread=3.0)
    recipe = BASE.with_settings({"optimizer": tw.SGD(learning_rate=0.1), "network.hidden": (), "batch_size": 128})
    recipe = recipe.with_settings({"schedule": Ramp(first=0.1, growth=1.2)})
    losses = ramped(recipe, problem, 12, 2)
    assert losses.shape == (2, 12)
    count = int(problem.rows.training_count)
    inputs, targets = np.asarray(problem.examples.inputs)[:count], np.asarray(problem.examples.targets)[:count]
    # all 128 training rows are both the batch and the probe, so that plain gradient descent follows
    for seed in range(2):
        trained = train(
            recipe.with_settings({"seed": seed, "optimizer.learning_rate": 1e-12, "max_epochs": 1}), problem
        )
        weight, bias = (np.asarray(leaf, np.float64) for leaf in (trained.parameters.layers[-1].weight, np.zeros(3)))
        for step in range(12):
            outputs = inputs @ weight.T + bias
            shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            error = (shares - np.eye(3)[targets]) / count
            rate = 0.1 * 0.1 * 1.2**step
            weight, bias = weight - rate * error.T @ inputs, bias - rate * error.sum(axis=0)
            expected = optax.softmax_cross_entropy_with_integer_labels(jnp.asarray(inputs @ weight.T + bias), targets)
            assert losses[seed, step] == pytest.approx(float(expected.mean()), rel=1e-4)


@pytest.fixture(scope="module")
def data() -> tw.Dataset:
    random = np.random.default_rng(0)
    X = random.normal(size=(400, 4))
    return tw.read(X, y=(X[:, 0] * X[:, 1] + 0.5 * X[:, 2] > 0).astype(int))


@pytest.mark.parametrize("optimizer", ["AdamW", "SGD"])
def test_the_rate_it_names_trains_well_whatever_the_optimizer(data, optimizer):
    recipe = BASE.with_settings({"optimizer": {"kind": optimizer}})
    found = rate_range(recipe, data)
    problem = prepare(recipe, data)

    def least(rate: float) -> float:
        record = train(recipe.with_settings({"optimizer.learning_rate": rate}), problem).record
        losses = record["validation_loss"]
        return float(np.min(losses[np.isfinite(losses)], initial=np.inf))

    grid = {exponent: least(10.0**exponent) for exponent in (-4, -3, -2, -1, 0)}
    worst, best = max(grid.values()), min(grid.values())
    assert least(found.suggested) < best + 0.25 * (worst - best)


def test_the_answer_hangs_little_on_the_seeds(data):
    rates = [rate_range(BASE.with_settings({"seed": seed}), data).suggested for seed in (0, 10, 20)]
    assert max(rates) / min(rates) < 4


def test_the_same_seed_gives_the_same_answer_and_words_name_it(data):
    once, again = rate_range(BASE, data), rate_range(BASE, data)
    np.testing.assert_array_equal(once.losses, again.losses)
    assert f"Try a learning rate of {once.suggested:.2g}. Over 3 seeds" in once.text
    assert repr(once).startswith("<RateRange: try ")
    assert isinstance(once, RateRange)
    assert once.losses.shape == (3, len(once.rates)) == (3, 280)


@pytest.mark.parametrize(
    ("changes", "options", "sentence"),
    [
        ({}, {"lowest": 1.0, "highest": 0.1}, "needs 0 < lowest < highest / 10, but got lowest 1.0 and highest 0.1"),
        ({}, {"lowest": 0.0}, "needs 0 < lowest"),
        ({}, {"seeds": 0}, "seeds must be a whole number of at least 1, but got 0"),
        ({"optimizer": optax.sgd(0.1)}, {}, "sets the optimizer's learning_rate; take one of ours"),
    ],
)
def test_what_cannot_be_is_refused(data, changes, options, sentence):
    with pytest.raises(RecipeError, match=sentence):
        rate_range(BASE.with_settings(changes), data, **options)


def test_recipe_and_data_come_in_either_order(data):
    assert rate_range(data, BASE, seeds=1).suggested == rate_range(BASE, data, seeds=1).suggested
    with pytest.raises(DataError, match=r"rate_range needs data and maybe a recipe: tw\.rate_range\(recipe, "):
        rate_range(BASE)
