"""One fitted run for all tests of the command line, and an empty folder for each to work in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import TINY, trainwell
from tests.data.tables import animals


@pytest.fixture(scope="session")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``animals.csv`` and the run folder ``run`` that was trained on it."""
    folder = tmp_path_factory.mktemp("fitted")
    animals(120).write_csv(folder / "animals.csv")
    result = trainwell("fit", folder / "animals.csv", "--target", "species", "-o", folder / "run", *TINY)
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted: Path) -> Path:
    """The working directory, holding ``animals.csv`` only."""
    shutil.copy(fitted / "animals.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(here: Path, fitted: Path) -> Path:
    """A run folder of one's own to spoil, in the working directory."""
    return Path(shutil.copytree(fitted / "run", here / "run"))
