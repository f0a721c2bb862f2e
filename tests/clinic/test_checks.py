"""Each check on a record made ill by hand, and on healthy ones; and what all findings have in common."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record, regression
from trainwell.clinic import CHECKS, Case, Finding, examine
from trainwell.clinic.examination import PRECEDENCE
from trainwell.clinic.outcome import ahead, behind, shortfall
from trainwell.clinic.remedies import usual_rate
from trainwell.data import Profile
from trainwell.data.profile import Repeats
from trainwell.engine import Recipe
from trainwell.engine.state import DIVERGED, PATIENCE
from trainwell.errors import TrainwellError
from trainwell.network import MLP, Perceptron
from trainwell.records import QUANTITIES, Record
from trainwell.training import SGD, Adam
from trainwell.training.penalties import L1, L2

RECIPE = Recipe(network=MLP(hidden=(32, 32)), optimizer=Adam(learning_rate=1e-3), max_epochs=40)

#: Simple models that know no more of validation rows than one answer for all.
UNKNOWN = {"linear_score": 0.1, "neighbour_score": 0.1}


def look(value: Any, width: int = 3) -> np.ndarray:
    """Return a layer quantity that is the same at every look."""
    return np.tile(np.broadcast_to(value, width), (LOOKS, 1)).astype(float)


def profile(**changes: Any) -> Profile:
    fields: dict[str, Any] = {
        "rows": 1000,
        "part_sizes": {"training": 640, "validation": 200, "test": 160},
        "duplicates": Repeats(),
        "conflicts": Repeats(),
        "overlap": {"training/validation": Repeats()},
        "class_counts": {"training": {"a": 340, "b": 300}, "validation": {"a": 110, "b": 90}},
        "power": {"x": 0.4, "z": 0.3},
    }
    return Profile(**(fields | changes))


EXPLODING = {"layer_gradient_norm": look([900.0, 30.0, 1.0]), "probe_loss": np.full(LOOKS, 40.0)}
EXPLODING |= {"probe_loss_training_mode": np.full(LOOKS, 40.0)}
UPHILL = {"update_alignment": np.full(LOOKS, -0.9), "training_loss": 2.3 + 0.2 * EPOCHS}
SIGMOIDS = ["sigmoid", "sigmoid"]
DEEP = {
    "layers": [f"hidden {number}" for number in range(1, 6)] + ["output"],
    "layer_units": [32] * 5 + [10],
    "layer_inputs": [20] + [32] * 5,
}

ILL: dict[str, Case] = {
    "non-finite input": Case(record(nonfinite_inputs=[[3, 2]])),
    "non-finite numbers": Case(
        record(failed() | {"training_loss": np.append(falling(2.3, 1.0)[:39], np.nan)}, outcome=DIVERGED), RECIPE
    ),
    "shapes broadcast": Case(regression(failed(1.0), output_shape=[32, 1], target_shape=[32])),
    "double softmax": Case(
        record(
            {
                "output_minimum": np.full(LOOKS, 0.001),
                "output_maximum": np.full(LOOKS, 0.999),
                "output_row_sum_error": np.full(LOOKS, 1e-6),
            }
        )
    ),
    "wrong loss for the task": Case(regression(target_values=10, target_order=0.1)),
    "output range": Case(regression({"output_minimum": np.zeros(LOOKS)})),
    "sign flipped": Case(record(failed() | UPHILL)),
    "frozen parameters": Case(record(failed() | {"layer_update_ratio": look([2e-3, 0.0, 2e-3])})),
    "exploding gradients": Case(record(failed() | EXPLODING), RECIPE),
    "vanishing gradients": Case(record(failed() | {"layer_gradient_norm": look([1e-6, 1e-4, 0.4])}), RECIPE),
    "symmetric initialization": Case(record({"unit_similarity": look([1.0, 1.0, 0.1])}), RECIPE),
    "no nonlinearity": Case(
        record({"output_curvature": np.full(LOOKS, 1e-7)}, activation_functions=["identity", "identity"])
    ),
    "saturation": Case(
        record(failed() | {"saturated_share": look([0.9, 0.2], 2)}, activation_functions=SIGMOIDS), RECIPE
    ),
    "dead ReLUs": Case(record(failed() | {"dead_share": look([0.1, 1.0], 2)}), RECIPE),
    "initializer/activation mismatch": Case(
        record(
            failed()
            | {
                "layer_weight_norm": look([0.5] * 6, 6),
                "layer_gradient_norm": look([0.4] * 6, 6),
                "layer_update_ratio": look([2e-3] * 6, 6),
                "unit_similarity": look([0.1] * 6, 6),
                "idle_share": look([0.0] * 6, 6),
            },
            **DEEP,
        ),
        RECIPE,
    ),
    "bad initial scale": Case(record(failed() | {"layer_weight_norm": look([90.0, 90.0, 3.2])}), RECIPE),
    "unscaled inputs": Case(record(failed() | {"input_deviation": np.geomspace(0.1, 500, 20)}), RECIPE),
    "unscaled target": Case(
        regression(failed(1e4), target_mean=150.0, target_deviation=77.0, base_loss=6e3, base_validation_loss=6e3)
    ),
    "leakage": Case(record(), profile=profile(power={"answer": 0.999, "x": 0.3})),
    "overlapping parts": Case(record(), profile=profile(overlap={"training/validation": Repeats(90, (3, 4))})),
    "class imbalance": Case(
        record(),
        RECIPE,
        profile(class_counts={"training": {"a": 600, "b": 30}, "validation": {"a": 190, "b": 10}}),
        {"class_recall": [0.99, 0.1]},
    ),
    "labels unrelated to inputs": Case(
        record(
            failed() | {"training_loss": falling(2.3, 0.1)}, linear_score=0.1, neighbour_score=0.1, yardstick_signal=0.3
        )
    ),
    "label noise": Case(
        record(
            {"validation_loss": falling(2.3, 1.5), "validation_score": 1 - falling(0.9, 0.42)},
            linear_score=0.56,
            neighbour_score=0.57,
            sure_error=0.4,
            less_sure_error=0.45,
            sure_rows=140,
        ),
        RECIPE,
    ),
    "train/evaluation mismatch": Case(record({"probe_loss": np.array([2.4, 2.5, 2.0, 1.9])})),
    "batch too small for normalization": Case(record(failed(), batch_size=2, batch_normalization=True), RECIPE),
    "over-regularised": Case(
        record(failed() | {"layer_weight_norm": np.outer([8.0, 1, 0.1, 0.1], np.ones(3))}),
        RECIPE.with_settings({"optimizer": {"kind": "AdamW", "learning_rate": 0.003, "weight_decay": 10.0}}),
    ),
    "L2 with Adam": Case(record(failed(), optimizer={"kind": "Adam", "learning_rate": 1e-3, "l2": 0.1}), RECIPE),
    "batch size and learning rate mismatch": Case(
        record(failed(2.5) | {"layer_update_ratio": look(0.1)}, batch_size=1), RECIPE
    ),
    "learning rate too high": Case(record(failed(2.5) | {"layer_update_ratio": look(0.3)}), RECIPE),
    "learning rate decays too soon": Case(
        record(failed(2.2) | {"learning_rate": 1e-3 * 0.1**EPOCHS}),
        RECIPE.with_settings({"schedule": {"kind": "Exponential", "scale": 1.0}}),
    ),
    "clipping too tight": Case(
        record(failed(2.29) | {"layer_update_ratio": look(1e-6), "gradient_norm": np.full(40, 3.0)}),
        RECIPE.with_settings({"gradient_clipping": 1e-4}),
    ),
    "learning rate too low": Case(record(failed(2.29) | {"layer_update_ratio": look(1e-6)}), RECIPE),
    "stopped too soon": Case(
        record({"validation_loss": 2.3 - 0.02 * EPOCHS, "validation_score": np.full(40, 0.4)}), RECIPE
    ),
    "validation unlike training": Case(
        record(failed() | {"training_loss": falling(2.3, 0.1)}, yardstick_shift=12.0, **UNKNOWN), RECIPE
    ),
    "unrepresentative validation": Case(record(validation_rows=10)),
    "overfitting": Case(
        record({"validation_loss": 0.5 + 2 * np.exp(-EPOCHS / 2) + 0.05 * EPOCHS}, parameters=100_000), RECIPE
    ),
    "underfitting": Case(record({"training_score": np.full(40, 0.5), "validation_score": np.full(40, 0.5)}), RECIPE),
    "learned nothing": Case(record(failed())),
    "perceptron never converged": Case(
        record({"training_score": np.full(40, 0.6)}),
        Recipe(network=Perceptron(), loss="perceptron", optimizer=SGD(learning_rate=1.0), batch_size=1),
    ),
}


def serious(case: Case) -> list[Finding]:
    return [finding for finding in examine(case) if finding.severity != "smell"]


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_each_fault_is_named_first(name: str) -> None:
    found = serious(ILL[name])
    assert found[0].name == name, [(finding.name, finding.severity) for finding in found]


def test_no_rate_is_too_high_for_rosenblatts_rule() -> None:
    large = record(failed(2.5) | {"layer_update_ratio": look(0.3)}, loss="perceptron", batch_size=1)
    assert not {finding.name for finding in examine(Case(large))} & {
        "learning rate too high",
        "batch size and learning rate mismatch",
    }


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_finds_nothing_in_a_healthy_run(name: str) -> None:
    for healthy in (record(), regression()):
        assert CHECKS[name](Case(healthy, RECIPE, profile())) is None


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_check_knows_its_row_and_source_and_survives_a_bare_record(name: str) -> None:
    entry = CHECKS.entry(name)
    assert entry.source
    assert entry.member.__doc__
    assert 0 <= entry.facts["row"] <= 34
    assert name in PRECEDENCE
    bare = Record({key: np.ones(3) for key in ("epoch", "training_loss", "validation_loss", "learning_rate")})
    assert CHECKS[name](Case(bare)) is None


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_finding_says_what_was_seen_and_what_to_do(name: str) -> None:
    finding = next(found for found in examine(ILL[name]) if found.name == name)
    assert finding.sentence.endswith(".")
    assert finding.cause
    assert finding.remedies
    assert all(each.text for each in finding.remedies)
    assert set(finding.picture) <= set(QUANTITIES)
    told = json.loads(json.dumps(finding.to_dict(), allow_nan=False))
    assert told["remedy"] == finding.remedies[0].text
    recipe = ILL[name].recipe
    for each in finding.remedies:
        assert each.change is None or (recipe is not None and recipe.with_settings(each.change) != recipe)


def test_every_fault_of_the_table_has_a_check() -> None:
    rows = {CHECKS.entry(name).facts["row"] for name in CHECKS}
    assert rows >= set(range(1, 35))


def test_a_symptom_is_put_under_its_cause() -> None:
    found = examine(ILL["learning rate too low"])
    assert [(finding.name, finding.root) for finding in found][:2] == [
        ("learning rate too low", None),
        ("learned nothing", "learning rate too low"),
    ]


def test_silent_units_after_a_large_step_are_the_step_s_doing() -> None:
    units = np.concatenate([np.zeros((1, 2)), np.ones((LOOKS - 1, 2))])
    case = Case(record(failed(2.5) | {"layer_update_ratio": look(0.3), "dead_share": units}), RECIPE)
    roots = {finding.name: finding.root for finding in examine(case)}
    assert roots["learning rate too high"] is None
    assert roots["dead ReLUs"] == "learning rate too high"


def test_a_mechanism_that_did_no_harm_is_a_smell_at_most() -> None:
    silent = examine(Case(record({"dead_share": look([0.1, 0.8], 2)}), RECIPE))
    assert [(finding.name, finding.severity) for finding in silent] == [("dead ReLUs", "smell")]
    assert examine(Case(record({"saturated_share": look(0.9, 2)}, activation_functions=SIGMOIDS))) == []
    assert examine(Case(record({"layer_gradient_norm": look([1e-6, 1e-4, 0.4])}))) == []
    assert examine(Case(record({"layer_update_ratio": look(0.1)}))) == []
    assert examine(Case(record({"input_deviation": np.geomspace(0.1, 500, 20)}))) == []


def test_an_l2_penalty_of_ones_own_under_adam_is_named_and_can_be_changed() -> None:
    recipe = RECIPE.with_settings(
        {"optimizer": Adam(learning_rate=0.002), "penalties": (L1(strength=1e-5), L2(strength=1e-3))}
    )
    (finding,) = examine(Case(record(), recipe))
    assert (finding.name, finding.severity) == ("L2 with Adam", "smell")
    cured = recipe.with_settings(finding.change)
    assert cured.penalties == (L1(strength=1e-5),)
    assert (type(cured.optimizer).__name__, cured.optimizer.learning_rate) == ("AdamW", 0.002)
    assert examine(Case(record(), recipe.with_settings({"optimizer": SGD(learning_rate=0.1)}))) == []


def test_a_network_of_few_epochs_accuses_no_labels() -> None:
    whole = ILL["label noise"].record
    assert CHECKS["label noise"](Case(whole)) is not None
    begun = {name: array[:4] if len(array) == len(EPOCHS) else array for name, array in whole.items()}
    assert CHECKS["label noise"](Case(Record(begun, whole.facts))) is None


def test_one_step_that_looks_uphill_is_chance_where_the_loss_falls() -> None:
    looks = failed() | {"update_alignment": np.full(LOOKS, -0.4), "training_loss": 2.3 - 0.001 * EPOCHS}
    assert CHECKS["sign flipped"](Case(record(looks))) is None
    assert CHECKS["sign flipped"](Case(record(looks | {"training_loss": 2.3 + 0.001 * EPOCHS}))) is not None


def test_small_gradients_at_the_end_of_a_good_run_are_no_fault() -> None:
    assert examine(Case(record({"layer_gradient_norm": look(1e-9), "layer_update_ratio": look(1e-7)}))) == []


def test_overfitting_that_early_stopping_cut_short_is_a_smell() -> None:
    rising = {"validation_loss": 0.5 + 2 * np.exp(-EPOCHS / 2) + 0.05 * EPOCHS}
    (finding,) = examine(Case(record(rising), RECIPE))
    assert (finding.name, finding.severity) == ("overfitting", "smell")


def test_a_few_tied_outputs_do_not_freeze_a_network() -> None:
    warming = {"layer_update_ratio": np.concatenate([np.zeros((1, 3)), look(2e-3)[1:]])}
    assert examine(Case(record(warming))) == []


def test_the_change_of_rate_follows_the_size_of_updates() -> None:
    recipe = RECIPE.with_settings({"optimizer": SGD(learning_rate=20.0)})
    known = {"kind": "SGD", "learning_rate": 20.0}
    (first, *_) = examine(Case(record(failed(2.5) | {"layer_update_ratio": look(4.0)}, optimizer=known), recipe))
    assert first.change is not None
    assert 0.01 <= first.change["optimizer.learning_rate"] <= 0.1


def test_a_network_that_is_wild_at_prediction_does_not_suffer_from_dropout() -> None:
    wild = {"probe_loss": np.array([2.4, 70.0, 60.0, 60.0]), "probe_loss_training_mode": np.array([2.4, 200, 190, 190])}
    found = examine(Case(record(failed(2.5) | wild | {"layer_update_ratio": look(0.9)}), RECIPE))
    assert found[0].name == "learning rate too high"
    assert "over-regularised" not in [finding.name for finding in found]


def test_weights_thrown_to_many_times_their_size_tell_of_the_rate() -> None:
    thrown = {"layer_weight_norm": np.outer([8.0, 60, 90, 90], np.ones(3)), "layer_update_ratio": look(0.008)}
    assert examine(Case(record(failed() | thrown), RECIPE))[0].name == "learning rate too high"
    assert examine(Case(record(thrown), RECIPE)) == []


def test_a_signal_that_accuracy_does_not_show_keeps_labels_from_blame() -> None:
    blind = failed() | {"training_loss": falling(2.3, 0.1)}
    rare = {"base_score": 0.9, "linear_score": 0.9, "neighbour_score": 0.9}
    names = [
        [finding.name for finding in examine(Case(record(blind, yardstick_signal=signal, **rare)))]
        for signal in (0.5, 12.0)
    ]
    assert names[0][0] == "labels unrelated to inputs"
    assert "labels unrelated to inputs" not in names[1]


def test_a_penalty_that_holds_the_weights_down_is_weakened() -> None:
    recipe = RECIPE.with_settings({"penalties": ({"kind": "L1", "strength": 0.1},)})
    held = {
        "layer_weight_norm": np.outer([8.0, 2, 1.5, 1.5], np.ones(3)),
        "training_loss": falling(2.3, 0.7),
        "validation_loss": falling(2.3, 0.72),
        "probe_loss": np.array([2.4, 1.0, 0.75, 0.72]),
        "probe_loss_training_mode": np.array([2.4, 1.0, 0.75, 0.72]),
    }
    (finding,) = examine(Case(record(held), recipe))
    assert (finding.name, finding.change) == ("over-regularised", {"penalties.0.strength": 0.0001})
    assert examine(Case(record(held), RECIPE)) == []


@pytest.mark.parametrize(("momentum", "wanted"), [(0.0, 0.05), (0.9, 0.01), (0.99, 0.001)])
def test_the_usual_rate_counts_the_updates_that_momentum_adds_up(momentum: float, wanted: float) -> None:
    known = {"kind": "SGD", "learning_rate": 3.0, "momentum": momentum}
    assert usual_rate(Case(record(optimizer=known))) == pytest.approx(wanted)


def test_ordered_grades_are_no_classes() -> None:
    assert examine(Case(regression(target_values=6, target_order=0.9))) == []


def test_what_cannot_be_examined_is_refused() -> None:
    with pytest.raises(TrainwellError, match="takes a run, a record or a case, but got int"):
        examine(3)  # type: ignore[arg-type]


def test_a_run_without_an_epoch_has_no_findings() -> None:
    assert examine(Record({"epoch": np.zeros(0)})) == []


def test_the_documentation_lists_every_check() -> None:
    text = (Path(__file__).parents[2] / "docs" / "clinic.md").read_text(encoding="utf-8")
    for name in CHECKS:
        row = CHECKS.entry(name).facts["row"] or "–"
        assert f"| {row} | {name} |" in text


@pytest.mark.parametrize(("depth", "first"), [(3, None), (10, [32, 32, 32])])
def test_vanishing_gradients_are_kept_by_fewer_layers_where_they_are_many(depth: int, first: list[int] | None) -> None:
    recipe = Recipe(network=MLP(hidden=(32,) * depth, activation="sigmoid"))
    found = next(
        each for each in examine(replace(ILL["vanishing gradients"], recipe=recipe)) if "vanishing" in each.name
    )
    change = dict(found.change)
    assert change.pop("network.hidden", None) == first
    assert change == {"network.activation": "relu", "network.initializer": "auto", "network.normalization": "batch"}


@pytest.mark.parametrize(
    ("rows", "repeated", "shared", "flagged"),
    [
        ("a test file that is the training file", 2, 90, True),
        ("every row twice, divided at random", 36, 30, False),
        ("few different values", 60, 52, False),
        ("a third of the rows were copied across", 9, 36, True),
    ],
)
def test_parts_overlap_where_rows_repeat_across_them_alone(rows, repeated, shared, flagged):
    facts = profile(
        part_sizes={"training": 90, "validation": 30, "test": 90},
        training_twins=Repeats(repeated),
        duplicates=Repeats(150),
        rows=270,
        overlap={"training/test": Repeats(shared, (1, 2))},
    )
    found = CHECKS["overlapping parts"](Case(record(), profile=facts))
    assert (found is not None) == flagged, rows


def test_unscaled_inputs_of_a_run_that_diverged_are_a_fault() -> None:
    arrays = {
        "training_loss": np.append(falling(2.3, 1.0)[:39], np.nan),
        "input_deviation": np.geomspace(0.1, 500, 20),
    }
    found = CHECKS["unscaled inputs"](Case(record(arrays, outcome=DIVERGED), RECIPE))
    assert found is not None
    assert found.severity == "fault"


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
    """Of 200 rows .80 against .85 are 1.9 standard errors; .75 against .85 has 1.7 times the errors, by 3.5."""
    near = {"linear_score": 0.3, "neighbour_score": 0.85}
    gaps = [Case(record({"validation_score": np.full(40, score)}, **near)) for score in (0.8, 0.75)]
    assert [behind(case) for case in gaps] == [False, True]
    assert [ahead(case) for case in gaps] == [True, False]
    numbers = {"score": "RMSE", "linear_score": 9.0, "neighbour_score": 5.0}
    errors = [Case(record({"validation_score": np.full(40, score)}, **numbers)) for score in (5.6, 6.0)]
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
