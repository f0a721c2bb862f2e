"""Cross-validation, seed variance, learning curves and ensembles: each score is the same recipe's alone."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from tests.search.small import RECIPE, blobs, line
from tests.search.test_tuning import alone
from trainwell.data import Split
from trainwell.engine import Problem, Recipe, default_recipe
from trainwell.errors import DataError, RecipeError, TrainwellWarning
from trainwell.keys import SEEDS
from trainwell.run import fit
from trainwell.search import CrossValidation, LearningCurve, SeedVariance, cross_validate, learning_curve, seed_variance
from trainwell.search.folds import folds_of
from trainwell.training import SGD


def test_folds_hold_every_row_but_the_test_part_once() -> None:
    data = blobs()
    folds = folds_of(data, 5)
    validated = np.sort(np.concatenate([fold.validation for fold in folds]))
    np.testing.assert_array_equal(validated, np.sort(np.concatenate([data.parts.train, data.parts.validation])))
    for fold in folds:
        assert not np.intersect1d(fold.training, fold.validation).size
        counts = np.bincount(data.target.values[fold.validation])
        assert counts.max() - counts.min() <= 1


def test_groups_stay_whole_and_time_moves_on() -> None:
    groups = np.arange(200) // 10
    for fold in folds_of(blobs(groups=groups), 4):
        assert not np.intersect1d(groups[fold.training], groups[fold.validation]).size
    frame = {"x": np.arange(100.0), "t": np.random.default_rng(0).permutation(100), "y": np.arange(100.0)}
    from trainwell.data import read

    data = read(frame, target="y", time="t")
    for fold in folds_of(data, 4):
        assert data.times is not None
        assert data.times[fold.training].max() < data.times[fold.validation].min()


def test_without_a_validation_part_folds_are_needed() -> None:
    data = blobs().split(Split(train=0.8, validation=0, test=0.2))
    with pytest.raises(DataError, match="ask for folds=5"):
        folds_of(data, None)


def test_cross_validation_scores_every_fold_of_every_repeat() -> None:
    data = blobs()
    result = cross_validate(RECIPE, data, folds=3, repeats=2)
    assert result.values.shape == (2, 3, 1)
    for repeat in range(2):
        for number, fold in enumerate(folds_of(data, 3, seed=repeat)):
            assert result.values[repeat, number, 0] == alone(RECIPE, data, fold)
    assert result.mean == pytest.approx(result.values.mean())
    assert result.scores.shape == (6, 5)
    assert np.isnan(result.deviations["seed"])
    assert result.deviations["repeat"] == pytest.approx(np.std(result.values.mean(axis=(1, 2)), ddof=1))


def test_cross_validation_names_what_failed() -> None:
    with pytest.raises(DataError, match="ask for at most"):
        cross_validate(RECIPE, blobs(), folds=100)
    with pytest.raises(RecipeError, match="none of the 2 trainings has a score: the training loss"):
        cross_validate(RECIPE.with_settings({"optimizer": SGD(learning_rate=1e30)}), blobs(), folds=2, repeats=1)
    with pytest.raises(RecipeError, match="seconds must be a number of seconds above 0, but got -1"):
        cross_validate(RECIPE, blobs(), seconds=-1)
    with pytest.raises(DataError, match="folds must be a whole number of at least 2, but got None"):
        cross_validate(RECIPE, blobs(), folds=None)
    with pytest.raises(RecipeError, match="no training was finished within"):
        cross_validate(RECIPE.with_settings({"max_epochs": 10_000_000}), blobs(), folds=3, repeats=1, seconds=0.3)


def test_seed_variance_is_of_the_seed_alone() -> None:
    data = blobs()
    result = seed_variance(RECIPE, data, 3)
    (fold,) = folds_of(data, None)
    assert result.values.tolist() == [alone(RECIPE.with_settings({"seed": seed}), data, fold) for seed in range(3)]
    assert result.deviation == pytest.approx(np.std(result.values, ddof=1))
    assert seed_variance(RECIPE, data, [7]).seeds == (7,)
    assert seed_variance(RECIPE, data, np.array([7])).seeds == (7,)
    assert seed_variance(RECIPE, data, np.int64(3)).values.tolist() == result.values.tolist()
    assert seed_variance(RECIPE.with_settings({"seed": 2**31 - 1}), data, 2).seeds == (2**31 - 1, 0)


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        (0, "seeds must be a whole number of at least 1, but got 0"),
        ([], "seeds must be a whole number of at least 1"),
        ("12", "seeds must be a whole number of at least 1, but got '12'"),
        ([3, 2**31], "each of seeds must be a whole number from 0 to 2147483647, but got 2147483648"),
    ],
)
def test_what_are_no_seeds_is_refused(seeds: Any, sentence: str) -> None:
    with pytest.raises(RecipeError, match=sentence):
        seed_variance(RECIPE, blobs(), seeds)


def test_after_the_largest_seed_comes_the_smallest() -> None:
    last = RECIPE.with_settings({"seed": 2**31 - 1})
    result = cross_validate(last, blobs(), folds=2, repeats=1, seeds=2)
    (first, _) = folds_of(blobs(), 2, last.seed)
    scores = [alone(RECIPE.with_settings({"seed": seed}), blobs(), first) for seed in (2**31 - 1, 0)]
    assert result.values[0, 0].tolist() == scores


def test_a_learning_curve_rises_with_the_rows() -> None:
    data = line()
    result = learning_curve(RECIPE, data, sizes=(0.2, 60, 1.0), repeats=2)
    assert result.rows.tolist() == [24, 60, 120]
    assert result.validation.shape == (3, 2)
    assert result.validation[2].mean() < result.validation[0].mean()
    (fold,) = folds_of(data, None)
    assert result.validation[2, 0] == alone(RECIPE, data, fold)
    arrays = [np.array([0.2, 1.0], np.float32), np.array([24, 120])]
    for sizes in arrays:
        assert learning_curve(RECIPE, data, sizes).rows.tolist() == [24, 120]


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((121,), "within the 120 training rows, but got 121"),
        ((0.5, float("nan")), "within the 120 training rows, but got nan"),
        ((0.5, 0), "within the 120 training rows, but got 0"),
        ((0.004,), "within the 120 training rows, but got 0.004"),
        ((1.5,), "within the 120 training rows, but got 1.5; give shares of them, at most 1.0"),
        (("a",), "within the 120 training rows, but got 'a'"),
        ((), r"sizes must be a list of shares .* but got \(\)"),
        (0.5, r"sizes must be a list of shares .* but got 0\.5"),
    ],
)
def test_what_are_no_sizes_is_refused(sizes: Any, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        learning_curve(RECIPE, line(), sizes=sizes)


def test_a_part_without_a_class_is_warned_of() -> None:
    with pytest.warns(
        TrainwellWarning, match=r"the smallest part, 2 rows, .* without a row of class \d, which"
    ) as told:
        learning_curve(RECIPE, blobs(), sizes=[2, 40, 1.0])
    assert len(told) == 1
    assert told[0].filename == __file__


def test_seed_variance_and_learning_curves_by_another_metric() -> None:
    data = blobs()
    validated = cross_validate(RECIPE, data, folds=2, repeats=1, seeds=2, metric="log_loss")
    (first, _) = folds_of(data, 2, RECIPE.seed)
    parts = dataclasses.replace(data.parts, train=first.training, validation=first.validation)
    divided = dataclasses.replace(data, parts=parts)
    varied = seed_variance(RECIPE, divided, 2, metric="log_loss")
    curve = learning_curve(RECIPE, divided, sizes=[0.5, 1.0], metric="log_loss")
    assert varied.metric == curve.metric == "log_loss"
    assert varied.values.tolist() == validated.values[0, 0].tolist()
    assert curve.validation[1, 0] == validated.values[0, 0, 0]
    assert curve.training[1, 0] == pytest.approx(fit(RECIPE, divided).scores["training"]["log_loss"], rel=1e-5)
    for asked in (seed_variance, learning_curve):
        with pytest.raises(RecipeError, match="metric 'mae' is for regression, but the task is multiclass"):
            asked(RECIPE, data, metric="mae")


@pytest.mark.parametrize("asked", [cross_validate, learning_curve, seed_variance])
def test_recipe_and_data_come_in_either_order_or_data_alone(
    asked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Recipe] = []

    def looked(tasks: Iterable[tuple[Recipe, Problem]], *_: Any, **__: Any) -> None:
        seen.append(next(iter(tasks))[0])
        raise InterruptedError

    monkeypatch.setattr(sys.modules[asked.__module__], "scores_of", looked)
    data = blobs()
    for given in [(RECIPE, data), (data, RECIPE), (data,)]:
        with pytest.raises(InterruptedError):
            asked(*given)
    assert seen == [RECIPE, RECIPE, default_recipe(data)]
    with pytest.raises(DataError, match=f"{asked.__name__} needs data and maybe a recipe, but got int"):
        asked(RECIPE, 3)


def test_results_are_printed_in_a_line() -> None:
    values = np.array([[[0.5], [0.75]]])
    assert repr(CrossValidation("accuracy", values, np.ones((1, 2, 1), int))) == (
        "<CrossValidation: accuracy 0.625 ± 0.18 over 1 repeats of 2 folds by 1 seeds>"
    )
    assert repr(SeedVariance("rmse", (0, 1), np.array([2.0, 2.5]))) == "<SeedVariance: rmse 2.25 ± 0.35 over 2 seeds>"
    curve = LearningCurve("accuracy", np.array([10, 100]), np.ones((2, 1)), np.array([[0.5], [0.9]]))
    assert repr(curve) == "<LearningCurve: validation accuracy 0.5 at 10 rows, 0.9 at 100 rows>"


def test_trainings_without_a_value_are_not_counted() -> None:
    values = np.array([[[0.5], [0.75], [np.nan]], [[np.nan], [np.nan], [np.nan]]])
    found = CrossValidation("accuracy", values, np.ones((2, 3, 1), int))
    counts = "over 2 of the 6 trainings of 2 repeats of 3 folds by 1 seeds"
    assert repr(found) == f"<CrossValidation: accuracy 0.625 ± 0.18 {counts}>"
    assert found.mean == 0.625
    assert found.deviations["fold"] == pytest.approx(np.std([0.5, 0.75], ddof=1))
    seeds = SeedVariance("rmse", (0, 1), np.array([2.0, np.nan]))
    assert repr(seeds) == "<SeedVariance: rmse 2 over 1 of the 2 trainings of 2 seeds>"
    assert seeds.mean == 2.0


def test_the_first_seed_comes_after_the_last() -> None:
    last = RECIPE.with_settings({"seed": SEEDS - 1})
    assert seed_variance(last, blobs(), 2).seeds == (SEEDS - 1, 0)
    assert cross_validate(last, blobs(), folds=2, repeats=1, seeds=2).values.shape == (1, 2, 2)
