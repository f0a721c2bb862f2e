"""What moves on the screen while a network trains; it goes to standard error, so that pipes stay clean."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from trainwell.engine import Progress as Stand
    from trainwell.engine.cohort import CohortProgress
    from trainwell.search import StudyProgress


@contextmanager
def watched(title: str, *, quiet: bool) -> Iterator[tuple[Callable[[Stand], None], Callable[[str], None]]]:
    """Yield a listener and a stage function that draw a progress bar, or draw nothing when ``quiet``."""
    console = Console(stderr=True, highlight=False, quiet=quiet)
    console.print(title, markup=False, soft_wrap=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[losses]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        bar = progress.add_task("reading", total=1.0, losses="")

        def listener(stand: Stand) -> None:
            losses = f"epoch {stand.epoch}/{stand.max_epochs}  loss {stand.training_loss:.4f}"
            if stand.validation_loss == stand.validation_loss:
                losses += f"  validation {stand.validation_loss:.4f} (best at {stand.best_epoch})"
            progress.update(bar, completed=stand.share, losses=losses)

        def stage(words: str) -> None:
            progress.update(bar, description=words, losses="compiling" if words == "training" else "")

        yield listener, stage


@contextmanager
def tried(*, quiet: bool) -> Iterator[Callable[[CohortProgress], None]]:
    """Yield a listener that draws how many of the trainings that try remedies are done."""
    console = Console(stderr=True, highlight=False, quiet=quiet)
    columns = (
        SpinnerColumn(),
        TextColumn("trying remedies"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed} of {task.total} trainings"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        bar = progress.add_task("", total=None)

        def listener(stand: CohortProgress) -> None:
            progress.update(bar, completed=stand.finished, total=stand.trials)

        yield listener


@contextmanager
def searched(title: str, *, seconds: float | None, quiet: bool) -> Iterator[Callable[[StudyProgress], None]]:
    """Yield a listener that draws how far a search is, by trials, or by time where it has a budget."""
    console = Console(stderr=True, highlight=False, quiet=quiet)
    console.print(title, markup=False, soft_wrap=True)
    columns = (
        SpinnerColumn(),
        TextColumn("searching"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[stand]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        bar = progress.add_task("", total=1.0, stand="first trials")

        def listener(stand: StudyProgress) -> None:
            share = stand.finished / stand.trials
            if seconds is not None:
                share = max(min(share, 1.0), min(stand.seconds / seconds, 1.0))
            best = "" if stand.best is None else f"  best {stand.best:.4f}"
            diverged = f"  {stand.diverged} diverged" if stand.diverged else ""
            progress.update(bar, completed=share, stand=f"{stand.finished} trials{best}{diverged}")

        yield listener
