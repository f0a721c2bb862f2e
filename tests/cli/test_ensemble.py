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


def test_what_is_there_is_replaced_only_when_asked(here):
    assert trainwell(*ENSEMBLE, "-o", "out").exit_code == 0
    refused(trainwell(*ENSEMBLE, "-o", "out"), "out holds a run", "--overwrite")
    assert trainwell(*ENSEMBLE, "-o", "out", "--overwrite").exit_code == 0


def test_one_network_is_no_ensemble(here):
    assert trainwell(*ENSEMBLE[:-1], 1).exit_code == 2
