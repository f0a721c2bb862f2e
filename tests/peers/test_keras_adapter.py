"""The Keras callback beside Keras itself, on both of its backends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

keras = pytest.importorskip("keras")

from trainwell.adapters.keras import Watch  # noqa: E402
from trainwell.adapters.keras.losses import base_loss, known_loss  # noqa: E402
from trainwell.errors import DataError  # noqa: E402
from trainwell.records import QUANTITIES, Record  # noqa: E402

#: Keras's own variables do not know NumPy's newest way to ask for an array.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

LAYERS = keras.layers
INPUTS, TARGETS = load_digits(return_X_y=True)
INPUTS = (INPUTS[:600] / 16).astype("float32")
TARGETS = TARGETS[:600]
LOGITS = {"sparse": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}


def model(*layers: Any, rate: float = 2e-3, loss: Any = None) -> Any:
    keras.utils.set_random_seed(0)
    built = keras.Sequential([keras.Input((64,)), *layers])
    built.compile(keras.optimizers.Adam(rate), loss or LOGITS["sparse"], metrics=["accuracy"])
    return built


def fitted(network: Any, *callbacks: Any, epochs: int = 15) -> Any:
    network.fit(
        INPUTS[:400],
        TARGETS[:400],
        validation_data=(INPUTS[400:], TARGETS[400:]),
        epochs=epochs,
        verbose=0,
        callbacks=list(callbacks),
    )
    return network


def healthy() -> Any:
    keras.utils.set_random_seed(0)  # layers draw their seeds when they are made
    return model(
        LAYERS.Dense(32, activation="relu"), LAYERS.BatchNormalization(), LAYERS.Dropout(0.1), LAYERS.Dense(10)
    )


def test_weights_are_the_same_with_it_and_without_and_the_record_is_right() -> None:
    watched = Watch(probe=(INPUTS[:400], TARGETS[:400]))
    with_it, without = fitted(healthy(), watched), fitted(healthy())
    for one, other in zip(with_it.get_weights(), without.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    record = watched.record
    assert watched.trouble is None
    assert set(record) <= set(QUANTITIES)
    assert record["training_loss"] == pytest.approx(with_it.history.history["loss"])
    assert record["validation_score"] == pytest.approx(with_it.history.history["val_accuracy"])
    kernel, bias = with_it.layers[-1].get_weights()
    assert record["layer_weight_norm"][-1, -1] == pytest.approx(np.sqrt(np.sum(kernel**2) + np.sum(bias**2)), rel=1e-5)
    assert record.facts["layer_units"][-1] == 10
    assert record["telemetry_epoch"][0] == 0
    assert record["layer_update_ratio"][0].min() > 0
    assert record["update_alignment"][0] > 0.1
    assert [each.name for each in watched.findings() if each.severity in ("fault", "warning")] == []


FAULTS = {
    "learning rate too high": lambda: model(LAYERS.Dense(32, activation="relu"), LAYERS.Dense(10), rate=3.0),
    "learning rate too low": lambda: model(LAYERS.Dense(32, activation="relu"), LAYERS.Dense(10), rate=1e-7),
    "double softmax": lambda: model(LAYERS.Dense(32, activation="relu"), LAYERS.Dense(10, activation="softmax")),
    "symmetric initialization": lambda: model(
        LAYERS.Dense(32, activation="relu", kernel_initializer=keras.initializers.Constant(0.1)),
        LAYERS.Dense(10, kernel_initializer=keras.initializers.Constant(0.1)),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_first(fault: str) -> None:
    watched = Watch(probe=(INPUTS[:400], TARGETS[:400]))
    fitted(FAULTS[fault](), watched)
    assert watched.trouble is None
    accepted = {fault, "dead ReLUs"} if fault == "learning rate too high" else {fault}
    assert watched.findings()[0].name in accepted


@pytest.mark.parametrize("name", ["mse", "mae", "huber", "binary_crossentropy", "sparse", "probabilities"])
def test_the_base_loss_is_what_keras_says_of_the_same_answer_for_all(name: str) -> None:
    generator = np.random.default_rng(0)
    losses = LOGITS | {"probabilities": keras.losses.CategoricalCrossentropy()}
    loss = losses.get(name) or keras.losses.get(name)
    if name == "sparse":
        targets, shares = TARGETS, np.bincount(TARGETS) / len(TARGETS)
        answer = np.log(shares)
    elif name == "probabilities":
        targets, answer = np.eye(10)[TARGETS], np.bincount(TARGETS) / len(TARGETS)
    else:
        targets = generator.normal(size=(50, 3)) if name != "binary_crossentropy" else np.eye(3)[np.arange(50) % 3]
        answer = targets.mean(axis=0)
    same = np.tile(answer, (len(targets), 1)).astype("float32")
    expected = float(np.mean(loss(targets.astype("float32"), same)))
    assert base_loss(loss, known_loss(loss), targets, (len(answer),)) == pytest.approx(expected, rel=1e-4)


def test_without_a_loss_of_the_model_activations_are_looked_at_all_the_same() -> None:
    class Stepping(keras.Sequential):
        """Computes its loss by itself."""

        def compute_loss(self, x: Any, y: Any, y_pred: Any, *_: Any, **__: Any) -> Any:
            return keras.ops.mean(keras.ops.square(y_pred))

    keras.utils.set_random_seed(0)
    network = Stepping([keras.Input((64,)), LAYERS.Dense(8, activation="relu"), LAYERS.Dense(10)])
    network.compile("adam")
    watched = Watch(probe=(INPUTS[:200], TARGETS[:200]))
    network.fit(INPUTS[:200], TARGETS[:200], epochs=2, verbose=0, callbacks=[watched])
    assert watched.trouble is None
    assert "dead_share" in watched.record
    assert "layer_gradient_norm" not in watched.record


def test_what_cannot_be_watched_is_refused() -> None:
    with pytest.raises(DataError, match="3 inputs and 2 targets"):
        Watch(probe=(np.zeros((3, 2)), np.zeros(2)))
    with pytest.raises(DataError, match="probe must be a pair"):
        Watch(probe=np.zeros(3))
    with pytest.raises(DataError, match="task must be one of"):
        Watch(task="clustering")


def test_before_the_fit_there_is_a_record_of_nothing() -> None:
    watched = Watch(probe=(INPUTS, TARGETS))
    assert watched.record.facts["epochs"] == 0
    assert watched.findings() == []


def test_classes_as_numbers_are_told_like_those_of_a_run_of_ones_own() -> None:
    watched = Watch(probe=(INPUTS, TARGETS.astype("float32")))
    network = model(LAYERS.Dense(16, activation="relu"), LAYERS.Dense(1), loss="mse")
    network.fit(INPUTS, TARGETS, epochs=3, verbose=0, callbacks=[watched])
    facts = watched.record.facts
    assert (facts["task"], facts["target_values"]) == ("regression", 10)
    assert abs(facts["target_order"]) < 0.6
    assert facts["target_mean"] == pytest.approx(TARGETS.mean())
    assert "wrong loss for the task" in [finding.name for finding in watched.findings()]


PROGRAM = """
import numpy as np, keras
from trainwell.adapters.keras import Watch
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(96, 4)).astype("float32")
y = (x[:, 0] > 0).astype(int)
watched = Watch(probe=(x, y))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(2)])
model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
begun = model.evaluate(x, y, verbose=0)[0]
model.fit(x, y, batch_size=96, epochs=2, verbose=0, callbacks=[watched])
assert watched.trouble is None, watched.trouble
np.testing.assert_allclose(watched.record["probe_loss"][0], begun, rtol=1e-5)
watched.save("mine")
"""


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_step_of_all_rows_is_the_gradient_before_it_times_the_rate(tmp_path: Path, backend: str) -> None:
    pytest.importorskip(backend)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env=dict(os.environ) | {"KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    record = Record.load(tmp_path / "mine" / "record.safetensors")
    assert record.facts["framework"].endswith(f"on {backend}")
    assert record["update_alignment"][:2] == pytest.approx(1, abs=1e-5)
    moved = record["layer_update_ratio"] * record["layer_weight_norm"]
    np.testing.assert_allclose(moved[:2], 0.01 * record["layer_gradient_norm"][:2], rtol=1e-3)
    whole = np.linalg.norm(record["layer_gradient_norm"][:2], axis=1)
    np.testing.assert_allclose(record["gradient_norm"], whole, rtol=1e-6)
