"""What the checks hold back, and what they see in the finer cases: harm, noise, how much is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.clinic.ill import ILL, RECIPE, UNKNOWN, look, profile
from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record, regression
from trainwell.clinic import CHECKS, Case, ask, check, examine
from trainwell.clinic.outcome import ahead, behind, shortfall
from trainwell.data.profile import Repeats
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


def test_errors_that_fall_the_surer_a_model_is_accuse_no_labels() -> None:
    noisy = ILL["label noise"].record
    faint = Record(noisy, noisy.facts | {"less_sure_error": 0.6})
    few = Record(noisy, noisy.facts | {"sure_rows": 30})  # whose error may be 0.31 as well
    assert CHECKS["label noise"](Case(noisy)) is not None
    assert CHECKS["label noise"](Case(faint)) is None
    assert CHECKS["label noise"](Case(few)) is None


def test_logits_that_never_fall_below_zero_come_from_a_relu() -> None:
    rectified = {"output_minimum": np.zeros(LOOKS), "output_maximum": np.full(LOOKS, 9.0)}
    (finding,) = examine(Case(record(rectified)))
    assert (finding.name, finding.severity) == ("output range", "warning")
    assert examine(Case(record(rectified | failed())))[0].name == "output range"
    assert examine(Case(record(rectified | {"output_minimum": np.full(LOOKS, -1e-3)}))) == []


@pytest.mark.parametrize(
    ("network", "drawn", "judged", "found"),
    [
        (MLP(hidden=(32, 32), input_dropout=0.8), 1.1, 1.0, True),  # strong, and nothing is learned with it
        (MLP(hidden=(32, 32), dropout=0.5), 1.1, 1.0, False),  # a quarter of the paths is left
        (MLP(hidden=(32, 32), dropout=0.5), 1.4, 1.0, True),  # without it the loss is far lower
        (MLP(hidden=(32, 32, 32), dropout=0.7), 0.5, 0.4, False),  # strong, but much is learned with it
        (MLP(hidden=(32, 32), dropout=0.1), 1.4, 1.0, False),  # so little dropout is not what ails it
    ],
)
def test_dropout_is_too_strong_by_what_it_leaves(network: MLP, drawn: float, judged: float, found: bool) -> None:
    looks = {"probe_loss_training_mode": np.full(LOOKS, 2.3 * drawn), "probe_loss": np.full(LOOKS, 2.3 * judged)}
    finding = CHECKS["over-regularised"](Case(record(failed() | looks), Recipe(network=network)))
    assert (finding is not None) == found
    if finding is not None:
        field = "network.input_dropout" if network.input_dropout else "network.dropout"
        assert finding.change == {field: 0.1}


def test_weights_that_shrink_where_nothing_holds_them_down_are_not_over_regularised() -> None:
    shrinking = record(failed() | {"layer_weight_norm": np.outer([8.0, 1, 0.1, 0.1], np.ones(3))})
    assert CHECKS["over-regularised"](Case(shrinking, RECIPE)) is None
    assert CHECKS["over-regularised"](Case(shrinking)) is not None  # an adapter's optimizer may do anything


def test_a_rate_that_a_plateau_brought_down_followed_the_loss() -> None:
    falling_rate = record(failed(2.2) | {"learning_rate": 1e-3 * 0.1**EPOCHS})
    assert CHECKS["learning rate decays too soon"](Case(falling_rate, RECIPE)) is None
    assert CHECKS["learning rate decays too soon"](Case(falling_rate)) is not None
    slower = record(failed(2.2) | {"learning_rate": 1e-3 * 0.9**EPOCHS})
    assert CHECKS["learning rate decays too soon"](Case(slower)) is None


def test_entries_are_held_against_a_usual_entry() -> None:
    """A gradient of norm 3 in 1,500 parameters has entries of 0.077."""
    slow = record(failed(2.29) | {"layer_update_ratio": look(1e-6), "gradient_norm": np.full(40, 3.0)})
    by_limit = [
        CHECKS["clipping too tight"](Case(slow, RECIPE.with_settings({"value_clipping": limit})))
        for limit in (1e-3, 1e-2)
    ]
    assert by_limit[0] is not None
    assert by_limit[0].evidence["share_let_through"] == pytest.approx(1e-3 / (3 / math.sqrt(1_500)))
    assert by_limit[0].change == {"value_clipping": None}
    assert by_limit[1] is None


def test_only_the_noise_after_the_best_epoch_hides_a_rise() -> None:
    rising = 0.5 + 0.02 * EPOCHS
    wild = np.where(EPOCHS < 6, 3.0 + 2.0 * (-1.0) ** EPOCHS, rising)
    assert CHECKS["overfitting"](Case(record({"validation_loss": wild}))) is not None


def test_parts_are_unlike_where_nothing_holds_in_both_and_not_where_one_is_harder() -> None:
    by_heart = failed() | {"training_loss": falling(2.3, 0.1)}
    check = CHECKS["validation unlike training"]
    assert check(Case(record(by_heart, yardstick_shift=4.0, **UNKNOWN))) is None
    grouped = record(by_heart, yardstick_shift=12.0, linear_score=0.4, neighbour_score=0.3)
    assert check(Case(grouped)) is None
    sorted_rows = Record(grouped, grouped.facts | {"base_validation_loss": 9.0})
    assert check(Case(sorted_rows)) is not None


def test_labels_smoothed_away_are_over_regularised() -> None:
    """Of ten classes smoothed by 0.9, 1.6 % of log 10 can be learned; by 0.3 it is 48 %."""
    strong, mild = (Case(record(), RECIPE.with_settings({"label_smoothing": share})) for share in (0.9, 0.3))
    finding = CHECKS["over-regularised"](strong)
    assert finding is not None
    assert (finding.cause, finding.change) == ("Label smoothing is too strong.", {"label_smoothing": 0.1})
    assert CHECKS["over-regularised"](mild) is None


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


def test_sigmoids_of_several_classes_are_probabilities_too() -> None:
    lows, highs = np.array([0.4, 0.02, 0.01, 0.01]), np.array([0.6, 0.95, 0.98, 0.99])
    sigmoids = {"output_minimum": lows, "output_maximum": highs, "output_row_sum_error": np.full(LOOKS, 2.0)}
    finding = CHECKS["double softmax"](Case(record(sigmoids)))
    assert finding is not None
    assert "sigmoid" in finding.cause
    unsure = sigmoids | {"output_maximum": np.full(LOOKS, 0.6)}
    assert CHECKS["double softmax"](Case(record(unsure))) is None


def test_outliers_are_named_where_they_did_harm_and_nothing_clips_them() -> None:
    far, standard = {"outliers": {"x": Repeats(12, (3, 4))}}, RECIPE.with_settings({"encoding.numbers": "standard"})
    tame, far = far | {"tails": {"x": 3.0}}, far | {"tails": {"x": 80.0}}
    assert CHECKS["outliers"](Case(record(failed()), standard, profile(**tame))) is None
    found = CHECKS["outliers"](Case(record(failed()), standard, profile(**far)))
    assert found is not None
    assert found.change == {"encoding.numbers": "robust"}
    assert CHECKS["outliers"](Case(record(), standard, profile(**far))) is None
    assert CHECKS["outliers"](Case(record(failed()), RECIPE, profile(**far))) is None


def test_tiny_inputs_are_unscaled_ones_too() -> None:
    tiny = failed() | {"input_deviation": np.full(20, 1e-3), "input_mean": np.zeros(20)}
    found = CHECKS["unscaled inputs"](Case(record(tiny), RECIPE))
    assert found is not None
    assert "tiny" in found.sentence
    assert CHECKS["unscaled inputs"](Case(record({"input_deviation": np.full(20, 1e-3)}), RECIPE)) is None


def test_one_column_lost_among_others_counts_where_the_run_is_surely_behind() -> None:
    lost = {"input_deviation": np.append(np.ones(19), 1e-6), "input_mean": np.zeros(20)}
    assert CHECKS["unscaled inputs"](Case(record(failed() | lost), RECIPE)) is not None
    assert CHECKS["unscaled inputs"](Case(record(lost), RECIPE)) is None


def test_far_targets_are_named_where_little_was_learned() -> None:
    far = {"target_tail": 40.0, "target_mean": 0.0, "target_deviation": 1.0, "base_loss": 1.0}
    assert CHECKS["target outliers"](Case(regression(failed(0.9), **far))) is not None
    assert CHECKS["target outliers"](Case(regression(**far))) is None
    assert CHECKS["target outliers"](Case(regression(failed(0.9), **far | {"target_tail": 3.0}))) is None


def test_class_weights_are_lopsided_only_where_other_classes_are_lost() -> None:
    heavy, told = RECIPE.with_settings({"class_weights": {"b": 1000.0}}), {"class_recall": [0.9, 1.0]}
    lost = {"class_recall": [0.02, 1.0]}
    found = CHECKS["lopsided class weights"](Case(record(), heavy, profile(), lost))
    assert found is not None
    assert found.severity == "fault"
    assert found.change == {"class_weights": "balanced"}
    assert CHECKS["lopsided class weights"](Case(record(), heavy, profile(), told)) is None
    balanced = RECIPE.with_settings({"class_weights": "balanced"})
    assert CHECKS["lopsided class weights"](Case(record(), balanced, profile(), lost)) is None
    rare = profile(class_counts={"training": {"a": 990, "b": 10}})
    made_up = RECIPE.with_settings({"class_weights": {"b": 99.0}})
    assert CHECKS["lopsided class weights"](Case(record(), made_up, rare, lost)) is None


def test_one_column_that_states_answers_on_some_rows_leaks() -> None:
    some = CHECKS["leakage"](Case(record(), profile=profile(giveaways={"status": 0.6})))
    assert some is not None
    assert some.evidence["share_of_rows"] == 0.6


def test_a_strong_feature_of_an_amount_leaks_only_if_it_could_be_a_copy() -> None:
    def severity(most: float, copy: float | None = None, *, alone: bool = False) -> str | None:
        amount = {} if copy is None else {"histogram": {"y": {}}, "copies": {"law": copy}}
        power = {"law": most} if alone else {"law": most, "x": 0.0}
        found = CHECKS["leakage"](Case(record(), profile=profile(power=power, giveaways=dict(power, x=0.0), **amount)))
        without = CHECKS["leakage"](Case(record(), profile=profile(power=power, **amount)))
        assert (found is None) == alone, "answers stated outright leak in any case, but where nothing else is asked"
        return without and without.severity

    assert [severity(0.97), severity(0.97, 0.99), severity(0.985, 1.0)] == ["warning", "smell", "smell"]
    assert [severity(0.995, 0.99), severity(0.995, 0.97), severity(0.995, 0.0)] == ["warning", "smell", "smell"]
    assert [severity(0.999, alone=True), severity(1.0, 1.0, alone=True), severity(0.9)] == [None, None, None]


def test_inputs_that_lie_elsewhere_in_validation_are_named() -> None:
    found = CHECKS["validation unlike training"](Case(record(), profile=profile(drift={"x": 0.9})))
    assert found is not None
    assert found.evidence["column"] == "x"
    assert CHECKS["validation unlike training"](Case(record(), profile=profile(drift={"x": 0.2}))) is None


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


def test_a_loss_at_odds_with_the_score_is_the_wrong_one_or_has_the_wrong_sign() -> None:
    worse = {"training_score": np.full(40, 0.01), "probe_loss": np.array([2.3, 1.0, 0.3, 0.1])}
    fallen = worse | {"training_loss": falling(2.3, 0.1)}
    found = CHECKS["wrong loss for the task"](Case(record(fallen, loss="my_loss"), RECIPE))
    assert found is not None
    assert found.severity == "fault"
    assert CHECKS["wrong loss for the task"](Case(record(fallen), RECIPE)) is None  # a loss of ours is no other
    sunk = worse | {"training_loss": -falling(2.3, 900.0)}
    assert CHECKS["sign flipped"](Case(record(sunk, loss="my_loss"), RECIPE)) is not None
    right = {"training_loss": falling(2.3, 0.1), "training_score": np.full(40, 0.9)}
    assert CHECKS["wrong loss for the task"](Case(record(worse | right, loss="my_loss"), RECIPE)) is None


def test_a_target_far_smaller_than_the_first_outputs_is_unscaled() -> None:
    tiny = {"target_mean": 0.0, "target_deviation": 1e-4, "base_loss": 1e-8, "base_validation_loss": 1e-8}
    found = CHECKS["unscaled target"](
        Case(regression(failed(0.01) | {"output_deviation": np.full(LOOKS, 0.5)}, **tiny))
    )
    assert found is not None
    assert "as small as the target" in found.sentence


def test_columns_of_which_much_lies_far_off_have_no_outliers() -> None:
    standard = RECIPE.with_settings({"encoding.numbers": "standard"})
    many = {"outliers": {"x": Repeats(300, (3, 4))}, "tails": {"x": 80.0}}
    assert CHECKS["outliers"](Case(record(failed()), standard, profile(**many))) is None


def test_labels_of_which_next_to_nothing_is_known_are_not_called_noisy() -> None:
    unknown = ILL["label noise"].record
    faint = Case(Record(unknown.arrays, unknown.facts | {"sure_error": 0.85, "less_sure_error": 0.87}), RECIPE)
    assert CHECKS["label noise"](faint) is None


def test_labels_of_which_training_rows_tell_nothing_are_unrelated_though_the_best_epoch_was_lucky() -> None:
    heart = {"training_loss": falling(2.3, 0.1), "validation_loss": 2.2 + 0.03 * EPOCHS}
    lucky = {"validation_score": np.full(40, 0.2)}
    known = {"yardstick_signal": 3.0, "linear_score": 0.15, "neighbour_score": 0.15}
    for signal, expected in ((0.4, True), (6.0, False)):
        found = CHECKS["labels unrelated to inputs"](
            Case(record(heart | lucky, yardstick_training_signal=signal, **known), RECIPE)
        )
        assert (found is not None) is expected


def test_a_loss_that_falls_by_a_twentieth_in_the_last_quarter_has_not_settled() -> None:
    slow = {"layer_update_ratio": look(1e-4), "probe_loss": np.full(LOOKS, 2.3)}
    steep = np.concatenate([[2.3], np.linspace(0.62, 0.5, 39)])
    flat = np.concatenate([[2.3], np.linspace(0.505, 0.5, 39)])
    behind = {"validation_score": np.full(40, 0.5)}
    found = [
        CHECKS["learning rate too low"](Case(record(slow | behind | {"training_loss": curve}), RECIPE))
        for curve in (steep, flat)
    ]
    assert [each is not None for each in found] == [True, False]


def test_one_layer_whose_updates_point_uphill_is_named() -> None:
    mixed = {"layer_update_alignment": look([0.9, -0.99, 0.8]), "update_alignment": np.full(LOOKS, 0.6)}
    found = CHECKS["sign flipped"](Case(record(failed() | mixed)))
    assert found is not None
    assert found.severity == "fault"
    assert found.evidence["layer"] == "hidden 2"
    spared = CHECKS["sign flipped"](Case(record(mixed)))
    assert spared is not None
    assert spared.severity == "warning"
    small = Case(record(failed() | mixed, layer_units=[32, 2, 10], layer_inputs=[20, 3, 2]))
    assert CHECKS["sign flipped"](small) is None
    once = np.concatenate([mixed["layer_update_alignment"][:1], look([0.9, 0.4, 0.8])[1:]])
    assert CHECKS["sign flipped"](Case(record(failed() | mixed | {"layer_update_alignment": once}))) is None


def test_few_validation_rows_do_not_say_that_nothing_was_learned() -> None:
    assert CHECKS["learned nothing"](Case(record(failed()))) is not None
    heart = failed() | {"training_loss": falling(2.3, 0.3)}
    assert CHECKS["learned nothing"](Case(record(heart, validation_rows=8), RECIPE)) is None


def test_large_updates_at_the_peak_of_a_warm_up_count_as_well() -> None:
    rates = np.concatenate([np.linspace(0.02, 0.5, 12), np.linspace(0.5, 1e-4, 28)])
    late = {"layer_update_ratio": np.outer([1e-4, 1e-3, 0.4, 1e-4], np.ones(3)), "learning_rate": rates}
    found = CHECKS["learning rate too high"](Case(record(failed(2.5) | late), RECIPE))
    assert found is not None
    assert found.evidence["update_to_weight_ratio"] == pytest.approx(0.4)
    constant = late | {"learning_rate": np.full(40, 1e-3)}
    assert CHECKS["learning rate too high"](Case(record(failed(2.5) | constant), RECIPE)) is None


def test_huge_updates_need_less_harm_to_be_too_large() -> None:
    rough = falling(2.3, 0.4) + 0.1 * np.sin(2.4 * EPOCHS)
    near = {"layer_update_ratio": look(0.3), "validation_score": np.full(40, 0.84), "training_loss": rough}
    yards = {"linear_score": 0.3, "neighbour_score": 0.91}
    found = [
        CHECKS["learning rate too high"](Case(record(near | {"layer_update_ratio": ratios}, **yards), RECIPE))
        for ratios in (look(0.3), look(0.1), np.outer([0.3, 0.01, 0.01, 0.01], np.ones(3)))
    ]
    assert [each is not None for each in found] == [True, False, False]


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


def test_a_layer_is_told_uphill_by_few_looks_and_a_last_one_that_did_not_measure_it() -> None:
    short = np.concatenate([look([0.9, -0.99, 0.8])[:2], np.full((LOOKS - 2, 3), np.nan)])
    found = CHECKS["sign flipped"](Case(record(failed() | {"layer_update_alignment": short})))
    assert found is not None
    assert found.evidence["layer"] == "hidden 2"


def test_a_loss_that_fell_in_two_epochs_does_not_go_uphill() -> None:
    arrays = {name: array[:2] if len(array) == len(EPOCHS) else array for name, array in record(failed()).items()}
    two = arrays | {"training_loss": np.array([2.3, 2.2]), "update_alignment": np.full(LOOKS, -0.4)}
    assert CHECKS["sign flipped"](Case(Record(two, record().facts))) is None


def test_a_gradient_that_was_not_written_names_no_layer() -> None:
    arrays = {name: array for name, array in record(failed()).items() if name != "layer_gradient_norm"}
    broken = arrays | {"probe_loss": np.full(LOOKS, np.nan), "training_loss": np.full(40, np.nan)}
    found = CHECKS["non-finite numbers"](Case(Record(broken, record().facts)))
    assert found is not None
    assert found.evidence["layer"] is None


def test_dropout_that_leaves_a_handful_of_units_outweighs_the_data() -> None:
    high = {"probe_loss_training_mode": np.full(LOOKS, 2.1), "probe_loss": np.full(LOOKS, 1.7)}
    behind_all = record(failed() | high, **UNKNOWN, kernel_score=0.8)

    def found(width: int, dropout: float) -> object:
        recipe = Recipe(network=MLP(hidden=(width,), dropout=dropout))
        return CHECKS["over-regularised"](Case(behind_all, recipe))

    assert found(8, 0.6) is not None
    assert found(8, 0.3) is None
    assert found(64, 0.6) is None


def test_a_run_in_which_no_weight_changed_says_so() -> None:
    still = {"layer_update_ratio": np.zeros((LOOKS, 3)), "layer_gradient_norm": np.zeros((LOOKS, 3))}
    found = CHECKS["frozen parameters"](Case(record(failed() | still)))
    assert found is not None
    assert (found.severity, "backward" in str(found.cause)) == ("fault", True)
    given = CHECKS["frozen parameters"](Case(record(failed() | {"step": np.zeros(40, int)})))
    assert given is not None
    assert "other parameters" in str(given.cause)
    assert CHECKS["frozen parameters"](Case(record(still))) is None, "it learned, so it moved"


def test_a_larger_network_is_larger() -> None:
    low = {"training_score": np.full(40, 0.5), "validation_score": np.full(40, 0.5)}
    for hidden, larger in (((), [64, 64]), ((8, 8), [64, 64]), ((256, 256, 256), [512, 512, 512])):
        found = CHECKS["underfitting"](Case(record(low), Recipe(network=MLP(hidden=hidden))))
        assert found is not None
        assert found.change == {"network.hidden": larger}


def test_weights_that_shrink_without_decay_are_not_held_down() -> None:
    small = {"layer_weight_norm": np.tile([8.0, 8.0, 3.2], (LOOKS, 1)) * np.array([1.0, 0.5, 0.1, 0.05])[:, None]}
    plain, decaying = ({"kind": "SGD", "learning_rate": 0.1} | more for more in ({}, {"l2": 0.1}))
    found = [
        CHECKS["over-regularised"](Case(record(failed() | small, optimizer=optimizer, framework="torch 2")))
        for optimizer in (plain, decaying)
    ]
    assert found[0] is None
    assert found[1] is not None


def test_a_target_far_off_is_named_however_much_of_it_is_explained() -> None:
    assert CHECKS["target outliers"](Case(regression(target_tail=12.0))) is None
    assert CHECKS["target outliers"](Case(regression(target_tail=300.0))) is not None


def test_a_first_batch_that_was_lucky_does_not_deny_what_was_learned() -> None:
    lucky = {"probe_loss": np.array([0.0404, 0.04, 0.03, 0.02]), "validation_loss": falling(0.1, 0.045)}
    told = ask(record(lucky, base_loss=0.11, base_validation_loss=0.11))[0]["answer"]
    assert told.startswith("Yes: the loss fell from 0.11")


def test_a_check_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHECKS, "_entries", dict(CHECKS._entries))

    @check("broken", source="a slip")
    def broken(case: Case) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        examine(Case(record()))
    assert "'broken'" in raised.value.__notes__[0]
