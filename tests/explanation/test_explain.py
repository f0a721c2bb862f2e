"""An opened row against NumPy by hand, against the engine's own gradient, and against asking the model again."""

from __future__ import annotations

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import trainwell as tw
from tests.explanation.models import TARGETS, images, table, untrained
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, DataError, UnknownNameError
from trainwell.explanation import explanation_page
from trainwell.explanation.row_words import OFF
from trainwell.functions.losses import predict
from trainwell.network import ARCHITECTURES

ROW = {"length": 47.0, "width": -0.3, "island": "north", "answer": "large"}


def test_every_number_of_a_small_network_by_hand() -> None:
    model = untrained(table("multiclass"), tw.MLP(hidden=(4,), activation="relu"))
    found = tw.explain(model, ROW, learning_rate=0.1)
    x = model.encoder.transform({name: [value] for name, value in ROW.items() if name != "answer"})[0].astype(float)
    hidden, output = (
        (np.asarray(layer.weight, float), np.asarray(layer.bias, float))
        for layer in model.network.layers
        if hasattr(layer, "weight")
    )
    truth = np.array([label == "large" for label in model.classes], float)

    def forward(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: np.ndarray) -> tuple[np.ndarray, ...]:
        z = w1 @ x + b1
        a = np.maximum(z, 0)
        logits = w2 @ a + b2
        return z, a, logits, np.exp(logits) / np.exp(logits).sum()

    z, a, logits, p = forward(*hidden, *output)
    by_name = {layer.name: layer for layer in found.layers}
    np.testing.assert_allclose(by_name["hidden 1"].outputs, z, atol=1e-5)
    np.testing.assert_allclose(by_name["activation 1"].outputs, a, atol=1e-5)
    np.testing.assert_allclose(by_name["output"].outputs, logits, atol=1e-5)
    np.testing.assert_allclose([found.answers[str(label)] for label in model.classes], p, atol=1e-6)
    assert found.loss == pytest.approx(-np.log(p @ truth), rel=1e-5)

    delta2 = p - truth
    delta1 = (output[0].T @ delta2) * (z > 0)
    np.testing.assert_allclose(by_name["output"].error, delta2, atol=1e-6)
    np.testing.assert_allclose(by_name["activation 1"].error, output[0].T @ delta2, atol=1e-6)
    np.testing.assert_allclose(by_name["hidden 1"].error, delta1, atol=1e-6)
    np.testing.assert_allclose(by_name["output"].gradients["weight"], np.outer(delta2, a), atol=1e-6)
    np.testing.assert_allclose(by_name["hidden 1"].gradients["weight"], np.outer(delta1, x), atol=1e-6)
    np.testing.assert_allclose(by_name["hidden 1"].gradients["bias"], delta1, atol=1e-6)
    norm = np.sqrt((1 + a @ a) * (delta2 @ delta2) + (1 + x @ x) * (delta1 @ delta1))
    assert found.gradient_norm == pytest.approx(norm, rel=1e-5)

    moved = [hidden[0] - 0.1 * np.outer(delta1, x), hidden[1] - 0.1 * delta1]
    moved += [output[0] - 0.1 * np.outer(delta2, a), output[1] - 0.1 * delta2]
    np.testing.assert_allclose(by_name["hidden 1"].updated["weight"], moved[0], atol=1e-6)
    after = forward(*moved)[3]
    assert found.loss_after == pytest.approx(-np.log(after @ truth), rel=1e-4)
    np.testing.assert_allclose(list(found.answers_after.values()), after, atol=1e-5)


def test_a_row_may_be_a_series_or_a_list_of_one_mapping() -> None:
    model = untrained(table("binary"), tw.MLP(hidden=(4,), activation="relu"))
    given = ROW | {"answer": "yes"}
    expected = tw.explain(model, given)
    for row in (pd.Series(given), pd.DataFrame([given] * 3).iloc[1], [given]):
        found = tw.explain(model, row)
        assert found.inputs == expected.inputs
        assert found.loss == expected.loss


NETWORKS = {
    "plain": tw.MLP(hidden=(6, 5), activation="tanh"),
    "practised": tw.MLP(hidden=(6,), activation="mish", dropout=0.2, input_dropout=0.1, normalization="batch"),
    "waves": tw.MLP(hidden=(6,), normalization="layer", numbers=tw.Periodic(frequencies=3, width=3, deviation=0.5)),
    "linear": tw.MLP(hidden=()),
}


@pytest.mark.parametrize(("network", "task"), list(zip(NETWORKS, TARGETS, strict=True)))
def test_loss_and_gradient_are_the_engines_own(network: str, task: str) -> None:
    data = table(task)
    agrees_with_the_engine(untrained(data, NETWORKS[network]), data)


