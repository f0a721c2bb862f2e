"""How gradients change on the way back through the layers."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, Remedy, check
from trainwell.clinic.layers import first, gradient_ratio, measured_at_start
from trainwell.clinic.outcome import bottleneck, failing, harmed, learned
from trainwell.clinic.remedies import remedy

VANISHED = 1e-3
EXPLODED = 70.0
#: A run that removes less than this share of its training loss has room to learn.
LITTLE = 0.7
#: Fully connected layers beyond this many are seldom worth their trouble.
ENOUGH_LAYERS = 3


@check("exploding gradients", row=6, source="Pascanu et al. 2013")
def exploding_gradients(case: Case) -> Observation | None:
    """Gradients grow on the way back through the layers, and training fails."""
    ratio, start = gradient_ratio(case), first(case, "probe_loss")
    if not len(ratio) or not measured_at_start(case) or not harmed(case):
        return None
    base = case.record.facts.get("base_loss")
    grown = np.isfinite(ratio[0]) and ratio[0] > EXPLODED
    if not grown or base is None or start is None or not start > 2 * base:
        return None
    return Observation(
        severity="fault",
        sentence=f"The gradient of the first layer is {ratio[0]:.3g} times that of the last before the first update.",
        evidence={"first_over_last_layer": float(ratio[0]), "loss_before_training": start, "base_loss": base},
        cause="The weights of the deep layers multiply every signal; the product over the layers explodes.",
        remedies=(
            remedy(case, "Start from weights that keep the variance (He, Glorot).", {"network.initializer": "auto"}),
            remedy(case, "Clip the gradient.", {"gradient_clipping": 1.0}),
            remedy(case, "Normalize between the layers.", {"network.normalization": "layer"}),
        ),
        picture=("layer_gradient_norm",),
    )


@check("vanishing gradients", row=5, source="Hochreiter 1991; Glorot & Bengio 2010", brings=("learning rate too low",))
def vanishing_gradients(case: Case) -> Observation | None:
    """Gradients die out on the way back through the layers, and training is stuck."""
    found = vanished(case)
    if found is None:
        return None
    start, middle = found
    return Observation(
        severity="fault" if failing(case) else "warning",
        sentence=f"The gradient of the first layer is {start:.2g} times that of the last: early layers hardly learn.",
        evidence={"first_over_last_layer": start, "median_over_looks": middle},
        cause="Every layer shrinks the gradient that passes back through it, as deep stacks of sigmoids do.",
        remedies=keeping_gradients(case),
        picture=("layer_gradient_norm",),
    )


def vanished(case: Case) -> tuple[float, float] | None:
    """Return the first layer's gradient over the last's, at the start and its median; none where that did no harm."""
    ratio = gradient_ratio(case)
    ratio = ratio[np.isfinite(ratio)]
    share = learned(case, training=True)
    stuck = failing(case) or (share is not None and share < LITTLE)
    if (
        len(ratio) < 2
        or not stuck
        or bottleneck(case) is not None
        or not ratio[0] < VANISHED
        or ratio[1] > 10 * VANISHED
    ):
        return None
    return float(ratio[0]), float(np.median(ratio))


def keeping_gradients(case: Case) -> tuple[Remedy, ...]:
    """Return what keeps a gradient's size: ReLU with He, normalized layers, and of a deep stack the first layers."""
    rectified = {"network.activation": "relu", "network.initializer": "auto"}
    normalized = rectified | {"network.normalization": "batch"}
    words = "ReLU with He's initializer and normalized layers, which keep the gradient's size"
    as_deep = remedy(case, f"{words}.", normalized)
    alone = remedy(case, "ReLU with He's initializer alone.", rectified)
    hidden = list(getattr(getattr(case.recipe, "network", None), "hidden", ()))
    if len(hidden) <= ENOUGH_LAYERS:
        return as_deep, alone, remedy(case, "Fewer layers.", {"network.hidden": hidden[:2]})
    first = {"network.hidden": hidden[:ENOUGH_LAYERS]}
    return remedy(case, f"Fewer layers; {words}.", normalized | first), as_deep, remedy(case, "Fewer layers.", first)
