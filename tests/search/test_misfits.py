"""What cannot be trained on the data at hand: its trials failed and say why, the others go on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.search.small import RATE, RECIPE, blobs, line
from trainwell.engine.ranges import choice
from trainwell.engine.space import Space
from trainwell.errors import DataError, RecipeError
from trainwell.network import Perceptron
from trainwell.search import tune
from trainwell.search.folds import folds_of
from trainwell.search.problems import Problems
from trainwell.tuning import TunedStudy

#: Networks and losses of which the second do not fit three classes, or negative numbers.
NETWORKS = RECIPE.vary(RATE | {"network": choice([RECIPE.network, Perceptron()])})
LOSSES = RECIPE.vary(RATE | {"loss": choice(["mse", "poisson_nll"])})


@pytest.mark.parametrize("strategy", ["quasi-random", "halving", "bayesian"])
@pytest.mark.parametrize(
    ("space", "data", "path", "reason"),
    [
        (NETWORKS, blobs(), "network", "Perceptron tells two classes apart, but the target needs 3 outputs"),
        (LOSSES, line(), "loss", "poisson_nll is for counts"),
    ],
)
def test_settings_that_do_not_fit_fail_and_the_study_goes_on(
    strategy: str, space: Space, data: Any, path: str, reason: str
) -> None:
    study = tune(space, data, trials=8, strategy=strategy)
    fitting = space.ranges[path].at(0.0)
    assert len(study.finished) == 8
    for trial in study.finished:
        fits = trial.settings[path] == fitting
        assert (trial.state == "failed") == (not fits)
        assert (trial.value is not None) == fits
        assert fits or reason in str(trial.problem)
    assert 0 < sum(trial.state == "failed" for trial in study.finished) < 8
    assert study.best.settings[path] == fitting


def test_a_page_tells_why_trials_failed() -> None:
    page = TunedStudy(tune(NETWORKS, blobs(), trials=4), blobs()).page()
    assert "Perceptron tells two classes apart" in page


@pytest.mark.parametrize(
    ("space", "data", "error", "reason"),
    [
        (RECIPE.with_settings({"network": Perceptron()}).vary(RATE), blobs(), RecipeError, "two classes apart"),
        (RECIPE.with_settings({"loss": "poisson_nll"}).vary(RATE), line(), DataError, "is for counts"),
    ],
)
def test_where_nothing_fits_it_is_said_before_the_first_trial(
    space: Space, data: Any, error: type[Exception], reason: str
) -> None:
    heard: list[Any] = []
    with pytest.raises(error, match=reason):
        tune(space, data, trials=1_000_000, listener=heard.append)
    assert not heard


def test_every_network_is_looked_at_though_the_rows_are_encoded_once() -> None:
    problems = Problems(blobs(), folds_of(blobs(), None))
    problem = problems.of(RECIPE, 0)
    assert problems.of(RECIPE.with_settings({"network.dropout": 0.3}), 0) is problem
    for _ in range(2):
        with pytest.raises(RecipeError, match="Perceptron"):
            problems.of(RECIPE.with_settings({"network": Perceptron()}), 0)


def test_what_does_not_fit_does_not_fit_any_fold() -> None:
    study = tune(NETWORKS, blobs(), trials=2, folds=3, seeds=2)
    failed = [trial for trial in study.finished if trial.state == "failed"]
    assert [len(trial.scores) for trial in study.finished] == [6, 6]
    assert failed
