"""What the checks hold back, and what they see in the finer cases: harm, noise, how much is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.clinic.ill import RECIPE, UNKNOWN, look
from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record
from trainwell.clinic import CHECKS, Case, check, examine
from trainwell.engine import Recipe
from trainwell.network import MLP
from trainwell.records import Record


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


def test_labels_smoothed_away_are_over_regularised() -> None:
    """Of ten classes smoothed by 0.9, 1.6 % of log 10 can be learned; by 0.3 it is 48 %."""
    strong, mild = (Case(record(), RECIPE.with_settings({"label_smoothing": share})) for share in (0.9, 0.3))
    finding = CHECKS["over-regularised"](strong)
    assert finding is not None
    assert (finding.cause, finding.change) == ("Label smoothing is too strong.", {"label_smoothing": 0.1})
    assert CHECKS["over-regularised"](mild) is None


def test_sigmoids_of_several_classes_are_probabilities_too() -> None:
    lows, highs = np.array([0.4, 0.02, 0.01, 0.01]), np.array([0.6, 0.95, 0.98, 0.99])
    sigmoids = {"output_minimum": lows, "output_maximum": highs, "output_row_sum_error": np.full(LOOKS, 2.0)}
    finding = CHECKS["double softmax"](Case(record(sigmoids)))
    assert finding is not None
    assert "sigmoid" in finding.cause
    unsure = sigmoids | {"output_maximum": np.full(LOOKS, 0.6)}
    assert CHECKS["double softmax"](Case(record(unsure))) is None


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


def test_a_straight_line_that_shrinks_without_decay_is_not_held_down() -> None:
    small = {"layer_weight_norm": 8.0 * np.array([1.0, 0.5, 0.1, 0.05])[:, None]}
    plain, decaying = ({"kind": "SGD", "learning_rate": 0.1} | more for more in ({}, {"l2": 0.1}))
    found = [
        CHECKS["over-regularised"](Case(record(failed() | small, optimizer=optimizer, layers=["0"])))
        for optimizer in (plain, decaying)
    ]
    assert found[0] is None
    assert found[1] is not None


def test_a_check_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHECKS, "_entries", dict(CHECKS._entries))

    @check("broken", source="a slip")
    def broken(case: Case) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        examine(Case(record()))
    assert "'broken'" in raised.value.__notes__[0]
