"""Remedies tried: what helps is said to help, what does not is said to have failed, and the best is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy import stats

import trainwell as tw
from tests.data.tables import animals
from trainwell.artifact import load_report
from trainwell.clinic import Finding, Remedy
from trainwell.clinic.pairing import Paired, mean_interval
from trainwell.clinic.prescriptions import TOGETHER, prescriptions
from trainwell.clinic.treating import best_of, chosen_seeds, deciding_metric
from trainwell.clinic.treatment import Attempt
from trainwell.engine import prepare, train
from trainwell.errors import DataError, RecipeError

RECIPE = tw.Recipe(
    network=tw.MLP(hidden=(8,)),
    optimizer=tw.SGD(learning_rate=1e-5),
    schedule=tw.Constant(),
    early_stopping=None,
    batch_size=32,
    max_epochs=5,
)
FASTER = Remedy("Raise the rate.", {"optimizer.learning_rate": 0.3})
SLOWER = Remedy("Lower the rate.", {"optimizer.learning_rate": 1e-9})
LATER = Remedy("Train a little longer.", {"max_epochs": 6})
WORDS = Remedy("Check the join of your tables.")


def finding(name: str, *remedies: Remedy, root: str | None = None) -> Finding:
    return Finding(name=name, severity="fault", sentence=f"{name}.", remedies=remedies, root=root)


@dataclass(frozen=True)
class Found:
    recipe: tw.Recipe
    findings: list[Finding]


@pytest.fixture(scope="module")
def data() -> tw.Dataset:
    return tw.read(animals(120), target="species", name="animals")


@pytest.fixture(scope="module")
def treatment(data: tw.Dataset) -> tw.clinic.Treatment:
    found = [finding("slow", FASTER, SLOWER, WORDS), finding("short", LATER)]
    return tw.clinic.treat(Found(RECIPE, found), data, seeds=4)


def verdicts(treatment: tw.clinic.Treatment) -> dict[str, Any]:
    return {attempt.prescription.words: attempt.verdict for attempt in treatment.attempts}


def test_what_helps_is_kept_and_what_fails_is_said_to_have_failed(treatment: tw.clinic.Treatment) -> None:
    found = verdicts(treatment)
    assert found[FASTER.text] == "helped"
    assert found[SLOWER.text] == "made no difference"
    assert found[WORDS.text] is None
    assert treatment.seeds == (0, 1, 2, 3)
    assert treatment.cured.optimizer.learning_rate == 0.3
    text = str(treatment)
    assert f"failed, made no difference: optimizer.learning_rate = {SLOWER.change['optimizer.learning_rate']}" in text
    assert "not tried: Check the join" in text
    assert treatment._repr_html_().startswith("<pre>4 remedies")
    json.dumps(treatment.to_dict(), allow_nan=False)


def test_scores_are_those_of_training_alone(treatment: tw.clinic.Treatment, data: tw.Dataset) -> None:
    attempt, seed = treatment.attempts[0], 1
    for recipe, score in ((RECIPE, attempt.main.before), (attempt.prescription.recipe, attempt.main.after)):
        record = train(recipe.with_settings({"seed": seed}), prepare(recipe, data)).record
        assert record["validation_score"][record.facts["best_epoch"] - 1] == pytest.approx(score[seed])


def test_the_interval_is_students_of_the_paired_differences() -> None:
    random = np.random.default_rng(0)
    before, after = random.normal(size=6), random.normal(size=6) + 1
    expected = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert mean_interval(after - before) == pytest.approx((expected.low, expected.high))
    lower = Paired("rmse", False, before, after)
    assert lower.gain == pytest.approx(-np.mean(after - before))


def test_the_best_of_many_remedies_that_do_nothing_is_seldom_taken_for_help() -> None:
    random = np.random.default_rng(0)
    fooled = {1: 0, 8: 0}
    for _ in range(400):
        before = random.normal(size=5)
        after = before + random.normal(size=(8, 5))
        for comparisons in fooled:
            verdicts = [Paired("accuracy", True, before, each, comparisons).verdict for each in after]
            fooled[comparisons] += "helped" in verdicts
    assert fooled[1] > 0.12 * 400  # 1 − 0.975⁸ = 0.18
    assert fooled[8] < 0.05 * 400


@pytest.mark.parametrize(
    ("after", "verdict"),
    [((2.0, 2.1, 2.2), "helped"), ((0.0, 0.1, 0.2), "did harm"), ((0.0, 1.0, 2.0), "made no difference")],
)
def test_a_verdict_needs_an_interval_on_one_side(after: tuple[float, ...], verdict: str) -> None:
    assert Paired("accuracy", True, np.ones(3), np.array(after)).verdict == verdict
    assert Paired("accuracy", True, np.ones(1), np.array(after[:1])).verdict == "unknown"


def test_where_the_score_is_level_the_log_loss_decides() -> None:
    level = Paired("accuracy", True, np.ones(3), np.ones(3))
    lower = Paired("log_loss", False, np.ones(3), np.array([0.5, 0.51, 0.49]))
    attempt = Attempt(prescriptions(RECIPE, [finding("a", FASTER)])[0], level, lower)
    assert attempt.verdict == "helped"
    assert attempt.decided_by is lower
    better = Attempt(attempt.prescription, Paired("accuracy", True, np.zeros(3), np.array([0.1, 0.11, 0.12])))
    assert best_of([attempt, better]) is better
    assert best_of([]) is None


def test_prescriptions_are_merged_and_joined() -> None:
    found = prescriptions(RECIPE, [finding("a", FASTER), finding("b", FASTER, LATER), finding("c", WORDS)])
    assert [each.findings for each in found] == [("a", "b"), ("b",), ("c",)]
    joined = prescriptions(RECIPE, [finding("a", FASTER, SLOWER), finding("b", LATER)])[-1]
    assert joined.words == TOGETHER
    assert joined.change == {**FASTER.change, **LATER.change}


def test_a_cause_comes_before_what_follows_from_it() -> None:
    found = prescriptions(RECIPE, [finding("symptom", LATER, root="cause"), finding("cause", FASTER)])
    assert [each.findings for each in found] == [("cause",), ("symptom",)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"optimizer.learning_rate": -1}, "greater than 0"),
        ({"optimizer.pace": 1}, "no field of SGD is called 'pace'"),
        ({"max_epochs": 5}, "is like that already"),
    ],
)
def test_what_cannot_be_tried_says_why(change: dict[str, Any], problem: str) -> None:
    (only,) = prescriptions(RECIPE, [finding("a", Remedy("Do it.", change))])
    assert only.recipe is None
    assert problem in only.problem


def test_a_change_that_does_not_suit_the_data_is_not_tried(data: tw.Dataset) -> None:
    found = [finding("a", Remedy("Another loss.", {"loss": "mse"})), finding("b", LATER)]
    treatment = tw.clinic.treat(Found(RECIPE, found), data, seeds=2)
    assert "mse is for regression" in next(each.problem for each in treatment.attempts if each.problem)


def test_nothing_to_try_and_nothing_to_decide_by(data: tw.Dataset) -> None:
    assert "nothing to try" in str(tw.clinic.treat(Found(RECIPE, [finding("a", WORDS)]), data))
    with pytest.raises(RecipeError, match="needs 2 different seeds"):
        tw.clinic.treat(Found(RECIPE, [finding("a", FASTER)]), data, seeds=1)
    whole = tw.read(animals(60), target="species", split=tw.Split(train=0.8, validation=0.0, test=0.2))
    with pytest.raises(DataError, match="validation part decides"):
        tw.clinic.treat(Found(RECIPE, [finding("a", FASTER)]), whole)


def test_weighing_classes_is_judged_by_every_class_alike(data: tw.Dataset) -> None:
    assert deciding_metric({"class_weights": "balanced"}, data) == "balanced_accuracy"
    assert deciding_metric({"max_epochs": 9}, data) == "accuracy"


def test_a_network_that_answers_with_no_numbers_knows_only_averages(data: tw.Dataset) -> None:
    exploding = RECIPE.with_settings({"optimizer.learning_rate": 1e30, "gradient_clipping": None})
    treatment = tw.clinic.treat(Found(exploding, [finding("a", FASTER)]), data, seeds=2)
    assert np.isfinite(treatment.attempts[0].main.before).all()


def test_a_treated_run_is_saved_and_read_back(data: tw.Dataset, tmp_path) -> None:
    run = tw.fit(RECIPE, data)
    object.__setattr__(run, "findings", [finding("slow", FASTER)])
    folder = run.treated(seeds=3).save(tmp_path / "run")
    assert tw.Recipe.read(folder / "cured.toml").optimizer.learning_rate == 0.3
    report = load_report(folder)
    assert report.treatment["attempts"][0]["verdict"] == "helped"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "The remedies, tried" in page
    run.save(folder, overwrite=True)
    assert not (folder / "cured.toml").exists()
    assert load_report(folder).treatment == {}


def test_seeds_are_numbers_of_any_kind_and_told_apart() -> None:
    assert chosen_seeds(RECIPE, np.int64(3)) == chosen_seeds(RECIPE, 3)
    assert chosen_seeds(RECIPE, np.array([4, 9])) == (4, 9)
    for wrong in ("many", 2.5, [1, -3], [7, 7]):
        with pytest.raises(RecipeError):
            chosen_seeds(RECIPE, wrong)
