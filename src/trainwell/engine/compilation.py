"""How programs are compiled: once for all threads, some beside each other, and kept on disk.

The second run of a structure compiles nothing.
"""

from __future__ import annotations

import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import jax

Result = TypeVar("Result")

#: Set to a folder, or to ``off``, to say where compiled programs are kept.
VARIABLE = "TRAINWELL_CACHE"


def cache_folder() -> Path | None:
    """Return where compiled programs are kept: ``$TRAINWELL_CACHE``, else the user's cache; None when off."""
    asked = os.environ.get(VARIABLE, "")
    if asked.casefold() == "off":
        return None
    if asked:
        return Path(asked)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "trainwell"


def keep_compilations() -> None:
    """Turn JAX's persistent compilation cache on, unless the person has set one up or turned ours off."""
    folder = cache_folder()
    if folder is None or jax.config.jax_compilation_cache_dir:  # type: ignore[attr-defined]
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


class OnceCompiled(Generic[Result]):
    """A jitted function that many threads may call: whoever brings new shapes compiles, the others wait for it.

    Attributes:
        function: the jitted function.
        used: when it was called last, by a clock of its own.
    """

    def __init__(self, function: Any):
        self.function = function
        self.used = 0.0
        self._seen: set[Any] = set()
        self._compiling = threading.Lock()

    def __call__(self, *arguments: Any) -> Result:
        self.used = time.monotonic()
        if not self.knows(*arguments):
            with self._compiling, spared():
                result: Result = self.function(*arguments)
                self._keep(arguments)
                return result
        known: Result = self.function(*arguments)
        return known

    def _keep(self, arguments: tuple[Any, ...]) -> None:
        """Note that it is compiled for such arguments, and make room for it."""
        self.used = time.monotonic()
        self._seen.add(shapes_of(arguments))
        make_room(self)

    def forget(self) -> None:
        """Give up what was compiled; it is compiled again when it is called again. Nothing while it compiles."""
        if self._compiling.acquire(blocking=False):
            try:
                self._seen.clear()
                self.function.clear_cache()
            finally:
                self._compiling.release()

    def knows(self, *arguments: Any) -> bool:
        """Tell whether it is compiled for arguments of such shapes."""
        return shapes_of(arguments) in self._seen

    def prepare(self, *arguments: Any) -> None:
        """Compile for arguments of such shapes, which may be shapes alone; nothing is computed."""
        with self._compiling, spared():
            if not self.knows(*arguments):
                self.function.lower(*arguments).compile()
                self._keep(arguments)


_alive: weakref.WeakSet[OnceCompiled[Any]] = weakref.WeakSet()
_making_room = threading.Lock()
#: Of the mappings of memory that a process may have, the share that compiled programs leave to others.
SPARE = 0.5


def make_room(newest: OnceCompiled[Any]) -> None:
    """Let the functions that were used least lately forget what was compiled, where the process nears its end.

    Every compiled loop is mapped into memory by itself, some hundreds a program, and Linux allows a process 65,530
    mappings; beyond them the compiler ends the process. Many structures would come to that, a hundred or so.
    """
    with _making_room:
        _alive.add(newest)
        most = (1 - SPARE) * most_mappings()
        others = sorted((each for each in _alive if each is not newest), key=lambda each: each.used)
        while others and mappings() > most:
            for oldest in others[: max(1, len(others) // 4)]:
                oldest.forget()
                _alive.discard(oldest)
            others = others[max(1, len(others) // 4) :]


def mappings() -> int:
    """Return how many mappings of memory the process has; 0 where the system does not tell."""
    try:
        return Path("/proc/self/maps").read_bytes().count(b"\n")
    except OSError:
        return 0


@cache
def most_mappings() -> float:
    """Return how many mappings of memory a process may have."""
    try:
        return float(Path("/proc/sys/vm/max_map_count").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return float("inf")


def shapes_of(tree: Any) -> tuple[tuple[int, ...], ...]:
    """Return the shapes of a tree's leaves; plain numbers have none.

    >>> shapes_of((jax.numpy.zeros((2, 3)), 1.5))
    ((2, 3), ())
    """
    return tuple(getattr(leaf, "shape", ()) for leaf in jax.tree.leaves(tree))


def beside(work: Callable[..., None], *arguments: Any) -> None:
    """Do something in a thread of its own kind while the caller goes on; what it raises is lost."""
    compilers().submit(work, *arguments)


@cache
def compilers() -> ThreadPoolExecutor:
    """Return the threads that compile beside whatever else is done."""
    return ThreadPoolExecutor(2, thread_name_prefix="trainwell-compiler")


_sparing = threading.Lock()
_spared = 0


@contextmanager
def spared() -> Iterator[None]:
    """Let Python's garbage collector pass over all objects that exist by now, until the last such block ends.

    Compiling makes very many objects that outlive it, and every so many of them the collector would walk over all there
    are, those of all libraries included: a fifth of the time that tracing and lowering take.
    """
    global _spared
    with _sparing:
        if _spared == 0:
            gc.freeze()
        _spared += 1
    try:
        yield
    finally:
        with _sparing:
            _spared -= 1
            if _spared == 0:
                gc.unfreeze()


def compiler_options() -> dict[str, int]:
    """Return how programs are compiled: on a CPU at LLVM's level 1.

    Steps of small networks take a fifth less time than at its level 3, those of large ones as much, and compiling takes
    three quarters: the time goes into library calls and short loops, which no further level makes better.
    """
    return {"xla_backend_optimization_level": 1} if jax.default_backend() == "cpu" else {}
