"""Figures as a table on the screen and as JSON beside it."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "results"
LIBRARIES = ("jax", "torch", "scikit-learn", "trainwell")


def show(name: str, title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print rows of equal fields and write them to ``results/NAME.json`` with the versions they were measured with."""
    table = Table(title=title, title_justify="left")
    for field in rows[0]:
        table.add_column(field, justify="right" if isinstance(rows[0][field], int | float) else "left")
    for row in rows:
        table.add_row(*(f"{value:.4g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console(width=160).print(table)
    FOLDER.mkdir(exist_ok=True)
    content = {
        "name": name,
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "versions": {library: found for library in LIBRARIES if (found := installed(library))},
        "rows": list(rows),
    }
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")


def installed(library: str) -> str | None:
    """Return the version of a library, none where it is missing."""
    try:
        return version(library)
    except ModuleNotFoundError:
        return None
