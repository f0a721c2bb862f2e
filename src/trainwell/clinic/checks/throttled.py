"""Updates held down by something else than the rate: a schedule that gives it up early, a limit on the gradient."""

from __future__ import annotations

import math

import numpy as np

from trainwell.clinic.checks.rate import crawls
from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import behind, diverged, finite, learned, learned_nothing
from trainwell.clinic.remedies import learning_rate, remedy, rounded
from trainwell.training.schedules import Plateau

#: A rate whose sum over the run is that of so short a part of it at its highest, and that ends at so little of that.
SHORT, SPENT = 0.1, 0.01
#: A run that removes less than this share of its training loss has room to learn.
LITTLE = 0.5
#: A limit below this share of the usual gradient holds back every update.
TIGHT = 0.05


@CHECKS.register("learning rate decays too soon", row=0, source="Tuning Playbook; Loshchilov & Hutter 2017")
def early_decay(case: Case) -> Finding | None:
    """The schedule, by the clock, let the rate die in the first tenth of the run, and little was learned."""
    rates, share = finite(case.record["learning_rate"]), learned(case, training=True)
    if len(rates) < 4 or share is None or diverged(case) or isinstance(getattr(case.recipe, "schedule", None), Plateau):
        return None
    highest = max(float(rates.max()), learning_rate(case) or 0.0)
    if not highest > 0 or rates.sum() > SHORT * len(rates) * highest or rates[-1] > SPENT * highest:
        return None
    if not (share < LITTLE or behind(case) or learned_nothing(case)):
        return None
    spent = int(np.argmax(rates <= SPENT * highest)) + 1
    return Finding(
        name="learning rate decays too soon",
        severity="fault" if behind(case) or learned_nothing(case) else "warning",
        sentence=f"From epoch {spent} of {len(rates)} on the learning rate was below a hundredth of its highest value: "
        f"{max(share, 0):.0%} of the loss was removed, nearly all of it before.",
        evidence={
            "highest_rate": highest,
            "last_rate": float(rates[-1]),
            "epochs_at_the_highest": float(rates.sum() / highest),
            "share_removed": share,
        },
        cause="The schedule lets the rate die long before the run ends.",
        remedies=(
            remedy(case, "Let the rate fall when the loss no longer does.", {"schedule": {"kind": "Plateau"}}),
            remedy(case, "Let it fall over the whole run.", {"schedule": {"kind": "Cosine"}}),
        ),
        source="Tuning Playbook; Loshchilov & Hutter 2017",
        picture=("learning_rate", "training_loss"),
    )


@CHECKS.register("clipping too tight", row=0, source="Pascanu et al. 2013; Zhang et al. 2020")
def tight_clipping(case: Case) -> Finding | None:
    """A limit far below the usual gradient holds every update down, and the run crawls."""
    found = limit_share(case)
    if found is None or found[1] > TIGHT or not crawls(case):
        return None
    field, share = found
    limit = getattr(case.recipe, field)
    gradient = float(np.median(finite(case.record["gradient_norm"])))
    return Finding(
        name="clipping too tight",
        severity="fault" if behind(case) or learned_nothing(case) else "warning",
        sentence=f"{field} = {limit:g} lets through {share:.1g} of a usual gradient (its norm is {gradient:.2g}): "
        "it is meant for outliers, but holds back every update.",
        evidence={"limit": limit, "gradient_norm": gradient, "share_let_through": share},
        cause="The gradient is clipped far below its usual size.",
        remedies=(
            remedy(case, "Do not clip.", {field: None}),
            remedy(
                case, "Clip a little above the usual norm.", {field: None, "gradient_clipping": rounded(2 * gradient)}
            ),
        ),
        source="Pascanu et al. 2013; Zhang et al. 2020",
        picture=("gradient_norm", "layer_update_ratio"),
    )


def limit_share(case: Case) -> tuple[str, float] | None:
    """Return the recipe's tighter limit on the gradient, and how much of a usual one it lets through; none without."""
    norms = finite(case.record.arrays.get("gradient_norm", np.zeros(0)))
    parameters = case.record.facts.get("parameters") or 1
    if case.recipe is None or not len(norms) or not np.median(norms) > 0:
        return None
    norm = float(np.median(norms))
    usual = {"gradient_clipping": norm, "value_clipping": norm / math.sqrt(parameters)}
    shares = {field: getattr(case.recipe, field) / size for field, size in usual.items() if getattr(case.recipe, field)}
    return min(shares.items(), key=lambda pair: pair[1]) if shares else None
