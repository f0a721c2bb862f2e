"""Lessons on studies with a planted truth: what was planted is found, and what was not is not."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from tests.search_lessons.studies import DECAY, DROPOUT, HIDDEN, RATE, RECIPE, SPACE, diverging, make_study, rate_bowl
from trainwell.errors import DataError
from trainwell.search.lessons import (
    Touch,
    axes,
    batch_size_searched,
    boundary,
    importance,
    instability,
    isolation,
    lessons,
    optimizer_held_fixed,
    remedies,
    roles,
    rounds,
    sampled_enough,
    steps_budget,
)

WIDTHS = {HIDDEN: {"kind": "choice", "choices": [[32], [64], [128, 64]], "role": "scientific"}, **SPACE}


def shares(score: Any, **options: Any) -> dict[str, float]:
    """Return the importances of a study."""
    found = importance(make_study(score, **options))
    assert found is not None
    return {bar.path: bar.share for bar in found.bars}


def test_the_hyperparameter_that_decides_is_found() -> None:
    found = importance(make_study(rate_bowl, noise=0.004))
    assert found is not None
    assert found.verdict == "found"
    assert found.bars[0].path == RATE
    assert found.bars[0].low > 0.5
    assert all(bar.low <= 0 for bar in found.bars[1:])
    assert found.sentence.startswith("optimizer.learning_rate decided most")


def test_importances_are_sobols_total_indices() -> None:
    """Ranks of an additive score 3a + b, both uniform: the shares are near 9/10 and 1/10."""
    found = shares(lambda s: 3 * 2 * s[DROPOUT] + math.log10(s[DECAY] / 1e-5) / 4, trials=300)
    assert found[DROPOUT] == pytest.approx(0.9, abs=0.07)
    assert found[DECAY] == pytest.approx(0.1, abs=0.05)
    assert abs(found[RATE]) < 0.03


def test_an_interaction_counts_for_both() -> None:
    def crossed(settings: Any) -> float:
        return (settings[DROPOUT] - 0.25) * (math.log10(settings[RATE]) + 2.5)

    found = shares(crossed, trials=300)
    assert min(found[DROPOUT], found[RATE]) > 0.3
    assert abs(found[DECAY]) < 0.06


def test_noise_alone_makes_nothing_important() -> None:
    verdicts = []
    for seed in range(6):
        found = importance(make_study(lambda settings: 0.9, noise=0.01, trials=48, seed=seed))
        assert found is not None
        verdicts.append(found.verdict)
    assert verdicts.count("nothing stands out") >= 5


def test_few_trials_are_not_judged() -> None:
    found = importance(make_study(rate_bowl, trials=6))
    assert found is not None
    assert (found.bars, found.verdict) == ((), "too few trials")
    assert importance(make_study(rate_bowl, space={RATE: SPACE[RATE]})) is None


def test_importance_is_repeatable() -> None:
    study = make_study(rate_bowl, noise=0.01)
    assert importance(study) == importance(study)


def test_a_choice_can_matter() -> None:
    found = shares(lambda s: len(s[HIDDEN]) + 0.05 * s[DROPOUT], space=WIDTHS)
    assert max(found, key=lambda path: found[path]) == HIDDEN


@pytest.mark.parametrize(("best", "side", "end"), [(1e-1, "high", 3.0), (1e-4, "low", 3e-6)])
def test_an_edge_is_found_and_widened(best: float, side: str, end: float) -> None:
    edge = next(each for each in boundary(make_study(lambda s: rate_bowl(s, best))) if each.path == RATE)
    assert edge.side == side
    assert edge.firm
    assert edge.proposal[side] == pytest.approx(end)
    assert edge.lesson().severity == "warning"


def test_a_best_value_inside_is_no_edge() -> None:
    assert RATE not in [edge.path for edge in boundary(make_study(rate_bowl))]


def test_one_lucky_trial_is_no_firm_edge() -> None:
    rates = [2e-3, 3e-3, 4e-3, 5e-3, 3.5e-3, 0.09]
    study = make_study(rate_bowl, trials=0, space={RATE: SPACE[RATE]})
    study["trials"] = [{"number": k, "settings": {RATE: r}, "value": 0.9 + k / 100} for k, r in enumerate(rates)]
    (edge,) = boundary(study)
    assert not edge.firm
    assert "may be chance" in edge.sentence


def test_nature_sets_some_ends() -> None:
    assert DROPOUT not in [edge.path for edge in boundary(make_study(lambda s: 1 - s[DROPOUT]))]
    (edge,) = (e for e in boundary(make_study(lambda s: s[DROPOUT])) if e.path == DROPOUT)
    assert edge.proposal == {"low": 0.0, "high": 0.75}


def test_no_widening_into_divergence() -> None:
    assert RATE not in [edge.path for edge in boundary(make_study(lambda s: diverging(s, 0.06)))]


def test_growing_choices_have_an_edge() -> None:
    space = {"network.width": {"kind": "choice", "choices": [32, 64, 128], "role": "nuisance"}}
    (edge,) = boundary(make_study(lambda s: s["network.width"], space=space, trials=12))
    assert edge.proposal == {"choices": [32, 64, 128, 256]}


def test_instability_is_found_at_the_edge_alone() -> None:
    found = instability(make_study(diverging))
    assert found is not None
    assert found.edge == pytest.approx(0.02, rel=0.1)
    assert found.above[0] == found.above[1]
    assert instability(make_study(lambda s: None if s[RATE] > 0.02 else rate_bowl(s, 1e-3))) is None
    assert instability(make_study(rate_bowl)) is None


def test_divergence_that_has_nothing_to_do_with_the_rate_is_no_instability() -> None:
    assert instability(make_study(lambda s: None if s[DROPOUT] > 0.4 else rate_bowl(s))) is None


def test_remedies_come_in_the_playbooks_order_and_skip_what_is_there() -> None:
    names = ["warm-up", "clipping", "another optimizer", "normalization", "a lower rate"]
    assert [remedy.name for remedy in remedies({})] == names
    study = make_study(diverging) | {"recipe": {**RECIPE, "schedule": {"kind": "OneCycle"}}}
    found = instability(study)
    assert found is not None
    assert found.lesson().change == {"gradient_clipping": 1.0}


@pytest.mark.parametrize(
    ("best", "schedule", "verdict", "proposal"),
    [
        (95, "Plateau", "longer", 200),
        (50, "Plateau", "right", 100),
        (4, "Plateau", "shorter", 10),
        (98, "OneCycle", "ends low by design", 100),
    ],
)
def test_the_steps_budget(best: int, schedule: str, verdict: str, proposal: int) -> None:
    study = make_study(rate_bowl, trials=20) | {"recipe": {"schedule": {"kind": schedule}}}
    for trial in study["trials"]:
        trial["best_epochs"] = [best]
    found = steps_budget(study)
    assert found is not None
    assert (found.verdict, found.proposal) == (verdict, proposal)


@pytest.mark.parametrize(("allowed", "advice"), [(6, ""), (100, " Allow 10 epochs in the next round.")])
def test_training_that_is_best_at_its_first_epoch_is_not_right(allowed: int, advice: str) -> None:
    study = make_study(rate_bowl, trials=20)
    for trial in study["trials"]:
        trial |= {"best_epochs": [1], "max_epochs": allowed}
    found = steps_budget(study)
    assert found is not None
    assert found.verdict == "first epoch"
    assert "at the very first of them" in found.sentence
    assert found.lesson().severity == "warning"
    assert found.lesson().advice == f"Search lower learning rates.{advice}"


@pytest.mark.parametrize("best", [1, 100])
def test_training_that_reached_the_best_score_was_long_enough(best: int) -> None:
    study = make_study(lambda s: 1.0, trials=20)
    for trial in study["trials"]:
        trial["best_epochs"] = [best]
    found = steps_budget(study)
    assert found is not None
    assert (found.verdict, found.proposal) == ("right", 100)


def test_one_epoch_alone_is_no_first_one() -> None:
    study = make_study(rate_bowl, trials=20)
    for trial in study["trials"]:
        trial |= {"best_epochs": [1], "max_epochs": 1}
    found = steps_budget(study)
    assert found is not None
    assert (found.verdict, found.proposal) == ("longer", 2)


def test_a_range_that_the_search_itself_widened_is_judged_as_it_was_tried() -> None:
    study = make_study(lambda s: rate_bowl(s, 0.5), space={RATE: SPACE[RATE] | {"high": 10.0}})
    asked = study | {"space": {RATE: SPACE[RATE]}}  # the trials went on to 10, the best lies at 0.5
    assert boundary(asked) == ()


def test_a_gain_of_rounding_is_no_reason_to_go_on() -> None:
    study = make_study(lambda s: 0.95 + 1e-15 * s[DROPOUT], trials=24)
    assert sampled_enough(study).verdict == "enough"


def test_a_plateau_of_good_trials_is_sampled_enough_and_a_lone_peak_is_not() -> None:
    flat = sampled_enough(make_study(lambda s: 0.95 if s[DROPOUT] < 0.4 else 0.5))
    peak = make_study(lambda s: 0.9, noise=0.001)
    peak["trials"][7]["value"] = 0.99
    lone = sampled_enough(peak)
    assert flat is not None
    assert lone is not None
    assert (flat.verdict, lone.verdict) == ("enough", "more would help")


def test_isolation_finds_the_winner_despite_worse_nuisances() -> None:
    def score(settings: Any) -> float:
        return rate_bowl(settings) + {1: 0.0, 2: 0.02}[len(settings[HIDDEN])]

    (found,) = isolation(make_study(score, space=WIDTHS, folds=5, noise=0.001))
    assert found.winner == "(128, 64)"
    assert found.settled
    assert sum(bucket.trials for bucket in found.buckets) == 64


def test_isolation_calls_a_tie_a_tie() -> None:
    (found,) = isolation(make_study(rate_bowl, space=WIDTHS, folds=5, noise=0.02))
    assert not found.settled
    assert "may be chance" in found.sentence


def test_isolation_cuts_a_range_into_buckets() -> None:
    space = {**SPACE, DROPOUT: {**SPACE[DROPOUT], "role": "scientific"}}
    (found,) = isolation(make_study(lambda s: 0.9 - s[DROPOUT], space=space))
    assert len(found.buckets) == 6
    assert found.winner == found.buckets[0].name


def test_axes_say_where_the_best_few_lie_only_where_they_keep_together() -> None:
    rate, dropout, _ = axes(make_study(rate_bowl))
    assert rate.together
    assert rate.good[0] < 3e-3 < rate.good[1]
    assert not dropout.together
    assert "spread widely" in dropout.sentence


def test_diverged_trials_have_a_place_but_no_score() -> None:
    study = make_study(diverging)
    points = axes(study)[0].points
    assert [p.value is None for p in points] == [t["state"] == "diverged" for t in study["trials"]]
    assert all(0 <= p.position <= 1 for p in points)


def test_comparing_networks_with_a_fixed_rate_is_an_error() -> None:
    choice = {HIDDEN: WIDTHS[HIDDEN]}
    assert optimizer_held_fixed(make_study(lambda s: 1.0, space=WIDTHS, trials=3)) is None
    said = optimizer_held_fixed(make_study(lambda s: 1.0, space=choice, trials=3))
    assert said is not None
    assert "network.hidden is compared while the learning rate stays fixed" in said
    study = make_study(lambda s: 1.0, space=choice, trials=3)
    assert next(lesson for lesson in lessons(study) if lesson.name == "roles").severity == "fault"


def test_roles_put_the_question_first_and_name_what_was_fixed() -> None:
    table = roles(make_study(lambda s: 1.0, space=WIDTHS, trials=3)).table
    assert [row.role for row in table][:4] == ["scientific", "nuisance", "nuisance", "nuisance"]
    assert "optimizer.beta1" in [row.path for row in table if row.role == "fixed"]
    assert "seed" not in [row.path for row in table]


def test_a_searched_batch_size_is_warned_of() -> None:
    space = {**SPACE, "batch_size": {"kind": "choice", "choices": [32, 64], "role": "nuisance"}}
    found = batch_size_searched(make_study(rate_bowl, space=space, trials=3))
    assert found is not None
    assert found.severity == "warning"
    assert batch_size_searched(make_study(rate_bowl, trials=3)) is None


def test_two_rounds_are_found_by_their_settings() -> None:
    study = make_study(rate_bowl, trials=10)
    study["trials"] += [dict(trial, max_epochs=400, number=10 + k) for k, trial in enumerate(study["trials"][:7])]
    found = rounds(study)
    assert found is not None
    assert len(found.short) == 7
    assert found.correlation == pytest.approx(1)
    assert rounds(make_study(rate_bowl, trials=10)) is None


@pytest.mark.parametrize(
    "study",
    [
        make_study(rate_bowl, folds=3, noise=0.002),
        make_study(diverging),
        make_study(lambda s: None, trials=9),
        make_study(rate_bowl, trials=3),
        make_study(rate_bowl, trials=1),
        make_study(rate_bowl, trials=0),
        make_study(lambda s: 0.5, trials=20, space=WIDTHS, metric="rmse", direction="minimize"),
        make_study(rate_bowl, space={RATE: SPACE[RATE]}, trials=12),
    ],
    ids=["plain", "diverging", "all diverged", "three", "one", "none", "all equal", "one dimension"],
)
def test_every_study_teaches_in_sentences_that_json_holds(study: dict[str, Any]) -> None:
    found = lessons(study)
    assert found[0].name == "outcome"
    assert all(lesson.sentence.endswith(".") and "nan" not in lesson.sentence for lesson in found)
    grades = [["fault", "warning", "note"].index(lesson.severity) for lesson in found[1:]]
    assert grades == sorted(grades)
    assert json.loads(json.dumps([lesson.to_dict() for lesson in found], allow_nan=False))


def test_all_diverged_says_so_and_where() -> None:
    first, *rest = lessons(make_study(lambda s: None, trials=9))
    assert first.severity == "fault"
    assert first.sentence == "No trial has a score: 9 trials, 9 diverged."
    assert any("even at the lowest optimizer.learning_rate tried" in lesson.sentence for lesson in rest)


def test_a_second_touch_of_the_test_part_is_a_warning() -> None:
    study = make_study(rate_bowl, trials=5)
    touch = Touch("2026-11-20T21:54:00", "the final score", 3, 0.95)
    assert Touch.from_dict(touch.to_dict()) == touch
    log = [
        lesson for lesson in lessons(study | {"test_touches": [touch.to_dict()] * 2}) if lesson.name == "test touches"
    ]
    assert log[0].severity == "warning"
    assert lessons(study, touches=[touch])[-1].sentence == "The test part was touched once, for the final score."


def test_the_direction_turns_every_lesson() -> None:
    up = make_study(rate_bowl, noise=0.002)
    down = make_study(lambda s: -rate_bowl(s), noise=0.0, direction="minimize")
    names = [lesson.evidence.get("trial") for lesson in (lessons(up)[0], lessons(down)[0])]
    values = [trial["value"] for trial in down["trials"]]
    assert names[1] == int(np.argmin(values))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [({"direction": "up"}, "'maximize' or 'minimize', but got 'up'"), ({"trials": None}, "")],
)
def test_a_study_that_is_none(change: dict[str, Any], sentence: str) -> None:
    study = make_study(rate_bowl, trials=2)
    if change.get("trials", 1) is None:
        del study["trials"]
        sentence = "has no 'trials'"
    with pytest.raises(DataError, match=sentence):
        lessons(study | {k: v for k, v in change.items() if v})


@pytest.mark.parametrize(("metric", "best"), [("accuracy", 1.0), ("micro_f1", 1.0), ("rmse", 0.0), ("log_loss", 0.0)])
def test_beyond_the_best_score_there_is_nothing_to_search(metric: str, best: float) -> None:
    direction = "maximize" if best else "minimize"
    worse = -0.05 if best else 0.05

    def score(settings: Any) -> float:
        return best if settings[RATE] > 6e-2 else best + worse * (1 - math.log10(settings[RATE]))

    for trials in (6, 30):  # few, and of the second half some still gain on average
        study = make_study(score, trials=trials, metric=metric, direction=direction)
        study["trials"][-1] |= {
            "value": best,
            "values": [best],
            "settings": study["trials"][-1]["settings"] | {RATE: 0.1},
        }
        names = {lesson.name: lesson for lesson in lessons(study)}
        assert "boundary" not in names
        assert names["sampling"].advice == ""
        assert names["sampling"].sentence.endswith("were enough: the best score is the best that there is.")
        assert not [lesson for lesson in names.values() if "Take " in lesson.advice]


def test_scores_that_the_validation_rows_cannot_tell_apart_advise_nothing() -> None:
    peak = make_study(lambda s: 0.9 + 0.01 * math.log10(s[RATE] / 1e-4) / 3)
    peak["trials"][7]["value"] = 0.915
    few, many = (peak | {"plan": {"validation_rows": rows}} for rows in (100, 1_000_000))
    assert sampled_enough(few).verdict == "enough"
    assert sampled_enough(many).verdict == "more would help"
    steep = make_study(lambda s: 0.9 + 0.01 * math.log10(s[RATE] / 1e-4) / 3)
    few, many = (steep | {"plan": {"validation_rows": rows}} for rows in (100, 1_000_000))
    assert RATE not in [edge.path for edge in boundary(few)]
    assert RATE in [edge.path for edge in boundary(many)]
    assert RATE in [edge.path for edge in boundary(steep)]


def test_an_end_that_a_trial_elsewhere_equals_is_no_edge() -> None:
    study = make_study(lambda s: 0.95 if s[RATE] > 1e-3 else 0.9)
    assert RATE not in [edge.path for edge in boundary(study)]
