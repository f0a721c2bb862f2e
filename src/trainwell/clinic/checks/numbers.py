"""Numbers that are none: in the data, or from some moment of training on."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import diverged, first
from trainwell.clinic.remedies import learning_rate, remedy, with_rate

SOURCE = "Goodfellow et al. 2016, ch. 11"


@CHECKS.register("non-finite input", row=1, source=SOURCE)
def nonfinite_input(case: Case) -> Finding | None:
    """A value of the data is not a finite number."""
    facts = case.record.facts
    places = [*facts.get("nonfinite_inputs", ()), *facts.get("nonfinite_targets", ())]
    columns = np.flatnonzero(~np.isfinite(case.record.arrays.get("input_mean", np.zeros(0))))
    if not places and not len(columns):
        return None
    where = f"row {places[0][0]}, column {places[0][1]}" if places else f"column {int(columns[0])}"
    return Finding(
        name="non-finite input",
        severity="fault",
        sentence=f"The data hold a value that is not a finite number, first in {where}; one is enough to spoil all.",
        evidence={"where": where, "values": max(len(places), len(columns))},
        cause="A missing value, a division by zero or an overflow before the data came here.",
        remedies=(remedy(case, "Clean that value, or fill it in from the training rows."),),
        source=SOURCE,
    )


@CHECKS.register("non-finite numbers", row=2, source=SOURCE, symptom=True)
def nonfinite_numbers(case: Case) -> Finding | None:
    """The training loss stopped being a finite number."""
    if not diverged(case):
        return None
    return born_so(case) if broken_at_start(case) else overflowed(case)


def broken_at_start(case: Case) -> bool:
    """Tell whether loss or gradient were no numbers even before the first update."""
    loss = first(case, "probe_loss")
    gradients = case.record.arrays.get("layer_gradient_norm")
    if loss is None or gradients is None or not len(gradients):
        return loss is not None and not np.isfinite(loss)
    return not np.isfinite(loss) or not bool(np.isfinite(gradients[0]).all())


def born_so(case: Case) -> Finding:
    """Say that the network gives no numbers even before it is trained."""
    loss = first(case, "probe_loss")
    what = "loss" if loss is not None and not np.isfinite(loss) else "gradient"
    return Finding(
        name="non-finite numbers",
        severity="fault",
        sentence=f"The {what} is not a finite number even before the first update.",
        evidence={"loss_before_training": loss, "first_bad": what, "epoch": 0, "layer": bad_layer(case)},
        cause="An operation in the network or the loss leaves the range of numbers: the logarithm or the root of 0, a "
        "division by 0, an exponential of a large number.",
        remedies=(
            remedy(case, "Guard that operation (log(x + small), a loss that takes logits), or start with less weight."),
        ),
        source=SOURCE,
        picture=("probe_loss", "layer_gradient_norm"),
    )


def bad_layer(case: Case) -> str | None:
    """Return the name of the last layer whose gradient is no number at the start: what broke lies after it."""
    bad = np.flatnonzero(~np.isfinite(case.record["layer_gradient_norm"][0]))
    names = case.record.facts.get("layers", [])
    return names[int(bad[-1])] if len(bad) and int(bad[-1]) < len(names) else None


def overflowed(case: Case) -> Finding:
    """Say when the numbers were lost, and what was large just before."""
    training = case.record["training_loss"]
    at = int(np.flatnonzero(~np.isfinite(training))[0]) if not np.isfinite(training).all() else len(training) - 1
    epoch = int(case.record["epoch"][at])
    evidence: dict[str, Any] = {"epoch": epoch, "learning_rate": learning_rate(case)}
    return Finding(
        name="non-finite numbers",
        severity="fault",
        sentence=f"The training loss stopped being a finite number in epoch {epoch}; the weights before are kept.",
        evidence=evidence,
        cause="The weights grew without bound, or an operation met a number outside its range.",
        remedies=(
            with_rate(case, "Divide the learning rate by 10.", 0.1),
            remedy(case, "Clip the gradient.", {"gradient_clipping": 1.0}),
            remedy(case, "Look for unguarded logarithms, roots and divisions in a loss or layer of your own."),
        ),
        source=SOURCE,
        picture=("training_loss", "gradient_norm"),
    )
