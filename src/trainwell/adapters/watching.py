"""What every adapter is: it listens to a loop, never raises into it, and hands back a record that grows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.adapters.clock import Clock
from trainwell.adapters.log import Log
from trainwell.adapters.sight import Numbers
from trainwell.clinic import Case, Finding, examine
from trainwell.engine.looks.anatomy import layer_facts
from trainwell.errors import ArtifactError, DataError
from trainwell.records import Record
from trainwell.tasks import TASKS
from trainwell.writing import refuse_unwritable, whole_folder

RECORD = "record.safetensors"


@dataclass(frozen=True)
class Anatomy:
    """What a network of another framework is made of.

    Attributes:
        shapes: of the arrays of each layer, units first.
        functions: the activation functions on the way through, as the framework calls them, and as we do.
        batch_normalization: whether it normalizes over the batch.
        parameters: how many numbers it learns.
    """

    shapes: Mapping[str, Sequence[tuple[int, ...]]] = field(default_factory=dict)
    functions: Sequence[tuple[str, str]] = ()
    batch_normalization: bool = False
    parameters: int = 0

    def facts(self) -> dict[str, Any]:
        """Return it in the record's words."""
        return layer_facts(self.shapes) | {
            "activations": [f"{theirs} {place}" for place, (theirs, _) in enumerate(self.functions, start=1)],
            "activation_functions": [ours for _, ours in self.functions],
            "batch_normalization": self.batch_normalization,
            "parameters": self.parameters,
        }


class Watching:
    """A loop that is watched; adapters say how.

    Args:
        task: what is learned, where it is known beforehand.

    Attributes:
        log: what was told so far.
        clock: when a look can be afforded.
        noted: facts that came up on the way.
        ratios: the size of the last step that was looked at, by layer.
        trouble: why the layers are no longer looked at, if something in the network did not let itself be looked at.

    Raises:
        DataError: the task is none.
    """

    def __init__(self, task: str | None = None):
        if task is not None and task not in TASKS:
            raise DataError(f"task must be one of {', '.join(TASKS)}, but got {task!r}.")
        self.task: str | None = task
        self.begin()

    def begin(self) -> None:
        """Begin anew: nothing has been told."""
        self.log, self.clock = Log(), Clock()
        self.noted: dict[str, Any] = {}
        self.ratios: Numbers | None = None
        self.trouble: str | None = None
        self.forget()

    def guarded(self, work: Callable[[], None]) -> None:
        """Do what may fail on a strange network; a failure is noted, and looking ends."""
        try:
            work()
        except Exception as problem:  # whatever a person's network raises, the training must go on
            self.trouble = f"{type(problem).__name__}: {problem}".splitlines()[0]
            self.forget()

    def forget(self) -> None:
        """Give up the look that is under way."""
        raise NotImplementedError

    def note_end(self, row: Mapping[str, np.ndarray]) -> None:
        """Note a look at the network as it ended; the step's size is that of the last one seen."""
        moved = {} if self.ratios is None else {"layer_update_ratio": self.ratios}
        self.log.look(self.log.epochs, {**row, **moved})

    def anatomy(self) -> Anatomy:
        """Return what the network is made of."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """Return what the framework tells of itself, the loss, the optimizer and the probe."""
        raise NotImplementedError

    def facts(self) -> dict[str, Any]:
        """Return what is known of the run besides arrays."""
        return {
            "task": self.task,
            "score": "RMSE" if self.task == "regression" else "accuracy",
            "seconds": round(self.clock.elapsed, 3),
            **self.anatomy().facts(),
            **self.told(),
            **self.noted,
        }

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