# MLP is above; LeNet5 is made of the CNN's layers, and takes seconds to compile.
@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in ("MLP", "LeNet5")])
def test_every_kind_of_network_is_opened(name: str) -> None:
    data = images(8) if name == "CNN" else table("binary")
    agrees_with_the_engine(untrained(data, ARCHITECTURES[name]()), data)


def test_a_network_of_ones_own_is_opened() -> None:
    class Own(eqx.Module):
        first: eqx.nn.Linear
        second: eqx.nn.Linear

        def __init__(self, key: jax.Array):
            self.first, self.second = eqx.nn.Linear(3, 4, key=key), eqx.nn.Linear(4, 1, key=key)

        def __call__(self, x: jax.Array) -> jax.Array:
            return self.second(jnp.tanh(self.first(x)))

    data = tw.read(
        {"a": [1.0, 2.0, 0.5] * 8, "b": [0.1, 0.5, 0.2] * 8, "c": [3.0, 1.0, 2.0] * 8, "y": [1.5, 2.5, 0.5] * 8},
        target="y",
    )
    agrees_with_the_engine(untrained(data, Own(jax.random.key(0))), data)


def agrees_with_the_engine(model: tw.Model, data: tw.Dataset) -> None:
    """Check an opened row against the loss and gradient that training itself would take, and draw it."""
    row, targets = (data.frame[4:5], data.target.values[4:5]) if data.frame is not None else (data.array[4], None)
    if targets is not None:
        answers = [data.target.classes[int(targets[0])]] if data.target.classes else list(np.ravel(targets))
        row = {**row.row(0, named=True), **dict(zip(data.target.names, answers, strict=True))}
    found = tw.explain(model, row)
    x = model.encoder.transform(data.frame[4:5] if data.frame is not None else data.array[4:5])
    objective = model.program.objective(dict(model.recipe.knobs()))
    outputs = objective.predict(model.parameters, model.network_state, x)
    np.testing.assert_allclose(np.ravel(found.layers[-1].outputs), np.ravel(outputs), rtol=1e-4, atol=1e-5)
    answers = np.asarray(model.read(np.asarray(outputs)))[0]
    np.testing.assert_allclose(list(found.answers.values())[-len(answers) :], answers, rtol=1e-4, atol=1e-5)
    if targets is not None:
        wanted = jnp.asarray(model.encoder.encode_target(targets))

        def loss(parameters: object) -> jax.Array:
            return objective.loss.per_example(objective.predict(parameters, model.network_state, x), wanted)[0]

        value, gradient = jax.value_and_grad(loss)(model.parameters)
        norm = np.sqrt(sum(float(jnp.sum(leaf**2)) for leaf in jax.tree.leaves(gradient)))
        assert found.loss == pytest.approx(float(value), rel=1e-4, abs=1e-6)
        assert found.gradient_norm == pytest.approx(norm, rel=1e-3, abs=1e-6)
        moved = jax.tree.map(lambda w, g: w - found.learning_rate * g, model.parameters, gradient)
        assert found.loss_after == pytest.approx(float(loss(moved)), rel=1e-3, abs=1e-6)
    else:
        assert found.loss is None
        assert not found.layers[-1].updated
    page = explanation_page(found)
    assert all(layer.name in page for layer in found.layers if layer.kind not in OFF)
    json.dumps(found.to_dict(), allow_nan=False, default=str)
    assert found.prediction in str(found)
    assert found._repr_html_().count("<table") == (4 if found.loss is not None else 3)


@pytest.mark.parametrize("task", TARGETS)
def test_one_unit_more_moves_the_answer_as_said(task: str) -> None:
    model = untrained(table(task), tw.MLP(hidden=(5,), activation="tanh"))
    row = {"length": 43.0, "width": 0.4, "island": "south"}
    found = tw.explain(model, row)
    step = 0.02

    def answer(length: float) -> float:
        one = {name: [value] for name, value in (row | {"length": length}).items()}
        values = model.predict(one) if task == "regression" else model.predict_proba(one)
        return float(np.ravel(values)[list(found.answers).index(found.about)])

    slope = next(each.slope for each in found.influences if each.column == "length")
    expected = (answer(43 + step) - answer(43 - step)) / (2 * step)
    assert slope == pytest.approx(expected, rel=0.02, abs=1e-5)


@pytest.mark.parametrize("task", ["binary", "multilabel", "regression"])
def test_pushes_of_a_linear_model_add_up_to_its_answer(task: str) -> None:
    model = untrained(table(task), tw.MLP(hidden=()))
    found = tw.explain(model, {"length": 31.0, "width": 1.4, "island": "south"})
    output = found.layers[-1]
    place = 0 if len(output.outputs) == 1 else list(found.answers).index(found.about)
    sign = -1 if task == "binary" and found.about == model.classes[0] else 1
    scale = model.encoder.target.scale[0] if task == "regression" else 1.0
    bias = output.weights["bias"][place]
    expected = sign * scale * (output.outputs[place] - bias)
    assert sum(each.push for each in found.influences) == pytest.approx(float(expected), rel=1e-4)


