"""Trainings that wait at a rung, in memory and beside a study's file: a sudden end costs only what was under way."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from trainwell.engine.checkpoint import Checkpoint
from trainwell.engine.course import Course
from trainwell.search.trials import Place


@dataclass
class Paused:
    """The courses of trainings that wait.

    Attributes:
        folder: where their checkpoints are kept; none for a study that lives in memory or in another's storage.
    """

    folder: Path | None = None
    courses: dict[tuple[int, Place], Course] = field(default_factory=dict)

    def add(self, number: int, place: Place, course: Course) -> None:
        """Let a training wait."""
        self.courses[number, place] = course
        if self.folder is not None:
            Checkpoint(own(self.folder, number, place), resume=True).write(course)

    def take(self, number: int, place: Place) -> tuple[Course | None, Checkpoint | None]:
        """Return a training that waits, as it stands in memory or as an earlier sitting left it; or neither."""
        course = self.courses.pop((number, place), None)
        if course is not None or self.folder is None or not own(self.folder, number, place).is_dir():
            return course, None
        return None, Checkpoint(own(self.folder, number, place), resume=True)

    def drop(self, number: int, place: Place) -> None:
        """Forget a training that goes no further."""
        self.courses.pop((number, place), None)
        if self.folder is not None:
            shutil.rmtree(own(self.folder, number, place), ignore_errors=True)

    def close(self) -> None:
        """Remove the folder where nothing waits in it."""
        if self.folder is not None and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def own(folder: Path, number: int, place: Place) -> Path:
    """Return the folder of one training's checkpoint."""
    return folder / f"trial {number} {place.name}"
