"""Scores that cannot be: of a metric that a fold leaves undefined, or of rows whose loss is no finite number."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.search.small import RECIPE, SPACE, blobs, line
from trainwell.cli.tune import show_result
from trainwell.data import Dataset, read
from trainwell.errors import DataError, RecipeError
from trainwell.search import cross_validate, open_study, tune
from trainwell.search.folds import folds_of
from trainwell.search.judging import undefined
from trainwell.tuning import tune_whole

#: Of twelve groups of ten rows, every third holds all the rows of the second class.
GROUPS = np.repeat(np.arange(12), 10)


def grouped() -> Dataset:
    inputs = np.random.default_rng(0).normal(size=(120, 4))
    return read(inputs, y=np.where(GROUPS % 3 == 1, "yes", "no"), groups=GROUPS, name="grouped")


def lopsided(part: str) -> Dataset:
    """Return two classes of which a part holds only the first."""
    data = blobs(classes=2)
    target = data.target.values.copy()
    target[getattr(data.parts, part)] = 0
    return dataclasses.replace(data, target=dataclasses.replace(data.target, values=target))


def with_outlier() -> Dataset:
    """Return rows of which one that validates has a target whose square no 32-bit number holds."""
    data = line()
    targets = data.target.values.copy()
    targets[data.parts.validation[0]] = 1e30
    return dataclasses.replace(data, target=dataclasses.replace(data.target, values=targets))


@pytest.mark.parametrize("metric", ["roc_auc", "average_precision"])
def test_a_fold_that_leaves_the_metric_undefined_is_refused_before_training(metric: str) -> None:
    sentence = (
        rf"metric '{metric}' is not defined on the 10 validation rows of fold \d of 8, which are all of class "
        r"'(yes|no)'; ask for fewer folds, or take a metric that is defined there: accuracy, .*log_loss"
    )
    with pytest.raises(DataError, match=sentence) as caught:
        tune(SPACE, grouped(), trials=1_000_000, folds=8, metric=metric)
    assert metric not in str(caught.value).partition("there:")[2]


def test_a_validation_part_of_one_class_is_refused_too() -> None:
    with pytest.raises(DataError, match=r"on the 40 validation rows, which are all of class 0; divide the rows in an"):
        tune(SPACE, lopsided("validation"), trials=2, metric="roc_auc")


def test_where_a_metric_is_defined_scikit_learn_says() -> None:
    data = grouped()
    for fold in folds_of(data, 8):
        truth = data.target.values[fold.validation]
        alike = len(np.unique(truth)) == 1
        assert (undefined("roc_auc", data, fold.validation) is not None) == alike
        if not alike:
            assert np.isfinite(roc_auc_score(truth, np.linspace(0, 1, len(truth))))
        assert undefined("log_loss", data, fold.validation) is None


def test_cross_validation_says_how_many_folds_counted() -> None:
    data = grouped()
    kinds = [len(np.unique(data.target.values[fold.validation])) for fold in folds_of(data, 8, RECIPE.seed)]
    found = cross_validate(RECIPE, data, folds=8, repeats=1, metric="roc_auc")
    np.testing.assert_array_equal(np.isnan(found.values.ravel()), np.array(kinds) == 1)
    assert f"over {kinds.count(2)} of the 8 trainings" in repr(found)
    with pytest.raises(RecipeError, match=r"none of the 10 trainings has a score: metric 'roc_auc' is not defined"):
        cross_validate(RECIPE, data, folds=10, repeats=1, metric="roc_auc")


def test_a_trial_whose_validation_gives_no_number_failed_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none of the 2 trials has a value: validation gave no finite number in 6 "):
        tune(SPACE, with_outlier(), trials=2, storage=tmp_path / "study.db")
    study = open_study(tmp_path / "study.db")
    assert [trial.state for trial in study.finished] == ["failed", "failed"]
    assert "validation gave no finite number" in str(study.finished[0].problem)
    assert repr(study) == "<Study of line: 2 trials, no value>"


def test_a_test_part_of_one_class_does_not_stop_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    tuned = tune_whole(lopsided("test"), SPACE, trials=2, members=1, metric="roc_auc")
    assert tuned.judged(tuned.run.scores)["value"] is None
    show_result(tuned, Path("study"))
    assert "the best recipe: test roc auc is not defined on its rows" in capsys.readouterr().out
