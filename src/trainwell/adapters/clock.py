"""When to look: often enough to see what happens, rarely enough that nobody notices the time it takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from trainwell.engine.threads import on_one_thread

#: The share of a loop's time that looking may take.
SHARE = 0.02
#: Looks that are made whatever they cost: before the first update and after the first epochs, where most faults show.
FREE = 3


class Clock:
    """Keeps the time that looking takes to a share of the time that has passed.

    >>> clock = Clock()
    >>> clock.affordable()
    True
    >>> with clock.looking():
    ...     pass
    >>> clock.looks
    1
    """

    def __init__(self, share: float = SHARE):
        self.share, self.began = share, time.perf_counter()
        self.looks, self.spent, self.last = 0, 0.0, 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self.began

    def affordable(self) -> bool:
        """Tell whether another look, as dear as the last, stays within the share."""
        if self.looks < FREE:
            return True
        return self.spent + self.last <= self.share * self.elapsed

    @contextmanager
    def looking(self, *, anew: bool = True) -> Iterator[None]:
        """Count the time of the block as that of a look, or of the rest of the last one where it is not ``anew``.

        NumPy's products take one thread in it: others would keep busy long after, beside the loop.
        """
        began = time.perf_counter()
        try:
            with on_one_thread():
                yield
        finally:
            took = time.perf_counter() - began
            self.looks += anew
            self.spent += took
            self.last = took if anew else self.last + took
