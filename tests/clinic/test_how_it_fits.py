"""How well a run did beside simple models and its own noise: where it is behind, cut short, too small or too large."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.clinic.ill import RECIPE, look
from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record
from trainwell.clinic import CHECKS, Case, ask, examine
from trainwell.clinic.outcome import ahead, behind, shortfall
from trainwell.engine import Recipe
from trainwell.engine.state import ALL_STEPS, PATIENCE
from trainwell.network import MLP
from trainwell.records import Record


def test_what_did_no_harm_is_a_smell() -> None:
    small = record(batch_size=2, batch_normalization=True)
    assert examine(Case(small, RECIPE))[0].severity == "smell"
    slow = {"layer_update_ratio": look(1e-6), "training_loss": 2.3 - 0.01 * EPOCHS, "probe_loss": np.full(LOOKS, 2.0)}
    weak = {"linear_score": 0.9, "neighbour_score": 0.9}
    found = [
        CHECKS["learning rate too low"](Case(record(slow | {"validation_score": np.full(40, score)}, **weak)))
        for score in (0.95, 0.9, 0.5)
    ]
    assert [each and each.severity for each in found] == ["smell", "warning", "fault"]


def test_a_run_is_behind_where_the_nearest_rows_are_told_far_better() -> None:
    """Of 200 rows .80 against .85 are 1.9 standard errors; .70 against .85 has twice the errors, by 5."""
    near = {"linear_score": 0.3, "neighbour_score": 0.85}
    gaps = [Case(record({"validation_score": np.full(40, score)}, **near)) for score in (0.8, 0.7)]
    assert [behind(case) for case in gaps] == [False, True]
    assert [ahead(case) for case in gaps] == [True, False]
    numbers = {"score": "RMSE", "linear_score": 9.0, "neighbour_score": 5.0}
    errors = [Case(record({"validation_score": np.full(40, score)}, **numbers)) for score in (5.6, 6.5)]
    assert [behind(case) for case in errors] == [False, True]


def test_where_rows_weigh_differently_as_many_count_as_tell_as_much() -> None:
    case = Case(record({"validation_score": np.full(40, 0.7)}, linear_score=0.9, neighbour_score=0.7))
    few = Case(Record(case.record, case.record.facts | {"effective_validation_rows": 32.0}))
    assert shortfall(few) == pytest.approx(shortfall(case) * math.sqrt(32 / 200))
    assert (shortfall(case), shortfall(few)) == (pytest.approx(7.3, abs=0.1), pytest.approx(2.9, abs=0.1))


def test_only_the_noise_after_the_best_epoch_hides_a_rise() -> None:
    rising = 0.5 + 0.02 * EPOCHS
    wild = np.where(EPOCHS < 6, 3.0 + 2.0 * (-1.0) ** EPOCHS, rising)
    assert CHECKS["overfitting"](Case(record({"validation_loss": wild}))) is not None


def test_patience_that_ended_a_steep_fall_stopped_too_soon() -> None:
    steep = {"validation_loss": 2.3 - 0.02 * EPOCHS, "validation_score": np.full(40, 0.4)}
    finding = CHECKS["stopped too soon"](Case(record(steep, outcome=PATIENCE), RECIPE))
    assert finding is not None
    assert finding.cause.startswith("Early stopping ended")
    assert CHECKS["stopped too soon"](Case(record(outcome=PATIENCE), RECIPE)) is None


def test_one_steep_fall_is_no_jump() -> None:
    fall = np.append(2.75, 0.46 + 0.01 * np.sin(2.4 * EPOCHS[1:]))
    jumping = 0.5 + 0.4 * (-1.0) ** EPOCHS
    found = [Case(record({"training_loss": curve, "layer_update_ratio": look(0.3)})) for curve in (fall, jumping)]
    assert [CHECKS["learning rate too high"](case) is not None for case in found] == [False, True]


def test_one_column_lost_among_others_counts_where_the_run_is_surely_behind() -> None:
    lost = {"input_deviation": np.append(np.ones(19), 1e-6), "input_mean": np.zeros(20)}
    assert CHECKS["unscaled inputs"](Case(record(failed() | lost), RECIPE)) is not None
    assert CHECKS["unscaled inputs"](Case(record(lost), RECIPE)) is None


def test_a_smooth_function_far_ahead_makes_a_run_behind() -> None:
    weak = {"linear_score": 0.5, "neighbour_score": 0.5}
    scores = {"validation_score": np.full(40, 0.7), "training_score": np.full(40, 0.7)}
    assert not behind(Case(record(scores, **weak)))
    known = Case(record(scores, **weak, kernel_score=0.95))
    assert behind(known)
    found = CHECKS["underfitting"](known)
    assert found is not None
    assert "smooth function" in found.sentence


def test_a_network_without_a_hidden_layer_need_not_be_so_far_behind_a_smooth_function() -> None:
    scores = {"validation_score": np.full(40, 0.8), "training_score": np.full(40, 0.8)}
    known = {"linear_score": 0.78, "linear_training_score": 0.78, "neighbour_score": 0.8, "kernel_score": 0.95}
    bent, flat = (CHECKS["underfitting"](Case(record(scores, **known, layer_units=units))) for units in ([64, 3], [3]))
    assert bent is None
    assert flat is not None
    assert "hidden layer" in str(flat.cause)


def test_a_run_of_few_steps_is_cut_short_as_well() -> None:
    early = {"validation_loss": np.linspace(2.3, 1.5, 40), "validation_score": np.linspace(0.1, 0.4, 40)}
    found = CHECKS["stopped too soon"](Case(record(early, outcome=ALL_STEPS), RECIPE))
    assert found is not None
    assert found.severity == "warning"
    assert "max_steps" in found.cause


def test_weights_kept_by_what_training_says_are_overfitted_where_validation_rose() -> None:
    risen = {"validation_loss": np.concatenate([np.linspace(2.3, 1.0, 10), np.linspace(1.0, 2.0, 30)])}
    by_training = RECIPE.with_settings({"early_stopping": {"patience": 50, "monitor": "training_loss"}})
    found = [CHECKS["overfitting"](Case(record(risen, best_epoch=40), recipe)) for recipe in (by_training, RECIPE)]
    assert [each and each.severity for each in found] == ["warning", "smell"]


def test_few_validation_rows_do_not_say_that_nothing_was_learned() -> None:
    assert CHECKS["learned nothing"](Case(record(failed()))) is not None
    heart = failed() | {"training_loss": falling(2.3, 0.3)}
    assert CHECKS["learned nothing"](Case(record(heart, validation_rows=8), RECIPE)) is None


def test_a_few_epochs_are_too_few_though_the_rate_was_brought_down() -> None:
    arrays = {
        name: array[:6] if len(array) == len(EPOCHS) else array
        for name, array in record(
            {
                "validation_loss": 2.3 - 0.1 * EPOCHS,
                "validation_score": np.full(40, 0.6),
                "learning_rate": np.concatenate([np.linspace(1e-3, 0, 6), np.zeros(34)]),
            }
        ).items()
    }
    facts = record().facts
    found = CHECKS["stopped too soon"](Case(Record(arrays, facts), RECIPE))
    assert found is not None
    assert found.severity == "warning"
    well = arrays | {"validation_score": np.full(6, 0.9)}
    assert CHECKS["stopped too soon"](Case(Record(well, facts), RECIPE)) is None


def test_where_yardsticks_err_on_many_rows_too_who_knows_half_as_much_is_far_behind() -> None:
    hard = {
        "linear_score": 0.2,
        "neighbour_score": 0.55,
    }  # 0.45 beyond one answer for all; 1.5 times its errors are 0.675
    gaps = [Case(record({"validation_score": np.full(40, score)}, **hard)) for score in (0.35, 0.44)]
    assert [behind(case) for case in gaps] == [True, False]
    unknown = hard | {"base_score": None}
    assert not behind(Case(record({"validation_score": np.full(40, 0.35)}, **unknown)))


def test_a_larger_network_is_larger() -> None:
    low = {"training_score": np.full(40, 0.5), "validation_score": np.full(40, 0.5)}
    for hidden, larger in (((), [64, 64]), ((8, 8), [64, 64]), ((256, 256, 256), [512, 512, 512])):
        found = CHECKS["underfitting"](Case(record(low), Recipe(network=MLP(hidden=hidden))))
        assert found is not None
        assert found.change == {"network.hidden": larger}


def test_a_first_batch_that_was_lucky_does_not_deny_what_was_learned() -> None:
    lucky = {"probe_loss": np.array([0.0404, 0.04, 0.03, 0.02]), "validation_loss": falling(0.1, 0.045)}
    told = ask(record(lucky, base_loss=0.11, base_validation_loss=0.11))[0]["answer"]
    assert told.startswith("Yes: the loss fell from 0.11")
