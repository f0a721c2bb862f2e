"""trainwell trains neural networks on your data by the recipe that experts follow, and says with evidence how it went.

>>> import trainwell as tw
>>> recipe = tw.Recipe(network=tw.MLP(hidden=(32,)), optimizer=tw.AdamW(learning_rate=3e-3), max_epochs=3)
>>> recipe.network.hidden
(32,)
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import Any

__version__ = "0.1.0"


def _homes() -> dict[str, tuple[str, str]]:
    """Return every public name with the module it is found in and its name there, as the stub beside says."""
    stub = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: (node.module or "", alias.name) for node in imports for alias in node.names}


_HOMES = _homes()

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'trainwell' has no attribute {name!r}")
    room, own = _HOMES[name]
    module = importlib.import_module(room)
    value = importlib.import_module(f"{room}.{own}") if room == __name__ else getattr(module, own)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
