"""A small run for the tests of what comes after training: fitted once, shared by all."""

from __future__ import annotations

from functools import cache

import trainwell as tw
from tests.data.tables import animals

TINY = tw.Recipe(network=tw.MLP(hidden=(8,)), optimizer=tw.AdamW(learning_rate=0.02), batch_size=32, max_epochs=5)


@cache
def animals_run() -> tw.Run:
    """Return a run that tells cats from dogs."""
    return tw.fit(TINY, tw.read(animals(120), target="species", name="animals"))
