"""What every adapter hands back: a record that grows, its findings, and a folder for ``trainwell diagnose``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainwell.adapters.log import Log
from trainwell.clinic import Case, Finding, examine
from trainwell.errors import ArtifactError
from trainwell.records import Record
from trainwell.writing import refuse_unwritable, whole_folder

RECORD = "record.safetensors"


class Watching:
    """A loop that is watched; adapters say how.

    Attributes:
        log: what was told so far.
        trouble: why the layers are no longer looked at, if something in the network did not let itself be looked at.
    """

    def __init__(self) -> None:
        self.log = Log()
        self.trouble: str | None = None

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the run besides arrays."""
        raise NotImplementedError

    @property
    def record(self) -> Record:
        """The curves and the telemetry so far, as the engine would have written them."""
        known = {name: fact for name, fact in self.facts().items() if fact is not None}
        return self.log.record(known | ({"trouble": self.trouble} if self.trouble else {}))

    def findings(self) -> list[Finding]:
        """Return what the clinic finds in the record, the most severe first."""
        return list(examine(Case(self.record)))

    def save(self, folder: str | Path) -> Path:
        """Write the record into a folder that ``trainwell diagnose`` reads; one that is there is replaced.

        Raises:
            ArtifactError: the folder cannot be written, or holds something else than a record.
        """
        path = Path(folder)
        refuse_other(path)
        refuse_unwritable(path)
        with whole_folder(path) as partial:
            self.record.save(partial / RECORD)
        return path


def refuse_other(path: Path) -> None:
    """Raise ``ArtifactError`` where ``path`` is a file, or a folder that holds anything but a record."""
    if path.is_file():
        raise ArtifactError(f"{path} is a file; name a folder for the record.")
    others = sorted({entry.name for entry in path.iterdir()} - {RECORD}) if path.is_dir() else []
    if others:
        raise ArtifactError(f"{path} holds {others[0]}, which is no record of a loop: choose another folder.")
