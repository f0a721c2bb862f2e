"""Tuning, whole: the study, the best recipe's run, the ensemble, and the folder that holds them."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import trainwell as tw
from trainwell import refitting, tuning
from trainwell.cli import app
from trainwell.cli.tune import show_result
from trainwell.engine.cohort import Outcome
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, DataError, RecipeError
from trainwell.keys import SEEDS
from trainwell.search import STRATEGIES
from trainwell.tuning import SEARCH_SHARE, Tuned, TunedStudy, time_to_search, tune_whole

RECIPE = tw.Recipe(network=tw.MLP(hidden=(8,)), max_epochs=6, batch_size=32, telemetry=False, early_stopping=None)
SPACE = RECIPE.vary({"optimizer.learning_rate": tw.loguniform(1e-3, 1e-1)})


def flowers(rows: int = 120) -> tw.Dataset:
    random = np.random.default_rng(0)
    kinds = np.arange(rows) % 3
    inputs = random.normal(size=(rows, 4)) + 2 * kinds[:, None]
    columns = {f"petal {at}": inputs[:, at] for at in range(4)}
    return tw.read(columns | {"kind": np.array(["red", "blue", "green"])[kinds]}, target="kind", name="flowers")


@pytest.fixture(scope="module")
def tuned() -> Tuned:
    return tune_whole(flowers(), SPACE, trials=4, members=2)


def test_the_best_recipe_trained_again_gives_the_recorded_value(tuned: Tuned) -> None:
    assert tuned.run.scores["validation"]["accuracy"] == pytest.approx(tuned.study.best.value)
    assert len(tuned.study.trials) == 4


def test_a_study_is_printed_in_a_line(tuned: Tuned) -> None:
    best = tuned.study.best
    told = f"{len(tuned.study.trials)} trials, best accuracy {best.value:.4g} (trial {best.number})"
    assert repr(tuned.study) == repr(tuned.study.study) == f"<Study of {tuned.study.data.name}: {told}>"


def test_the_ensemble_is_the_mean_of_its_members(tuned: Tuned) -> None:
    frame = flowers().frame
    assert tuned.ensemble is not None
    members = [model.predict_proba(frame) for model in tuned.ensemble.members]
    assert len(members) == 2
    np.testing.assert_allclose(tuned.ensemble.predict_proba(frame), np.mean(members, axis=0), rtol=1e-6)


def test_an_ensemble_is_never_worse_than_its_members_are_on_average(tuned: Tuned) -> None:
    data = flowers()
    assert tuned.ensemble is not None
    truth = np.arange(len(data)), data.target.values
    losses = [-np.log(model.predict_proba(data.frame)[truth]).mean() for model in tuned.ensemble.members]
    assert -np.log(tuned.ensemble.predict_proba(data.frame)[truth]).mean() <= np.mean(losses) + 1e-6


def test_every_look_at_the_test_part_is_logged(tuned: Tuned) -> None:
    assert [touch.why for touch in tuned.study.touches] == [
        "the score of the best recipe",
        "the score of the ensemble",
    ]
    (told,) = [lesson for lesson in tuned.study.lessons() if lesson["name"] == "test touches"]
    assert told["severity"] == "note"
    why = "for the score of the best recipe and the score of the ensemble"
    assert told["sentence"] == f"The test part was touched once, {why}."


def test_the_last_seed_has_an_ensemble_too() -> None:
    last = replace(SPACE, recipe=RECIPE.with_settings({"seed": SEEDS - 1}))
    tuned = tune_whole(flowers(), last, trials=1, members=2, seeds=2)
    assert sorted({place.seed for place in tuned.study.study.finished[0].scores}) == [0, SEEDS - 1]
    assert tuned.ensemble is not None
    assert [member.recipe.seed for member in tuned.ensemble.members] == [SEEDS - 1, 0]


def test_no_time_for_any_member_is_said(tuned: Tuned) -> None:
    study = tuned.study.study
    slow = replace(study, space=replace(SPACE, recipe=RECIPE.with_settings({"max_epochs": 1_000_000})))
    with pytest.raises(RecipeError, match="no member of the ensemble was finished; allow more time"):
        TunedStudy(slow, flowers()).ensemble(members=1, seconds=0.1)


def test_what_keeps_an_ensemble_from_being_trained_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> list[Outcome[Any]]:
        return [Outcome(0, problem="Recipe.network: too large.")]

    monkeypatch.setattr(refitting, "train_cohort", refused)
    with pytest.raises(RecipeError, match=r"no member of the ensemble can be trained: Recipe\.network: too large\."):
        tune_whole(flowers(), SPACE, trials=1, members=1)


def test_without_a_test_part_none_is_touched(tmp_path: Path) -> None:
    data = flowers().split(tw.Split(train=0.7, validation=0.3, test=0))
    tuned = tune_whole(data, SPACE, trials=2, members=1, storage=tmp_path / "study.db")
    assert tuned.study.touches == tw.tune(SPACE, data, trials=2, storage=tmp_path / "study.db").touches == []
    assert "test touches" not in [lesson["name"] for lesson in tuned.study.lessons()]
    assert "test part was" not in tuned.study.page()


def test_a_later_sitting_knows_what_an_earlier_one_saw(tmp_path: Path) -> None:
    storage, data, scores = tmp_path / "study.db", flowers(), {"primary": "accuracy", "test": {"accuracy": 0.9}}
    for sitting in (1, 2):
        study = tw.tune(SPACE, data, trials=1, storage=storage)
        assert len(study.touches) == 2 * (sitting - 1)
        study.touched("the score of the best recipe", scores, trial=0)
        study.touched("the score of the ensemble", scores)
    (told,) = [lesson for lesson in study.lessons() if lesson["name"] == "test touches"]
    assert told["severity"] == "warning"
    assert told["sentence"].startswith("The test part was touched 2 times (0.9")
    other = tw.tune(SPACE, data, trials=1, storage=storage, name="another")
    assert other.touches == []


def test_the_ensembles_members_are_named_by_their_trials(tuned: Tuned) -> None:
    assert tuned.ensemble is not None
    assert len(tuned.members) == len(tuned.ensemble.members)
    assert set(tuned.members) <= set(tuned.study.trials["number"])
    assert tuned.comparison()["members"] == list(tuned.members)


def test_the_folder_holds_what_predict_takes(tuned: Tuned, tmp_path: Path) -> None:
    folder = tuned.save(tmp_path / "study")
    frame = flowers().frame
    ensemble = tw.load(folder / "ensemble")
    assert isinstance(ensemble, Ensemble)
    assert tuned.ensemble is not None
    np.testing.assert_array_equal(ensemble.predict_proba(frame), tuned.ensemble.predict_proba(frame))
    np.testing.assert_array_equal(tw.load(folder / "best").predict(frame), tuned.run.predict(frame))
    assert "What it taught" in (folder / "study.html").read_text()
    assert len(json.loads((folder / "study.json").read_text())["trials"]) == 4


def test_a_study_folder_is_replaced_only_when_asked(tuned: Tuned, tmp_path: Path) -> None:
    folder = tuned.save(tmp_path / "study")
    with pytest.raises(ArtifactError, match=r"study holds a study: add .*--overwrite"):
        tuned.save(folder)
    tuned.save(folder, overwrite=True)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["study"]


def test_a_changed_member_is_refused(tuned: Tuned, tmp_path: Path) -> None:
    folder = tuned.save(tmp_path / "study")
    weights = folder / "ensemble" / "member-2" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    with pytest.raises(ArtifactError, match="member-2"):
        tw.load(folder / "ensemble")


def test_members_must_answer_one_question(tuned: Tuned) -> None:
    other = tw.read({"x": np.arange(60.0), "y": np.arange(60.0) ** 2}, target="y")
    run = tw.fit(RECIPE, other)
    with pytest.raises(DataError, match="one question"):
        Ensemble((tuned.run.model, run.model))


def test_the_search_gets_its_share_of_a_budget() -> None:
    assert time_to_search(None) is None
    assert time_to_search(306.0) == pytest.approx(SEARCH_SHARE * 300)
    assert time_to_search(4.0) == pytest.approx(SEARCH_SHARE)


def test_data_and_space_may_stand_in_either_order() -> None:
    study = tw.tune(flowers(), SPACE, trials=2)
    assert set(study.best.settings) == {"optimizer.learning_rate"}


@pytest.mark.parametrize("space", [dict(SPACE.ranges), {}, "mlp", flowers()])
def test_what_is_no_space_is_refused(space: Any) -> None:
    for given in ((space, flowers()), (flowers(), space)):
        with pytest.raises(RecipeError, match=r"a search needs a space, such as recipe\.vary\({...}\), but got"):
            tw.tune(*given, trials=1)


def test_a_study_folder_names_its_models(tuned: Tuned, tmp_path: Path) -> None:
    folder = tuned.save(tmp_path / "study")
    with pytest.raises(ArtifactError, match="best"):
        tw.load(folder)


def test_without_data_the_error_says_how() -> None:
    with pytest.raises(DataError, match=r"tw\.tune\("):
        tw.tune(SPACE)


def test_the_command_line_prints_one_json_object(tmp_path: Path) -> None:
    data = flowers()
    assert data.frame is not None
    table = tmp_path / "flowers.csv"
    data.frame.with_columns(kind=np.array(data.target.classes)[data.target.values]).write_csv(table)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.to_toml())
    options = ["--trials", "3", "--ensemble", "2", "--recipe", str(recipe), "--json"]
    options += ["--output", str(tmp_path / "study"), "--storage", f"sqlite:///{tmp_path / 'kept.db'}"]
    result = CliRunner().invoke(app, ["tune", str(table), "--target", "kind", *options])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["trials"] == 3
    assert set(found["best"]["settings"]) == {"optimizer.learning_rate"}
    assert found["ensemble"]["test"]["accuracy"] > 0.5
    assert tw.search.open_study(tmp_path / "kept.db").best.value == found["best"]["value"]
    again = CliRunner().invoke(app, ["tune", str(table), "--target", "kind", *options])
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr


def test_help_names_every_strategy() -> None:
    said = " ".join(CliRunner().invoke(app, ["tune", "--help"], env={"COLUMNS": "200"}).stdout.split())
    for name in STRATEGIES:
        assert name in said


def test_when_all_trials_diverge_a_page_shows_where(tmp_path: Path) -> None:
    data = flowers()
    assert data.frame is not None
    table, folder = tmp_path / "flowers.csv", tmp_path / "study"
    data.frame.with_columns(kind=np.array(data.target.classes)[data.target.values]).write_csv(table)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.with_settings({"optimizer": tw.SGD(learning_rate=1e25)}).to_toml())
    options = ["--trials", "3", "--recipe", str(recipe), "--output", str(folder)]
    result = CliRunner().invoke(app, ["tune", str(table), "--target", "kind", *options])
    assert result.exit_code == 2
    assert "all 3 trials diverged" in result.stderr
    assert str(folder / "study.html") in result.stderr.replace("\n", "")
    assert sorted(entry.name for entry in folder.iterdir()) == ["study.html", "study.json", "versions.json"]
    assert {trial["state"] for trial in json.loads((folder / "study.json").read_text())["trials"]} == {"diverged"}
    assert "optimizer.learning_rate" in (folder / "study.html").read_text()


def test_a_refit_that_is_cut_off_is_not_the_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = flowers()
    assert data.frame is not None
    table, folder = tmp_path / "flowers.csv", tmp_path / "study"
    data.frame.with_columns(kind=np.array(data.target.classes)[data.target.values]).write_csv(table)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.to_toml())

    def pressed(*arguments: Any, **options: Any) -> tw.Run:
        return tw.fit(*arguments, **options, callbacks=lambda _: os.kill(os.getpid(), signal.SIGINT))

    monkeypatch.setattr(tuning, "fit", pressed)
    options = ["--trials", "2", "--recipe", str(recipe), "--output", str(folder)]
    result = CliRunner().invoke(app, ["tune", str(table), "--target", "kind", *options])
    assert result.exit_code == 130
    assert "interrupted; the best recipe was not trained to its end" in result.stderr
    assert str(folder) in result.stderr.replace("\n", "")
    assert sorted(entry.name for entry in folder.iterdir()) == ["study.html", "study.json", "versions.json"]
    assert len(json.loads((folder / "study.json").read_text())["trials"]) == 2


@pytest.mark.parametrize("how", ["interrupted", "the time budget was used up"])
def test_the_terminal_says_that_a_search_was_cut_off(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    def listen(progress: tw.search.StudyProgress) -> None:
        if how == "interrupted" and progress.finished == 2:
            os.kill(os.getpid(), signal.SIGINT)

    tw.tune(SPACE, flowers(), trials=1)
    seconds = None if how == "interrupted" else 8.0
    tuned = tune_whole(flowers(), SPACE, seconds=seconds, trials=9_000, members=0, listener=listen)
    assert tuned.study.study.ended == how
    show_result(tuned, Path("study"))
    said = "by Ctrl-C after" if how == "interrupted" else "ended when its time was used up, after"
    assert re.search(rf"{said} {len(tuned.study.trials)} of at most 9000 trials\.", capsys.readouterr().out)


def test_an_interrupt_after_the_last_trial_cuts_nothing_off() -> None:
    def listen(progress: tw.search.StudyProgress) -> None:
        if progress.finished == 3:
            os.kill(os.getpid(), signal.SIGINT)

    assert tw.tune(SPACE, flowers(), trials=3, listener=listen).study.ended == "all trials done"


def test_tuning_takes_what_a_search_takes() -> None:
    whole, alone = (list(inspect.signature(each).parameters.values())[2:] for each in (tw.tune, tw.search.tune))
    assert [str(each) for each in whole[:-1]] == [str(each) for each in alone[:-1]]
    assert whole[-1].name == alone[-1].name == "listener"
