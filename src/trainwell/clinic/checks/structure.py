"""What the network can tell apart: units that are copies of one another, layers that make up one straight line."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import hidden, later, measured_at_start, named
from trainwell.clinic.outcome import diverged
from trainwell.clinic.remedies import remedy

COPIES = 0.999
STRAIGHT = 1e-4


@check(
    "symmetric initialization",
    row=9,
    source="Goodfellow et al. 2016, section 8.4",
    brings=("vanishing gradients", "dead ReLUs", "bad initial scale"),
)
def symmetric_initialization(case: Case) -> Observation | None:
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
    return Observation(
        severity="fault",
        sentence=f"All units of the layer {layer} have the same weights, before training and after: they count as one.",
        evidence={
            "layer": layer,
            "similarity_at_start": float(rows[0].max()),
            "similarity_at_end": float(rows[-1].max()),
        },
        cause="The weights began all alike; units that are copies get the same gradient and stay copies.",
        remedies=(remedy(case, "Draw the weights at random (He, Glorot).", {"network.initializer": "auto"}),),
        picture=("unit_similarity",),
    )


@check("no nonlinearity", row=16, source="Cybenko 1989")
def no_nonlinearity(case: Case) -> Observation | None:
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
    return Observation(
        severity="warning",
        sentence=f"The network's {layers} layers make up a straight line: half-way between two rows it gives the mean "
        "of their answers. One layer could do the same.",
        evidence={"curvature": float(bends.max()), "layers": layers},
        cause="There is no activation function between the linear layers.",
        remedies=(remedy(case, "Put an activation between the layers.", {"network.activation": "relu"}),),
        picture=("output_curvature",),
    )


def moving(case: Case) -> bool:
    """Tell whether the outputs differ between rows, so that a straight line can be told from a point."""
    spread, size = later(case, "output_deviation"), later(case, "output_mean")
    return bool(len(spread)) and bool((spread > 1e-2 * np.maximum(np.abs(size), 1e-2)).all())
