"""Updates that get nowhere: a schedule that gives the rate up early, a limit on the gradient, too low a rate."""

from __future__ import annotations

import math

import numpy as np

from trainwell.clinic.checks.rate import CUSTOMARY, SMITH, TINY
from trainwell.clinic.curves import last_quarter
from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import update_ratio
from trainwell.clinic.outcome import ahead, behind, diverged, failing, finite, learned
from trainwell.clinic.remedies import learning_rate, remedy, rounded, usual_rate, with_rate
from trainwell.training.schedules import Plateau

#: A rate whose sum over the run is that of so short a part of it at its highest, and that ends at so little of that.
SHORT, SPENT = 0.1, 0.01
#: A run that removes less than this share of its training loss got nowhere.
LITTLE = 0.5
#: A limit below this share of the usual gradient holds back every update.
TIGHT = 0.05


@check(
    "learning rate decays too soon",
    source="Tuning Playbook; Loshchilov & Hutter 2017",
    brings=("learning rate too low", "over-regularised"),
)
def early_decay(case: Case) -> Observation | None:
    """The schedule, by the clock, let the rate die in the first tenth of the run, and little was learned."""
    rates, share = finite(case.record["learning_rate"]), learned(case, training=True)
    if len(rates) < 4 or share is None or diverged(case) or isinstance(getattr(case.recipe, "schedule", None), Plateau):
        return None
    highest = max(float(rates.max()), learning_rate(case) or 0.0)
    if not highest > 0 or rates.sum() > SHORT * len(rates) * highest or rates[-1] > SPENT * highest:
        return None
    if not (share < LITTLE or failing(case)):
        return None
    spent = int(np.argmax(rates <= SPENT * highest)) + 1
    return Observation(
        severity="fault" if failing(case) else "warning",
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
        picture=("learning_rate", "training_loss"),
    )


@check("clipping too tight", source="Pascanu et al. 2013; Zhang et al. 2020", brings=("learning rate too low",))
def tight_clipping(case: Case) -> Observation | None:
    """A limit far below the usual gradient holds every update down, and the run crawls."""
    found = limit_share(case)
    if found is None or found[1] > TIGHT or not crawls(case):
        return None
    field, share = found
    limit = getattr(case.recipe, field)
    gradient = float(np.median(finite(case.record["gradient_norm"])))
    return Observation(
        severity="fault" if failing(case) else "warning",
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


@check("learning rate too low", row=4, source=SMITH)
def rate_too_low(case: Case) -> Observation | None:
    """Updates are tiny beside the weights and the loss still falls in a straight line."""
    ratio, share = update_ratio(case.record), learned(case, training=True)
    if ratio is None or share is None or not crawls(case):
        return None
    steps, factor = updates_of(case), higher_by(case, ratio)
    return Observation(
        severity="fault" if failing(case) else "smell" if ahead(case) else "warning",
        sentence=f"An update is about {ratio:.1g} of the weights (a thousandth is customary): in {steps} updates only "
        f"{max(share, 0):.0%} of the loss was removed.",
        evidence={"update_to_weight_ratio": ratio, "updates": steps, "share_removed": share},
        cause="The learning rate is too low to get anywhere in the time given.",
        remedies=(
            with_rate(case, f"Multiply the learning rate by {factor:g}.", factor),
            with_rate(case, "Multiply it by 10, and look again.", 10.0),
        ),
        picture=("training_loss", "layer_update_ratio"),
    )


def updates_of(case: Case) -> int:
    """Return how many updates a run made."""
    return int(len(case.record["epoch"]) * case.record.facts.get("steps_per_epoch", 1))


def crawls(case: Case) -> bool:
    """Tell whether updates are so small, each or all of them together, that they bring the run nowhere."""
    ratio, share = update_ratio(case.record), learned(case, training=True)
    if ratio is None or share is None or diverged(case) or settled(case):
        return False
    tiny = ratio < TINY or (ratio * updates_of(case) < 0.3 and ratio < 10 * TINY)
    return tiny and (share < LITTLE or behind(case))


def higher_by(case: Case, ratio: float) -> float:
    """Return the factor of the rate, ten at least, that makes it the usual one, or its updates a hundredth of weights.

    Where the usual rate is not known, updates of a few thousandths are aimed at.
    """
    rate = learning_rate(case)
    if not rate:
        return rounded(min(max(5 * CUSTOMARY / ratio, 10.0), 1e6))
    return rounded(max(min(usual_rate(case) / rate, 20 * CUSTOMARY / ratio), 10.0))


def settled(case: Case) -> bool:
    """Tell whether the training loss fell early and then stayed, as no rate that is too low lets it."""
    curve = finite(case.record["training_loss"])
    if len(curve) < 8:
        return False
    half, whole = curve[0] - curve[len(curve) // 2], curve[0] - curve[-1]
    lately = float(np.median(last_quarter(curve)[:3])) - curve[-1]
    return bool(whole > 0.1 * abs(curve[0]) and half > 0.9 * whole and lately < 0.05 * abs(curve[-1]))
