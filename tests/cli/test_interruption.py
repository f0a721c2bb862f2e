"""Ctrl-C at any moment: in training the best network is kept, elsewhere nothing half-written stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import TINY, entries, process, trainwell
from trainwell import artifact, writing
from trainwell.artifact import FILES, MANIFEST, REPORT
from trainwell.cli import fit as command

FIT = ["fit", "animals.csv", "--target", "species", *TINY, "-o", "out"]
LONG = ["--set", "max_epochs=100000", "--set", "early_stopping=none"]
WHOLE = {"animals.csv", "out", *(f"out/{name}" for name in (*FILES, MANIFEST, REPORT))}

#: Code that sends Ctrl-C to its own process in a stage, or when training has come far enough.
PRESS = """
import os, signal
from contextlib import contextmanager
import trainwell.cli.fit as command
watched = command.watched
def press(): os.kill(os.getpid(), signal.SIGINT)
@contextmanager
def pressing(title, quiet):
    with watched(title, quiet=quiet) as (listener, stage):
        yield (lambda stand: stand.epoch >= 3 and press()), (lambda words: words == {stage!r} and press())
command.watched = pressing
"""


def press(*_: Any) -> None:
    """Send Ctrl-C to this process."""
    os.kill(os.getpid(), signal.SIGINT)


def test_in_training_the_best_network_is_kept(here: Path) -> None:
    ended = process(PRESS.format(stage=""), *FIT, *LONG, "--json", folder=here)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["rows"]["test"] == 24
    assert entries(here) == WHOLE
    shown = trainwell("show", "out").stdout
    assert "interrupted" in shown
    assert trainwell("predict", "out", "animals.csv").exit_code == 0


@pytest.mark.parametrize("stage", ["encoding", "scoring"])
def test_outside_training_nothing_is_written(stage: str, here: Path) -> None:
    ended = process(PRESS.format(stage=stage).replace("stand.epoch >= 3", "False"), *FIT, folder=here)
    assert ended.returncode == 130
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("interrupted")
    assert entries(here) == {"animals.csv"}


def test_from_outside_at_no_chosen_moment(here: Path) -> None:
    words = [sys.executable, "-c", "from trainwell.cli import main; main()", *FIT, *LONG]
    with subprocess.Popen(words, cwd=here, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("animals")
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
    assert running.returncode in (0, 130), rest
    assert "Traceback" not in rest
    assert entries(here) == (WHOLE if running.returncode == 0 else {"animals.csv"})


@contextmanager
def pressed_in(stage: str) -> Iterator[tuple[Callable[..., None], Callable[[str], None]]]:
    """Watch a training silently, and press Ctrl-C when ``stage`` begins."""
    yield (lambda _: None), lambda words: press() if words == stage else None


@pytest.mark.parametrize("stage", ["encoding", "training", "scoring", "writing"])
def test_in_every_stage(stage: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "watched", lambda *_, **__: pressed_in(stage))
    result = trainwell(*FIT)
    assert result.exit_code == 130
    assert result.stderr == "interrupted; nothing is left half-written.\n"
    assert entries(here) == {"animals.csv"}


@pytest.mark.parametrize("step", ["render", "checksum"])
def test_while_the_folder_is_written(step: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifact, step, press)
    assert trainwell(*FIT).exit_code == 130
    assert entries(here) == {"animals.csv"}


def test_while_the_folder_takes_its_place(here: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    take_place = writing.take_place
    monkeypatch.setattr(writing, "take_place", lambda *paths: (press(), take_place(*paths)))
    assert trainwell(*FIT).exit_code == 130
    assert entries(here) - entries(run.parent / "run") >= WHOLE
    assert trainwell("show", "out").exit_code == 0
    assert not [name for name in entries(here) if name.startswith(".")]


def test_an_interruption_that_a_library_turns_into_its_own_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(**_: Any) -> None:
        try:
            press()
        except KeyboardInterrupt:
            raise TypeError("no such literal") from None

    monkeypatch.setattr(artifact, "check_writable", lambda *_, **__: mistaken())
    assert trainwell(*FIT).exit_code == 130


def test_other_errors_are_not_taken_for_interruptions(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise TypeError("a bug")

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(artifact, "check_writable", broken)
    assert isinstance(trainwell(*FIT).exception, TypeError)
    assert signal.getsignal(signal.SIGINT) is before


def test_predictions_are_whole_or_not_there(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = entries(run.parent)
    monkeypatch.setattr(Path, "replace", press)
    assert trainwell("predict", "run", "animals.csv", "-o", "out.csv").exit_code == 130
    assert entries(run.parent) == before
