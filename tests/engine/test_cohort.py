"""A cohort's members are the same as alone, errors and interrupts end it tidily, and pauses change no bit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import jax
import numpy as np
import pytest

from tests.engine.problems import blobs
from tests.engine.test_training import EVERYTHING, PLAIN, leaves
from trainwell.engine import train
from trainwell.engine.cohort import CohortProgress, Member, Watch, fan_out, train_cohort, trained_cohort, workers_for
from trainwell.engine.training import begin, follow
from trainwell.errors import RecipeError


def test_members_are_the_same_as_alone() -> None:
    problem = blobs()
    recipes = [PLAIN.with_settings({"seed": seed, "optimizer.learning_rate": 0.01 * (seed + 1)}) for seed in range(4)]
    heard: list[CohortProgress] = []
    cohort = trained_cohort([Member(recipe, problem) for recipe in recipes], workers=2, listener=heard.append)
    for recipe, member in zip(recipes, cohort, strict=True):
        assert member is not None
        for ours, theirs in zip(leaves(member.parameters), leaves(train(recipe, problem).parameters), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert [each.finished for each in heard] == [1, 2, 3, 4]


def test_a_pause_compiles_nothing() -> None:
    course = begin(PLAIN.with_settings({"telemetry": False, "network.hidden": (11,)}), blobs())
    for epoch in (1, 2, 3, 5):
        follow(course, until=epoch)
    assert course.program.compilations == 2  # one to draw the weights, one to train


def test_a_course_that_pauses_ends_with_the_same_bits() -> None:
    problem = blobs()
    whole = train(EVERYTHING, problem)
    course = begin(EVERYTHING, problem)
    for epoch in (1, 2, 2, 4):
        follow(course, until=epoch)
        assert course.epoch == epoch
    for ours, theirs in zip(leaves(course.state), leaves(whole.state), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(course.record()["validation_loss"], whole.record["validation_loss"])


def test_a_refused_member_is_reported() -> None:
    def refuse(key: jax.Array) -> None:
        raise RecipeError("too wide")

    members = [Member(PLAIN.with_settings({"network": refuse}), blobs()), Member(PLAIN, blobs())]
    outcomes = train_cohort(members, lambda index, trained: index)
    assert [outcome.problem for outcome in outcomes] == ["too wide", None]
    assert [outcome.kept for outcome in outcomes] == [None, 1]


def test_the_budget_leaves_members_empty() -> None:
    endless = PLAIN.with_settings({"max_epochs": 10_000_000})
    train(PLAIN, blobs())
    began = time.perf_counter()
    cohort = trained_cohort([Member(PLAIN, blobs())] + [Member(endless, blobs())] * 3, workers=2, seconds=1.0)
    assert time.perf_counter() - began < 3
    assert cohort[0] is not None
    assert cohort[1:] == [None] * 3


def test_works_are_drawn_as_threads_become_free() -> None:
    drawn: list[int] = []

    def works() -> Iterator[Callable[[], int]]:
        for number in range(100):
            drawn.append(number)
            yield lambda number=number: number  # type: ignore[misc]

    with Watch() as watch:
        results = fan_out(works(), watch, workers=2)
        next(results)
        assert len(drawn) <= 8
        assert sorted([0, *results])[-1] == 99
    assert len(drawn) == 100


def test_an_error_in_a_thread_ends_the_cohort() -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with Watch() as watch, pytest.raises(ZeroDivisionError):
        list(fan_out([fail] + [lambda: 1] * 1000, watch, workers=2))
    assert watch.stop.is_set()
    assert threading.active_count() < 10


def test_there_is_a_worker_per_core_unless_said() -> None:
    assert workers_for(1) == 1
    assert workers_for(10, asked=3) == 3
    assert workers_for(1000) >= 1
    assert jax.process_count() == 1
