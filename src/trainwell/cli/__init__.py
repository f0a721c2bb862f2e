"""The command line: parse, call, show; no logic.

Heavy libraries are imported inside the commands, so that help is quick.
"""

import _thread
import sys
import threading
from typing import Any

from trainwell.cli.app import app

SOON = 0.05


def main() -> None:
    """Run the command line."""
    sys.unraisablehook = interrupt_again
    app()


def interrupt_again(unraisable: Any) -> None:
    """Where a library's callback swallowed a Ctrl-C, let it come again a little later."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        threading.Timer(SOON, _thread.interrupt_main).start()
    else:
        sys.__unraisablehook__(unraisable)


__all__ = ["app", "main"]
