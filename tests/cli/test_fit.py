"""``trainwell fit``, ``show``, ``recipe`` and ``examples`` when all is well, and where they may write."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest

from tests.cli.terminal import TINY, entries, process, refused, trainwell
from tests.data.tables import animals
from trainwell.artifact import FILES, MANIFEST, REPORT
from trainwell.examples import EXAMPLES

FIT = ["fit", "animals.csv", "--target", "species"]


def test_a_run_folder_is_whole(fitted: Path) -> None:
    assert entries(fitted / "run") == {*FILES, MANIFEST, REPORT}


def test_files_follow_the_umask(fitted: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    for name in entries(fitted / "run"):
        assert stat.S_IMODE((fitted / "run" / name).stat().st_mode) == 0o666 & ~mask, name
    assert stat.S_IMODE((fitted / "run").stat().st_mode) == 0o777 & ~mask


def test_fit_names_what_it_left_out_and_where_the_report_is(here: Path) -> None:
    result = trainwell(*FIT, *TINY, "--seed", 3)
    assert result.exit_code == 0
    assert "120 rows" in result.stderr
    assert "left out: tag (identifier), legs (constant)" in result.stderr
    assert "60/20/20" in result.stderr
    assert "runs/animals/report.html" in result.stdout
    assert "logistic regression" in result.stdout
    assert entries(here / "runs") == {"animals", *(f"animals/{name}" for name in (*FILES, MANIFEST, REPORT))}
    assert trainwell(*FIT, *TINY).exit_code == 0
    assert (here / "runs" / "animals-2" / REPORT).is_file()
    assert trainwell(*FIT, *TINY, "--overwrite").exit_code == 0
    assert {folder.name for folder in (here / "runs").iterdir()} == {"animals", "animals-2"}


def test_a_target_that_was_guessed_is_said(here: Path) -> None:
    pl.read_csv("animals.csv").rename({"species": "label"}).write_csv("named.csv")
    said = "target label, guessed: name another with --target"
    assert said in trainwell("fit", "named.csv", *TINY).stderr
    assert "guessed" not in trainwell("fit", "named.csv", "--target", "label", *TINY).stderr
    words = " ".join(trainwell("fit", "--help").stdout.replace("│", " ").split())
    assert "May be left out where one is called target, class, label or y." in words


def test_a_task_that_is_unknown_lists_all(here: Path) -> None:
    refused(trainwell(*FIT, "--task", "binry"), "Did you mean 'binary'", "regression, reconstruction.")


def test_json_is_one_object_and_nothing_else(here: Path) -> None:
    result = trainwell(*FIT, *TINY, "-o", "out", "--json")
    scores = json.loads(result.stdout)
    assert (scores["run"], scores["task"]) == ("out", "binary")
    assert 0 <= scores["test"]["accuracy"] <= 1
    assert result.stderr == ""
    assert json.loads(trainwell("show", "out", "--json").stdout) == scores


def test_json_in_a_process_of_its_own(here: Path) -> None:
    ended = process("", *FIT, *TINY, "-o", "out", "--json", folder=here)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["run"] == "out"
    command = json.loads((here / "out" / "summary.json").read_text())["command"]
    assert command.startswith("trainwell fit animals.csv --target species --preset lecture")


def test_kinds_groups_time_and_test_rows(here: Path) -> None:
    words = ["--kind", "age=category", "--groups", "tag", "--ignore", "born", "--weights", "weight", "--minutes", "1"]
    assert trainwell(*FIT, *TINY, *words, "-o", "one").exit_code == 0
    summary = json.loads(Path("one", "summary.json").read_text())
    kinds = {column["name"]: (column["kind"], column["use"]) for column in summary["profile"]["columns"]}
    assert kinds["age"][0] == "category"
    assert {kinds[name][1] for name in ("tag", "born", "weight")} == {"left out"}
    assert "tag" in summary["profile"]["parts"]["how"]
    shutil.copy("animals.csv", "later.csv")
    result = trainwell(*FIT, *TINY, "--test", "later.csv", "-o", "two", "--json")
    assert json.loads(result.stdout)["rows"]["test"] == 120


@pytest.mark.parametrize(
    ("name", "fragments"),
    [
        ("run", ("run", "--overwrite")),
        ("full", ("full", "not empty")),
        ("animals.csv", ("animals.csv", "is a file")),
        ("animals.csv/out", ("animals.csv/out", "cannot write")),
        ("/proc/out", ("/proc/out", "cannot write")),
        (".", ("inside it",)),
        ("x" * 300, ("cannot write",)),
    ],
)
def test_output_that_cannot_be_written(name: str, fragments: tuple[str, ...], here: Path, run: Path) -> None:
    (here / "full").mkdir()
    (here / "full" / "thesis.txt").write_text("dear")
    before = entries(here)
    refused(trainwell(*FIT, *TINY, "-o", name), *fragments)
    assert entries(here) == before


def test_overwrite_replaces_a_run_and_nothing_else(here: Path, run: Path) -> None:
    (run / "answers.csv").write_text("prediction")
    refused(trainwell(*FIT, *TINY, "-o", "run", "--overwrite"), "answers.csv", "move it")
    (run / "answers.csv").unlink()
    before = (run / "scores.json").read_bytes()
    assert trainwell(*FIT, *TINY, "--set", "max_epochs=1", "-o", "run", "--overwrite").exit_code == 0
    assert (run / "scores.json").read_bytes() != before
    assert trainwell("show", "run").exit_code == 0
    assert entries(here) == {"animals.csv", "run", *(f"run/{name}" for name in (*FILES, MANIFEST, REPORT))}


def test_a_budget_too_small_for_one_epoch(here: Path) -> None:
    animals(400).write_csv("animals.csv")
    before = entries(here)
    refused(trainwell(*FIT, *TINY, "--minutes", 1e-6, "--set", "batch_size=1", "-o", "out"), "no epoch", "more time")
    none = trainwell(*FIT, *TINY, "--minutes", 0, "-o", "out")
    assert none.exit_code == 2
    assert "Invalid value for '--minutes': Input should be greater than 0" in none.stderr
    assert entries(here) == before


def test_a_run_that_diverges_says_so(here: Path) -> None:
    words = ["--set", "optimizer=SGD", "--set", "optimizer.learning_rate=1e30"]
    result = trainwell(*FIT, *TINY, *words, "-o", "out")
    assert result.exit_code == 0, result.output
    assert "non-finite numbers" in Path("out", "findings.json").read_text()
    assert trainwell("predict", "out", "animals.csv").exit_code == 0


def test_show(run: Path) -> None:
    result = trainwell("show", "run")
    assert result.exit_code == 0
    assert "species from animals" in result.stdout
    assert "accuracy" in result.stdout


def test_a_recipe_is_printed_edited_and_followed(here: Path) -> None:
    printed = trainwell("recipe", "animals.csv", "-t", "species", *TINY)
    assert printed.exit_code == 0
    unexplained = [line for line in printed.stdout.splitlines() if line and "#" not in line]
    assert unexplained == []
    Path("recipe.toml").write_text(printed.stdout.replace("max_epochs = 5", "max_epochs = 3"))
    result = trainwell(*FIT, "--recipe", "recipe.toml", "-o", "out")
    assert result.exit_code == 0, result.output
    assert json.loads(Path("out", "recipe.json").read_text())["max_epochs"] == 3
    assert json.loads(Path("out", "recipe.json").read_text())["network"]["hidden"] == [8]
    assert trainwell(*FIT, "--recipe", "out/recipe.json", "-o", "again").exit_code == 0
    weights = [Path(folder, "weights.safetensors").read_bytes() for folder in ("out", "again")]
    assert weights[0] == weights[1]


def test_recipe_writes_a_file_once(here: Path) -> None:
    words = ["recipe", "animals.csv", "-t", "species", "-o", "sub/recipe.toml"]
    assert trainwell(*words).exit_code == 0
    assert "network" in Path("sub/recipe.toml").read_text()
    refused(trainwell(*words), "sub/recipe.toml exists", "--overwrite")
    assert trainwell(*words, "--overwrite").exit_code == 0
    refused(trainwell(*words[:-1], "animals.csv/x.toml"), "cannot write animals.csv/x.toml")
    assert entries(here) == {"animals.csv", "sub", "sub/recipe.toml"}


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_every_example_can_be_read_with_its_target(name: str, here: Path) -> None:
    result = trainwell("examples", name)
    assert result.exit_code == 0
    assert f"trainwell fit {name}.csv --target {EXAMPLES[name].target}" in result.stdout
    assert trainwell("recipe", f"{name}.csv", "-t", EXAMPLES[name].target).exit_code == 0
    refused(trainwell("examples", name), f"{name}.csv exists", "--overwrite")


def test_examples_lists_and_refuses(here: Path) -> None:
    listed = trainwell("examples").stdout
    assert all(name in listed for name in EXAMPLES)
    refused(trainwell("examples", "irs"), "'irs'", "Did you mean 'iris'")
    refused(trainwell("examples", "iris", "-o", "animals.csv"), "animals.csv is a file; name a folder for the example.")


@pytest.mark.parametrize("command", [[], ["fit"], ["predict"], ["show"], ["recipe"], ["examples"]])
def test_help_reads_as_text(command: list[str]) -> None:
    result = trainwell(*command, "--help")
    assert result.exit_code == 0
    assert "[/]" not in result.stdout
    assert "[bold]" not in result.stdout
    assert "list[str]" not in result.stdout


def test_version_and_wrong_words() -> None:
    assert trainwell("--version").stdout.startswith("trainwell ")
    for words in (["ft"], ["fit"], ["fit", "a.csv", "--sead", "1"], ["fit", "a.csv", "--seed", "x"]):
        result = trainwell(*words)
        assert result.exit_code == 2
        assert "Traceback" not in result.output
