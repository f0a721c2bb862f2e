"""Units that say nothing: flat, or silent on every row."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import broken_at_start, hidden, later, measured_at_start, named
from trainwell.clinic.outcome import bottleneck, failing, harmed
from trainwell.clinic.remedies import remedy, with_rate

HALF = 0.5
SATURATING = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign")


@check("saturation", row=8, source="Glorot & Bengio 2010", brings=("vanishing gradients", "learning rate too low"))
def saturation(case: Case) -> Observation | None:
    """Most sigmoid or tanh units sit where they are flat, and training suffers."""
    functions = case.record.facts.get("activation_functions", [])
    if "saturated_share" not in case.record or not harmed(case):
        return None
    rows = case.record["saturated_share"]
    rows = rows[np.isfinite(rows).all(axis=1)]
    flat = [at for at, name in enumerate(functions) if name in SATURATING and len(rows) and (rows[:, at] > HALF).all()]
    if not flat:
        return None
    layer, share = named(case, "activations", flat[0]), float(rows[:, flat[0]].min())
    return Observation(
        severity="fault",
        sentence=f"In {layer} {share:.0%} of the entries lie where {functions[flat[0]]} is flat, at every look.",
        evidence={"layer": layer, "share": share},
        cause="What goes into the activation is too large: weights too large, or inputs not scaled.",
        remedies=(
            remedy(case, "Glorot's initializer.", {"network.initializer": "auto"}),
            remedy(case, "Normalize before the activation.", {"network.normalization": "batch"}),
            remedy(case, "Scale the inputs.", {"encoding.numbers": "standard"}),
        ),
        picture=("saturated_share",),
    )


@check(
    "dead ReLUs",
    row=7,
    source="Lu et al. 2019",
    brings=("vanishing gradients", "learning rate too low", "bad initial scale"),
)
def dead_units(case: Case) -> Observation | None:
    """More than half of a layer's units are silent on every row, and stay so."""
    layer, share, born = silent_layer(case)
    if layer is None or broken_at_start(case) or bottleneck(case) is not None:
        return None
    harm = failing(case)
    return Observation(
        severity="fault" if harm else "smell",
        sentence=f"In {layer} {share:.0%} of the units are silent on every row{' from the start' if born else ''}: "
        "no gradient reaches them, so they stay so.",
        evidence={"layer": layer, "share": share, "from_the_start": born},
        cause="Their biases or weights keep them below zero" + ("." if born else ": one too large update is enough."),
        remedies=(
            remedy(case, "Start the biases at 0 and draw the weights by He's rule.", {"network.initializer": "auto"})
            if born
            else with_rate(case, "Divide the learning rate by 10.", 0.1),
            remedy(case, "An activation that is never quite off.", {"network.activation": "leaky_relu"}),
        ),
        picture=("dead_share", "idle_share"),
    )


def silent_layer(case: Case) -> tuple[str | None, float, bool]:
    """Return the layer with most units silent in all later looks, their share, and whether it was so from the start."""
    best: tuple[str | None, float, bool] = (None, HALF, False)
    for name, fact in (("dead_share", "activations"), ("idle_share", "layers")):
        if name not in case.record:
            continue
        rows = case.record[name]
        rows = rows[np.isfinite(rows).all(axis=1)]
        columns = hidden(case) if name == "idle_share" else np.arange(rows.shape[1])
        if len(rows) < 2 or not len(columns) or (name == "idle_share" and cut_off(case)):
            continue
        lasting = rows[1:, columns].min(axis=0)
        at = int(lasting.argmax())
        if lasting[at] > best[1]:
            born = measured_at_start(case) and bool(rows[0, columns[at]] > HALF)
            best = named(case, fact, int(columns[at])), float(lasting[at]), born
    return best


def cut_off(case: Case) -> bool:
    """Tell whether outputs differ between rows although a whole hidden layer gets no gradient: it is cut, not dead."""
    rows, spread = case.record["idle_share"], later(case, "output_deviation")
    whole = (rows[:, hidden(case)] == 1).all(axis=0).any()
    return bool(whole and len(spread) and (spread > 1e-3).all())
