"""Files and folders written whole or not at all: under another name first, then renamed. Not what they hold."""

from __future__ import annotations

import secrets
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trainwell.errors import ArtifactError


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that takes the place of ``path`` when the block ends well, and vanishes if not.

    Raises:
        ArtifactError: the folder cannot be written.
    """
    path = path.resolve()
    partial = beside(path, "partial")
    try:
        partial.mkdir(parents=True)
        yield partial
        with uninterrupted():
            take_place(partial, path)
    except OSError as problem:
        raise cannot_write(path, problem) from None
    finally:
        with uninterrupted():
            shutil.rmtree(partial, ignore_errors=True)


def take_place(partial: Path, path: Path) -> None:
    """Rename ``partial`` to ``path``; a folder that stood there goes, but not before its successor stands."""
    retired = beside(path, "old")
    existed = path.exists()
    if existed:
        path.rename(retired)
    try:
        partial.rename(path)
    except OSError:
        if existed:
            retired.rename(path)
        raise
    shutil.rmtree(retired, ignore_errors=True)


def write_whole(path: Path, content: str | bytes, *, overwrite: bool = True) -> None:
    """Write a file of text (UTF-8) or bytes, whole or not at all; folders on the way to it are made.

    Raises:
        ArtifactError: the file exists (unless ``overwrite``) or cannot be written.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe or a terminal takes text as it comes; a folder refuses
            path.write_bytes(as_bytes(content))
            return
        refuse_existing(path, overwrite=overwrite)
        replace_file(path.resolve(), as_bytes(content))
    except OSError as problem:
        raise cannot_write(path, problem) from None


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise ``ArtifactError`` where a file stands at ``path`` that may not be replaced; call it before long work."""
    try:
        if path.is_file() and not overwrite:
            raise ArtifactError(f"{path} exists: add overwrite=True (--overwrite) to replace it, or name another file.")
    except OSError as problem:
        raise cannot_write(path, problem) from None


def refuse_spoiling(path: Path, *, file: Path, folder: Path) -> None:
    """Raise ``ArtifactError`` where writing ``path`` would replace the ``file`` that is read, or change the ``folder``.

    Links and second names are seen through.
    """
    try:
        if folder.resolve() in path.resolve().parents:
            raise ArtifactError(f"{path} lies in {folder}, which stays as it was written: name a file outside it.")
        if path.is_file() and file.is_file() and path.samefile(file):
            raise ArtifactError(f"{path} is {file} itself, which is read: name another file.")
    except OSError as problem:
        raise cannot_write(path, problem) from None


def as_bytes(content: str | bytes) -> bytes:
    """Return text as UTF-8, bytes as they are."""
    return content.encode() if isinstance(content, str) else content


def replace_file(path: Path, content: bytes) -> None:
    """Put a file with this content where ``path`` says."""
    partial = beside(path, "partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.write_bytes(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def refuse_unwritable(path: Path) -> None:
    """Raise ``ArtifactError`` unless a folder can be made at ``path``: tried, not guessed, before long work."""
    try:
        parent = next(folder for folder in path.resolve().parents if folder.exists())
        Path(tempfile.mkdtemp(prefix=".trainwell-", dir=parent)).rmdir()
    except OSError as problem:
        raise cannot_write(path, problem) from None


def cannot_write(path: Path, problem: OSError) -> ArtifactError:
    """Word why a path cannot be written."""
    return ArtifactError(f"cannot write {path}: {problem.strerror or problem}. Choose another place.")


def beside(path: Path, why: str) -> Path:
    """Return a hidden name next to ``path`` that nothing else uses, no other thread and no killed process."""
    return path.with_name(f".{path.name}.{why}-{secrets.token_hex(4)}")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the block has ended; it then takes effect."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[tuple[Any, ...]] = []
    before = signal.signal(signal.SIGINT, lambda *arrived: held.append(arrived))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])
