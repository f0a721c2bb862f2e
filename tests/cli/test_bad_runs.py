"""Run folders that are missing, cut short, tampered with or from the future: one sentence each, nothing written."""

from __future__ import annotations

import itertools
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from tests.cli.terminal import entries, refused, trainwell
from trainwell.artifact import FILES, MANIFEST, checksum

COMMANDS = {"predict": ["predict", "run", "animals.csv", "-o", "out.csv"], "show": ["show", "run"]}


def both_refuse(*fragments: str, commands: tuple[str, ...] = ("predict", "show")) -> None:
    """Check that the commands refuse the run in one sentence and write nothing."""
    before = entries(Path())
    for command in commands:
        refused(trainwell(*COMMANDS[command]), *fragments)
    assert entries(Path()) == before


def forge(run: Path, name: str, content: bytes) -> None:
    """Change a file of a run and its checksum with it."""
    (run / name).write_bytes(content)
    manifest = json.loads((run / MANIFEST).read_text())
    manifest["files"][name] = checksum(run / name)
    (run / MANIFEST).write_text(json.dumps(manifest))


def forge_json(run: Path, name: str, **changes: object) -> None:
    """Change fields of a JSON file of a run and its checksum with it."""
    forge(run, name, json.dumps(json.loads((run / name).read_text()) | changes).encode())


def test_no_such_run(here: Path) -> None:
    both_refuse("no run folder run")


def test_a_file_or_an_empty_folder_is_no_run(here: Path) -> None:
    Path("run").write_text("x")
    both_refuse("no run folder run")
    Path("run").unlink()
    Path("run").mkdir()
    both_refuse("run is no run folder", MANIFEST)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_missing_file(name: str, run: Path) -> None:
    (run / name).unlink()
    both_refuse(name, "Copy the folder again")


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_short(name: str, run: Path) -> None:
    content = (run / name).read_bytes()
    (run / name).write_bytes(content[: len(content) // 2])
    both_refuse(name, "cut short")


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte(name: str, run: Path) -> None:
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run / name).write_bytes(content)
    both_refuse(name, "changed")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"format": "1"}', '{"format": 1}', '{"format": 1, "files": 3}']
)
def test_a_spoilt_manifest(content: str, run: Path) -> None:
    (run / MANIFEST).write_text(content)
    both_refuse("run/")


def test_a_changed_checksum(run: Path) -> None:
    manifest = json.loads((run / MANIFEST).read_text())
    manifest["files"]["scores.json"] = "0" * 64
    (run / MANIFEST).write_text(json.dumps(manifest))
    both_refuse("scores.json", "changed")


def test_a_run_of_a_newer_version(run: Path) -> None:
    manifest = json.loads((run / MANIFEST).read_text()) | {"format": 99}
    (run / MANIFEST).write_text(json.dumps(manifest))
    both_refuse("newer trainwell", "99", "pip install --upgrade trainwell")


def test_a_missing_or_changed_report_harms_nothing(run: Path) -> None:
    (run / "report.html").unlink()
    assert trainwell(*COMMANDS["predict"]).exit_code == 0
    assert trainwell(*COMMANDS["show"]).exit_code == 0


def test_a_run_may_move(run: Path, tmp_path: Path) -> None:
    expected = trainwell("predict", "run", "animals.csv").stdout
    shutil.move(run, tmp_path / "else" / "where")
    assert trainwell("predict", "else/where", "animals.csv").stdout == expected
    assert trainwell("show", "else/where").exit_code == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"3", b"{", b"\xff", b"{}"])
@pytest.mark.parametrize("name", ["recipe.json", "encoding.json"])
def test_forged_json(name: str, content: bytes, run: Path) -> None:
    forge(run, name, content)
    if (name, content) == ("recipe.json", b"{}"):  # the default recipe, of another network
        both_refuse("weights.safetensors does not fit", commands=("predict",))
    else:
        both_refuse("encoding" if name == "encoding.json" else name, commands=("predict",))


def test_a_forged_recipe(run: Path) -> None:
    forge_json(run, "recipe.json", network={"kind": "MLP", "hidden": [16]})
    both_refuse("weights.safetensors does not fit the recipe", "shape", commands=("predict",))
    forge_json(run, "recipe.json", network={"kind": "MLP", "hidden": []})
    both_refuse("weights.safetensors does not fit the recipe", commands=("predict",))
    forge_json(run, "recipe.json", network={"kind": "os.system", "hidden": []})
    both_refuse("recipe.json", "'os.system'", commands=("predict",))
    forge_json(run, "recipe.json", network={"kind": "custom", "object": "os.system"})
    both_refuse("recipe.json", "os.system", "network=", commands=("predict",))


def test_a_forged_encoding(run: Path) -> None:
    forge_json(run, "encoding.json", format=99)
    both_refuse("format 99", commands=("predict",))
    columns = json.loads((run / "encoding.json").read_text())["columns"]
    forge_json(run, "encoding.json", format=1, columns=columns[1:])
    both_refuse("weights.safetensors does not fit", "shape", commands=("predict",))


def test_forged_weights(run: Path) -> None:
    arrays = load_file(run / "weights.safetensors")
    first = next(iter(arrays))
    forge(run, "weights.safetensors", b"\x00" * 64)
    both_refuse("weights.safetensors", "cannot be read", commands=("predict",))
    forge(run, "weights.safetensors", save(arrays | {first: arrays[first].astype(np.int64)}))
    both_refuse("does not fit", "int64", commands=("predict",))
    forge(run, "weights.safetensors", save({name: array for name, array in arrays.items() if name != first}))
    both_refuse("does not fit", commands=("predict",))


def test_a_forged_record_or_summary(run: Path) -> None:
    record = (run / "record.safetensors").read_bytes()
    forge(run, "record.safetensors", b"\x00" * 64)
    both_refuse("record.safetensors", commands=("show",))
    forge(run, "record.safetensors", record)
    for name, forged in itertools.product(("findings.json", "summary.json", "scores.json"), (b"[]", b"{}")):
        content = (run / name).read_bytes()
        forge(run, name, forged)
        if (name, forged) != ("scores.json", b"{}"):  # a run may end before anything is scored
            both_refuse(name, commands=("show",))
        forge(run, name, content)
    assert trainwell(*COMMANDS["show"]).exit_code == 0
