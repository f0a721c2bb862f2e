"""Tables that the tests make for themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl


def animals(rows: int = 60, seed: int = 0) -> pl.DataFrame:
    """Return a small table with a column of nearly every kind; ``species`` is the target."""
    generator = np.random.default_rng(seed)
    cat = np.arange(rows) % 2 == 0
    return pl.DataFrame(
        {
            "tag": [f"A{number:04d}" for number in range(rows)],
            "weight": generator.normal(np.where(cat, 4.0, 20.0)).round(3),
            "legs": np.full(rows, 4),
            "age": generator.integers(0, 15, rows),
            "colour": generator.choice(["black", "white", "grey"], rows),
            "indoor": generator.choice(["yes", "no"], rows),
            "born": pl.Series(generator.integers(17_000, 19_000, rows)).cast(pl.Date),
            "species": np.where(cat, "cat", "dog"),
        }
    ).with_columns(pl.when(pl.int_range(pl.len()) % 7 == 3).then(None).otherwise(pl.col("age")).alias("age"))


def written(folder: Path, name: str, text: str | bytes) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def lines(rows: int = 30) -> str:
    """Return rows of a CSV table with the columns u, v and t."""
    return "".join(f"{row * 0.37 % 1:.3f},{row * 7 % 11},{'ab'[row % 2]}\n" for row in range(rows))


HEADER = "u,v,t\n"
