"""What the whole suite shares: one folder of compiled programs, so that no structure is compiled twice."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

os.environ.setdefault("TRAINWELL_CACHE", str(Path(__file__).parent.parent / ".cache" / "jax"))

from trainwell.engine import keep_compilations

keep_compilations()

#: Parity tests need PyTorch, which is no part of the ``test`` extra: `make test-peers` brings it.
collect_ignore = [] if importlib.util.find_spec("torch") else ["peers"]
