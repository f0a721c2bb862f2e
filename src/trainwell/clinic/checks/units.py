"""Units: silent ones, saturated ones, copies of one another, and layers that bend nothing."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.checks.generalisation import bottleneck
from trainwell.clinic.checks.numbers import broken_at_start
from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import behind, diverged, harmed, later, learned_nothing, measured_at_start
from trainwell.clinic.remedies import remedy, with_rate

HALF = 0.5
COPIES = 0.999
STRAIGHT = 1e-4
SATURATING = ("sigmoid", "tanh", "hard_sigmoid", "hard_tanh", "softsign")


def named(case: Case, fact: str, at: int) -> str:
    """Return the name of a layer or activation."""
    names = case.record.facts.get(fact, [])
    return str(names[at]) if at < len(names) else str(at + 1)


def hidden(case: Case) -> np.ndarray:
    """Return the layers of weights but the last."""
    units = np.asarray(case.record.facts.get("layer_units", ()))
    return (
        np.flatnonzero(units > 1)[:-1] if (units > 0).any() and units[units > 0][-1] > 1 else np.flatnonzero(units > 1)
    )


@CHECKS.register("symmetric initialization", row=9, source="Goodfellow et al. 2016, section 8.4")
def symmetric_initialization(case: Case) -> Finding | None:
    """All units of a hidden layer began as copies of one another and stayed so."""
    if "unit_similarity" not in case.record or not measured_at_start(case):
        return None
    rows = case.record["unit_similarity"][:, hidden(case)]
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) < 2 or not rows.shape[1]:
        return None
    copies = (rows > COPIES).all(axis=0)
    if not copies.any():
        return None
    layer = named(case, "layers", int(hidden(case)[np.flatnonzero(copies)[0]]))
    return Finding(
        name="symmetric initialization",
        severity="fault",
        sentence=f"All units of the layer {layer} have the same weights, before training and after: they count as one.",
        evidence={
            "layer": layer,
            "similarity_at_start": float(rows[0].max()),
            "similarity_at_end": float(rows[-1].max()),
        },
        cause="The weights began all alike; units that are copies get the same gradient and stay copies.",
        remedies=(remedy(case, "Draw the weights at random (He, Glorot).", {"network.initializer": "auto"}),),
        source="Goodfellow et al. 2016, section 8.4",
        picture=("unit_similarity",),
    )


@CHECKS.register("no nonlinearity", row=16, source="Cybenko 1989")
def no_nonlinearity(case: Case) -> Finding | None:
    """Several layers make up one straight line."""
    functions = case.record.facts.get("activation_functions", [])
    units = np.asarray(case.record.facts.get("layer_units", ()))
    bends = later(case, "output_curvature")
    bends = bends[np.isfinite(bends)]
    straight = len(bends) > 0 and bool((bends < STRAIGHT).all())
    if (units > 0).sum() < 2 or not (straight and (not functions or set(functions) == {"identity"})):
        return None
    if diverged(case) or not moving(case):
        return None
    layers = int((units > 0).sum())
    return Finding(
        name="no nonlinearity",
        severity="warning",
        sentence=f"The network's {layers} layers make up a straight line: half-way between two rows it gives the mean "
        "of their answers. One layer could do the same.",
        evidence={"curvature": float(bends.max()), "layers": layers},
        cause="There is no activation function between the linear layers.",
        remedies=(remedy(case, "Put an activation between the layers.", {"network.activation": "relu"}),),
        source="Cybenko 1989",
        picture=("output_curvature",),
    )


def moving(case: Case) -> bool:
    """Tell whether the outputs differ between rows, so that a straight line can be told from a point."""
    spread, size = later(case, "output_deviation"), later(case, "output_mean")
    return bool(len(spread)) and bool((spread > 1e-2 * np.maximum(np.abs(size), 1e-2)).all())


@CHECKS.register("saturation", row=8, source="Glorot & Bengio 2010")
def saturation(case: Case) -> Finding | None:
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
    return Finding(
        name="saturation",
        severity="fault",
        sentence=f"In {layer} {share:.0%} of the entries lie where {functions[flat[0]]} is flat, at every look.",
        evidence={"layer": layer, "share": share},
        cause="What goes into the activation is too large: weights too large, or inputs not scaled.",
        remedies=(
            remedy(case, "Glorot's initializer.", {"network.initializer": "auto"}),
            remedy(case, "Normalize before the activation.", {"network.normalization": "batch"}),
            remedy(case, "Scale the inputs.", {"encoding.numbers": "standard"}),
        ),
        source="Glorot & Bengio 2010",
        picture=("saturated_share",),
    )


@CHECKS.register("dead ReLUs", row=7, source="Lu et al. 2019")
def dead_units(case: Case) -> Finding | None:
    """More than half of a layer's units are silent on every row, and stay so."""
    layer, share, born = silent_layer(case)
    if layer is None or broken_at_start(case) or bottleneck(case) is not None:
        return None
    harm = learned_nothing(case) or behind(case)
    return Finding(
        name="dead ReLUs",
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
        source="Lu et al. 2019",
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