def test_embedded_categories_push_by_their_vectors() -> None:
    levels = [f"city {at % 20}" for at in range(100)]
    data = tw.read({"city": levels, "x": np.linspace(0, 1, 100), "y": np.arange(100) % 20 + 0.5}, target="y")
    model = untrained(data, tw.MLP(hidden=()), encoding=tw.Encoding(one_hot_limit=5))
    entry = model.network.layers[0]
    assert len(entry.categories) == 1
    found = tw.explain(model, {"city": "city 3", "x": 0.2})
    output, entered = found.layers[-1], found.layers[0].outputs
    push = (output.weights["weight"][0, 1:] * entered[1:]).sum() * model.encoder.target.scale[0]
    assert {each.column: each.push for each in found.influences}["city"] == pytest.approx(float(push), rel=1e-4)
    assert explanation_page(found).count("city [1]") > 0


def test_the_answer_can_be_asked_about() -> None:
    model = untrained(table("binary"), tw.MLP(hidden=(4,), activation="tanh"))
    row = {"length": 47.0, "width": -0.3, "island": "north"}
    yes, no = (tw.explain(model, row, about=label) for label in ("yes", "no"))
    pushes = {each.column: each.push for each in yes.influences}
    assert pushes == pytest.approx({each.column: -each.push for each in no.influences})
    with pytest.raises(UnknownNameError, match=r"no class is called 'maybe'.*Known: no, yes"):
        tw.explain(model, row, about="maybe")


def test_without_the_truth_the_answer_goes_back() -> None:
    model = untrained(table("regression"), tw.MLP(hidden=(4,), activation="tanh"))
    found = tw.explain(model, {"length": 47.0, "width": -0.3, "island": "north"})
    assert (found.loss, found.loss_after, found.truth) == (None, None, "")
    assert "no loss and no update" in str(found)
    scale = model.encoder.target.scale[0]
    np.testing.assert_allclose(found.layers[-1].error, [scale], rtol=1e-6)
    assert "Update" not in explanation_page(found)


def test_rows_come_in_many_shapes() -> None:
    data = table("regression")
    model = untrained(data, tw.MLP(hidden=(4,)))
    frame = data.frame[7:8]
    prediction = tw.explain(model, frame).answers["price"]
    for row in (frame.to_pandas(), frame.row(0, named=True)):
        assert tw.explain(model, row).answers["price"] == pytest.approx(prediction)


def test_images_are_mapped() -> None:
    data = images(8)
    found = tw.explain(untrained(data, tw.MLP(hidden=(4,))), data.array[0])
    assert found.shape == (8, 8)
    assert len(found.influences) == 64
    assert "What the network saw" in explanation_page(found)


def test_what_cannot_be_opened_is_refused() -> None:
    data = table("multiclass")
    model = untrained(data, tw.MLP(hidden=(4,)))
    with pytest.raises(DataError, match="explain takes one row, but got 3"):
        tw.explain(model, data.frame[:3])
    with pytest.raises(DataError, match="no column 'width'"):
        tw.explain(model, {"length": 1.0, "island": "north"})
    with pytest.raises(DataError, match="a model does not keep its data"):
        tw.explain(model, 3)
    with pytest.raises(DataError, match=r"the answer of the row is 'huge'.*none of the classes"):
        tw.explain(model, ROW | {"answer": "huge"})
    with pytest.raises(DataError, match=r"learning rate must be a number above 0.*-1"):
        tw.explain(model, ROW, learning_rate=-1.0)
    with pytest.raises(ArtifactError, match="several networks"):
        tw.explain(Ensemble((model, model)), ROW)
    with pytest.raises(DataError, match="takes a model, a run or the folder of one, but got list"):
        tw.explain([1], ROW)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"row is the number of a row.*'a'"):
        tw.explain(model, "a", data="file.csv")


def test_predictions_agree_with_the_losses_reading() -> None:
    """The oracle above reads outputs as the engine does; here that reading is the softmax itself."""
    outputs = jnp.array([[0.3, -1.0, 2.0]])
    expected = np.exp([0.3, -1.0, 2.0]) / np.exp([0.3, -1.0, 2.0]).sum()
    np.testing.assert_allclose(predict(outputs, "logits", "multiclass")[0], expected, rtol=1e-6)


def test_a_network_that_states_its_variance_is_opened() -> None:
    data = table("regression")
    agrees_with_the_engine(untrained(data, tw.MLP(hidden=(4,)), loss="gaussian_nll"), data)


def test_double_precision_stays_double() -> None:
    data = table("regression")
    model = untrained(data, tw.MLP(hidden=(4,)), precision="float64")
    found = tw.explain(model, data.frame[3:4])
    assert found.layers[-1].outputs.dtype == np.float64
    assert found.answers["price"] == pytest.approx(float(model.predict(data.frame[3:4])[0]), rel=1e-12)
