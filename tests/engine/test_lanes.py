"""Lanes: many trials in one call end as each would alone, up to rounding; those that end early are taken out."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import trainwell as tw
from tests.engine.problems import blobs
from tests.engine.test_training import EVERYTHING, PLAIN
from trainwell.engine import cohort, train
from trainwell.engine.cohort import Member, trained_cohort
from trainwell.engine.course import Course
from trainwell.engine.platoon import Platoon, follow_together, platoons
from trainwell.engine.state import DIVERGED, INTERRUPTED, PATIENCE, RUNNING
from trainwell.engine.training import begin
from trainwell.errors import RecipeError
from trainwell.search import tune

PROBLEM = blobs()


def rated(*rates: float, recipe: tw.Recipe = PLAIN) -> list[tw.Recipe]:
    """Return recipes that differ in rate and seed."""
    changes = ({"optimizer.learning_rate": rate, "seed": seed} for seed, rate in enumerate(rates))
    return [recipe.with_settings(each | {"telemetry": False}) for each in changes]


#: A bias before batch normalization has no gradient but rounding, which Adam would blow up to a step without this.
STEADY = {"optimizer.epsilon": 0.01}


@pytest.mark.parametrize("recipe", [PLAIN, EVERYTHING.with_settings(STEADY)], ids=["plain", "everything"])
def test_lanes_end_as_each_trial_does_alone(recipe: tw.Recipe) -> None:
    recipes = rated(0.003, 0.01, 0.03, recipe=recipe)
    lanes = trained_cohort([Member(each, PROBLEM) for each in recipes], lanes=3)
    for each, found in zip(recipes, lanes, strict=True):
        alone = train(each, PROBLEM)
        assert found is not None
        assert found.record.facts["outcome"] == alone.record.facts["outcome"]
        for name in ("training_loss", "validation_loss", "learning_rate"):
            np.testing.assert_allclose(found.record[name], alone.record[name], rtol=1e-4)
        inputs = np.asarray(PROBLEM.examples.inputs)
        np.testing.assert_allclose(found.outputs(inputs), alone.outputs(inputs), rtol=1e-3, atol=1e-4)


def test_a_lane_that_ends_stands_still_and_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    before = Platoon.__init__

    def note(self: Platoon, courses: list[Course]) -> None:
        before(self, courses)
        sizes.append(self.states.outcome.shape[0])

    monkeypatch.setattr(Platoon, "__init__", note)
    recipes = rated(0.01, 1e30, 1e30, 0.01, 1e30)
    courses = [begin(each, PROBLEM) for each in recipes]
    follow_together(courses)
    assert [course.outcome == DIVERGED for course in courses] == [False, True, True, False, True]
    assert sizes[0] == 8
    assert sizes[-1] == 2
    assert all(course.epoch == len(course.curve("epoch")) for course in courses)
    np.testing.assert_allclose(
        courses[3].record()["training_loss"], train(recipes[3], PROBLEM).record["training_loss"], rtol=2e-3
    )


def test_early_stopping_is_each_lanes_own() -> None:
    stopping = PLAIN.with_settings({"early_stopping": {"patience": 2}, "max_epochs": 40})
    courses = [begin(each, PROBLEM) for each in rated(0.5, 1e-5, recipe=stopping)]
    follow_together(courses)
    assert courses[0].outcome == PATIENCE
    assert courses[0].epoch < courses[1].epoch


def test_a_pause_is_kept_and_gone_on_from() -> None:
    recipes = rated(0.01, 0.02)
    courses = [begin(each, PROBLEM) for each in recipes]
    follow_together(courses, until=2)
    assert [course.epoch for course in courses] == [2, 2]
    assert all(course.outcome == RUNNING for course in courses)
    follow_together(courses)
    for recipe, course in zip(recipes, courses, strict=True):
        np.testing.assert_allclose(
            course.record()["validation_loss"], train(recipe, PROBLEM).record["validation_loss"], rtol=2e-3
        )


def test_those_of_other_data_or_another_structure_march_apart() -> None:
    other = blobs(seed=1)
    narrow = PLAIN.with_settings({"network.hidden": (5,), "telemetry": False})
    courses = [begin(recipe, problem) for recipe, problem in ((PLAIN, PROBLEM), (PLAIN, other), (narrow, PROBLEM))]
    assert [len(platoon) for platoon in platoons([*courses, courses[0]])] == [2, 1, 1]


def test_an_interrupt_ends_all_lanes() -> None:
    stop = threading.Event()
    stop.set()
    courses = [begin(each.with_settings({"max_epochs": 100_000}), PROBLEM) for each in rated(0.01, 0.02)]
    follow_together(courses, stops=(stop,))
    assert [course.outcome for course in courses] == [INTERRUPTED, INTERRUPTED]


def test_a_refused_member_is_reported_beside_the_others() -> None:
    def refuse(key: object) -> None:
        raise RecipeError("too wide")

    members = [
        Member(PLAIN.with_settings({"network": refuse}), PROBLEM),
        *(Member(each, PROBLEM) for each in rated(0.01)),
    ]
    assert [found is None for found in trained_cohort(members, lanes=2)] == [True, False]


@pytest.mark.parametrize("strategy", ["random", "halving"])
def test_a_study_in_lanes_finds_what_one_in_threads_finds(strategy: str) -> None:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(120, 3))
    data = tw.read(inputs, y=inputs[:, 0] + inputs[:, 1] > 0)
    recipe = tw.Recipe(network=tw.MLP(hidden=(8,)), max_epochs=6, batch_size=32, early_stopping=None)
    space = recipe.vary({"optimizer.learning_rate": tw.loguniform(1e-3, 1e-1)})
    threads = tune(space, data, trials=6, strategy=strategy, folds=2)
    lanes = tune(space, data, trials=6, strategy=strategy, folds=2, lanes=8)
    assert lanes.trials["state"].to_list() == threads.trials["state"].to_list()
    assert lanes.trials["rung"].to_list() == threads.trials["rung"].to_list()
    np.testing.assert_allclose(lanes.best.value, threads.best.value, atol=0.02)


def test_nothing_is_begun_after_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    stop.set()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("begun")

    monkeypatch.setattr(cohort, "begin", never)
    members = list(enumerate(Member(each, PROBLEM) for each in rated(0.01, 0.02)))
    outcomes = cohort.side_by_side(members, lambda _, trained: trained, stop)
    assert [(outcome.index, outcome.kept) for outcome in outcomes] == [(0, None), (1, None)]
