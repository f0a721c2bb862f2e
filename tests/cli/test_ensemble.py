"""``trainwell ensemble``: a folder of networks that ``predict`` takes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import trainwell as tw
from tests.cli.terminal import TINY, refused, trainwell

ENSEMBLE = ["ensemble", "animals.csv", "--target", "species", *TINY, "--members", 2]


@pytest.mark.parametrize("bagging", [[], ["--bagging"]])
def test_networks_answer_together(here, bagging):
    result = trainwell(*ENSEMBLE, *bagging)
    assert result.exit_code == 0, result.output
    assert "together, " in result.stdout
    assert "120 rows" in result.stderr
    folder = Path("runs/animals-ensemble")
    table = pl.read_csv(trainwell("predict", folder, "animals.csv").stdout.encode())
    members = [tw.load(folder / f"member-{number}") for number in (1, 2)]
    each = [member.predict_proba("animals.csv") for member in members]
    assert not np.array_equal(*each)
    np.testing.assert_allclose(table["probability_cat"], np.mean(each, axis=0)[:, 0], atol=1e-6)


def test_json_holds_all_scores(here):
    result = trainwell(*ENSEMBLE, "-o", "out", "--json")
    answer = json.loads(result.stdout)
    assert result.stderr == ""
    assert answer["folder"] == "out"
    alone = [scores["test"]["log_loss"] for scores in answer["members"]]
    assert answer["ensemble"]["test"]["log_loss"] <= np.mean(alone)
    saved = json.loads(Path("out/scores.json").read_text())
    assert saved == {name: answer[name] for name in ("ensemble", "members")}
    assert json.loads(trainwell("show", "out", "--json").stdout) == {"run": "out"} | saved


def test_show_tells_the_scores_together_and_alone(here):
    assert trainwell(*ENSEMBLE, "-o", "out").exit_code == 0
    shown = trainwell("show", "out")
    assert shown.exit_code == 0, shown.output
    header, *lines = shown.stdout.splitlines()
    assert header.split("  ")[0] == "test, 2 networks"
    saved = json.loads(Path("out/scores.json").read_text())
    alone = [100 * scores["test"]["accuracy"] for scores in saved["members"]]
    told = [100 * saved["ensemble"]["test"]["accuracy"], min(alone), np.mean(alone), max(alone)]
    (accuracy,) = (line.split() for line in lines if line.startswith("accuracy"))
    np.testing.assert_allclose([float(word.rstrip("%")) for word in accuracy[1:]], told, atol=0.06)


def test_a_folder_without_a_run_of_its_own_names_one(here, run):
    assert trainwell(*ENSEMBLE, "-o", "out").exit_code == 0
    refused(trainwell("diagnose", "out"), "out holds an ensemble", "--recipe out/member-1/recipe.json")
    study = Path("study")
    study.mkdir()
    (study / "study.json").write_text("{}")
    refused(trainwell("show", study), "study holds a study without a run; open study/study.html")
    run.rename(study / "best")
    Path("out").rename(study / "ensemble")
    (study / "ensemble" / "versions.json").unlink()
    for command in ("show", "diagnose"):
        refused(trainwell(command, study), "study holds a study; name one of its runs, such as study/best.")
        refused(trainwell(command, study / "ensemble"), "name the run beside it, study/best.")


def test_what_is_there_is_replaced_only_when_asked(here):
    assert trainwell(*ENSEMBLE, "-o", "out").exit_code == 0
    refused(trainwell(*ENSEMBLE, "-o", "out"), "out holds an ensemble", "--overwrite")
    assert trainwell(*ENSEMBLE, "-o", "out", "--overwrite").exit_code == 0


def test_one_network_is_no_ensemble(here):
    assert trainwell(*ENSEMBLE[:-1], 1).exit_code == 2


@pytest.mark.parametrize("command", ["ensemble", "tune"])
@pytest.mark.parametrize("minutes", ["0", "-1", "nan"])
def test_no_time_at_all_is_refused_at_the_option(command, minutes, here):
    result = trainwell(command, "animals.csv", "--target", "species", "--minutes", minutes)
    assert result.exit_code == 2
    assert "Invalid value for '--minutes': Input should be greater than 0" in result.stderr
