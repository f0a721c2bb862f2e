"""The weights before the first update: too large or too small, for the data or for the activation."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.checks.gradients import vanished
from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import first, measured_at_start
from trainwell.clinic.outcome import base_loss, harmed, wild_start
from trainwell.clinic.remedies import remedy

#: He's rule gives √2, Glorot's about 1, uniform ±1/√n (PyTorch's own) 0.58.
LEAST_GAIN, MOST_GAIN = 0.3, 3.0
DEEP = 4
MOST_SILENT = 0.9
#: What is left of a signal after all layers, below which a plain stack starts on a plateau.
FADED = 1e-3
SOURCE = "Glorot & Bengio 2010; He et al. 2015"
#: What weights of a wrong size bring about.
FOLLOWS = (
    "learning rate too high",
    "exploding gradients",
    "vanishing gradients",
    "saturation",
    "dead ReLUs",
    "overfitting",
)


def gains(case: Case) -> np.ndarray:
    """Return, per hidden layer at the start, the root mean square of its weights times the root of its inputs' number.

    1 keeps the size of a signal that passes through a linear layer.
    """
    record = case.record
    units, inputs = (np.asarray(record.facts.get(name, ()), float) for name in ("layer_units", "layer_inputs"))
    if "layer_weight_norm" not in record or not measured_at_start(case) or not len(units):
        return np.zeros(0)
    layers = np.flatnonzero((units > 0) & (inputs > 1))[:-1]
    return record["layer_weight_norm"][0][layers] / np.sqrt(units[layers])


def off_scale(case: Case) -> float | None:
    """Return the typical gain of the hidden layers where it is out of bounds."""
    found = gains(case)
    if not len(found):
        return None
    typical = float(np.median(found))
    deep = len(found) >= DEEP
    low, high = (LEAST_GAIN * (1.6 if deep else 1), MOST_GAIN / (1.3 if deep else 1))
    return None if low < typical < high else typical


@check("initializer/activation mismatch", row=33, source=SOURCE, brings=FOLLOWS)
def mismatched_initializer(case: Case) -> Observation | None:
    """Signals shrink or grow from layer to layer of a deep network, whose initializer does not suit its activation."""
    return scale_finding(case) if len(gains(case)) >= DEEP else None


@check("bad initial scale", row=10, source=SOURCE, brings=FOLLOWS)
def bad_initial_scale(case: Case) -> Observation | None:
    """The weights began much too large or too small."""
    return scale_finding(case) if len(gains(case)) < DEEP else None


def born_dead(case: Case) -> bool:
    """Tell whether nearly all units of a layer are silent from the start, as large negative biases make them."""
    return "idle_share" in case.record and bool((case.record["idle_share"][0] > MOST_SILENT).any())


def faded(case: Case, gain: float) -> bool:
    """Tell whether next to nothing of a signal is left after all layers, and no normalization restores it."""
    normalized = case.record.facts.get("batch_normalization") or any(
        "norm" in str(name).lower() for name in case.record.facts.get("layers", ())
    )
    return not normalized and len(gains(case)) >= DEEP and gain ** len(gains(case)) < FADED


def scale_finding(case: Case) -> Observation | None:
    """Return what is seen of the weights' scale, where it is off and did harm."""
    gain = off_scale(case)
    start, base, harm = first(case, "probe_loss"), base_loss(case, training=True), harmed(case)
    flat = vanished(case) is not None  # large weights put sigmoids where they are flat
    if (
        gain is None
        or not (harm or (gain > 1 and (wild_start(case) or flat)) or faded(case, gain))
        or (gain > 1 and born_dead(case))
    ):
        return None
    large = gain > 1
    words = "larger" if large else "smaller"
    effect = f"grows by {gain:.2g}" if large else f"shrinks to {gain:.2g} of its size"
    return Observation(
        severity="fault" if harm else "warning",
        sentence=f"The weights began much {words} than their layers' sizes ask for: a signal {effect} in every layer.",
        evidence={"gain_per_layer": gain, "layers": len(gains(case)), "loss_before_training": start, "base_loss": base},
        cause="The initializer does not suit the layers' sizes and their activation.",
        remedies=(
            remedy(
                case,
                "He's initializer for ReLU and its kin, Glorot's for sigmoid and tanh, LeCun's for SELU.",
                {"network.initializer": "auto"},
            ),
            remedy(case, "Normalize between the layers.", {"network.normalization": "layer"}),
        ),
        picture=("layer_weight_norm", "activation_deviation"),
    )
