"""What checks of the data say: leaks, wrong and lopsided labels, parts unlike one another, values far off."""

from __future__ import annotations

import numpy as np

from tests.clinic.ill import ILL, RECIPE, UNKNOWN, profile
from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record, regression
from trainwell.clinic import CHECKS, Case
from trainwell.data.profile import Repeats
from trainwell.records import Record


def test_errors_that_fall_the_surer_a_model_is_accuse_no_labels() -> None:
    noisy = ILL["label noise"].record
    faint = Record(noisy, noisy.facts | {"less_sure_error": 0.6})
    few = Record(noisy, noisy.facts | {"sure_rows": 30})  # whose error may be 0.31 as well
    assert CHECKS["label noise"](Case(noisy)) is not None
    assert CHECKS["label noise"](Case(faint)) is None
    assert CHECKS["label noise"](Case(few)) is None


def test_parts_are_unlike_where_nothing_holds_in_both_and_not_where_one_is_harder() -> None:
    by_heart = failed() | {"training_loss": falling(2.3, 0.1)}
    check = CHECKS["validation unlike training"]
    assert check(Case(record(by_heart, yardstick_shift=4.0, **UNKNOWN))) is None
    grouped = record(by_heart, yardstick_shift=12.0, linear_score=0.4, neighbour_score=0.3)
    assert check(Case(grouped)) is None
    sorted_rows = Record(grouped, grouped.facts | {"base_validation_loss": 9.0})
    assert check(Case(sorted_rows)) is not None


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


def test_a_target_far_off_is_named_however_much_of_it_is_explained() -> None:
    assert CHECKS["target outliers"](Case(regression(target_tail=12.0))) is None
    assert CHECKS["target outliers"](Case(regression(target_tail=300.0))) is not None
