"""Small problems that need no encoding, for the engine's tests."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np

from trainwell.engine import Problem
from trainwell.engine.problem import pad_rows
from trainwell.engine.state import Examples
from trainwell.layout import Layout


def blobs(
    rows: int = 150, features: int = 4, classes: int = 3, seed: int = 0, spread: float = 1.5, **changes: Any
) -> Problem:
    """Return a problem of Gaussian clouds, the last third of the rows for validation."""
    random = np.random.default_rng(seed)
    targets = random.integers(0, classes, rows)
    centres = random.normal(size=(classes, features)) * spread
    inputs = centres[targets] + random.normal(size=(rows, features))
    first = rows * 2 // 3
    fields: dict[str, Any] = {
        "examples": Examples(
            jnp.asarray(inputs, jnp.float32), jnp.asarray(targets, jnp.int32), jnp.ones(rows, jnp.float32)
        ),
        "rows": pad_rows(np.arange(first), np.arange(first, rows)),
        "layout": Layout(numbers=features),
        "task": "multiclass",
        "outputs": classes,
        "base_rate": jnp.zeros(classes),
        "target_scale": 1.0,
        "encoder": None,
    }
    return Problem(**(fields | changes))
