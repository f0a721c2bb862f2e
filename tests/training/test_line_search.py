"""L-BFGS: its directions against the dense BFGS matrix, its steps against Wolfe's conditions, its end against SciPy."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import trainwell as tw
from tests.data.tables import animals
from tests.engine.problems import blobs
from trainwell.engine import train
from trainwell.errors import RecipeError
from trainwell.training import LBFGS

START = np.array([-1.2, 1.0, -0.5, 0.8])
STEPS = 60


def valley(x: jax.Array) -> jax.Array:
    return jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


@pytest.fixture(scope="module")
def path() -> np.ndarray:
    """Return the points of a descent into Rosenbrock's valley in float64, the start among them."""
    optimizer = LBFGS(memory=STEPS)
    rule = optimizer.transformation(optimizer.learning_rate)

    @jax.jit
    def descend(start):
        def step(carry, _):
            x, memory = carry
            value, gradient = jax.value_and_grad(valley)(x)
            updates, memory = rule.update(gradient, memory, x, value=value, grad=gradient, value_fn=valley)
            x = optax.apply_updates(x, updates)
            return (x, memory), x

        return jax.lax.scan(step, (start, rule.init(start)), length=STEPS)[1]

    with jax.enable_x64(True):
        return np.stack([START, *np.asarray(descend(jnp.asarray(START)))])


def moving(path: np.ndarray) -> int:
    """Return the steps before the descent is so near its end that rounding rules."""
    return int(np.argmax([np.linalg.norm(rosen_der(x)) < 1e-6 for x in path]))


def test_it_ends_where_scipy_does(path):
    peer = minimize(rosen, START, jac=rosen_der, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10})
    np.testing.assert_allclose(path[-1], peer.x, atol=1e-5)
    assert 5 < moving(path) < 50


def test_every_step_goes_along_the_dense_matrix_of_the_secant_updates(path):
    """With all pairs kept, H follows from γI by H ← VᵀHV + ρssᵀ over all steps so far, γ from the last pair."""
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    for x, after in list(pairwise(path))[: moving(path)]:
        step, gradient = after - x, rosen_der(x)
        matrix = np.eye(len(x))
        if pairs:
            s, y = pairs[-1]
            matrix *= (s @ y) / (y @ y)
        for s, y in pairs:
            turn = np.eye(len(x)) - np.outer(y, s) / (s @ y)
            matrix = turn.T @ matrix @ turn + np.outer(s, s) / (s @ y)
        direction = -matrix @ gradient
        cosine = step @ direction / (np.linalg.norm(step) * np.linalg.norm(direction))
        assert cosine == pytest.approx(1, abs=1e-6)
        pairs.append((step, rosen_der(after) - gradient))


def test_every_step_keeps_the_strong_wolfe_conditions(path):
    for x, after in list(pairwise(path))[: moving(path)]:
        slope = rosen_der(x) @ (after - x)
        assert slope < 0
        assert rosen(after) <= rosen(x) + 1e-4 * slope + 1e-12
        assert abs(rosen_der(after) @ (after - x)) <= 0.9 * abs(slope) * (1 + 1e-6)


RECIPE = tw.Recipe(
    network=tw.MLP(hidden=(8,), activation="tanh"),
    optimizer=LBFGS(),
    schedule="Constant",
    batch_size="all",
    max_epochs=15,
    early_stopping=None,
    telemetry=False,
)


def test_it_trains_a_network_on_all_rows_and_outruns_gradient_descent():
    problem = blobs()
    record = train(RECIPE, problem).record
    other = train(RECIPE.with_settings({"optimizer": tw.SGD(learning_rate=0.5)}), problem).record
    assert record.facts["steps_per_epoch"] == 1
    assert record["training_loss"][-1] < 0.2 * other["training_loss"][-1]


def test_batches_are_refused():
    with pytest.raises(RecipeError, match=r'LBFGS searches along lines .* batches of 32; set batch_size="all"'):
        train(RECIPE.with_settings({"batch_size": 32}), blobs())


@pytest.mark.parametrize("field", ["gradient_clipping", "value_clipping"])
def test_a_clipped_gradient_is_refused(field):
    with pytest.raises(RecipeError, match=rf"^Recipe\.{field}: LBFGS needs the gradient as it is .* leave it out\.$"):
        train(RECIPE.with_settings({field: 1.0}), blobs())


def test_a_range_test_is_refused():
    with pytest.raises(RecipeError, match="LBFGS finds that itself along a line"):
        tw.rate_range(RECIPE, tw.read(animals(120), target="species"))


def test_it_fits_tables_with_everything_around_it():
    run = tw.fit(RECIPE.with_settings({"telemetry": True, "max_epochs": 5}), tw.read(animals(120), target="species"))
    assert run.scores["validation"]["accuracy"] > 0.8
    assert np.isfinite(run.record["layer_update_ratio"]).all()
