"""A study's trials are what the same recipes score alone, its programs are compiled once, its end is always tidy."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from tests.search.small import RATE, RECIPE, SPACE, STRUCTURES, blobs, endless, line
from trainwell.engine import Recipe, prepare, program_for, train
from trainwell.engine.cohort import Watch
from trainwell.engine.ranges import choice, loguniform
from trainwell.engine.space import Space
from trainwell.errors import ArtifactError, DataError, RecipeError, UnknownNameError
from trainwell.functions.metrics import METRICS
from trainwell.network import MLP
from trainwell.run import fit
from trainwell.search import (
    AllDivergedError,
    Study,
    StudyProgress,
    cross_validate,
    default_space,
    open_study,
    plan_search,
    tune,
)
from trainwell.search.conclusion import refuse_nothing
from trainwell.search.folds import folds_of
from trainwell.search.lessons import read_study
from trainwell.search.trials import Score
from trainwell.training import SGD


def alone(recipe: Recipe, data: Any, fold: Any) -> float:
    """Train by a recipe with no cohort around, telemetry and all."""
    trained = train(recipe, prepare(recipe, data, fold.training, fold.validation))
    return float(trained.record["validation_score"][trained.record.facts["best_epoch"] - 1])


def settings_of(study: Study) -> list[Any]:
    return [trial.settings for trial in study.finished]


def test_every_trial_is_what_its_recipe_scores_alone() -> None:
    data = blobs()
    study = tune(STRUCTURES, data, trials=4)
    (fold,) = folds_of(data, None)
    for trial in study.finished:
        assert trial.value == alone(STRUCTURES.recipe_for(trial.settings), data, fold)
    assert {trial.settings["network.hidden"] for trial in study.finished} == {(8,), (12,)}
    assert alone(study.best_recipe, data, fold) == study.best.value


def test_folds_and_seeds_are_all_trained() -> None:
    data = blobs()
    study = tune(SPACE, data, trials=2, folds=3, seeds=2)
    trial = study.finished[1]
    recipe = SPACE.recipe_for(trial.settings)
    expected = [
        alone(recipe.with_settings({"seed": seed}), data, fold) for fold in folds_of(data, 3) for seed in (0, 1)
    ]
    assert trial.column("value") == expected
    assert trial.value == pytest.approx(np.mean(expected))


def test_a_structure_is_compiled_once() -> None:
    data = blobs()
    problem = prepare(RECIPE, data)
    quiet = RECIPE.with_settings({"telemetry": False})
    tune(SPACE, data, trials=2, workers=2)
    program = program_for(quiet, problem.layout, problem.task, problem.outputs)
    before = program.compilations
    tune(SPACE, data, trials=8, seeds=2, strategy="random", workers=2)
    assert program.compilations == before
    fresh = Space(RECIPE.with_settings({"network.hidden": (9,)}), SPACE.ranges, SPACE.roles)
    tune(fresh, data, trials=6, workers=2)
    program = program_for(
        fresh.recipe.with_settings({"telemetry": False}), problem.layout, problem.task, problem.outputs
    )
    assert program.compilations == 2  # one to draw the weights, one to train


def test_same_seed_same_trials_however_many_workers() -> None:
    data = blobs()
    first, second = (tune(SPACE, data, trials=5, seed=3, workers=workers) for workers in (1, 3))
    assert settings_of(first) == settings_of(second)
    assert [trial.value for trial in first.finished] == [trial.value for trial in second.finished]
    assert settings_of(tune(SPACE, data, trials=5, seed=4)) != settings_of(first)


def test_numbers_are_scored_in_their_own_units() -> None:
    study = tune(SPACE, line(), trials=4)
    assert (study.metric, study.direction) == ("rmse", "minimize")
    assert study.best.value == min(trial.value for trial in study.finished if trial.value is not None)
    assert study.best.value > 10


def test_the_study_is_a_frame_and_plain_data() -> None:
    study = tune(STRUCTURES, blobs(), trials=3)
    assert study.trials.columns[:5] == ["number", "state", "value", "optimizer.learning_rate", "network.hidden"]
    assert set(study.trials["network.hidden"]) == {"[8]", "[12]"}
    plain = json.loads(json.dumps(study.data()))
    assert plain["trials"][0]["settings"]["network.hidden"] in ([8], [12])
    assert plain["plan"]["runs"] == 3
    reading = read_study(plain)
    assert reading.best is not None
    assert reading.best.value == study.best.value
    assert len(study.distinct()) == 3


def test_the_listener_hears_of_every_trial() -> None:
    heard: list[StudyProgress] = []
    study = tune(SPACE, blobs(), trials=3, listener=heard.append)
    assert [each.finished for each in heard] == [1, 2, 3]
    assert heard[-1].best == study.best.value


def test_settings_that_come_up_again_are_not_trained_again() -> None:
    space = RECIPE.vary({"network.activation": choice(["relu"])})
    study = tune(space, blobs(), trials=4)
    assert len({json.dumps(trial.column("seconds")) for trial in study.finished}) == 1
    assert len({trial.value for trial in study.finished}) == 1


def test_diverged_trials_are_said_to_be_so() -> None:
    recipe = RECIPE.with_settings({"optimizer": SGD(learning_rate=1e-3)})
    study = tune(recipe.vary({"optimizer.learning_rate": choice([1e-2, 1e30])}), blobs(), trials=2, strategy="grid")
    assert [trial.state for trial in study.finished] == ["complete", "diverged"]
    assert study.finished[1].value is None
    assert "not a finite number" in str(study.finished[1].problem)
    assert study.best.number == 0


def test_a_study_of_nothing_but_diverged_trials_names_the_rates() -> None:
    recipe = RECIPE.with_settings({"optimizer": SGD(learning_rate=1e-3)})
    with pytest.raises(
        AllDivergedError, match=r"all 2 trials diverged, with learning rates from .*e\+2\d to .*e\+2\d"
    ) as caught:
        tune(recipe.vary({"optimizer.learning_rate": loguniform(1e20, 1e30)}), blobs(), trials=2)
    assert len(caught.value.study.trials) == 2


def test_where_some_trials_diverge_and_others_fail_both_are_said() -> None:
    recipe = RECIPE.with_settings({"optimizer": SGD(learning_rate=1e-3)})
    with pytest.raises(AllDivergedError) as caught:
        tune(recipe.vary({"optimizer.learning_rate": loguniform(1e20, 1e30)}), blobs(), trials=2)
    (diverged, other) = caught.value.study.finished
    (place,) = other.scores
    failed = dataclasses.replace(
        other, state="failed", scores={place: Score(None, 0, 0, True, 0.0, problem="It is so.")}
    )
    study = dataclasses.replace(caught.value.study, finished=(diverged, failed))
    with pytest.raises(
        AllDivergedError, match=r"1 of 2 trials diverged, .* The others could not be trained: It is so\."
    ):
        refuse_nothing(study, Watch())
    with pytest.raises(RecipeError, match=r"none of the 1 trials has a value: It is so\."):
        refuse_nothing(dataclasses.replace(study, finished=(failed,)), Watch())


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"trials": 0}, RecipeError, "trials must be a whole number of at least 1"),
        ({"seeds": 1.5}, RecipeError, "seeds must be a whole number"),
        ({"seed": -1}, RecipeError, "seed must be a whole number from 0 to 2147483647, but got -1"),
        ({"seed": 2**31}, RecipeError, "seed must be a whole number from 0 to 2147483647, but got 2147483648"),
        ({"seed": "a"}, RecipeError, "seed must be a whole number"),
        ({"timeout": 0}, RecipeError, "timeout must be a number of seconds above 0, but got 0"),
        ({"timeout": "5"}, RecipeError, "timeout must be a number of seconds above 0, but got '5'"),
        ({"workers": 0}, RecipeError, "workers must be a whole number of at least 1, but got 0"),
        ({"lanes": 0}, RecipeError, "lanes must be a whole number of at least 1, but got 0"),
        ({"space": dict(SPACE.ranges)}, RecipeError, r"needs a space, such as recipe\.vary\({...}\), but got dict"),
        ({"strategy": "gird"}, RecipeError, "Did you mean 'grid'"),
        ({"strategy": "grid", "trials": 3}, RecipeError, "more than trials=3"),
        ({"folds": 1}, DataError, "at least 2"),
        ({"folds": 80}, DataError, r"folds=80, but class \d of the target .* has \d+ rows"),
    ],
)
def test_what_cannot_be_done_is_refused(options: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        tune(**{"space": SPACE, "data": blobs()} | options)


def test_numpys_numbers_are_numbers(tmp_path: Path) -> None:
    options = {"trials": 2, "folds": 2, "seeds": 1, "seed": 3, "workers": 2, "lanes": 1}
    plainly = tune(SPACE, blobs(), **options)
    numbers: Any = {name: np.int64(number) for name, number in options.items()}
    found = tune(SPACE, blobs(), storage=tmp_path / "study.db", timeout=np.float32(600), **numbers)
    assert found.trials.drop("seconds").equals(plainly.trials.drop("seconds"))
    assert plan_search(SPACE, blobs(), trials=np.int64(2)).runs == 2


def test_after_the_largest_seed_comes_the_smallest() -> None:
    last = Space(RECIPE.with_settings({"seed": 2**31 - 1}), SPACE.ranges, SPACE.roles)
    study = tune(last, blobs(), trials=1, seeds=2)
    (fold,), recipe = folds_of(blobs(), None), last.recipe_for(study.best.settings)
    scores = [alone(recipe.with_settings({"seed": seed}), blobs(), fold) for seed in (0, 2**31 - 1)]
    assert study.finished[0].column("value") == scores


def test_a_budget_too_small_for_one_trial_is_refused() -> None:
    tune(SPACE, blobs(), trials=1)
    with pytest.raises(RecipeError, match=r"no trial was finished within 0\.3 s"):
        tune(endless(), blobs(), trials=4, timeout=0.3)


def test_memory_stays_flat() -> None:
    held: list[int] = []
    tune(SPACE, blobs(), trials=60, workers=2, listener=lambda progress: held.append(len(jax.live_arrays())))
    assert min(held[40:]) < min(held[5:20]) + 20  # one array kept of every trial would add 20 at least


def test_the_plan_says_how_long_it_will_take() -> None:
    plan = plan_search(SPACE, blobs(), trials=10, folds=2, seeds=3)
    assert plan.runs == 60
    assert plan.seconds is not None
    assert 0 < plan.seconds < 60


def test_the_budget_is_kept() -> None:
    tune(SPACE, blobs(), trials=1)
    began = time.perf_counter()
    study = tune(SPACE, blobs(), trials=100_000, strategy="random", timeout=3)
    took = time.perf_counter() - began
    assert study.ended == "the time budget was used up"
    assert len(study.finished) > 10
    assert took < 3.3


def test_an_interrupt_keeps_what_is_done() -> None:
    tune(SPACE, blobs(), trials=1)
    heard: list[StudyProgress] = []

    def listen(progress: StudyProgress) -> None:
        heard.append(progress)
        if progress.finished == 5:
            os.kill(os.getpid(), signal.SIGINT)

    study = tune(SPACE, blobs(), trials=100_000, strategy="random", listener=listen)
    assert study.ended == "interrupted"
    assert len(study.finished) >= 5
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert threading.active_count() < 10


def test_an_interrupt_before_the_first_trial_interrupts() -> None:
    tune(SPACE, blobs(), trials=1)
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        tune(endless(), blobs(), trials=4)


def test_the_default_space_grows_with_the_budget() -> None:
    varied = [list(default_space(RECIPE, trials).ranges) for trials in (8, 16, 64, 200)]
    assert varied[0] == ["optimizer.learning_rate"]
    for number, path in enumerate(["optimizer.beta1", "optimizer.epsilon", "optimizer.beta2"], start=1):
        assert path in varied[number]
        assert path not in varied[number - 1]
    assert tune(RECIPE, blobs(), trials=2).space.ranges.keys() == {*RATE}
    assert [len(default_space(RECIPE, trials).ranges["network.hidden"].ends()) for trials in (64, 200)] == [2, 3]


@pytest.mark.parametrize(
    ("metric", "strategy"), [("log_loss", "random"), ("macro_f1", "halving"), ("brier", "bayesian")]
)
def test_another_metric_is_what_the_same_recipe_scores_alone(metric: str, strategy: str) -> None:
    study = tune(SPACE, blobs(), trials=4, strategy=strategy, metric=metric)
    run = fit(study.best_recipe, blobs())
    assert study.metric == metric
    assert study.best.value == pytest.approx(run.scores["validation"][metric], rel=1e-6)
    values = [trial.value for trial in study.finished if trial.value is not None]
    assert study.best.value == (max if METRICS[metric].greater_is_better else min)(values)


def test_the_metric_of_numbers_is_in_their_units() -> None:
    study = tune(SPACE, line(), trials=3, strategy="random", metric="mae")
    assert study.direction == "minimize"
    assert study.best.value == pytest.approx(fit(study.best_recipe, line()).scores["validation"]["mae"], rel=1e-5)


def test_training_s_own_metric_asked_for_by_name_changes_nothing() -> None:
    asked, unasked = (tune(SPACE, blobs(), trials=3, **how) for how in ({"metric": "accuracy"}, {}))
    assert [trial.value for trial in asked.finished] == [trial.value for trial in unasked.finished]


def test_the_metric_belongs_to_the_study(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    study = tune(SPACE, blobs(), trials=3, metric="log_loss", storage=path)
    assert open_study(path).direction == "minimize"
    assert open_study(path).best.value == study.best.value
    with pytest.raises(ArtifactError, match="its metric is not what you ask for"):
        tune(SPACE, blobs(), trials=3, storage=path)


def test_metrics_that_are_none_or_of_another_task_are_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'log_loss'"):
        tune(SPACE, blobs(), trials=3, metric="logloss")
    with pytest.raises(RecipeError, match=r"'mae' is for regression, but the task is multiclass; take accuracy,"):
        tune(SPACE, blobs(), trials=3, metric="mae")


def test_cross_validation_by_another_metric() -> None:
    found = cross_validate(RECIPE, blobs(), folds=2, repeats=1, metric="log_loss")
    assert found.metric == "log_loss"
    (first, _) = folds_of(blobs(), 2, RECIPE.seed)
    parts = dataclasses.replace(blobs().parts, train=first.training, validation=first.validation)
    data = dataclasses.replace(blobs(), parts=parts)
    assert found.values[0, 0, 0] == pytest.approx(fit(RECIPE, data).scores["validation"]["log_loss"], rel=1e-5)


def test_a_layer_of_one_unit_cannot_be_halved() -> None:
    narrow, single = (RECIPE.with_settings({"network": MLP(hidden=hidden)}) for hidden in ((1, 4), (1,)))
    assert default_space(narrow, 64).ranges["network.hidden"].ends() == ((1, 2), (1, 4))
    assert "network.hidden" not in default_space(single, 64).ranges
    assert len(default_space(single, 200).ranges["network.hidden"].ends()) == 2
