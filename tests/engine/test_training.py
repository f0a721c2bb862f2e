"""A trial does what a plain loop does, the same bits every time, and compiles nothing for another knob."""

from __future__ import annotations

import dataclasses
import functools
import os
import signal
import threading
import time
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from tests.engine.problems import blobs
from trainwell.engine import Program, Recipe, course, program_for, train
from trainwell.engine.looks.telemetry import SHARE, cost_in_steps, next_measured
from trainwell.engine.problem import pad_rows
from trainwell.engine.shuffle import shuffled
from trainwell.engine.state import DIVERGED, FINISHED, INTERRUPTED, OUT_OF_TIME, PATIENCE
from trainwell.keys import key_for
from trainwell.network import MLP
from trainwell.training import SGD, Adam, AdamW, Constant, Cosine, EarlyStopping, Plateau, Schedule

PLAIN = Recipe(
    network=MLP(hidden=(8,)),
    optimizer=Adam(learning_rate=0.01),
    schedule=Constant(),
    batch_size=32,
    max_epochs=5,
    early_stopping=None,
)


def leaves(tree: Any) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def plain_loop(recipe: Recipe, epochs: int) -> tuple[list[np.ndarray], list[float], list[float]]:
    """Train the same network on the same batches by an ordinary Optax loop that knows nothing of the engine."""
    problem = blobs()
    inputs, targets = np.asarray(problem.examples.inputs), np.asarray(problem.examples.targets)
    count, size = int(problem.rows.training_count), recipe.batch_size
    program = Program(recipe, problem.layout, problem.task, problem.outputs)
    state = program.start(program.knobs(recipe), 0, problem.base_rate)
    (w1, b1), (w2, b2) = (
        (layer.weight, layer.bias) for layer in (state.parameters.layers[1], state.parameters.layers[3])
    )
    weights = [w1, b1, w2, b2]

    def mean_loss(weights: list[jax.Array], x: np.ndarray, y: np.ndarray) -> jax.Array:
        hidden = jax.nn.relu(x @ weights[0].T + weights[1])
        logits = hidden @ weights[2].T + weights[3]
        return optax.softmax_cross_entropy_with_integer_labels(logits, y).mean()

    rule = optax.sgd(recipe.optimizer.learning_rate, momentum=recipe.optimizer.momentum)
    memory = rule.init(weights)
    seen, validated = [], []
    for epoch in range(epochs):
        key = jax.random.fold_in(key_for(0, "shuffle"), epoch)
        order = np.asarray(shuffled(key, jnp.arange(count), count))
        total = 0.0
        for first in range(0, count, size):
            chosen = order[first : first + size]
            loss, gradient = jax.value_and_grad(mean_loss)(weights, inputs[chosen], targets[chosen])
            updates, memory = rule.update(gradient, memory)
            weights = optax.apply_updates(weights, updates)
            total += float(loss) * len(chosen)
        seen.append(total / count)
        validated.append(float(mean_loss(weights, inputs[count:], targets[count:])))
    return leaves(weights), seen, validated


