"""What can be seen in the end, whatever brought it about."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.clinic.checks.fit import YOUNG
from trainwell.clinic.checks.numbers import SOURCE
from trainwell.clinic.checks.parts import FEW_ROWS
from trainwell.clinic.curves import falls_steadily, watched_loss
from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import broken_at_start, first
from trainwell.clinic.outcome import (
    base_loss,
    diverged,
    learned,
    learned_nothing,
    lower_is_better,
    shortfall,
    simple_score,
    validated,
)
from trainwell.clinic.remedies import learning_rate, remedy, with_rate

#: A share of the training loss that is removed by nobody who learned nothing.
SOMETHING = 0.1


@check("non-finite numbers", row=2, source=SOURCE, kind="symptom")
def nonfinite_numbers(case: Case) -> Observation | None:
    """The training loss stopped being a finite number."""
    if not diverged(case):
        return None
    return born_so(case) if broken_at_start(case) else overflowed(case)


def born_so(case: Case) -> Observation:
    """Say that the network gives no numbers even before it is trained."""
    loss = first(case, "probe_loss")
    what = "loss" if loss is not None and not np.isfinite(loss) else "gradient"
    return Observation(
        severity="fault",
        sentence=f"The {what} is not a finite number even before the first update.",
        evidence={"loss_before_training": loss, "first_bad": what, "epoch": 0, "layer": bad_layer(case)},
        cause="An operation in the network or the loss leaves the range of numbers: the logarithm or the root of 0, a "
        "division by 0, an exponential of a large number.",
        remedies=(
            remedy(case, "Guard that operation (log(x + small), a loss that takes logits), or start with less weight."),
        ),
        picture=("probe_loss", "layer_gradient_norm"),
    )


def bad_layer(case: Case) -> str | None:
    """Return the name of the last layer whose gradient is no number at the start: what broke lies after it."""
    gradients = case.record.arrays.get("layer_gradient_norm", np.zeros((0, 0)))
    bad = np.flatnonzero(~np.isfinite(gradients[:1]).all(axis=0))
    names = case.record.facts.get("layers", [])
    return names[int(bad[-1])] if len(bad) and int(bad[-1]) < len(names) else None


def overflowed(case: Case) -> Observation:
    """Say when the numbers were lost, and what was large just before."""
    training = case.record["training_loss"]
    at = int(np.flatnonzero(~np.isfinite(training))[0]) if not np.isfinite(training).all() else len(training) - 1
    epoch = int(case.record["epoch"][at])
    evidence: dict[str, Any] = {"epoch": epoch, "learning_rate": learning_rate(case)}
    return Observation(
        severity="fault",
        sentence=f"The training loss stopped being a finite number in epoch {epoch}; the weights before are kept.",
        evidence=evidence,
        cause="The weights grew without bound, or an operation met a number outside its range.",
        remedies=(
            with_rate(case, "Divide the learning rate by 10.", 0.1),
            remedy(case, "Clip the gradient.", {"gradient_clipping": 1.0}),
            remedy(case, "Look for unguarded logarithms, roots and divisions in a loss or layer of your own."),
        ),
        picture=("training_loss", "gradient_norm"),
    )


@check("learned nothing", source="Karpathy 2019", kind="symptom")
def learned_little(case: Case) -> Observation | None:
    """The loss never fell below that of a network that knows only averages."""
    base, share = base_loss(case), learned(case)
    if diverged(case) or base is None or share is None or len(case.record["epoch"]) < 3 or not learned_nothing(case):
        return None
    if falls_steadily(watched_loss(case.record)) and len(case.record["epoch"]) < YOUNG:
        return None
    if validated(case) and (case.record.facts.get("validation_rows") or FEW_ROWS) < FEW_ROWS and knows_its_rows(case):
        return None
    if (linear := shortfall(case)) is not None and linear < 1 and not reference_learns(case):
        return None
    best = base * (1 - share)
    return Observation(
        severity="fault",
        sentence=f"The loss is {best:.3g} where a network that knows only averages has {base:.3g}.",
        evidence={"first": base, "best": best},
        cause="The inputs say little about the target, the rate does not suit, or the rows are not joined rightly.",
        remedies=(
            remedy(
                case, "Look at the baselines: if they learn nothing either, look at the data; if they do, at the rate."
            ),
        ),
        picture=("training_loss", "validation_loss"),
    )


def knows_its_rows(case: Case) -> bool:
    """Tell whether something was learned of the training rows, so that few validation rows alone say nothing was."""
    share = learned(case, training=True)
    return share is not None and share > SOMETHING


def reference_learns(case: Case) -> bool:
    """Tell whether a simple model is better than one answer for all; true where that is not known."""
    simple, base = simple_score(case), case.record.facts.get("base_score")
    if simple is None or base is None:
        return True
    return bool(simple < 0.98 * base if lower_is_better(case) else simple > base + 0.02)
