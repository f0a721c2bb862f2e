"""Compiled functions: each once for all threads, some beside each other, forgotten where memory asks for it."""

from __future__ import annotations

import threading
import time
import weakref
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

import jax

from trainwell.engine.collector import spared

Result = TypeVar("Result")


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
#: Seconds until what was forgotten is unmapped: the runtime lets go of it in a thread of its own.
SETTLING = 0.1


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
            time.sleep(SETTLING)


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
