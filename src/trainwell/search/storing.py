"""Ranges, settings and trials as Optuna stores them, and a storage from whatever a person names.

Not for what a study means: that is the ledger's.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage, get_storage
from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from trainwell.engine.ranges import Choice, Integer, Interval, LogUniform, Range, label_of
from trainwell.errors import ArtifactError

try:
    import fcntl
except ImportError:  # Windows has no such locks; two searches with one file are not noticed there
    fcntl = None  # type: ignore[assignment]

#: Seconds to wait for another process that is writing to the same file.
LOCK_SECONDS = 5
#: URLs of databases that are gone as soon as they are closed.
IN_MEMORY = ("sqlite://", "sqlite:///", "sqlite:///:memory:")


def distribution_of(span: Range, value: Any) -> BaseDistribution:
    """Return Optuna's name for a range, widened to hold a value that a strategy moved outside."""
    if isinstance(span, Choice):
        return CategoricalDistribution(span.labels)
    assert isinstance(span, Interval)
    low, high = min(span.low, value), max(span.high, value)
    if isinstance(span, Integer):
        return IntDistribution(int(low), int(high))
    return FloatDistribution(low, high, log=isinstance(span, LogUniform))


def stored_value(span: Range, value: Any) -> Any:
    """Return what stands for a value in a storage."""
    return label_of(value) if isinstance(span, Choice) else value


def value_of(span: Range, stored: Any) -> Any:
    """Return the value that a stored one stands for."""
    return span.choices[span.labels.index(stored)] if isinstance(span, Choice) else stored


def storage_of(storage: str | Path | BaseStorage | None) -> tuple[BaseStorage, Callable[[], None]]:
    """Return the storage that a person names, and how to let go of it.

    Args:
        storage: a file (SQLite), a URL, one of Optuna's own, or none for memory.

    Raises:
        ArtifactError: the file is none of a study, cannot be written, or is locked by another process; or a URL of no
            database that can be opened.
    """
    if storage is None:
        return InMemoryStorage(), nothing
    if isinstance(storage, BaseStorage):
        return get_storage(storage), nothing
    return sqlite_storage(Path(storage)) if is_file(storage) else database(storage)


def nothing() -> None:
    """Do nothing."""


def opened(raw: RDBStorage) -> tuple[BaseStorage, Callable[[], None]]:
    """Return a database behind Optuna's cache, and how to close its connections."""
    return get_storage(raw), raw.engine.dispose


def database(url: Any) -> tuple[BaseStorage, Callable[[], None]]:
    """Return the storage at a URL."""
    if not isinstance(url, str):
        raise ArtifactError(f"storage is a file, a URL or one of Optuna's storages, but got {url!r}.")
    if url in IN_MEMORY:
        raise ArtifactError(f"{url} keeps nothing; leave storage out, or name a file, such as study.db.")
    try:
        return opened(RDBStorage(url))
    except (ImportError, SQLAlchemyError) as problem:
        raise ArtifactError(
            f"{url} cannot be opened ({str(problem).splitlines()[0]}); name a file, such as study.db, or another URL."
        ) from None


def sqlite_storage(path: Path) -> tuple[BaseStorage, Callable[[], None]]:
    """Return the storage in a SQLite file, which survives the end of the process at any moment."""
    with readable(path):
        probe(path)
        address = URL.create("sqlite", database=str(path)).render_as_string()  # which escapes what URLs read otherwise
        return opened(RDBStorage(address, {"connect_args": {"timeout": LOCK_SECONDS, "factory": Log}}))


class Log(sqlite3.Connection):
    """A connection that appends changes to a log beside the file: safe against sudden ends, and quicker."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


def probe(path: Path) -> None:
    """Raise ``sqlite3.DatabaseError`` where the file is no database, or someone else holds it."""
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS)
    try:
        connection.execute("BEGIN IMMEDIATE").close()
    finally:
        connection.close()


@contextmanager
def readable(path: str | Path) -> Iterator[None]:
    """Turn what databases say into a sentence that names the file."""
    try:
        yield
    except (sqlite3.Error, optuna.exceptions.StorageInternalError) as problem:
        if "lock" in str(problem) or "lock" in str(problem.__cause__):
            raise ArtifactError(
                f"{path} is locked by another process; wait until it has finished, or name another file."
            ) from None
        raise ArtifactError(f"{path} is no storage of studies ({problem}); name another file.") from None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep Optuna's notices and warnings of experimental features to itself; its own settings are put back after."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(level)


@contextmanager
def claimed(storage: str | Path | BaseStorage | None) -> Iterator[None]:
    """Keep a study's file for this process; the claim ends with the process, however that ends.

    Raises:
        ArtifactError: another process is searching with this file.
    """
    if fcntl is None or not is_file(storage):
        yield
        return
    refuse_no_file(Path(str(storage)))
    claim = Path(f"{storage}.lock")
    with opened_claim(claim) as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArtifactError(
                f"{storage} is locked by another process, which is searching with it; wait until it has finished, or "
                "name another file."
            ) from None
        try:
            yield
        finally:
            claim.unlink(missing_ok=True)


def opened_claim(claim: Path) -> TextIO:
    """Open the file that stands for a claim, or say that its folder cannot be written to."""
    try:
        return claim.open("w")
    except OSError as problem:
        raise ArtifactError(f"{claim} cannot be written: {problem.strerror}; name a file in another folder.") from None


def refuse_no_file(path: Path) -> None:
    """Raise where a file cannot be at a path."""
    if not path.parent.is_dir():
        raise ArtifactError(f"{path}: the folder {path.parent} does not exist; make it first.")
    if path.is_dir():
        raise ArtifactError(f"{path} is a folder; name a file for the study, such as {path / 'study.db'}.")


def is_file(storage: str | Path | BaseStorage | None) -> bool:
    """Tell whether a storage is named as a file.

    >>> is_file("study.db"), is_file("mysql://host/studies"), is_file(None)
    (True, False, False)
    """
    return isinstance(storage, Path) or (isinstance(storage, str) and "://" not in storage)


def paused_folder(storage: str | Path | BaseStorage | None) -> Path | None:
    """Return the folder for trainings of a study that wait, next to its file; none where there is no file.

    >>> str(paused_folder("study.db")), paused_folder(None)
    ('study.db.paused', None)
    """
    return Path(f"{storage}.paused") if is_file(storage) else None
