"""What an adapter measures is what the engine measures: the same formulas on the same numbers."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from trainwell.adapters.clock import FREE, Clock
from trainwell.adapters.log import Log
from trainwell.adapters.sight import Activation, Sight, agreement, idle_share, norm, output_numbers, unit_similarity
from trainwell.adapters.watching import RECORD, Watching
from trainwell.engine.looks import units
from trainwell.engine.looks.probe import agreement as engine_agreement
from trainwell.engine.outputs import curvature, measure_outputs
from trainwell.engine.state import DIVERGED, FINISHED
from trainwell.errors import ArtifactError
from trainwell.records import QUANTITIES, Record

RANDOM = np.random.default_rng(0)
LAYER = [RANDOM.normal(size=(6, 4)).astype(np.float32), RANDOM.normal(size=6).astype(np.float32)]


def test_layers_are_measured_as_the_engine_does() -> None:
    group = [jnp.asarray(leaf) for leaf in LAYER]
    assert unit_similarity(LAYER) == pytest.approx(float(units.unit_similarity(group)), rel=1e-5)
    some_idle = [np.where(np.arange(6)[:, None] < 2, 0, LAYER[0]), LAYER[1]]
    assert idle_share(some_idle) == pytest.approx(2 / 6)
    assert float(units.idle_share([jnp.asarray(leaf) for leaf in some_idle])) == pytest.approx(2 / 6)
    assert norm(LAYER) == pytest.approx(np.linalg.norm(np.concatenate([leaf.ravel() for leaf in LAYER])), rel=1e-6)


def test_outputs_are_measured_as_the_engine_does() -> None:
    inputs = RANDOM.normal(size=(8, 3)).astype(np.float32)
    predict = lambda x: x**2 + x
    outputs, between = predict(inputs), predict((inputs[:4] + inputs[4:]) / 2)
    found = output_numbers(outputs, between)
    expected = measure_outputs(jnp.asarray(outputs)) | {
        "output_curvature": curvature(predict, jnp.asarray(inputs), jnp.asarray(outputs))
    }
    assert found == {name: pytest.approx(float(value), rel=1e-4) for name, value in expected.items()}


def test_halves_agree_as_in_the_engine() -> None:
    halves = RANDOM.normal(size=(2, 20)) + 1
    expected = engine_agreement({"w": jnp.asarray(halves)}, 128)
    found = agreement(halves @ halves.T, 128)
    assert found == {name: pytest.approx(float(value), rel=1e-4) for name, value in expected.items()}


def test_units_that_are_off_on_every_row_are_dead() -> None:
    after = np.array([[0.0, 1.0], [0.0, 0.0]])
    mean, deviation, dead, saturated = Activation("relu", after, (after > 0).astype(float)).row()
    assert (mean, deviation, dead, saturated) == (0.25, pytest.approx(after.std()), 0.5, 0.75)
    channels = np.stack([after, after], axis=1)  # (rows, channels, places)
    assert Activation("relu", channels, channels).row()[2] == 0.0


def test_a_sight_names_known_quantities_only() -> None:
    sight = Sight({"layer": LAYER}, {"layer": LAYER}, [Activation("relu", LAYER[0], LAYER[0])], LAYER[0], None)
    assert set(sight.row()) <= set(QUANTITIES)


def test_the_clock_keeps_to_its_share() -> None:
    clock = Clock(share=0.1)
    for _ in range(FREE):
        assert clock.affordable()
        with clock.looking():
            pass
    clock.spent, clock.last, clock.began = 1.0, 0.1, clock.began - 5
    assert not clock.affordable()
    clock.began -= 10
    assert clock.affordable()


def test_a_log_becomes_a_record_and_gaps_are_filled() -> None:
    log = Log()
    for epoch, loss in enumerate((2.0, 1.0, 1.5)):
        log.epoch(training_loss=loss, validation_loss=loss + 1, gradient_norm=0.5 if epoch == 1 else np.nan)
    log.look(0, {"probe_loss": np.array(2.5), "layer_weight_norm": np.array([1.0, 2.0])})
    log.look(3, {"layer_weight_norm": np.array([1.0, 2.0])})
    record = log.record({"task": "regression"})
    assert record["epoch"].tolist() == [1, 2, 3]
    assert record["gradient_norm"].tolist() == [0.5, 0.5, 0.5]
    assert np.isnan(record["probe_loss"][1])
    assert record["layer_weight_norm"].shape == (2, 2)
    assert record.facts["outcome"] == FINISHED
    assert "best_epoch" not in record.facts, "the loop keeps its last weights"


def test_a_loss_that_is_no_number_is_a_divergence() -> None:
    log = Log()
    log.epoch(training_loss=1.0)
    log.epoch(training_loss=float("nan"))
    assert log.record({}).facts["outcome"] == DIVERGED


class Watched(Watching):
    def forget(self) -> None:
        pass

    def facts(self) -> dict[str, object]:
        return {"task": "regression", "loss": None}


def test_a_record_is_saved_replaced_and_kept_apart(tmp_path) -> None:
    watched = Watched()
    watched.log.epoch(training_loss=1.0, validation_loss=1.0, learning_rate=0.1)
    folder = watched.save(tmp_path / "mine")
    watched.save(folder)
    assert Record.load(folder / RECORD).facts["task"] == "regression"
    assert "loss" not in watched.record.facts
    (folder / "thesis.txt").write_text("dear")
    with pytest.raises(ArtifactError, match=r"holds thesis.txt, which is no record"):
        watched.save(folder)
    with pytest.raises(ArtifactError, match="is a file"):
        watched.save(folder / "thesis.txt")
