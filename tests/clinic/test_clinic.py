"""The clinic's answers and findings on curves whose verdict is known, and its checks on planted faults."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from tests.engine.problems import blobs
from trainwell.clinic import CHECKS, Case, Finding, ask, examine
from trainwell.clinic.beforehand.rehearsals import check_blank, check_by_heart
from trainwell.clinic.beforehand.start import check_start, expected_start
from trainwell.clinic.beforehand.table import check_data, check_giveaway, check_overlap, check_rows, check_target
from trainwell.clinic.curves import noise, slope
from trainwell.clinic.questions import overfitting, rate_right
from trainwell.data import Profile
from trainwell.data.profile import Repeats
from trainwell.engine import Recipe, train
from trainwell.engine.state import DIVERGED, FINISHED
from trainwell.errors import TrainwellError
from trainwell.network import MLP
from trainwell.records import Record
from trainwell.training import Adam, Constant

EPOCHS = np.arange(1, 41)
RECIPE = Recipe(
    network=MLP(hidden=(8,)),
    optimizer=Adam(learning_rate=0.01),
    schedule=Constant(),
    max_epochs=20,
    early_stopping=None,
)


def record(training: np.ndarray, validation: np.ndarray, outcome: int = FINISHED, **changes: Any) -> Record:
    """Return a record with these losses, a constant rate and customary updates."""
    count = len(training)
    arrays = {
        "epoch": np.arange(1, count + 1),
        "training_loss": training,
        "validation_loss": validation,
        "learning_rate": np.full(count, 1e-3),
        "probe_loss": np.array([2.3, training[-1]]),
        "layer_update_ratio": np.full((2, 3), 1e-3),
    }
    return Record(arrays | changes, {"outcome": outcome})


def healthy() -> Record:
    wobble = 0.002 * np.sin(np.arange(40) * 2.4)
    return record(0.2 + 2 * np.exp(-EPOCHS / 4), 0.3 + 2 * np.exp(-EPOCHS / 4) + wobble)


def falling_to(end: float) -> np.ndarray:
    """Return a training loss of forty epochs that falls all the way."""
    return np.geomspace(2.0, end, 40)


def answers(of: Record) -> list[str]:
    return [answer["answer"].split(":")[0] for answer in ask(of)]


@pytest.mark.parametrize(
    ("after", "training", "words"),
    [
        (0.04 + 0.002 * np.arange(20), falling_to(0.01), "Yes: after epoch 21 the validation loss rose by 90%"),
        (0.04 + 0.02 * np.abs(np.sin(2.4 * np.arange(20))), falling_to(0.01), "jumps about by as much."),
        (0.04 + 0.002 * np.arange(20), falling_to(0.01)[::-1], "but the training loss rose as well."),
        (np.full(20, 0.04), falling_to(0.01), "No: the validation loss ended about where it was lowest."),
        (np.linspace(-3.0, 5.0, 20), falling_to(0.01), "Yes: after epoch 21"),
        (np.full(20, -3.0), falling_to(0.01), "No: the validation loss ended about where it was lowest."),
    ],
)
def test_a_rise_is_held_against_the_jumps_after_the_best_epoch(after, training, words) -> None:
    first = 0.04 + np.geomspace(40.0, 0.002, 20)  # steep falls, which say nothing of the jumps later
    assert words in overfitting(record(training, np.concatenate([first, after])))["answer"]


def test_a_healthy_run_gets_four_good_answers_and_no_finding() -> None:
    assert answers(healthy()) == ["Yes", "No", "No", "It looks right"]
    assert examine(Case(healthy())) == []


def test_overfitting_is_seen() -> None:
    rising = 0.5 + 2 * np.exp(-EPOCHS / 2) + 0.01 * EPOCHS
    faulty = record(2 * np.exp(-EPOCHS / 4), rising)
    assert answers(faulty)[2] == "Yes"
    assert [finding.name for finding in examine(Case(faulty))] == ["overfitting"]


def test_a_loss_that_still_falls_is_seen() -> None:
    faulty = record(2.3 - 0.02 * EPOCHS, 2.3 - 0.02 * EPOCHS)
    assert answers(faulty)[1] == "Yes"
    (finding,) = examine(Case(faulty, RECIPE))
    assert finding.name == "stopped too soon"
    assert finding.change == {"max_epochs": 500, "early_stopping": {"patience": 50}}


def test_a_schedule_that_came_to_its_end_is_no_reason_to_go_on() -> None:
    rates = 1e-3 * (1 + np.cos(np.pi * EPOCHS / 40)) / 2
    falling = 2.3 - 0.02 * EPOCHS
    assert examine(Case(record(falling, falling, learning_rate=rates))) == []


def test_learning_nothing_is_a_fault() -> None:
    flat = np.full(40, 2.3) + 0.001 * np.sin(EPOCHS)
    faulty = record(flat, flat)
    assert answers(faulty)[0].startswith("No")
    assert examine(Case(faulty))[0].name == "learned nothing"
    assert examine(Case(faulty))[0].severity == "fault"


def test_divergence_names_epoch_and_a_lower_rate() -> None:
    loss = np.array([2.0, 1.5, np.nan])
    faulty = record(loss, loss, outcome=DIVERGED)
    assert "epoch 3" in ask(faulty)[0]["answer"]
    finding = examine(Case(faulty, RECIPE))[0]
    changed = {"optimizer.learning_rate": pytest.approx(1e-3)}
    assert (finding.name, finding.change) == ("non-finite numbers", changed)


def test_a_jumping_loss_means_too_high_a_rate() -> None:
    loss = 1 + 0.9 * np.sin(EPOCHS * 2.5)
    loss[-1] = 1.9
    assert answers(record(loss, loss))[3] == "Too high"


def test_a_loss_that_jumps_about_near_zero_has_fallen_all_the_same() -> None:
    loss = 0.001 * (1 + 0.9 * np.sin(EPOCHS * 2.5))
    loss[0], loss[-1] = 2.0, 0.0019
    assert answers(record(loss, loss))[3] == "It looks right"


def test_every_check_says_what_to_do() -> None:
    for name in CHECKS:
        assert CHECKS[name].__doc__
        assert CHECKS.entry(name).source


def test_noise_is_that_of_white_noise_on_a_trend() -> None:
    random = np.random.default_rng(0)
    assert noise(0.3 * random.normal(size=20_000) + np.arange(20_000)) == pytest.approx(0.3, rel=0.03)


def test_slope_is_the_least_squares_line() -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=50) + 0.1 * np.arange(50)
    (expected, _), covariance = np.polyfit(np.arange(50), values, 1, cov=True)
    rate, error = slope(values)
    assert rate == pytest.approx(expected)
    assert error == pytest.approx(np.sqrt(covariance[0, 0]))


def test_the_start_is_held_against_the_base_rate() -> None:
    problem = blobs()
    targets = np.asarray(problem.examples.targets)[:100]
    share = np.bincount(targets) / 100
    problem = dataclasses.replace(problem, base_rate=jnp.asarray(np.log(share), jnp.float32))
    trained = train(RECIPE, problem)
    assert expected_start(problem, trained) == pytest.approx(-(share * np.log(share)).sum(), rel=1e-5)
    for loss, status in ((1.2, "passed"), (9.0, "warned")):
        seen = dataclasses.replace(trained, record=Record({"probe_loss": np.array([loss])}))
        assert check_start(problem, seen).status == status
    assert check_start(problem, dataclasses.replace(trained, record=Record({}))).status == "not applicable"


def test_a_few_rows_are_learned_by_heart() -> None:
    problem = blobs()
    program = train(RECIPE, problem).program
    before = program.compilations
    assert check_by_heart(RECIPE, problem, program).status == "passed"
    slow = RECIPE.with_settings({"optimizer.learning_rate": 1e-7})
    assert check_by_heart(slow, problem, program).status == "warned"
    assert program.compilations == before


def test_blank_inputs_do_worse_unless_inputs_say_nothing() -> None:
    problem = blobs(rows=1500)
    assert check_blank(RECIPE, problem, train(RECIPE, problem)).status == "passed"
    noise_only = jnp.asarray(np.random.default_rng(99).integers(0, 3, 1500), jnp.int32)
    unrelated = dataclasses.replace(problem, examples=problem.examples._replace(targets=noise_only))
    assert check_blank(RECIPE, unrelated, train(RECIPE, unrelated)).status == "failed"


PROFILE = Profile(
    rows=100,
    part_sizes={"training": 60, "validation": 20, "test": 20},
    duplicates=Repeats(),
    conflicts=Repeats(),
    overlap={"training/test": Repeats()},
    class_counts={"training": {"a": 30, "b": 30}},
    power={"x": 0.4},
)


def test_good_data_pass() -> None:
    checks = check_data(PROFILE, RECIPE, {"mean": {}})
    assert {check.status for check in checks} == {"passed"}
    assert [check.row for check in checks] == [1, 2, 3, 3, 4, 6]


def test_planted_faults_in_the_data_are_warned_of() -> None:
    conflicts = dataclasses.replace(PROFILE, conflicts=Repeats(9, (3, 5)))
    assert check_rows(conflicts).status == "warned"
    assert "9 rows" in check_rows(conflicts).sentence
    rare = dataclasses.replace(PROFILE, class_counts={"training": {"a": 58, "b": 2}})
    assert check_target(rare).status == "warned"
    overlap = dataclasses.replace(PROFILE, overlap={"training/test": Repeats(7, (0,))})
    assert check_overlap(overlap).status == "warned"
    assert "training and test share 7 rows" in check_overlap(overlap).sentence.lower()
    leak = dataclasses.replace(PROFILE, power={"answer": 0.999, "x": 0.4})
    assert check_giveaway(leak).status == "warned"
    assert "answer" in check_giveaway(leak).sentence


def test_without_a_first_look_a_fast_learner_is_no_fault() -> None:
    fast = record(np.linspace(0.05, 0.0495, 40), np.linspace(0.05, 0.0495, 40))
    unmeasured = Record({name: array for name, array in fast.arrays.items() if name != "probe_loss"}, fast.facts)
    assert "learned nothing" not in [finding.name for finding in examine(Case(unmeasured))]
    assert "its first epoch" in ask(unmeasured)[0]["answer"]


def test_a_finding_about_the_rate_answers_the_last_question() -> None:
    falling = record(np.geomspace(1, 0.1, 40), np.geomspace(1, 0.1, 40))
    found = Finding(
        name="learning rate too high",
        severity="fault",
        sentence="An update is half of the weights.",
        evidence={"ratio": 0.5},
    )
    assert ask(falling)[-1]["answer"].startswith("It looks right")
    assert ask(falling, [found])[-1]["answer"] == "Too high: an update is half of the weights."
    assert ask(falling, [found])[-1]["evidence"] == {"ratio": 0.5}
    smell = dataclasses.replace(found, severity="smell")
    assert ask(falling, [smell])[-1]["answer"].startswith("It looks right")


def test_a_run_or_a_case_is_asked_like_its_record():
    falling = record(np.geomspace(1.0, 0.1, 40), np.geomspace(1.0, 0.12, 40))
    found = Finding(name="learning rate too high", severity="warning", sentence="An update is half of the weights.")
    run = SimpleNamespace(record=falling, findings=[found])
    assert ask(Case(falling)) == ask(falling)
    assert ask(run) == ask(falling, [found])
    assert ask(run, []) == ask(falling)
    with pytest.raises(TrainwellError, match=r"ask takes a run, a record or a case, but got dict"):
        ask({})


@pytest.mark.parametrize(
    ("validation", "words"),
    [
        ([2.0, 1.0, 0.9], "Too few epochs to tell."),
        ([np.nan] * 8, "Cannot tell without a validation part."),
        ([2.0, 1.0, np.inf, np.inf, np.inf], "Cannot tell: the loss was no number."),
    ],
)
def test_why_overfitting_cannot_be_told_is_said(validation: list[float], words: str) -> None:
    curves = {"validation_loss": np.array(validation), "training_loss": np.linspace(2, 0.5, len(validation))}
    assert overfitting(Record(curves, {}))["answer"] == words


def test_a_loss_that_is_lowest_at_the_end_has_not_risen() -> None:
    steep = np.array([2.0, 1.5, 1.1, 0.8])
    assert overfitting(record(steep, steep))["answer"] == "No: the validation loss ended about where it was lowest."
    jump = np.concatenate([0.4 + 0.1 * np.abs(np.sin(2.4 * EPOCHS[:36])), [0.39, 0.45]])
    told = overfitting(record(np.geomspace(2.0, 0.1, 38), jump))["answer"]
    assert told.endswith("but it jumps about by as much.")


def test_layers_that_stand_still_say_nothing_of_the_rate() -> None:
    rows = np.tile([0.0, 0.0, 1e-3], (5, 1))
    told = rate_right(record(falling_to(0.1), falling_to(0.1), layer_update_ratio=rows))
    assert told["answer"].startswith("It looks right")
