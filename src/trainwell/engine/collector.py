"""Python's garbage collector held off where very many objects are made that stay."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
