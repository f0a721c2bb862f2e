"""What is written down survives a sudden end, goes on as if nothing had happened, and is Optuna's to read."""

from __future__ import annotations

import dataclasses
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import optuna
import pytest

from tests.search.small import RECIPE, SPACE, STRUCTURES, blobs
from trainwell.engine.ranges import choice, loguniform
from trainwell.engine.space import Space
from trainwell.errors import ArtifactError, UnknownNameError
from trainwell.search import Study, StudyProgress, open_study, storing, tune
from trainwell.search.lessons import lessons
from trainwell.training import SGD, Adam

SLOW = Space(RECIPE.with_settings({"max_epochs": 3000}), SPACE.ranges, SPACE.roles)
SITTING = """
import sys
from tests.search.small import blobs
from tests.search.test_storage import SLOW
from trainwell.search import tune
tune(SLOW, blobs(), trials=12, storage=sys.argv[1], workers=2)
"""


def outline(study: Study) -> list[object]:
    return [(trial.number, trial.settings, trial.state, trial.value) for trial in study.finished]


def stored(path: Path) -> list[optuna.trial.FrozenTrial]:
    return optuna.load_study(study_name="blobs", storage=f"sqlite:///{path}").get_trials(deepcopy=False)


def finished(path: Path) -> dict[int, str]:
    """Return when each trial that is complete was completed, by looking into the file."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return dict(connection.execute("SELECT number, datetime_complete FROM trials WHERE state = 'COMPLETE'"))
    except sqlite3.OperationalError:
        return {}
    finally:
        connection.close()


def test_a_study_that_was_killed_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    sitting = subprocess.Popen([sys.executable, "-c", SITTING, str(path)], cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 60
    while not path.exists() or len(finished(path)) < 3:
        assert sitting.poll() is None, "the sitting ended before it was killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(sitting.pid, signal.SIGKILL)
    sitting.wait()
    before = finished(path)
    assert 3 <= len(before) < 12
    killed = open_study(path)
    assert killed.ended == "not finished"
    assert killed.plan["trials"] == 12
    assert f"is not finished: {len(killed.finished)} of at most 12 trials" in str(lessons(killed.data()))
    study = tune(SLOW, blobs(), trials=12, storage=path)
    assert {number: finished(path)[number] for number in before} == before
    assert outline(study) == outline(tune(SLOW, blobs(), trials=12))
    assert open_study(path).ended == "all trials done"


def test_a_study_that_was_cut_off_is_opened_as_such(tmp_path: Path) -> None:
    def listen(progress: StudyProgress) -> None:
        if progress.finished == 2:
            os.kill(os.getpid(), signal.SIGINT)

    study = tune(SPACE, blobs(), trials=100_000, storage=tmp_path / "study.db", listener=listen)
    assert study.ended == open_study(tmp_path / "study.db").ended == "interrupted"


def test_a_finished_study_trains_nothing_and_can_be_extended(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    first = tune(STRUCTURES, blobs(), trials=3, storage=path)
    heard: list[object] = []
    again = tune(STRUCTURES, blobs(), trials=3, storage=str(path), listener=heard.append)
    assert outline(again) == outline(first)
    assert again.data()["trials"] == first.data()["trials"]
    assert not heard
    more = tune(STRUCTURES, blobs(), trials=5, storage=path, listener=heard.append)
    assert outline(more)[:3] == outline(first)
    assert len(heard) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["study.db"]


def test_a_default_space_stays_what_it_was_when_more_trials_are_asked_for(tmp_path: Path) -> None:
    path, recipe = tmp_path / "study.db", RECIPE.with_settings({"max_epochs": 1})
    first = tune(recipe, blobs(), trials=3, storage=path)
    more = tune(recipe, blobs(), trials=12, storage=path)
    assert list(first.space.ranges) == list(more.space.ranges) == ["optimizer.learning_rate"]
    assert outline(more)[:3] == outline(first)
    assert len(more.finished) == 12
    with pytest.raises(ArtifactError, match="holds another study"):
        tune(recipe.with_settings({"max_epochs": 2}), blobs(), trials=12, storage=path)


def test_a_study_opens_without_its_recipe_or_data(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    study = tune(STRUCTURES, blobs(), trials=3, storage=path)
    again = open_study(path)
    assert again.data() == study.data()
    assert again.best_recipe == study.best_recipe
    with pytest.raises(ArtifactError, match="there is no file"):
        open_study(tmp_path / "elsewhere.db")
    with pytest.raises(UnknownNameError, match="Did you mean 'blobs'"):
        open_study(path, "blob")


def test_one_of_several_studies_is_named(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    for name in ("first", "second"):
        tune(SPACE, blobs(), trials=1, storage=path, name=name)
    with pytest.raises(UnknownNameError, match=r"holds 2 studies; say which: .*name=…\)\. Known: first, second\."):
        open_study(path)
    assert open_study(path, name="second").data_name == "second"


def test_optuna_reads_the_study(tmp_path: Path) -> None:
    recipe = RECIPE.with_settings({"optimizer": SGD(learning_rate=1e-3)})
    space = recipe.vary({"optimizer.learning_rate": choice([1e-2, 1e30]), "network.hidden": choice([(8,), (12,)])})
    tune(space, blobs(), trials=4, strategy="grid", storage=tmp_path / "study.db")
    trials = stored(tmp_path / "study.db")
    assert [trial.state.name for trial in trials] == ["COMPLETE", "COMPLETE", "FAIL", "FAIL"]
    assert trials[0].params == {"optimizer.learning_rate": 1e-2, "network.hidden": "[8]"}
    assert trials[0].user_attrs["seeds"] == [0]
    assert trials[0].user_attrs["fold 0 seed 0"]["value"] == trials[0].value
    assert trials[2].user_attrs["problem"]["state"] == "diverged"


def test_moved_ranges_and_fields_of_one_kind_are_stored(tmp_path: Path) -> None:
    space = RECIPE.vary(
        {
            "optimizer": choice([Adam(), SGD()]),
            "optimizer.Adam.learning_rate": loguniform(1e-5, 1e-4),
            "optimizer.SGD.learning_rate": loguniform(1e-5, 1e-4),
        }
    )
    for strategy in ("coarse-to-fine", "bayesian"):
        path = tmp_path / f"{strategy}.db"
        study = tune(space, blobs(), trials=24, strategy=strategy, storage=path)
        assert open_study(path).data()["trials"] == study.data()["trials"]
        assert {len(trial.params) for trial in stored(path)} == {2}


def test_any_storage_of_optunas_will_do() -> None:
    storage = optuna.storages.InMemoryStorage()
    first = tune(SPACE, blobs(), trials=2, storage=storage, name="mine")
    assert outline(tune(SPACE, blobs(), trials=3, storage=storage, name="mine"))[:2] == outline(first)
    tune(SPACE, blobs(), trials=2, storage=storage, name="another", seed=1)
    assert {study.study_name for study in storage.get_all_studies()} == {"mine", "another"}


def test_optuna_keeps_quiet(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    level = optuna.logging.get_verbosity()
    tune(SPACE, blobs(), trials=24, strategy="bayesian", storage=tmp_path / "study.db")
    assert capfd.readouterr().err == ""
    assert optuna.logging.get_verbosity() == level


def test_another_study_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    tune(SPACE, blobs(), trials=2, storage=path)
    with pytest.raises(ArtifactError, match="another study 'blobs': its space is not what you ask for"):
        tune(STRUCTURES, blobs(), trials=2, storage=path)
    with pytest.raises(ArtifactError, match="its data"):
        tune(SPACE, blobs(rows=190), trials=2, storage=path)
    named = dataclasses.replace(blobs().target, classes=("ash", "elm", "oak"))
    with pytest.raises(ArtifactError, match="its data"):
        tune(SPACE, dataclasses.replace(blobs(), target=named), trials=2, storage=path)
    with pytest.raises(ArtifactError, match="its folds, seed are not"):
        tune(SPACE, blobs(), trials=2, storage=path, folds=2, seed=9)
    with pytest.raises(ArtifactError, match="its strategy, trials"):
        tune(SPACE, blobs(), trials=4, storage=path, strategy="grid")


def test_a_study_of_others_is_not_touched(tmp_path: Path) -> None:
    with storing.quiet():
        optuna.create_study(study_name="blobs", storage=f"sqlite:///{tmp_path / 'theirs.db'}")
    with pytest.raises(ArtifactError, match="trainwell did not make"):
        tune(SPACE, blobs(), trials=2, storage=tmp_path / "theirs.db")


def test_a_locked_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "LOCK_SECONDS", 0.1)
    path = tmp_path / "study.db"
    tune(SPACE, blobs(), trials=1, storage=path)
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(ArtifactError, match="locked by another process"):
        tune(SPACE, blobs(), trials=2, storage=path)
    holder.close()
    with storing.claimed(path), pytest.raises(ArtifactError, match="another process, which is searching"):
        tune(SPACE, blobs(), trials=2, storage=path)


def test_a_file_that_holds_no_study_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 100)
    with pytest.raises(ArtifactError, match=r"notes\.txt is no storage of studies"):
        tune(SPACE, blobs(), trials=1, storage=tmp_path / "notes.txt")
    with pytest.raises(ArtifactError, match="does not exist; make it first"):
        tune(SPACE, blobs(), trials=1, storage=tmp_path / "nowhere" / "study.db")
    with pytest.raises(ArtifactError, match="is a folder"):
        tune(SPACE, blobs(), trials=1, storage=tmp_path)


@pytest.mark.parametrize(
    ("storage", "sentence"),
    [
        ("foo://host/studies", r"foo://host/studies cannot be opened \(Can't load plugin.*\); name a file"),
        ("redis://host", r"redis://host cannot be opened \(Can't load plugin"),
        ("oracle://host/studies", r"cannot be opened \("),
        ("://", r":// cannot be opened \("),
        ("sqlite:////nowhere/study.db", r"cannot be opened \(.*unable to open database file"),
        ("sqlite://", "sqlite:// keeps nothing; leave storage out"),
        (5, "storage is a file, a URL or one of Optuna's storages, but got 5"),
    ],
)
def test_what_is_no_storage_is_named(storage: Any, sentence: str) -> None:
    with pytest.raises(ArtifactError, match=sentence):
        tune(SPACE, blobs(), trials=1, storage=storage)
    with pytest.raises(ArtifactError, match=sentence):
        open_study(storage)


def test_tpe_is_another_name_of_bayesian_search(tmp_path: Path) -> None:
    found = tune(SPACE, blobs(), trials=2, strategy="tpe", storage=tmp_path / "study.db")
    assert found.strategy == "bayesian"
    again = tune(SPACE, blobs(), trials=2, strategy="bayesian", storage=tmp_path / "study.db")
    assert [trial.settings for trial in again.finished] == [trial.settings for trial in found.finished]


@pytest.mark.parametrize("name", ["what?.db", "a%41.db", "b#1.db", "c{x}.db", "d e+f&g=h.db"])
def test_a_file_may_have_any_name(name: str, tmp_path: Path) -> None:
    study = tune(SPACE, blobs(), trials=2, storage=tmp_path / name)
    assert [entry.name for entry in tmp_path.iterdir() if not entry.name.endswith(".paused")] == [name]
    assert outline(open_study(tmp_path / name)) == outline(study)
    with sqlite3.connect(tmp_path / name) as connection:
        assert connection.execute("SELECT study_name FROM studies").fetchall() == [("blobs",)]
    connection.close()
