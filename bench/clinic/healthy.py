"""Healthy runs of many recipes: every optimizer and schedule, several depths and activations, short and long."""

from __future__ import annotations

from collections.abc import Sequence

import trainwell as tw
from bench.clinic.faults import Setting, healthy
from bench.clinic.tables import FITTED

RELU = tw.MLP(hidden=(32, 32))
TANH = tw.MLP(hidden=(64,), activation="tanh")
GELU = tw.MLP(hidden=(48, 48, 48), activation="gelu", dropout=0.1)
BATCH = tw.MLP(hidden=(64, 32), normalization="batch")
LAYER = tw.MLP(hidden=(32, 32, 32, 32), activation="elu", normalization="layer")
WIDE = tw.MLP(hidden=(128, 128), activation="mish", dropout=0.3)
LINEAR = tw.MLP(hidden=())

#: Every optimizer, schedule and kind of network at least once; each combination is compiled once per table.
COMBINATIONS = (
    (RELU, tw.Adam(learning_rate=2e-3), tw.Constant(), 32),
    (GELU, tw.AdamW(learning_rate=2e-3), tw.Cosine(warm_up=0.1), 32),
    (BATCH, tw.Adam(learning_rate=3e-3), tw.Plateau(), 32),
    (TANH, tw.SGD(learning_rate=0.1), tw.Constant(), 16),
    (RELU, tw.SGD(learning_rate=0.01, momentum=0.9), tw.Plateau(), 32),
    (LAYER, tw.SGD(learning_rate=0.01, momentum=0.9, nesterov=True), tw.OneCycle(), 32),
    (GELU, tw.NAdam(learning_rate=1e-3), tw.Exponential(), 64),
    (RELU, tw.RAdam(learning_rate=3e-3), tw.Linear(), 32),
    (LAYER, tw.AdaMax(learning_rate=3e-3), tw.InverseSquareRoot(), 32),
    (WIDE, tw.RMSProp(learning_rate=1e-3), tw.Plateau(), 64),
    (TANH, tw.AdaGrad(learning_rate=0.02), tw.Constant(), 32),
    (WIDE, tw.Lion(learning_rate=2e-4), tw.Cosine(), 32),
    (BATCH, tw.Muon(learning_rate=0.01), tw.Cosine(), 64),
    (LINEAR, tw.Adam(learning_rate=5e-3), tw.Constant(), 32),
)
#: Rates about the one above, and epochs, from still going to converged long ago.
VARIATIONS = ((1.0, 40), (0.5, 25), (1.5, 80))


def healthy_settings(count: int, seed: int, names: Sequence[str] = FITTED) -> list[Setting]:
    """Return so many healthy settings: each combination on each table, then with another rate, length and seed."""
    settings = []
    for number in range(count):
        turn, place = divmod(number, len(names) * len(COMBINATIONS))
        network, optimizer, schedule, batch_size = COMBINATIONS[place // len(names)]
        factor, epochs = VARIATIONS[turn % len(VARIATIONS)]
        base = healthy(names[place % len(names)], seed + 2 * turn)
        settings.append(
            base.by(
                network=network,
                optimizer=optimizer.model_copy(update={"learning_rate": factor * optimizer.learning_rate}),
                schedule=schedule,
                batch_size=batch_size,
                max_epochs=epochs,
                early_stopping=tw.EarlyStopping(patience=20) if place % 3 == 0 else None,
                seed=seed + 2 * turn,
            )
        )
    return settings
