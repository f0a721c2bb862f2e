"""Checkpoints: all that a run needs to go on from where it stands, in one file that is always whole.

A run that was killed and goes on from its checkpoint ends in the same bits as one that was never stopped. The file is
safetensors with JSON in its header; nothing in it is executed. Not the run folder: that holds the finished model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from trainwell.engine.course import Course
from trainwell.engine.looks.telemetry import Look
from trainwell.errors import ArtifactError
from trainwell.writing import refuse_unwritable, uninterrupted, write_whole

FORMAT = 1
FILE = "checkpoint.safetensors"
ABOUT = "about"
#: What the names of the file's arrays begin with: the trial's state, the epochs' rows, the looks at the layers.
STATE, ROWS, LOOKS = "state:", "rows:", "looks:"


@dataclass
class Checkpoint:
    """Where a run keeps its state, how often, and whether it goes on from what is there.

    Args:
        folder: where the checkpoint is kept; made if need be.
        minutes: time between two checkpoints; one is kept besides whenever training ends, by Ctrl-C too.
        resume: go on from the checkpoint in the folder; from the start where there is none yet.

    Raises:
        ArtifactError: the folder holds a checkpoint and ``resume`` was not asked for, or cannot be written.

    >>> import tempfile
    >>> Checkpoint(Path(tempfile.mkdtemp())).path.name
    'checkpoint.safetensors'
    """

    folder: Path
    minutes: float = 1.0
    resume: bool = False
    written: float = field(default_factory=time.perf_counter, init=False)

    def __post_init__(self) -> None:
        self.folder = Path(self.folder)
        if not self.minutes >= 0:
            raise ArtifactError(f"minutes between checkpoints must be 0 or more, but got {self.minutes!r}.")
        if self.folder.exists() and not self.folder.is_dir():
            raise ArtifactError(f"{self.folder} is a file; name a folder for the checkpoint.")
        if self.path.exists() and not self.resume:
            raise ArtifactError(
                f"{self.folder} holds a checkpoint: resume it (resume=True, --resume), remove it, or name another "
                "folder."
            )
        refuse_unwritable(self.path)

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / FILE

    def open(self, course: Course) -> float:
        """Put a course that has just begun where the checkpoint stands, and return the seconds it had taken.

        Raises:
            ArtifactError: the checkpoint is damaged, of a newer format, or of another recipe or other data.
        """
        if not (self.resume and self.path.exists()):
            return 0.0
        arrays, about = read(self.path)
        refuse_other_run(self.path, about, course)
        course.state = restored(self.path, part(arrays, STATE), course.state)
        rows, looks = part(arrays, ROWS), part(arrays, LOOKS)
        course.rows = [rows] if rows else []
        course.looks = [Look.of({name: column[at] for name, column in looks.items()}) for at in range(about["looks"])]
        course.next_look, course.compile_seconds = about["next_look"], about["compile_seconds"]
        course.began = time.perf_counter() - about["seconds"]
        course.outcome = int(course.state.outcome)
        return float(about["seconds"])

    def keep(self, course: Course) -> None:
        """Write the checkpoint if it is time to."""
        if time.perf_counter() - self.written >= 60 * self.minutes:
            self.write(course)

    def write(self, course: Course) -> None:
        """Write where the course stands, whole or not at all."""
        arrays = named(STATE, course.state)
        if course.rows:
            names = course.rows[0]
            arrays |= {f"{ROWS}{name}": np.concatenate([rows[name] for rows in course.rows]) for name in names}
        arrays |= {f"{LOOKS}{name}": column for name, column in course.telemetry().items()}
        content = save(arrays, metadata={ABOUT: json.dumps(self.about(course))})
        with uninterrupted():
            write_whole(self.path, content)
        self.written = time.perf_counter()

    def about(self, course: Course) -> dict[str, Any]:
        """Return what the header says: of which run, and where it stands."""
        return {
            "format": FORMAT,
            "recipe": course.recipe.to_dict(),
            "data": course.problem.digest,
            "epoch": course.epoch,
            "looks": len(course.looks),
            "next_look": course.next_look,
            "compile_seconds": course.compile_seconds,
            "seconds": time.perf_counter() - course.began,
        }


def named(kind: str, tree: Any) -> dict[str, np.ndarray]:
    """Return every array of a tree by a name that says where it stands."""
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {f"{kind}{at:04d}{jax.tree_util.keystr(path)}": np.array(leaf) for at, (path, leaf) in enumerate(leaves)}


def part(arrays: Mapping[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """Return the arrays of one kind, by their names without it."""
    return {name.removeprefix(kind): array for name, array in arrays.items() if name.startswith(kind)}


def read(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return a checkpoint's arrays and what its header says; raises ``ArtifactError`` naming a broken file."""
    try:
        with safe_open(path, framework="numpy") as file:
            about = json.loads((file.metadata() or {})[ABOUT])
            version = about["format"]
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        raise ArtifactError(f"{path} is no readable checkpoint. Remove it and train from the start.") from None
    if version > FORMAT:
        raise ArtifactError(
            f"{path} was written by a newer trainwell (format {version}, this one reads up to {FORMAT}). "
            "Upgrade: pip install --upgrade trainwell."
        )
    return arrays, about


def restored(path: Path, arrays: Mapping[str, np.ndarray], template: Any) -> Any:
    """Return a tree like ``template`` that holds the arrays, names, shapes and types checked."""
    expected = named("", template)
    for name, array in expected.items():
        found = arrays.get(name)
        if found is None or found.shape != array.shape or found.dtype != array.dtype:
            raise ArtifactError(
                f"{path} does not fit: {name[4:]} should be {array.dtype} of shape {array.shape}. It was written by "
                "another version, or the network of one's own has changed; train from the start."
            )
    leaves = [jax.numpy.asarray(arrays[name]) for name in expected]
    return jax.tree.unflatten(jax.tree.structure(template), leaves)


def refuse_other_run(path: Path, about: Mapping[str, Any], course: Course) -> None:
    """Raise ``ArtifactError`` unless the checkpoint is of this recipe and these data."""
    now = json.loads(json.dumps(course.recipe.to_dict()))
    differs = next(differences(about["recipe"], now), None)
    if differs is not None:
        name, then, asked = differs
        raise ArtifactError(
            f"{path} is of another recipe: {name} was {then!r} there, but is {asked!r} now. Train by the recipe it "
            "was begun with, or from the start in another folder."
        )
    if about["data"] != course.problem.digest:
        raise ArtifactError(
            f"{path} is of other data, or of another split: their values, rows or weights are not the same. Train on "
            "the data it was begun with, or from the start in another folder."
        )


def differences(then: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the path and both values wherever two nests of tables differ.

    >>> list(differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}))
    [('a.b', 1, 3)]
    """
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys((*then, *now)):
            yield from differences(then.get(name), now.get(name), f"{path}.{name}" if path else str(name))
    elif then != now:
        yield path, then, now
