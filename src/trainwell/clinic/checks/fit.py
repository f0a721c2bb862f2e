"""How well the run fits its rows and those not seen: too closely, not closely enough, or not for long enough."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from trainwell.clinic.curves import ending_after, falls_steadily, last_quarter, risen, slope, watched_loss
from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.outcome import (
    MATTERS,
    PLAIN,
    SLIGHT,
    base_loss,
    behind,
    behind_linear,
    best_score,
    bottleneck,
    diverged,
    far_behind,
    far_worse,
    learned,
    learned_nothing,
    lower_is_better,
    shortfall,
    simple_score,
    yardstick,
)
from trainwell.clinic.questions import NEGLIGIBLE, OVERFITTING, initial_loss, kept_epoch
from trainwell.clinic.remedies import remedy
from trainwell.engine.state import ALL_STEPS, FINISHED, PATIENCE

#: Share of the training loss's descent that does not carry over to the validation part.
GAP = 0.5
#: Parameters per training row from which a network has room for all of them, and the share it then learns. The default
#: network has some 300, wide embeddings of numbers among them, and generalises.
CROWDED, BY_HEART = 500, 0.95
#: A run of fewer epochs that still falls is young, not stuck; one of fewer than this has hardly begun.
YOUNG, FEW = 12, 4
#: Epochs that a run cut short is given at least and at most, and the updates that they should come to.
ENOUGH, MOST_EPOCHS, UPDATES = 40, 500, 10_000
#: Units of a layer that suit most tables.
WIDE = 64
#: What ends a run that did not diverge.
ENDED_BY = {FINISHED: "max_epochs", PATIENCE: "Early stopping", ALL_STEPS: "max_steps"}
PLAYBOOK = "Tuning Playbook, on deciding how long to train"


@check("overfitting", row=20, source="Prechelt 1998", kind="bystander")
def overfitting(case: Case) -> Observation | None:
    """The validation loss rose again, beyond its noise, while the training loss fell."""
    validation, training = case.record["validation_loss"], case.record["training_loss"]
    if len(validation) < 8 or not np.isfinite(validation).all():
        return None
    best = int(validation.argmin())
    last, jumps = ending_after(validation, best)
    rise = risen(validation, last)
    if last - validation[best] < 3 * jumps or training[-1] >= training[best]:
        return None
    costs = costly(case, rise)
    if rise < OVERFITTING and not costs:
        return None
    gap = max(gap_at(case, best), gap_at(case, -1))
    return Observation(
        severity="warning" if costs else "smell",
        sentence=f"After epoch {best + 1} the validation loss rose by {rise:.0%} while the training loss fell on; "
        f"the weights of epoch {kept_epoch(case.record, best)} are kept.",
        evidence={
            "best_epoch": best + 1,
            "rise": rise,
            "last": last,
            "best": float(validation[best]),
            "share_learned_by_heart": gap,
        },
        cause="The network has room to learn the training rows by heart.",
        remedies=(
            remedy(case, "Stop early.", {"early_stopping": {"patience": 20}}),
            remedy(case, "Drop units at random.", {"network.dropout": 0.3}),
            remedy(case, "A smaller network, weight decay, or more data."),
        ),
        picture=("training_loss", "validation_loss"),
    )


def gap_at(case: Case, at: int) -> float:
    """Return the share of what training had learned by an epoch that does not hold on the validation part."""
    base = base_loss(case, training=True)
    training = float(case.record["training_loss"][at])
    if base is None or base <= training:
        return 0.0
    return float((case.record["validation_loss"][at] - training) / (base - training))


def costly(case: Case, rise: float) -> bool:
    """Tell whether learning by heart cost much that keeping the best epoch's weights, or stopping, did not save.

    Where weights are kept by what training says, or the last ones, a validation loss well above its least is enough.
    Where those of its least are kept, only a network with far more parameters than rows, which knows its rows by
    heart and little of others, is at fault.
    """
    facts, ending = case.record.facts, gap_at(case, -1)
    if kept_by_training(case):
        kept = int(np.argmax(case.record["epoch"] >= facts.get("best_epoch", 0)))
        validation = case.record["validation_loss"]
        return risen(validation, float(validation[kept])) > OVERFITTING and gap_at(case, kept) > GAP
    if facts.get("outcome") == PATIENCE:
        return False
    if "best_epoch" not in facts:
        return ending > GAP and rise > 2 * OVERFITTING
    rows, parameters = facts.get("training_rows", 0), facts.get("parameters", 0)
    share = learned(case, training=True)
    by_heart = parameters > CROWDED * rows and share is not None and share > BY_HEART
    return ending > GAP and by_heart


def kept_by_training(case: Case) -> bool:
    """Tell whether the weights that are kept were chosen by a curve of training."""
    stopping = getattr(case.recipe, "early_stopping", None)
    return stopping is not None and str(stopping.monitor).startswith("training")


@check("stopped too soon", row=22, source=PLAYBOOK, kind="symptom", brings=("underfitting",))
def stopped_too_soon(case: Case) -> Observation | None:
    """The run was ended while the loss was still falling fast, at a rate not brought down, or after very few epochs."""
    loss = watched_loss(case.record)
    epochs = len(loss)
    outcome = case.record.facts.get("outcome")
    if outcome not in (FINISHED, PATIENCE, ALL_STEPS) or not np.isfinite(loss).all() or not epochs:
        return None
    share = learned(case)
    least = SLIGHT if epochs < FEW else PLAIN
    bad = behind_linear(case) or far_behind(case, least) or (share is not None and share < 0.1)
    falling = projected(case, loss)
    rates = case.record["learning_rate"]
    brought_down = rates[-1] < 0.05 * rates.max() and epochs >= (YOUNG if bad else FEW)
    if falling is None or brought_down:
        return None
    steps = max(int(case.record.facts.get("steps_per_epoch", 1)), 1)
    longer = max(4 * epochs, min(max(ENOUGH, math.ceil(UPDATES / steps)), MOST_EPOCHS))
    more = {"max_epochs": longer} | ({"max_steps": None} if outcome == ALL_STEPS else {})
    return Observation(
        severity="warning" if bad else "smell",
        sentence=f"After {epochs} epoch{'' if epochs == 1 else 's'} the loss was still falling"
        + (f", and the run is behind {yardstick(case)}." if bad and behind(case) else "."),
        evidence={"epochs": epochs, "share_to_come": falling, "score": best_score(case)},
        cause=f"{ENDED_BY[outcome]} ended the run before it had converged.",
        remedies=(
            remedy(
                case,
                "Train until the validation loss falls no more.",
                more | {"early_stopping": {"patience": max(20, longer // 10)}},
            ),
            remedy(case, "Train longer.", more),
        ),
        picture=("training_loss", "validation_loss"),
    )


def projected(case: Case, loss: np.ndarray) -> float | None:
    """Return what another quarter like the last would add to the descent, none where the loss fell no more."""
    begun = initial_loss(case.record)
    descent = max(begun - float(loss.min()), 1e-12)
    if len(loss) < FEW:
        ending = float(loss[-2] - loss[-1]) if len(loss) > 1 else begun - float(loss[-1])
        return min(ending / descent, 1.0) if ending > 0 else None
    tail = last_quarter(loss)
    rate, error = slope(tail)
    share = min(-rate * len(tail) / descent, 1.0)
    return share if share > 5 * NEGLIGIBLE and -rate > 3 * error else None


@check("underfitting", row=21, source="Goodfellow et al. 2016, section 5.2", kind="symptom")
def underfitting(case: Case) -> Observation | None:
    """Even the training rows are told worse than by a linear model, or than a simple model tells rows not seen."""
    if diverged(case):
        return None
    if (narrowest := bottleneck(case)) is not None:
        return too_narrow(case, narrowest)
    young = len(case.record["epoch"]) < YOUNG and falls_steadily(case.record["training_loss"])
    if learned_nothing(case) or len(case.record["epoch"]) < FEW or young:
        return None
    score, metric = best_score(case, training=True), case.record.facts.get("score", "score")
    flat = len(case.record.facts.get("layer_units", ())) == 1
    by = MATTERS if flat else PLAIN
    if behind_linear(case) and below_linear_in_training(case):
        held, where = case.record.facts["linear_training_score"], f"where {yardstick(case)} has"
    elif far_behind(case, by) and far_worse(case, score, simple := simple_score(case) or 0.0, by):
        held, where = simple, f"where {yardstick(case)} has, on rows that it was not fitted to,"
    else:
        return None
    return Observation(
        severity="warning",
        sentence=f"On its training rows the network has {metric} {score:.3g}, {where} {held:.3g}.",
        evidence={"training_score": score, "simple_model": held, "score": best_score(case)},
        cause="Without a hidden layer nothing but straight lines can be told."
        if flat
        else "The network is too small, or was not trained well.",
        remedies=(
            remedy(case, "A larger network.", wider(case)),
            remedy(case, "Train longer.", {"max_epochs": 4 * len(case.record["epoch"])}),
        ),
        picture=("training_loss", "training_score"),
    )


def wider(case: Case) -> dict[str, Any]:
    """Return the change to twice the units, 64 at least, in two layers at least."""
    hidden = list(getattr(getattr(case.recipe, "network", None), "hidden", ()) or ())
    return {"network.hidden": [max(WIDE, 2 * width) for width in hidden + [0] * (2 - len(hidden))]}


def below_linear_in_training(case: Case) -> bool:
    """Tell whether a linear model tells the training rows far and surely better."""
    gap, score = shortfall(case, training=True), best_score(case, training=True)
    linear = case.record.facts.get("linear_training_score")
    if gap is None or score is None or linear is None or gap < 3:
        return False
    return score > 1.05 * linear if lower_is_better(case) else (1 - score) > 1.3 * (1 - linear)


def too_narrow(case: Case, width: int) -> Observation:
    """Say that everything must pass through a layer of one or two units."""
    return Observation(
        severity="fault" if learned_nothing(case) else "warning",
        sentence=f"All that the network knows of a row passes through {width} unit{'s' if width > 1 else ''}, and much "
        "of the training loss is left.",
        evidence={"narrowest_layer": width, "share_removed": learned(case, training=True)},
        cause="The network is too small.",
        remedies=(remedy(case, "Wider layers.", wider(case)),),
        picture=("training_loss", "training_score"),
    )
