"""``trainwell rate``, checkpoints of ``trainwell fit`` and samples of ``trainwell predict``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.cli.terminal import TINY, refused, trainwell

RATE = ["rate", "animals.csv", "--target", "species", "--preset", "lecture", "--set", "network.hidden=[8]"]
FIT = ["fit", "animals.csv", "--target", "species", *TINY]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, fitted: Path) -> tuple[dict, str]:
    """What ``rate --json`` printed, and its page."""
    page = tmp_path_factory.mktemp("rate") / "page.html"
    words = [str(fitted / word) if word == "animals.csv" else word for word in RATE]
    result = trainwell(*words, "--seeds", 2, "--json", "-o", page)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout), page.read_text(encoding="utf-8")


def test_json_holds_the_curve_and_the_rate(found):
    answer, _ = found
    assert answer["seeds"] == 2
    assert len(answer["rates"]) == len(answer["losses"]) == 280
    assert answer["lowest"] <= answer["suggested"] < answer["highest"]
    assert f"Try a learning rate of {answer['suggested']:.2g}" in answer["text"]


def test_the_page_draws_the_loss_and_names_the_rate(found):
    answer, page = found
    assert page.startswith("<!doctype html>")
    assert answer["text"] in page
    assert f"try {answer['suggested']:.2g}" in page
    assert "Loss against learning rate" in page
    assert 'aria-label="the command"' in page


def test_the_terminal_shows_the_curve_the_rate_and_where_the_picture_is(here):
    result = trainwell(*RATE, "--seeds", 1)
    assert result.exit_code == 0, result.output
    bars, marks, sentence, place = result.stdout.strip().splitlines()
    assert set(bars.split()[1]) <= set("▁▂▃▄▅▆▇█")
    assert "▲" in marks
    assert sentence.startswith("Try a learning rate of ")
    assert place == "Open the picture: runs/animals-rate.html"
    assert "120 rows" in result.stderr
    assert trainwell(*RATE, "--seeds", 1).exit_code == 0


def test_files_of_ones_own_are_not_replaced_unasked(here):
    Path("mine.html").write_text("precious")
    refused(trainwell(*RATE, "--seeds", 1, "-o", "mine.html"), "mine.html exists", "--overwrite")
    assert Path("mine.html").read_text() == "precious"
    assert trainwell(*RATE, "--seeds", 1, "-o", "mine.html", "--overwrite").exit_code == 0


def test_impossible_ranges_are_refused(here):
    refused(trainwell(*RATE, "--lowest", 1, "--highest", 2), "needs 0 < lowest < highest / 10")


def test_a_checkpoint_is_kept_resumed_and_not_replaced_unasked(here):
    result = trainwell(*FIT, "-o", "one", "--checkpoint", "kept")
    assert result.exit_code == 0, result.output
    assert Path("kept/checkpoint.safetensors").is_file()
    refused(trainwell(*FIT, "-o", "two", "--checkpoint", "kept"), "kept holds a checkpoint: resume it")
    assert trainwell(*FIT, "-o", "two", "--checkpoint", "kept", "--resume").exit_code == 0
    weights = [Path(run, "weights.safetensors").read_bytes() for run in ("one", "two")]
    assert weights[0] == weights[1]
    refused(trainwell(*FIT, "-o", "three", "--resume"), "resume needs the checkpoint's folder")
    other = trainwell(*FIT, "-o", "three", "--checkpoint", "kept", "--resume", "--seed", 5)
    refused(other, "another recipe: seed was 0 there, but is 5 now")


def test_samples_add_columns_with_the_spread(here):
    assert trainwell(*FIT, "-o", "dropped", "--set", "network.dropout=0.2").exit_code == 0
    result = trainwell("predict", "dropped", "animals.csv", "--samples", 20)
    assert result.exit_code == 0, result.output
    table = pl.read_csv(result.stdout.encode())
    assert table.columns[-2:] == ["deviation_cat", "deviation_dog"]
    np.testing.assert_allclose(table["deviation_cat"], table["deviation_dog"], atol=1e-6)
    assert table["deviation_cat"].max() > 0
    assert trainwell("predict", "dropped", "animals.csv", "--samples", 20).stdout == result.stdout
    assert trainwell("predict", "dropped", "animals.csv", "--samples", 20, "--seed", 1).stdout != result.stdout


def test_samples_of_a_network_without_dropout_are_refused(run):
    refused(trainwell("predict", "run", "animals.csv", "--samples", 5), "this network has none; train one with it")
