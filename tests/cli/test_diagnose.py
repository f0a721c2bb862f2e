"""``trainwell diagnose`` and ``fit --treat``: on runs, records, and what is neither."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.terminal import TINY, entries, process, refused, trainwell
from trainwell.records import Record

SLOW = ["--set", "optimizer.learning_rate=1e-7", "--set", "early_stopping=none"]


@pytest.fixture(scope="module")
def slow(fitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose rate is far too low, its remedies tried."""
    folder = tmp_path_factory.mktemp("slow") / "run"
    words = ["--target", "species", *TINY, *SLOW, "--treat", "-o", folder]
    result = trainwell("fit", fitted / "animals.csv", *words)
    assert result.exit_code == 0, result.output
    assert "Remedies tried" in result.stdout
    return folder


def test_findings_are_told_with_cause_numbers_picture_and_change(slow: Path) -> None:
    result = trainwell("diagnose", slow)
    assert result.exit_code == 0
    assert "learning rate too low" in result.stdout
    assert "--set optimizer.learning_rate=" in result.stdout
    for word in ("Why: ", "Source: ", "training loss", "▁"):
        assert word in result.stdout, word


def test_remedies_tried_are_kept_with_the_run(slow: Path) -> None:
    assert (slow / "treatment.json").is_file()
    tried = json.loads((slow / "treatment.json").read_text(encoding="utf-8"))
    assert any(attempt["verdict"] == "helped" for attempt in tried["attempts"])
    cured = trainwell("fit", slow.parent.parent / "none.csv", "--recipe", slow / "cured.toml")
    refused(cured, "none.csv")


def test_strict_exits_with_1_on_a_fault_only(slow: Path, fitted: Path) -> None:
    assert trainwell("diagnose", slow, "--strict").exit_code == 1
    found = json.loads(trainwell("diagnose", fitted / "run", "--json").stdout)
    faulty = any(finding["severity"] == "fault" for finding in found["findings"])
    assert trainwell("diagnose", fitted / "run", "--strict").exit_code == int(faulty)


def test_json_is_one_object(slow: Path) -> None:
    found = json.loads(trainwell("diagnose", slow, "--json").stdout)
    assert found["run"] == str(slow)
    first = found["findings"][0]
    assert {"name", "severity", "sentence", "evidence", "cause", "remedies", "source", "picture", "root"} <= set(first)
    assert len(found["answers"]) == 4


def test_a_page_is_written_once(slow: Path, here: Path) -> None:
    assert trainwell("diagnose", slow, "--html", "page.html").exit_code == 0
    page = Path("page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "learning rate too low" in page
    refused(trainwell("diagnose", slow, "--html", "page.html"), "page.html exists", "--overwrite")
    assert trainwell("diagnose", slow, "--html", "page.html", "--overwrite").exit_code == 0


def bare(**changes: object) -> Record:
    loss = 2.0 * np.exp(-np.arange(1, 31) / 5.0) + 0.1
    arrays = {"epoch": np.arange(1, 31), "training_loss": loss, "validation_loss": loss, "learning_rate": np.ones(30)}
    kept = {name: array for name, array in (arrays | changes).items() if array is not None}
    return Record(kept, {"outcome": 1, "framework": "torch 2"})


def test_a_record_alone_is_examined(here: Path) -> None:
    Path("mine").mkdir()
    bare().save(Path("mine", "record.safetensors"))
    for place in ("mine", "mine/record.safetensors"):
        result = trainwell("diagnose", place, "--strict", "--html", "page.html", "--overwrite")
        assert result.exit_code == 0, result.output
        assert "nothing to report" in result.stdout


def test_what_is_no_run_is_refused(here: Path, run: Path) -> None:
    refused(trainwell("diagnose", "nowhere"), "nowhere", "no run and no record")
    refused(trainwell("diagnose", "animals.csv"), "animals.csv", "not a readable record")
    Path("lacking").mkdir()
    bare(training_loss=None).save(Path("lacking", "record.safetensors"))
    refused(trainwell("diagnose", "lacking"), "no training_loss", "watch the loop again")
    (run / "record.safetensors").write_bytes(b"half")
    refused(trainwell("diagnose", "run"), "record.safetensors", "changed or cut short")


def test_a_pipeline_in_a_process_of_its_own(slow: Path, here: Path) -> None:
    ended = process("", "diagnose", str(slow), "--strict", "--json", folder=here)
    assert ended.returncode == 1, ended.stderr
    assert json.loads(ended.stdout)["findings"]
    assert entries(here) == {"animals.csv"}
