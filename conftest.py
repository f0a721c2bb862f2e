"""What is left out of the collection where an optional library is not installed."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

#: Rooms that import an optional library at their top, and the library.
OPTIONAL = {"src/trainwell/adapters/torch": "torch", "src/trainwell/adapters/keras": "keras"}

collect_ignore = [str(Path(__file__).parent / room) for room, library in OPTIONAL.items() if find_spec(library) is None]
