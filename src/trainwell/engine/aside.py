"""Work done aside: in a thread of its own, while the caller goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def aside(work: Callable[..., Result], *arguments: object) -> Future[Result]:
    """Begin something aside and come back at once; what it raises is told to whoever asks for its result.

    A process that ends waits for it: the compiler must not be stopped half-way.

    >>> aside(max, 2, 3).result()
    3
    """
    told: Future[Result] = Future()

    def run() -> None:
        try:
            result = work(*arguments)
        except BaseException as problem:  # handed over to whoever asks for the result
            told.set_exception(problem)
        else:
            told.set_result(result)

    threading.Thread(target=run, name="trainwell-aside").start()
    return told
