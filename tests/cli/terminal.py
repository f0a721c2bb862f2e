"""The command line as a user runs it, and what must hold whenever it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from trainwell.cli import app

#: Options that make any training short: one hidden layer of 8 units, 5 epochs.
TINY = ["--preset", "lecture", "--set", "network.hidden=[8]", "--set", "max_epochs=5"]


def trainwell(*words: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "100"})


def process(code: str, *words: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, after ``code``."""
    program = f"from trainwell.cli import main\n{code}\nmain()"
    command = [sys.executable, "-W", "error", "-c", program, *map(str, words)]
    return subprocess.run(command, cwd=folder, env=dict(os.environ), capture_output=True, text=True, timeout=120)


def entries(folder: Path) -> set[str]:
    """Return every file and folder below ``folder``."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refused(result: Result, *fragments: str) -> str:
    """Check that a command ended in one clear sentence with all ``fragments``, and return the sentence."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    sentence = result.stderr.strip().splitlines()[-1]
    assert sentence.startswith("error: ")
    assert sentence.endswith((".", "?")), sentence
    for fragment in fragments:
        assert fragment in sentence
    return sentence
