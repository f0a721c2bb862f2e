"""The checks of a finished run: each a pure function of the case that returns a finding or nothing."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.curves import last_quarter, noise, slope, watched_loss
from trainwell.clinic.finding import CHECKS, SEVERITIES, Case, Finding
from trainwell.clinic.questions import NEGLIGIBLE, OVERFITTING, initial_loss, kept_epoch
from trainwell.engine.state import DIVERGED, FINISHED


def examine(case: Case) -> list[Finding]:
    """Return what every check finds, the most severe first."""
    found = [finding for check in CHECKS.values() if (finding := check(case)) is not None]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def rate_of(case: Case) -> float | None:
    """Return the recipe's learning rate where it has one."""
    return getattr(case.recipe.optimizer, "learning_rate", None) if case.recipe else None


@CHECKS.register("diverged", source="Goodfellow et al. 2016, ch. 11")
def diverged(case: Case) -> Finding | None:
    """The training loss stopped being a finite number."""
    if case.record.facts.get("outcome") != DIVERGED:
        return None
    rate = rate_of(case)
    epoch = int(case.record["epoch"][-1])
    return Finding(
        name="diverged",
        severity="fault",
        sentence=f"The training loss stopped being a finite number in epoch {epoch}; the weights before are kept.",
        evidence={"epoch": epoch, "learning_rate": rate},
        cause="The learning rate is too high for this network and data.",
        remedy="Divide the learning rate by 10, or clip the gradient.",
        change={"optimizer.learning_rate": rate / 10} if rate else None,
        source="Goodfellow et al. 2016, ch. 11",
    )


@CHECKS.register("learned nothing", source="Karpathy 2019")
def learned_nothing(case: Case) -> Finding | None:
    """The loss never fell below that of a network that knows only averages."""
    loss = watched_loss(case.record)
    if case.record.facts.get("outcome") == DIVERGED or len(loss) < 3 or "probe_loss" not in case.record:
        return None
    first, best = initial_loss(case.record), float(np.nanmin(loss))
    if best < 0.98 * first or first <= 0:
        return None
    return Finding(
        name="learned nothing",
        severity="fault",
        sentence=f"The loss is {best:.3g} where a network that knows only averages has {first:.3g}.",
        evidence={"first": first, "best": best},
        cause="The inputs say little about the target, the rate does not suit, or the rows are not joined rightly.",
        remedy="Look at the baselines: if they learn nothing either, look at the data; if they do, change the rate.",
        source="Karpathy 2019",
    )


@CHECKS.register("overfitting", source="Prechelt 1998")
def overfitting(case: Case) -> Finding | None:
    """The validation loss rose again, beyond its noise, while the training loss fell."""
    validation, training = case.record["validation_loss"], case.record["training_loss"]
    if len(validation) < 8 or not np.isfinite(validation).all() or validation.min() <= 0:
        return None
    best = int(validation.argmin())
    last = float(np.median(validation[-3:]))
    rise = last / float(validation[best]) - 1
    if rise < OVERFITTING or last - validation[best] < 3 * noise(validation) or training[-1] >= training[best]:
        return None
    return Finding(
        name="overfitting",
        severity="smell",
        sentence=f"After epoch {best + 1} the validation loss rose by {rise:.0%} while the training loss fell on; "
        f"the weights of epoch {kept_epoch(case.record, best)} are kept.",
        evidence={"best_epoch": best + 1, "rise": rise, "last": last, "best": float(validation[best])},
        cause="The network has room to learn the training rows by heart.",
        remedy="Stop early, or regularise: dropout, weight decay, a smaller network, more data.",
        change={"early_stopping": {"patience": 20}},
        source="Prechelt 1998",
    )


@CHECKS.register("stopped too soon", source="Tuning Playbook")
def stopped_too_soon(case: Case) -> Finding | None:
    """All epochs were used up while the loss was still falling at a rate that had not been brought down."""
    loss, rates = watched_loss(case.record), case.record["learning_rate"]
    if case.record.facts.get("outcome") != FINISHED or not np.isfinite(loss).all():
        return None
    if len(loss) < 4:
        return too_few_epochs(len(loss))
    tail = last_quarter(loss)
    rate, error = slope(tail)
    descent = max(initial_loss(case.record) - float(loss.min()), 1e-12)
    share = -rate * len(tail) / descent
    falling = share > 5 * NEGLIGIBLE and -rate > 3 * error
    if not falling or rates[-1] < 0.05 * rates.max():
        return None
    epochs = int(case.record["epoch"][-1])
    return Finding(
        name="stopped too soon",
        severity="warning",
        sentence=f"After {epochs} epochs the loss was still falling.",
        evidence={"epochs": epochs, "slope_per_epoch": rate, "standard_error": error},
        cause="max_epochs ended the run before it had converged.",
        remedy="Train longer.",
        change={"max_epochs": 4 * epochs},
        source="Tuning Playbook, on deciding how long to train",
    )


def too_few_epochs(epochs: int) -> Finding:
    """Say that a run of so few epochs cannot be judged."""
    return Finding(
        name="stopped too soon",
        severity="warning",
        sentence=f"The run had {epochs} epoch{'' if epochs == 1 else 's'}, too few to tell whether it had converged.",
        evidence={"epochs": epochs},
        cause="max_epochs is very small.",
        remedy="Train longer.",
        change={"max_epochs": 10 * epochs},
        source="Tuning Playbook, on deciding how long to train",
    )
