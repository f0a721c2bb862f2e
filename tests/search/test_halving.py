"""Halving: survivors go on from where they stood, and end with the bits of an uninterrupted run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.search.small import RECIPE, SPACE, blobs
from tests.search.test_tuning import alone
from trainwell.engine import Recipe
from trainwell.engine.course import Course
from trainwell.engine.space import Space
from trainwell.errors import RecipeError
from trainwell.search import running, tune
from trainwell.search.folds import folds_of
from trainwell.search.strategies import halving

LONG = Space(RECIPE.with_settings({"max_epochs": 27}), SPACE.ranges, SPACE.roles)


def test_survivors_go_on_from_where_they_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Recipe] = []
    start = Course.start

    def counted(course: Course, **options: Any) -> None:
        started.append(course.recipe)
        start(course, **options)

    monkeypatch.setattr(Course, "start", counted)
    data = blobs()
    study = tune(LONG, data, trials=9, strategy="halving")
    assert len(started) == 9
    monkeypatch.undo()
    epochs = sorted(trial.column("epochs")[0] for trial in study.finished)
    assert epochs == [3, 3, 3, 3, 3, 3, 9, 9, 27]
    (fold,) = folds_of(data, None)
    assert study.best.value == alone(study.best_recipe, data, fold)


def test_the_worst_are_stopped_early() -> None:
    study = tune(LONG, blobs(), trials=9, strategy="halving")
    by_rung = {rung: [trial for trial in study.finished if trial.rung == rung] for rung in (0, 1, 2)}
    assert [len(trials) for trials in by_rung.values()] == [6, 2, 1]
    assert {trial.state for trial in by_rung[0]} == {"stopped early"}
    assert max(trial.rungs[3] for trial in by_rung[0]) <= min(trial.rungs[3] for trial in by_rung[1] + by_rung[2])


def test_brackets_have_a_winner_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halving, "BRACKET", 4)
    study = tune(LONG, blobs(), trials=10, strategy="halving")
    complete = [trial.number for trial in study.finished if trial.state == "complete"]
    assert [number // 4 for number in complete] == [0, 1, 2]
    assert len(study.finished) == 10


def test_a_halving_study_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tune(LONG, blobs(), trials=9, strategy="halving")
    monkeypatch.setattr(halving, "REDUCTION", 3)
    heard: list[int] = []

    class EnoughError(Exception):
        pass

    def stop_after_four(progress: object) -> None:
        heard.append(1)
        if len(heard) == 4:
            raise EnoughError

    with pytest.raises(EnoughError):
        tune(LONG, blobs(), trials=9, strategy="halving", storage=tmp_path / "s.db", listener=stop_after_four)
    again = tune(LONG, blobs(), trials=9, strategy="halving", storage=tmp_path / "s.db")
    assert [(trial.state, trial.value, trial.rungs) for trial in again.finished] == [
        (trial.state, trial.value, trial.rungs) for trial in whole.finished
    ]


def test_when_time_is_up_what_came_to_the_end_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halving, "REDUCTION", 2)
    follow, path = running.follow, tmp_path / "study.db"

    def stopped_at_the_end(course: Course, until: int, stops: Any) -> None:
        follow(course, until=until, stops=stops)
        if until == LONG.recipe.max_epochs:
            stops[0].set()

    whole = tune(LONG, blobs(), trials=9, strategy="halving")
    assert [trial.state for trial in whole.finished].count("complete") == 2
    monkeypatch.setattr(running, "follow", stopped_at_the_end)
    study = tune(LONG, blobs(), trials=9, strategy="halving", storage=path, workers=1)
    monkeypatch.setattr(running, "follow", follow)
    assert [trial.state for trial in study.finished].count("complete") == 1
    assert study.best.number in [trial.number for trial in whole.finished if trial.state == "complete"]
    again = tune(LONG, blobs(), trials=9, strategy="halving", storage=path)
    assert [(trial.state, trial.value, trial.rungs) for trial in again.finished] == [
        (trial.state, trial.value, trial.rungs) for trial in whole.finished
    ]


def test_trials_that_wait_at_a_rung_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    follow = running.follow

    def stopped_at_once(course: Course, until: int, stops: Any) -> None:
        follow(course, until=until, stops=stops)
        stops[0].set()

    monkeypatch.setattr(running, "follow", stopped_at_once)
    with pytest.raises(RecipeError, match="no trial was finished within 60 s, and 1 wait at a rung of the halving"):
        tune(LONG, blobs(), trials=9, strategy="halving", timeout=60, workers=1)


def test_promoted_trainings_go_on_from_their_rung_after_a_sudden_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class EndError(Exception):
        pass

    def end(progress: object) -> None:
        raise EndError

    path, folder = tmp_path / "study.db", tmp_path / "study.db.paused"
    with pytest.raises(EndError):
        tune(LONG, blobs(), trials=9, strategy="halving", storage=path, listener=end)
    assert len(list(folder.iterdir())) == 8  # all that stood at the first rung but the one that was let go
    begun: list[int] = []
    follow = running.follow

    def noted(course: Course, **options: Any) -> None:
        begun.append(course.epoch)
        follow(course, **options)

    monkeypatch.setattr(running, "follow", noted)
    again = tune(LONG, blobs(), trials=9, strategy="halving", storage=path)
    monkeypatch.undo()
    assert sorted(begun) == [3, 3, 3, 9]
    whole = tune(LONG, blobs(), trials=9, strategy="halving")
    assert [(trial.state, trial.value) for trial in again.finished] == [
        (trial.state, trial.value) for trial in whole.finished
    ]
    assert not folder.exists()