def test_a_trial_equals_a_plain_loop() -> None:
    recipe = PLAIN.with_settings({"optimizer": SGD(learning_rate=0.05, momentum=0.9)})
    trained = train(recipe, blobs())
    weights, training_loss, validation_loss = plain_loop(recipe, 5)
    np.testing.assert_allclose(trained.record["training_loss"], training_loss, rtol=1e-5)
    np.testing.assert_allclose(trained.record["validation_loss"], validation_loss, rtol=1e-5)
    for ours, theirs in zip(leaves(trained.state.parameters), weights, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


def test_the_last_short_batch_counts() -> None:
    assert 100 % PLAIN.batch_size != 0
    assert train(PLAIN, blobs()).record.facts["steps_per_epoch"] == 4


def test_same_seed_same_bits() -> None:
    first, second = (train(PLAIN, blobs()) for _ in range(2))
    for ours, theirs in zip(leaves(first.parameters), leaves(second.parameters), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_seed_another_network() -> None:
    first = train(PLAIN, blobs())
    second = train(PLAIN.with_settings({"seed": 1}), blobs())
    assert not np.array_equal(leaves(first.parameters)[0], leaves(second.parameters)[0])


def test_the_size_of_calls_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(PLAIN, blobs())
    monkeypatch.setattr(course, "FIRST_CALL_STEPS", 3)
    monkeypatch.setattr(course, "CALL_SECONDS", 1e-6)
    pieces = train(PLAIN, blobs())
    for ours, theirs in zip(leaves(whole.parameters), leaves(pieces.parameters), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(whole.record["validation_loss"], pieces.record["validation_loss"])


EVERYTHING = Recipe(
    network=MLP(hidden=(8, 8), dropout=0.2, normalization="batch"),
    optimizer=AdamW(learning_rate=0.01),
    schedule=Cosine(warm_up=0.1),
    gradient_clipping=1.0,
    label_smoothing=0.1,
    batch_size=32,
    max_epochs=4,
    early_stopping=EarlyStopping(patience=3),
)


def test_later_trials_make_calls_as_long_as_earlier_ones_showed_to_be_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "FIRST_CALL_STEPS", 1)
    problem = blobs()
    program = Program(PLAIN, problem.layout, problem.task, problem.outputs)
    calls: list[list[Any]] = [[], []]
    for heard in calls:
        train(PLAIN, problem, program=program, listener=heard.append)
        assert heard[-1].epoch == PLAIN.max_epochs
    assert len(calls[0]) >= 3 > len(calls[1])


def test_changing_a_knob_compiles_nothing() -> None:
    problem = blobs()
    train(EVERYTHING, problem)
    program = program_for(EVERYTHING, problem.layout, problem.task, problem.outputs)
    before = program.compilations
    for path, value in EVERYTHING.knobs().items():
        changed = EVERYTHING.with_settings({path: value + 1 if isinstance(value, int) else value * 0.9})
        train(changed, problem)
        assert program_for(changed, problem.layout, problem.task, problem.outputs) is program, path
    fewer = dataclasses.replace(problem, rows=pad_rows(np.arange(5, 95), np.arange(100, 140)))
    train(EVERYTHING.with_settings({"seed": 7}), fewer)
    assert program.compilations == before


def test_every_knob_is_felt() -> None:
    baseline = train(EVERYTHING, blobs()).record["training_loss"]
    for path, value in EVERYTHING.knobs().items():
        if path.startswith("early_stopping") or path == "max_epochs":
            continue
        factor = 0.01 if path == "gradient_clipping" else 0.5 if value else None
        if path.endswith("epsilon"):
            factor = 1e6
        changed = EVERYTHING.with_settings({path: value * factor if factor else 0.5})
        assert not np.array_equal(train(changed, blobs()).record["training_loss"], baseline), path


def test_telemetry_leaves_training_alone() -> None:
    without = train(EVERYTHING.with_settings({"telemetry": False}), blobs())
    with_it = train(EVERYTHING, blobs())
    for ours, theirs in zip(leaves(with_it.parameters), leaves(without.parameters), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert "layer_weight_norm" not in without.record


def test_telemetry_measures_the_layers() -> None:
    trained = train(PLAIN, blobs())
    record = trained.record
    assert record.facts["layers"] == ["hidden 1", "output"]
    assert record["telemetry_epoch"][0] == 0
    assert record["telemetry_epoch"][-1] == 5
    layer = trained.state.parameters.layers[1]
    expected = np.sqrt(np.sum(np.square(layer.weight)) + np.sum(np.square(layer.bias)))
    assert record["layer_weight_norm"][-1, 0] == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(record["layer_update_ratio"]).all()
    assert ((record["dead_share"] >= 0) & (record["dead_share"] <= 1)).all()


def test_the_first_probe_loss_is_that_of_the_fresh_network() -> None:
    problem = blobs()
    record = train(PLAIN, problem).record
    program = program_for(PLAIN, problem.layout, problem.task, problem.outputs)
    state = program.start(program.knobs(PLAIN), 0, problem.base_rate)
    rows = np.asarray(problem.rows.training)[:100]
    logits = program.predict(program.knobs(PLAIN), state.parameters, state.network_state, problem.examples.inputs[rows])
    key = key_for(0, "probe")
    half = jnp.arange(64) % 50  # the probe repeats rows of so small a part, each within its half
    chosen = np.asarray(shuffled(key, jnp.concatenate([half, 50 + half]), 100))
    losses = optax.softmax_cross_entropy_with_integer_labels(logits[chosen], problem.examples.targets[chosen])
    assert record["probe_loss"][0] == pytest.approx(float(losses.mean()), rel=1e-5)


def test_measuring_costs_its_share() -> None:
    epochs = [next_measured(0, 6, 64)]
    while epochs[-1] < 1000:
        epochs.append(next_measured(epochs[-1], 6, 64))
    cost = cost_in_steps(64)
    assert epochs[0] == 1
    assert (len(epochs) - 2) * cost / (6 * 1000) <= SHARE


def test_early_stopping_waits_and_keeps_the_best() -> None:
    recipe = PLAIN.with_settings(
        {"optimizer.learning_rate": 0.1, "max_epochs": 400, "early_stopping": EarlyStopping(patience=7)}
    )
    trained = train(recipe, blobs(spread=0.7))
    losses, facts = trained.record["validation_loss"], trained.record.facts
    assert facts["outcome"] == PATIENCE
    assert facts["best_epoch"] == losses.argmin() + 1
    assert facts["epochs"] == facts["best_epoch"] + 7
    problem = blobs(spread=0.7)
    rows = np.asarray(problem.rows.validation)[: int(problem.rows.validation_count)]
    logits = trained.outputs(np.asarray(problem.examples.inputs)[rows])
    kept = optax.softmax_cross_entropy_with_integer_labels(logits, problem.examples.targets[rows]).mean()
    assert float(kept) == pytest.approx(losses.min(), rel=1e-5)


def test_a_rate_far_too_high_is_said_to_diverge() -> None:
    recipe = PLAIN.with_settings({"optimizer": SGD(learning_rate=1e30), "max_epochs": 50})
    trained = train(recipe, blobs())
    assert trained.record.facts["outcome"] == DIVERGED
    assert all(np.isfinite(leaf).all() for leaf in leaves(trained.parameters))


def test_plateau_lowers_the_rate() -> None:
    recipe = PLAIN.with_settings({"schedule": Plateau(factor=0.5, patience=2, min_delta=10.0), "max_epochs": 12})
    rates = train(recipe, blobs()).record["learning_rate"]
    assert rates[0] == pytest.approx(0.01)
    assert rates[-1] < 0.01


def test_a_budget_of_seconds_holds() -> None:
    recipe = PLAIN.with_settings({"max_epochs": 10_000_000})
    train(PLAIN, blobs())
    began = time.perf_counter()
    trained = train(recipe, blobs(), seconds=0.5)
    assert trained.record.facts["outcome"] == OUT_OF_TIME
    assert time.perf_counter() - began < 3


def test_an_interrupt_keeps_the_best() -> None:
    recipe = PLAIN.with_settings({"max_epochs": 10_000_000})
    train(PLAIN, blobs())
    timer = threading.Timer(0.6, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    trained = train(recipe, blobs())
    assert trained.record.facts["outcome"] == INTERRUPTED
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert np.isfinite(trained.record["validation_loss"]).all()


def test_the_listener_hears_where_the_run_stands() -> None:
    heard: list[Any] = []
    trained = train(PLAIN, blobs(), listener=heard.append)
    assert heard[-1].epoch == 5
    assert heard[-1].share == 1.0
    assert trained.record.facts["outcome"] == FINISHED


def test_without_a_validation_part_the_training_loss_is_watched() -> None:
    problem = blobs()
    problem = dataclasses.replace(problem, rows=pad_rows(np.arange(100), np.arange(0)))
    trained = train(PLAIN, problem)
    assert np.isnan(trained.record["validation_loss"]).all()
    assert trained.record.facts["best_epoch"] == trained.record["training_loss"].argmin() + 1


def test_weights_of_zero_leave_rows_out() -> None:
    problem = blobs()
    heavy = problem.examples._replace(weights=problem.examples.weights.at[50:100].set(0.0))
    spoiled = heavy._replace(targets=heavy.targets.at[50:100].set(0))
    first = train(PLAIN, dataclasses.replace(problem, examples=heavy))
    second = train(PLAIN, dataclasses.replace(problem, examples=spoiled))
    for ours, theirs in zip(leaves(first.parameters), leaves(second.parameters), strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Own(eqx.Module):
    """A person's own network, with Equinox's own stateful layer inside."""

    linear: eqx.nn.Linear
    normalization: eqx.nn.BatchNorm
    output: eqx.nn.Linear

    def __init__(self, *, key: jax.Array):
        first, second = jax.random.split(key)
        self.linear = eqx.nn.Linear(4, 8, key=first)
        self.normalization = eqx.nn.BatchNorm(8, "batch", mode="batch")
        self.output = eqx.nn.Linear(8, 3, key=second)

    def __call__(self, x: jax.Array, state: eqx.nn.State) -> tuple[jax.Array, eqx.nn.State]:
        x, state = self.normalization(self.linear(x), state)
        return self.output(jax.nn.relu(x)), state


@pytest.mark.parametrize(
    "network",
    [
        eqx.nn.MLP(4, 3, 8, 1, key=jax.random.key(0)),
        lambda key: eqx.nn.MLP(4, 3, 8, 1, key=key),
        lambda key: Own(key=key),
    ],
    ids=["module", "factory", "with state"],
)
def test_ones_own_network_and_optimizer(network: Any) -> None:
    recipe = PLAIN.with_settings({"network": network, "optimizer": optax.adam(0.02), "max_epochs": 30})
    trained = train(recipe, blobs())
    assert trained.record["validation_score"].max() > 0.7
    assert trained.outputs(np.zeros((2, 4), np.float32)).shape == (2, 3)


@pytest.mark.parametrize("task", ["binary", "multilabel", "regression"])
def test_every_task_learns(task: Any) -> None:
    problem = blobs(classes=2)
    targets = problem.examples.targets.astype(jnp.float32)[:, None]
    targets = {
        "binary": targets,
        "multilabel": jnp.concatenate([targets, 1 - targets], 1),
        "regression": targets * 2 - 1,
    }[task]
    problem = dataclasses.replace(
        problem,
        examples=problem.examples._replace(targets=targets),
        task=task,
        outputs=targets.shape[1],
        base_rate=jnp.zeros(targets.shape[1]),
    )
    record = train(PLAIN.with_settings({"max_epochs": 30}), problem).record
    assert record["validation_loss"][-1] < 0.7 * record["validation_loss"][0]


def test_small_gains_add_up_against_patience() -> None:
    stopping = EarlyStopping(patience=3, min_delta=1e-3)
    recipe = PLAIN.with_settings(
        {"optimizer": SGD(learning_rate=1e-4), "early_stopping": stopping, "max_epochs": 40, "batch_size": 100}
    )
    record = train(recipe, blobs()).record
    steps = -np.diff(record["validation_loss"])
    assert steps.max() < 1e-3
    assert steps.sum() > 3e-3
    assert record.facts["outcome"] == FINISHED


def test_the_update_that_telemetry_measures_is_clipped() -> None:
    recipe = PLAIN.with_settings({"optimizer": SGD(learning_rate=1.0), "gradient_clipping": 1e-3, "max_epochs": 1})
    record = train(recipe, blobs()).record
    updates = record["layer_update_ratio"] * record["layer_weight_norm"]
    assert np.sqrt((updates[0] ** 2).sum()) == pytest.approx(1e-3, rel=1e-4)


def test_a_partial_function_is_a_factory() -> None:
    network = functools.partial(eqx.nn.MLP, 4, 3, 8, 1)
    recipe = PLAIN.with_settings({"network": network, "max_epochs": 2})
    assert np.isfinite(train(recipe, blobs()).record["training_loss"]).all()
    assert recipe.to_dict()["network"]["kind"] == "custom"


def test_running_statistics_of_an_instance_are_not_trained() -> None:
    recipe = PLAIN.with_settings({"network": Own(key=jax.random.key(0)), "max_epochs": 2})
    trained = train(recipe, blobs())
    assert trained.record.facts["parameters"] == (4 * 8 + 8) + 16 + (8 * 3 + 3)


def test_what_no_compiled_code_reads_compiles_nothing_anew() -> None:
    problem = blobs()
    program = program_for(PLAIN, problem.layout, problem.task, problem.outputs)
    for changes in ({"telemetry": False}, {"class_weights": "balanced"}, {"encoding.numbers": "robust"}, {"seed": 9}):
        changed = PLAIN.with_settings(changes)
        assert program_for(changed, problem.layout, problem.task, problem.outputs) is program, changes


def test_a_part_of_ones_own_that_is_defined_anew_is_followed_anew() -> None:
    rates = []
    for share in (1.0, 0.25):

        class Mine(Schedule):
            """The same name each time, as when a cell of a notebook is run again."""

            def shape(self, state: Any, progress: Any, elapsed: Any, factor: float = share) -> Any:
                return jnp.full_like(progress, factor)

        record = train(PLAIN.with_settings({"schedule": Mine(), "max_epochs": 2}), blobs()).record
        rates.append(float(record["learning_rate"][-1]))
    assert rates[1] == pytest.approx(rates[0] / 4)
