"""Gradients: which way updates go, which layers they reach, and how they change on the way back."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.checks.generalisation import bottleneck
from trainwell.clinic.checks.outputs import POSITIVE
from trainwell.clinic.finding import CHECKS, Case, Finding, Remedy
from trainwell.clinic.outcome import (
    SURE,
    against_one_answer,
    behind,
    first,
    harmed,
    later,
    learned,
    learned_nothing,
    loss_fell,
    measured_at_start,
)
from trainwell.clinic.remedies import remedy

#: A cosine below which an update points uphill; a layer of so few weights may by chance.
UPHILL, FEW_WEIGHTS = -0.3, 8
VANISHED = 1e-3
EXPLODED = 70.0
#: A run that removes less than this share of its training loss has room to learn.
LITTLE = 0.7
#: Fully connected layers beyond this many are seldom worth their trouble.
ENOUGH_LAYERS = 3


@CHECKS.register("sign flipped", row=18, source="Cauchy 1847")
def sign_flipped(case: Case) -> Finding | None:
    """Updates go uphill, or a loss that cannot be negative is."""
    uphill = first(case, "update_alignment")
    training = case.record["training_loss"]
    negative = case.record.facts.get("loss") in POSITIVE and bool(np.nanmin(training, initial=0.0) < -1e-6)
    against, layer = rewarded(case), uphill_layer(case)
    wholly = uphill is not None and uphill < UPHILL and not improved(case) and not fell(training)
    if not (negative or against or wholly or layer is not None):
        return None
    if negative:
        seen = f"The loss fell to {np.nanmin(training):.3g}, but it cannot be negative."
    elif against:
        seen = (
            f"The loss fell below 0, to {np.nanmin(training):.3g}, while the training rows are told no better than by "
            "one answer for all: the further off, the better it thinks."
        )
    elif wholly or layer is None:
        seen = (
            f"The first update points uphill: the cosine between it and the way down is {uphill:.2f}, where it should "
            "be near 1."
        )
    else:
        seen = f"The first update of {layer} points uphill, while those of other layers point down."
    return Finding(
        name="sign flipped",
        severity="fault" if negative or against or wholly or harmed(case) else "warning",
        sentence=seen,
        evidence={"alignment": uphill, "layer": layer, "least_loss": float(np.nanmin(training, initial=np.inf))},
        cause="A minus too many or too few: in the loss, in the optimizer, or in how its update is applied.",
        remedies=(remedy(case, "Make the loss small, not large: loss, not −loss; θ − ηg, not θ + ηg."),),
        source="Cauchy 1847",
        picture=("training_loss", "update_alignment"),
    )


def uphill_layer(case: Case) -> str | None:
    """Return the name of a layer of some size whose first update points uphill; none where those of all do, or none."""
    rows = case.record.arrays.get("layer_update_alignment", np.zeros((0, 0)))
    sizes = np.multiply(case.record.facts.get("layer_units", ()), case.record.facts.get("layer_inputs", ()))
    if not len(rows) or not measured_at_start(case) or len(sizes) != rows.shape[1]:
        return None
    against = (rows[0] < -0.5) & (sizes >= FEW_WEIGHTS)
    if not against.any() or not (rows[0][sizes >= FEW_WEIGHTS] > 0).any():
        return None
    at = int(np.flatnonzero(against)[0])
    names = case.record.facts.get("layers", [])
    return str(names[at]) if at < len(names) else f"layer {at + 1}"


def rewarded(case: Case) -> bool:
    """Tell whether errors are rewarded: a loss that sinks further below 0 while the score gets nowhere."""
    lowest, better = loss_fell(case), against_one_answer(case)
    return lowest is not None and better is not None and lowest[1] < -abs(lowest[0]) and better < SURE


def fell(losses: np.ndarray) -> bool:
    """Tell whether losses ended below where they began; uphill they rise, whatever one noisy step looked like."""
    return bool(np.isfinite(losses).all() and np.median(losses[-(-len(losses) * 2 // 3) :]) < losses[0])


def improved(case: Case) -> bool:
    """Tell whether training brought the loss well below that of one answer for all."""
    share = learned(case, training=True)
    return share is not None and share > 0.2


@CHECKS.register("frozen parameters", row=19, source="Ansel et al. 2024, on parameters left unregistered")
def frozen_parameters(case: Case) -> Finding | None:
    """A layer stays as it was drawn while the others learn."""
    found = frozen_layers(case)
    if not len(found):
        return None
    names = case.record.facts.get("layers", [])
    listed = ", ".join(names[at] if at < len(names) else str(at) for at in found[:5])
    gradient = float(np.median(case.record["layer_gradient_norm"][:, found]))
    cut = gradient == 0
    why = "no gradient reaches it" if cut else f"its gradient is not zero ({gradient:.2g}), but no update is made"
    return Finding(
        name="frozen parameters",
        severity="fault" if behind(case) or learned_nothing(case) else "warning",
        sentence=f"The layer{'s' if len(found) > 1 else ''} {listed} never changed while the others did: {why}.",
        evidence={"layers": listed, "gradient_norm": gradient},
        cause="The way to it is cut (a detach, a stop_gradient)." if cut else "It was left out of the optimizer.",
        remedies=(
            remedy(
                case,
                "Let the gradient through." if cut else "Hand every parameter to the optimizer; unfreeze the layer.",
            ),
        ),
        source="Ansel et al. 2024, on parameters left unregistered",
        picture=("layer_update_ratio", "layer_gradient_norm"),
    )


def frozen_layers(case: Case) -> np.ndarray:
    """Return the layers that no look saw move while another did, those behind units that are all silent left out."""
    record = case.record
    if "layer_update_ratio" not in record or "layer_gradient_norm" not in record:
        return np.zeros(0, int)
    updates, gradients = record["layer_update_ratio"], record["layer_gradient_norm"]
    telling = np.isfinite(updates).all(axis=1) & (updates > 0).any(axis=1)
    if telling.sum() < 2 or np.any(later(case, "output_deviation") == 0):
        return np.zeros(0, int)
    still = (updates[telling] == 0).all(axis=0)
    asked = (gradients[telling] > 0).all(axis=0)
    silent = (gradients[telling] == 0).all(axis=0)
    passed = (record["output_deviation"] > 1e-6).all() if "output_deviation" in record else True
    weights = np.asarray(record.facts.get("layer_units", np.ones(updates.shape[1])))[: updates.shape[1]] > 0
    return np.flatnonzero(still & (asked | (silent & passed)) & weights)


def gradient_ratio(case: Case) -> np.ndarray:
    """Return, per look, the first layer's gradient over the last's, each relative to its weights; none for two."""
    record = case.record
    if "layer_gradient_norm" not in record or "layer_weight_norm" not in record:
        return np.zeros(0)
    units = np.asarray(record.facts.get("layer_units", ()))
    norms, weights = record["layer_gradient_norm"], record["layer_weight_norm"]
    layers = np.flatnonzero(units > 0) if len(units) == norms.shape[1] else np.arange(norms.shape[1])
    if len(layers) < 3:
        return np.zeros(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = norms / np.maximum(weights, 1e-12)
        return relative[:, layers[0]] / relative[:, layers[-1]]


@CHECKS.register("exploding gradients", row=6, source="Pascanu et al. 2013")
def exploding_gradients(case: Case) -> Finding | None:
    """Gradients grow on the way back through the layers, and training fails."""
    ratio, start = gradient_ratio(case), first(case, "probe_loss")
    if not len(ratio) or not measured_at_start(case) or not harmed(case):
        return None
    base = case.record.facts.get("base_loss")
    grown = np.isfinite(ratio[0]) and ratio[0] > EXPLODED
    if not grown or base is None or start is None or not start > 2 * base:
        return None
    return Finding(
        name="exploding gradients",
        severity="fault",
        sentence=f"The gradient of the first layer is {ratio[0]:.3g} times that of the last before the first update.",
        evidence={"first_over_last_layer": float(ratio[0]), "loss_before_training": start, "base_loss": base},
        cause="The weights of the deep layers multiply every signal; the product over the layers explodes.",
        remedies=(
            remedy(case, "Start from weights that keep the variance (He, Glorot).", {"network.initializer": "auto"}),
            remedy(case, "Clip the gradient.", {"gradient_clipping": 1.0}),
            remedy(case, "Normalize between the layers.", {"network.normalization": "layer"}),
        ),
        source="Pascanu et al. 2013",
        picture=("layer_gradient_norm",),
    )


@CHECKS.register("vanishing gradients", row=5, source="Hochreiter 1991; Glorot & Bengio 2010")
def vanishing_gradients(case: Case) -> Finding | None:
    """Gradients die out on the way back through the layers, and training is stuck."""
    found = vanished(case)
    if found is None:
        return None
    start, middle = found
    return Finding(
        name="vanishing gradients",
        severity="fault" if learned_nothing(case) or behind(case) else "warning",
        sentence=f"The gradient of the first layer is {start:.2g} times that of the last: early layers hardly learn.",
        evidence={"first_over_last_layer": start, "median_over_looks": middle},
        cause="Every layer shrinks the gradient that passes back through it, as deep stacks of sigmoids do.",
        remedies=keeping_gradients(case),
        source="Hochreiter 1991; Glorot & Bengio 2010",
        picture=("layer_gradient_norm",),
    )


def vanished(case: Case) -> tuple[float, float] | None:
    """Return the first layer's gradient over the last's, at the start and its median; none where that did no harm."""
    ratio = gradient_ratio(case)
    ratio = ratio[np.isfinite(ratio)]
    share = learned(case, training=True)
    stuck = learned_nothing(case) or behind(case) or (share is not None and share < LITTLE)
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
