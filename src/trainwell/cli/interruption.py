"""Ctrl-C outside training: it stays an interruption, whatever a library makes of it on its way up."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SOON = 0.05


@contextmanager
def interruption() -> Iterator[None]:
    """Let Ctrl-C end the block in ``KeyboardInterrupt``.

    It waits for an import under way, since compiled modules print what interrupts them. Where a library's callback
    swallows the exception it comes again; where a library turns it into another exception it is turned back.
    Training has its own way with Ctrl-C.
    """
    arrived = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if is_importing(frame):
            interrupt_soon()
            return
        arrived.set()
        signal.default_int_handler(number, frame)

    before, hook = signal.signal(signal.SIGINT, note), sys.unraisablehook
    sys.unraisablehook = interrupt_again
    try:
        yield
    except Exception:
        if arrived.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook


def is_importing(frame: FrameType | None) -> bool:
    """Tell whether the code that a signal came upon is in the course of an import."""
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None


def interrupt_again(unraisable: Any) -> None:
    """Let a Ctrl-C that was swallowed come again."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        interrupt_soon()
    else:
        sys.__unraisablehook__(unraisable)


def interrupt_soon() -> None:
    """Send Ctrl-C to the main thread a moment from now."""
    threading.Timer(SOON, _thread.interrupt_main).start()
