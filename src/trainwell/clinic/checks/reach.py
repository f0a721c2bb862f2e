"""What is out of reach: answers beyond the range of the last activation, layers that no update comes to."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.checks.wiring import ROUNDING
from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import later, vary
from trainwell.clinic.outcome import behind, failing, harmed, learned
from trainwell.clinic.remedies import remedy

#: How near a bound outputs must come to have been held by it.
NEAR = 0.01
#: Extremes below and above 0 that differ by a smaller share were made equal by a function.
EVEN = 1e-3
#: A run that removed more of its training loss has moved, whatever was seen of it.
LITTLE = 0.1


@check("output range", row=15, source="Bishop 2006, section 5.2")
def output_range(case: Case) -> Observation | None:
    """The last activation cannot give the targets, or the logits that speak against a class."""
    record, facts = case.record, case.record.facts
    if facts.get("loss_takes") == "logits":
        return rectified_logits(case)
    if facts.get("task") != "regression" or "target_minimum" not in facts or "output_minimum" not in record:
        return None
    low, high = float(record["output_minimum"].min()), float(record["output_maximum"].max())
    least, most, spread = facts["target_minimum"], facts["target_maximum"], facts["target_deviation"]
    floor, ceiling = bounds_of(record["output_minimum"], record["output_maximum"])
    floor = None if floor is None or least > floor - spread / 10 else floor
    ceiling = None if ceiling is None or most < ceiling + spread / 10 else ceiling
    if len(record["output_minimum"]) < 2 or (floor is None and ceiling is None) or not vary(case):
        return None
    if not {floor, ceiling} <= {None, 0.0, 1.0, -1.0} and not behind(case):  # equal by chance
        return None
    shown = f"below {floor:g}" if floor is not None else f"above {ceiling:g}"
    return Observation(
        severity="fault" if behind(case) else "warning",
        sentence=f"No output ever lay {shown}, but targets do: they run from {least:.3g} to {most:.3g}, "
        f"the outputs from {low:.3g} to {high:.3g}.",
        evidence={"outputs_from": low, "outputs_to": high, "targets_from": least, "targets_to": most},
        cause="The network ends in an activation (ReLU, sigmoid, tanh) that cannot give such numbers.",
        remedies=(remedy(case, "End in a linear layer, or scale the target into the activation's range."),),
        picture=("output_minimum", "output_maximum"),
    )


def bounds_of(lows: np.ndarray, highs: np.ndarray) -> tuple[float | None, float | None]:
    """Return the bounds that outputs came near in the end and never crossed, by their extremes at each look.

    They are those of a ReLU, a sigmoid and a tanh, the last of these times any factor: as far below 0 as above it.

    >>> bounds_of(np.array([0.1, 0.005]), np.array([0.4, 3.0]))
    (0.0, None)
    >>> bounds_of(np.array([-0.3, -0.499, -0.5]), np.array([0.2, 0.498, 0.5]))
    (-0.5, 0.5)
    >>> bounds_of(np.array([-0.3, -0.999]), np.array([0.2, 4.0]))
    (None, None)
    """
    if held(lows):
        return 0.0, 1.0 if held(1 - highs) else None
    size = max(float(highs.max()), -float(lows.min()))
    if held(1 - highs) or held(lows + 1):
        return (-1.0 if held(lows + 1) and size <= 1 else None), (1.0 if held(1 - highs) else None)
    even = size > 0 and bool(np.all(np.abs(np.array([-lows[-1], highs[-1]]) / size - 1) < EVEN))
    return (-size, size) if even else (None, None)


def rectified_logits(case: Case) -> Observation | None:
    """Find what lets no logit be negative, such as a ReLU, though some come to 0 in the end."""
    lows = case.record.arrays.get("output_minimum", np.zeros(0))
    task = case.record.facts.get("task")
    if task not in ("multiclass", "binary", "multilabel") or len(lows) < 2 or not held(lows) or not vary(case):
        return None
    says = "never less likely than not" if task != "multiclass" else "hardly ever told to be unlikely"
    high = float(case.record["output_maximum"].max())
    if high <= 1 + ROUNDING:  # probabilities, which is another fault
        return None
    return Observation(
        severity="fault" if harmed(case) else "warning",
        sentence=f"No logit was ever below 0, the greatest was {high:.3g}: a class is {says}.",
        evidence={"outputs_from": 0.0, "outputs_to": high},
        cause="The network ends in an activation (ReLU, softplus, a square) that gives no negative number.",
        remedies=(remedy(case, "Leave the last activation out: logits may be any number."),),
        picture=("output_minimum", "output_maximum"),
    )


def held(room: np.ndarray) -> bool:
    """Tell whether outputs came near a bound in the end and never crossed it, by their distance at each look."""
    return bool(np.all(room >= 0) and room[-1] <= NEAR)


@check(
    "frozen parameters",
    row=19,
    source="Ansel et al. 2024, on parameters left unregistered",
    brings=("dead ReLUs", "vanishing gradients"),
)
def frozen_parameters(case: Case) -> Observation | None:
    """A layer stays as it was drawn while the others learn, or nothing is trained at all."""
    if stands_still(case):
        return nothing_trained(case)
    found = frozen_layers(case)
    if not len(found):
        return None
    names = case.record.facts.get("layers", [])
    listed = ", ".join(names[at] if at < len(names) else str(at) for at in found[:5])
    gradient = float(np.median(case.record["layer_gradient_norm"][:, found]))
    cut = gradient == 0
    why = "no gradient reaches it" if cut else f"its gradient is not zero ({gradient:.2g}), but no update is made"
    return Observation(
        severity="fault" if failing(case) else "warning",
        sentence=f"The layer{'s' if len(found) > 1 else ''} {listed} never changed while the others did: {why}.",
        evidence={"layers": listed, "gradient_norm": gradient},
        cause="The way to it is cut (a detach, a stop_gradient)." if cut else "It was left out of the optimizer.",
        remedies=(
            remedy(
                case,
                "Let the gradient through." if cut else "Hand every parameter to the optimizer; unfreeze the layer.",
            ),
        ),
        picture=("layer_update_ratio", "layer_gradient_norm"),
    )


def stands_still(case: Case) -> bool:
    """Tell whether no step was made, or none of those looked at changed any weight, of a run that learned little."""
    share, updates = learned(case, training=True), case.record.arrays.get("layer_update_ratio", np.zeros((0, 0)))
    if share is not None and share > LITTLE:
        return False
    steps = case.record.arrays.get("step", np.zeros(0))
    return bool(len(steps) and steps[-1] == 0) or (len(updates) > 1 and updates.size > 0 and bool(np.all(updates == 0)))


def nothing_trained(case: Case) -> Observation:
    """Say that no weight changed."""
    epochs = len(case.record["training_loss"])
    gradients = case.record.arrays.get("layer_gradient_norm", np.zeros(0))
    given = bool(np.any(gradients[np.isfinite(gradients)] > 0))
    return Observation(
        severity="fault",
        sentence=f"No weight changed in {epochs} epoch{'' if epochs == 1 else 's'}: the network is as it was drawn.",
        evidence={"epochs": epochs, "steps": int(case.record["step"][-1]) if "step" in case.record else None},
        cause="The optimizer makes no step, or was handed other parameters."
        if given
        else "No gradient is computed (loss.backward()), or the optimizer makes no step (optimizer.step()).",
        remedies=(
            remedy(case, "In every step: clear the gradients, compute the loss, loss.backward(), optimizer.step()."),
            remedy(case, "Hand the optimizer the parameters of this very network."),
        ),
        picture=("training_loss", "layer_update_ratio"),
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
