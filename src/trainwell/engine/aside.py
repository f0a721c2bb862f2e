"""Work done aside: in a few threads of its own, while the caller goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

Result = TypeVar("Result")


def aside(work: Callable[..., Result], *arguments: object) -> Future[Result]:
    """Begin something aside and come back at once; what it raises is told to whoever asks for its result.

    >>> aside(max, 2, 3).result()
    3
    """
    return helpers().submit(work, *arguments)


@cache
def helpers() -> ThreadPoolExecutor:
    """Return the threads that work aside."""
    return ThreadPoolExecutor(2, thread_name_prefix="trainwell-aside")
