"""What the architectures learn, against closed forms, scikit-learn and hand-written rules."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import subspace_angles
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

import trainwell as tw
from trainwell.clinic import Case
from trainwell.clinic.checks.perceptron import never_converged
from trainwell.engine import prepare, train
from trainwell.engine.portions import rows_at
from trainwell.engine.state import CONVERGED
from trainwell.errors import RecipeError
from trainwell.model import Model

ALL = tw.Split(train=1, validation=0, test=0)


def trained(data, network, epochs=300, **changes):
    """Return what full-batch L-BFGS makes of a network, and its problem."""
    fields = {
        "network": network,
        "encoding": tw.Encoding(numbers="standard"),
        "optimizer": tw.LBFGS(),
        "schedule": tw.Constant(),
        "batch_size": "all",
        "max_epochs": epochs,
        "early_stopping": None,
        "telemetry": False,
    }
    recipe = tw.Recipe(**fields | changes)
    problem = prepare(recipe, data)
    return train(recipe, problem), problem


def inputs_of(problem, data):
    return np.asarray(problem.examples.inputs, np.float64)[: len(data)]


def layer_of(result, name):
    return result.network.layers[result.network.names.index(name)]


def test_linear_regression_reaches_the_closed_form():
    X, y = load_diabetes(return_X_y=True)
    data = tw.read(X, y=y, split=ALL)
    result, problem = trained(data, tw.networks.Linear())
    with_one = np.column_stack([inputs_of(problem, data), np.ones(len(data))])
    scaled = (y - y.mean()) / y.std()
    exact = np.linalg.solve(with_one.T @ with_one, with_one.T @ scaled)
    output = layer_of(result, "output")
    found = np.append(np.ravel(output.weight), output.bias)
    assert np.linalg.norm(found - exact) < 1e-3 * np.linalg.norm(exact)


def test_the_gradients_of_the_linear_models_are_their_formulas():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    for task, loss, y in (
        ("regression", "half_mse", rng.normal(size=40)),
        ("binary", "binary_cross_entropy", rng.integers(0, 2, 40)),
        ("multiclass", "cross_entropy", np.arange(40) % 3),
    ):
        recipe = tw.Recipe(network="Linear", loss=loss, encoding=tw.Encoding(numbers=None, target=None))
        problem = prepare(recipe, tw.read(X, y=y, task=task, split=ALL))
        program = tw.engine.Program(recipe, problem.layout, problem.task, problem.outputs)
        state = program.start(program.knobs(recipe), 0, problem.base_rate)
        rows = type(problem.examples)(*(part[:40] for part in problem.examples))
        objective = program.objective(recipe.knobs())
        gradient, _ = objective.gradient(state.parameters, state.network_state, rows, tw.keys.key_for(0, "layers"))
        output = state.parameters.layers[-1]
        z = X @ np.asarray(output.weight).T + np.asarray(output.bias)
        if task == "multiclass":
            error = np.exp(z) / np.exp(z).sum(1, keepdims=True) - np.eye(3)[y]
        else:
            error = (z if task == "regression" else 1 / (1 + np.exp(-z))) - y[:, None]
        np.testing.assert_allclose(gradient.layers[-1].weight, error.T @ X / 40, atol=1e-5)


def test_logistic_regression_has_scikit_learns_coefficients():
    X, y = load_breast_cancer(return_X_y=True)
    data = tw.read(X, y=y, split=ALL)
    result, problem = trained(data, "Linear", penalties=[tw.penalties.L2(strength=1 / len(y))])
    theirs = LogisticRegression(C=1.0, max_iter=2000, tol=1e-8).fit(inputs_of(problem, data), y)
    found = np.ravel(result.state.parameters.layers[-1].weight)  # the last ones: the penalty is not in the loss watched
    assert np.linalg.norm(found - theirs.coef_[0]) < 1e-2 * np.linalg.norm(theirs.coef_)


def test_softmax_regression_scores_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    data = tw.read(X.reshape(-1, 8, 8), y=y)
    result, problem = trained(data, "Linear", epochs=60, penalties=[tw.penalties.L2(strength=1 / 1078)])
    inputs, train_rows, test = inputs_of(problem, data), data.parts.train, data.parts.test
    theirs = LogisticRegression(C=1.0, max_iter=2000).fit(inputs[train_rows], y[train_rows]).predict_proba(inputs[test])
    ours = Model.of(result, problem, data).answers(inputs[test].astype(np.float32))
    assert np.mean(ours.argmax(1) == y[test]) == pytest.approx(np.mean(theirs.argmax(1) == y[test]), abs=0.005)
    assert log_loss(y[test], ours) == pytest.approx(log_loss(y[test], theirs), rel=0.02)


ROSENBLATT = tw.Recipe(
    network=tw.Perceptron(),
    loss="perceptron",
    encoding=tw.Encoding(numbers=None),
    optimizer=tw.SGD(learning_rate=1.0),
    schedule=tw.Constant(),
    batch_size=1,
    max_epochs=25,
    early_stopping=None,
    telemetry=False,
)


def divided_by_a_line(rows=60):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(rows, 2)).round(2)
    y = (X @ [1.0, 2.0] + 0.3 > 0).astype(int)
    return X + np.where(y, 0.1, -0.1)[:, None], y


def test_the_perceptron_follows_rosenblatts_rule_to_the_bit():
    X, y = divided_by_a_line()
    recipe = ROSENBLATT.with_settings({"max_epochs": 3})
    problem = prepare(recipe, tw.read(X, y=y, split=ALL))
    result = train(recipe, problem)
    objective = result.program.objective(recipe.knobs())
    state, rows = result.state, np.column_stack([X, np.ones(len(X))]).astype(np.float32)
    w, mistakes = np.zeros(3, np.float32), []
    for epoch in range(3):
        order = np.asarray(rows_at(objective, state._replace(epoch=jnp.array(epoch)), problem.rows, jnp.arange(len(X))))
        wrong = 0
        for row in order:
            target = 2 * y[row] - 1
            if target * (w @ rows[row]) <= 0:
                w, wrong = w + np.float32(target) * rows[row], wrong + 1
        mistakes.append(wrong)
    output = state.parameters.layers[-1]
    np.testing.assert_allclose(np.append(np.ravel(output.weight), output.bias), w, atol=1e-4)
    assert np.round((1 - result.record["training_score"]) * len(X)).tolist() == mistakes


def test_the_perceptron_stops_erring_where_a_line_divides_and_never_on_xor():
    X, y = divided_by_a_line()
    until_at_rest = ROSENBLATT.with_settings({"gradient_tolerance": 1e-6})
    result = train(until_at_rest, prepare(until_at_rest, tw.read(X, y=y, split=ALL)))
    assert (result.record["training_score"] == 1).tolist() == [False] * (len(result.record["epoch"]) - 1) + [True]
    assert result.record.facts["outcome"] == CONVERGED
    assert never_converged(Case(result.record, until_at_rest)) is None
    corners = np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (15, 1))
    data = tw.read(corners, y=corners.sum(1) == 1, kinds={"x0": "number", "x1": "number"}, split=ALL)
    result = train(until_at_rest, prepare(until_at_rest, data))
    assert (result.record["training_score"] < 1).all()
    finding = never_converged(Case(result.record, until_at_rest))
    assert finding.evidence["epochs"] == 25
    assert finding.evidence["rows"] == 60
    assert "erred in each of its 25 epochs" in finding.sentence


def test_a_hidden_layer_learns_xor_spirals_and_the_sine():
    corners = np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (15, 1))
    data = tw.read(corners, y=corners.sum(1) == 1, kinds={"x0": "number", "x1": "number"}, split=ALL)
    result, _ = trained(data, tw.MLP(hidden=(8,), activation="tanh"), epochs=60)
    assert result.record["training_score"][-1] == 1

    turn = np.linspace(0.5, 3.5, 100)
    arm = np.column_stack([turn * np.cos(2 * turn), turn * np.sin(2 * turn)])
    data = tw.read(np.concatenate([arm, -arm]), y=np.repeat([0, 1], 100), split=ALL)
    result, _ = trained(data, tw.MLP(hidden=(24, 24), activation="tanh"), epochs=200)
    assert result.record["training_score"][-1] == 1

    x = np.linspace(-np.pi, np.pi, 200)
    data = tw.read(x[:, None], y=np.sin(x), split=ALL)
    result, _ = trained(data, tw.MLP(hidden=(16,), activation="tanh"), epochs=200)
    assert result.record["training_loss"][-1] * np.var(np.sin(x)) < 1e-3


def test_a_linear_autoencoder_spans_the_principal_components():
    X, _ = load_digits(return_X_y=True)
    X = X[:600] - X[:600].mean(0)
    recipe = tw.Recipe(
        network=tw.networks.Autoencoder(hidden=(), code=4),
        optimizer=tw.LBFGS(),
        schedule=tw.Constant(),
        batch_size="all",
        max_epochs=300,
        early_stopping=None,
        telemetry=False,
    )
    autoencoder = tw.Autoencoder(recipe=recipe, scaling="centre", validation_fraction=0).fit(X)
    decoder = autoencoder.inverse_transform(np.eye(4)) - autoencoder.inverse_transform(np.zeros((4, 4)))
    components = np.linalg.svd(X, full_matrices=False)[2][:4]
    assert subspace_angles(decoder.T, components.T).max() < 1e-2


def test_sparsity_reaches_its_target():
    X, _ = load_digits(return_X_y=True)
    autoencoder = tw.Autoencoder(
        code=16,
        hidden=(),
        code_activation="sigmoid",
        sparsity=tw.layers.Sparsity(measure="kl", target=0.1, strength=1.0),
        learning_rate=0.03,
        max_epochs=80,
        batch_size=64,
        validation_fraction=0,
    ).fit(X[:768])
    assert autoencoder.transform(X[:768]).mean() == pytest.approx(0.1, rel=0.2)


def test_the_max_norm_holds_after_training_and_is_a_knob():
    X, y = divided_by_a_line()
    data = tw.read(X, y=y, split=ALL)
    network = tw.Sequential([tw.layers.Linear(units=6, max_norm=0.5), "Activation"])
    recipe = ROSENBLATT.with_settings({"network": network, "loss": "auto", "batch_size": 20, "max_epochs": 5})
    problem = prepare(recipe, data)
    result = train(recipe, problem)
    lengths = np.linalg.norm(layer_of(result, "hidden 1").layer.weight, axis=1)
    assert lengths.max() == pytest.approx(0.5, abs=1e-5)
    before = result.program.compilations
    other = recipe.with_settings({"network.layers.0.max_norm": 0.25})
    result = train(other, problem, program=result.program)
    assert np.linalg.norm(layer_of(result, "hidden 1").layer.weight, axis=1).max() == pytest.approx(0.25, abs=1e-5)
    assert result.program.compilations == before


@pytest.mark.parametrize(
    "network",
    [
        tw.MLP(normalization="batch"),
        tw.Sequential(["BatchNormalization"]),
        tw.Sequential([tw.layers.Residual(layers=["BatchNormalization"])]),
    ],
)
def test_batch_normalization_with_one_row_a_batch_is_refused(network):
    X, y = divided_by_a_line()
    with pytest.raises(
        RecipeError, match=r"batch_size: batch normalization needs batches of 2 rows or more, but got 1"
    ):
        prepare(tw.Recipe(network=network, batch_size=1), tw.read(X, y=y))


def test_networks_that_do_not_suit_the_rows_are_refused_before_training():
    X, y = divided_by_a_line()
    network = tw.CNN(channels=(4, 4), pooling="max")
    with pytest.raises(RecipeError, match=r"layer 6 \(MaxPooling\) expects examples of at least 2.*receives \(1, 4\)"):
        prepare(tw.Recipe(network=network), tw.read(X, y=y))
    with pytest.raises(RecipeError, match=r"tw\.read"):
        prepare(tw.Recipe(network="Autoencoder"), tw.read(X, y=y))
