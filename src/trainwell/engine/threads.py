"""How many threads NumPy's products may take while a training runs beside them: one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

_asking = threading.Lock()


@cache
def libraries() -> ThreadpoolController:
    """Return what tells the loaded libraries how many threads to use; to find them takes some milliseconds, once."""
    return ThreadpoolController()


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Let products of matrices take one thread until the block ends.

    After a product on several threads OpenBLAS's others wait busily for the next, some 25 ms: a core that a training
    lacks for longer than the product took. The number is the whole process's: of several such blocks at once the first
    sets it and sets it back.
    """
    if not _asking.acquire(blocking=False):
        yield
        return
    try:
        with libraries().limit(limits=1, user_api="blas"):
            yield
    finally:
        _asking.release()
