"""Each check on a record made ill by hand, and on healthy ones; and what all findings have in common."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.clinic.ill import ILL, RECIPE, SIGMOIDS, look, profile
from tests.clinic.records import EPOCHS, LOOKS, failed, falling, record, regression
from trainwell.clinic import CHECKS, Case, Finding, Observation, check, examine
from trainwell.clinic.remedies import usual_rate
from trainwell.data.profile import Repeats
from trainwell.engine import Recipe
from trainwell.engine.state import DIVERGED
from trainwell.errors import TrainwellError
from trainwell.network import MLP
from trainwell.records import QUANTITIES, Record
from trainwell.training import SGD, Adam
from trainwell.training.penalties import L1, L2


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
    assert set(entry.facts["brings"]) <= set(CHECKS)
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
    blind = failed() | {"training_loss": falling(2.3, 0.1), "training_score": np.full(40, 0.95)}
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
    for surely in (replace(facts, telling=0.99), replace(facts, replicated=2)):  # no two are alike by chance
        assert CHECKS["overlapping parts"](Case(record(), profile=surely)) is not None


def test_unscaled_inputs_of_a_run_that_diverged_are_a_fault() -> None:
    arrays = {
        "training_loss": np.append(falling(2.3, 1.0)[:39], np.nan),
        "input_deviation": np.geomspace(0.1, 500, 20),
    }
    found = CHECKS["unscaled inputs"](Case(record(arrays, outcome=DIVERGED), RECIPE))
    assert found is not None
    assert found.severity == "fault"


def test_a_check_of_ones_own_is_one_decorated_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHECKS, "_entries", dict(CHECKS._entries))

    def few_steps(case: Case) -> Observation | None:
        """A run of a handful of steps."""
        steps = int(case.record["step"][-1])
        return Observation(severity="fault", sentence=f"Only {steps} steps.") if steps < 2000 else None

    few_steps.__module__ = "mine.numbers"  # a theme of one's own, called like one of the clinic's
    few_steps = check("too few steps", source="our own practice")(few_steps)
    late = record({"dead_share": look([0.1, 1.0], 2)} | failed())
    assert [each.name for each in serious(Case(late, RECIPE))][:2] == ["dead ReLUs", "learned nothing"]

    found = examine(Case(record(failed()), RECIPE))
    assert (found[0].name, found[0].source, found[0].root) == ("too few steps", "our own practice", None)
    assert {each.name: each.root for each in found}["learned nothing"] == "too few steps"
    assert few_steps(Case(record({"step": 100 * EPOCHS}))) is None


@pytest.mark.parametrize("name", list(ILL))
def test_findings_are_plain_data(name: str) -> None:
    for found in examine(ILL[name]):
        assert json.loads(json.dumps(found.to_dict()))["name"] == found.name


def test_penalties_that_stay_are_plain_data_which_a_recipe_takes() -> None:
    recipe = Recipe(optimizer=Adam(), penalties=(L1(strength=1e-4), L2(strength=1e-3)))
    found = CHECKS["L2 with Adam"](Case(record(optimizer={"kind": "Adam"}), recipe))
    assert found is not None
    change = json.loads(json.dumps(found.to_dict()))["change"]
    assert recipe.with_settings(change).penalties == (L1(strength=1e-4),)
