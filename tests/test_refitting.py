"""The members of an ensemble: as good as the best as far as one can tell, trained on every row but the test part."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

import trainwell as tw
from trainwell import refitting
from trainwell.engine import prepare, train
from trainwell.engine.cohort import train_cohort
from trainwell.refitting import Finalist, choose, refitted
from trainwell.search import Study
from trainwell.search.lessons.resolution import score_error
from trainwell.search.trials import Place, Score, Trial

RECIPE = tw.Recipe(network=tw.MLP(hidden=(4,)), max_epochs=5, batch_size=32, telemetry=False, early_stopping=None)
SPACE = RECIPE.vary({"optimizer.learning_rate": tw.loguniform(1e-3, 1e-1)})


def study_of(*values: float, best_epoch: int = 4, recipe: tw.Recipe = RECIPE) -> Study:
    """Return a study whose trials scored so."""
    space = recipe.vary({"optimizer.learning_rate": tw.loguniform(1e-3, 1e-1)})
    trials = tuple(
        Trial(
            number,
            {"optimizer.learning_rate": 0.001 * (number + 1)},
            "complete",
            {Place(0, 0): Score(value, best_epoch, 5, True, 1.0)},
        )
        for number, value in enumerate(values)
    )
    return Study(space, trials, "accuracy", "maximize", "random", 0, 1, 1, "made")


def test_a_score_strays_as_a_simulation_says() -> None:
    random = np.random.default_rng(0)
    accuracies = random.binomial(400, 0.9, size=20_000) / 400
    assert score_error(0.9, "accuracy", 400) == pytest.approx(accuracies.std(), rel=0.03)
    errors = np.sqrt(np.square(random.normal(scale=3.0, size=(5_000, 400))).mean(axis=1))
    assert score_error(3.0, "rmse", 400) == pytest.approx(errors.std(), rel=0.03)


def test_recipes_within_a_standard_error_take_turns() -> None:
    chosen = choose(study_of(0.80, 0.90, 0.895), members=5, rows=900)
    assert [finalist.trial for finalist in chosen] == [1, 2, 1, 2, 1]
    assert [finalist.recipe.seed for finalist in chosen] == [0, 0, 1, 1, 2]
    assert len({finalist.recipe.to_json() for finalist in chosen}) == 5


def test_only_the_best_few_take_part() -> None:
    chosen = choose(study_of(0.90, 0.899, 0.898, 0.897, 0.896), members=6, rows=900)
    assert [finalist.trial for finalist in chosen] == [0, 1, 2, 0, 1, 2]


def test_the_recipe_a_search_began_with_takes_part_where_it_is_as_good() -> None:
    fifth = RECIPE.with_settings({"optimizer.learning_rate": 0.005})
    known = study_of(0.90, 0.899, 0.898, 0.897, 0.896, recipe=fifth)
    assert known.space.own_settings() == known.finished[4].settings
    assert {finalist.trial for finalist in choose(known, members=6, rows=900)} == {0, 1, 4}
    assert {finalist.trial for finalist in choose(known, members=6, rows=360_000)} == {0}


def test_more_validation_rows_tell_recipes_apart() -> None:
    assert {finalist.trial for finalist in choose(study_of(0.90, 0.895), 2, rows=90_000)} == {0}


def test_what_early_stopping_decided_is_kept_as_a_number_of_epochs() -> None:
    stopping = RECIPE.with_settings({"early_stopping": {"patience": 2}, "max_epochs": 50})
    (finalist,) = choose(study_of(0.9, best_epoch=7, recipe=stopping), 1, rows=100)
    assert finalist.recipe.early_stopping is None
    assert finalist.recipe.max_epochs == 7
    (finalist,) = choose(study_of(0.9, best_epoch=4), 1, rows=100)
    assert finalist.recipe.max_epochs == RECIPE.max_epochs


def test_members_are_trained_on_every_row_but_the_test_part() -> None:
    random = np.random.default_rng(0)
    inputs = random.normal(size=(100, 3))
    data = tw.read(inputs, y=inputs[:, 0] > 0)
    ((finalist, model),) = refitted([Finalist(3, RECIPE)], data)
    assert finalist.trial == 3
    rows = np.setdiff1d(np.arange(100), data.parts.test)
    alone = train(RECIPE, prepare(RECIPE, data, rows, np.array([], int)))
    assert alone.record.facts["training_rows"] == 80
    for mine, other in zip(leaves(model.parameters), leaves(alone.parameters), strict=True):
        np.testing.assert_array_equal(mine, other)


def test_members_that_were_not_finished_leave_the_others_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_the_first(*given: Any, **options: Any) -> list[Any]:
        first, *others = train_cohort(*given, **options)
        return [replace(first, kept=None), *others]

    monkeypatch.setattr(refitting, "train_cohort", without_the_first)
    inputs = np.random.default_rng(0).normal(size=(100, 3))
    data = tw.read(inputs, y=inputs[:, 0] > 0)
    assert [finalist.trial for finalist, _ in refitted([Finalist(3, RECIPE), Finalist(5, RECIPE)], data)] == [5]


def test_no_time_for_any_member_leaves_none() -> None:
    inputs = np.random.default_rng(0).normal(size=(100, 3))
    data = tw.read(inputs, y=inputs[:, 0] > 0)
    slow = replace(Finalist(0, RECIPE), recipe=RECIPE.with_settings({"max_epochs": 100_000}))
    assert not refitted([slow], data, seconds=0.01)


def leaves(tree: object) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]
