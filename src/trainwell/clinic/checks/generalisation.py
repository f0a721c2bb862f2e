"""Training against validation: learning by heart, learning too little, and a validation part that cannot tell."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.curves import falls_steadily, noise, watched_loss
from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import (
    base_loss,
    behind_linear,
    best_score,
    diverged,
    far_behind,
    far_worse,
    harmed,
    learned,
    learned_nothing,
    lower_is_better,
    shortfall,
    simple_models_know,
    simple_score,
    validated,
    yardstick,
)
from trainwell.clinic.questions import OVERFITTING, kept_epoch
from trainwell.clinic.remedies import remedy
from trainwell.engine.state import PATIENCE

#: Share of the training loss's descent that does not carry over to the validation part.
GAP = 0.5
#: Parameters per training row from which a network has room for all of them, and the share it then learns. The default
#: network has some 300, wide embeddings of numbers among them, and generalises.
CROWDED, BY_HEART = 500, 0.95
FEW_ROWS = 20
#: A run of fewer epochs that still falls is young, not stuck.
YOUNG = 12
NARROW, LITTLE = 2, 0.7
#: Standard errors by which yardsticks err more on validation rows where these are not like those of training, and so
#: many times the loss of one answer for all.
APART, TWICE = 5.0, 2.0
#: The distance from which an input lies elsewhere in validation: half of one part where a fifth of the other is.
ELSEWHERE = 0.3


@CHECKS.register("unrepresentative validation", row=32, source="Tuning Playbook; Goodfellow et al. 2016, section 5.3")
def unrepresentative_validation(case: Case) -> Finding | None:
    """The validation part is too small, or unlike the training part."""
    rows = case.record.facts.get("validation_rows")
    if rows is None or not validated(case):
        return None
    missing = missing_classes(case)
    if rows >= FEW_ROWS and not missing:
        return None
    score = best_score(case)
    told = f"The validation part has {rows} rows" if rows < FEW_ROWS else "The validation part lacks classes"
    return Finding(
        name="unrepresentative validation",
        severity="warning",
        sentence=f"{told}: its score cannot tell one epoch, or one recipe, from another.",
        evidence={"validation_rows": rows, "missing_classes": ", ".join(missing), "score": score},
        cause="Too few rows were set aside, or not at random.",
        remedies=(remedy(case, "Set a fifth of the rows aside, drawn by class, or judge by cross-validation."),),
        source="Tuning Playbook; Goodfellow et al. 2016, section 5.3",
        picture=("training_loss", "validation_loss"),
    )


@CHECKS.register("validation unlike training", row=0, source="Goodfellow et al. 2016, section 5.2; Zhang et al. 2021")
def unlike_parts(case: Case) -> Finding | None:
    """What simple models learn of training rows holds for others of these and not for validation, or inputs moved.

    Where whole groups or later times are set aside, they err more there too, but still know more than one answer for
    all does.
    """
    facts = case.record.facts
    shift, inside, outside = (facts.get(name) for name in ("yardstick_shift", "base_loss", "base_validation_loss"))
    elsewhere = inside is not None and outside is not None and outside > TWICE * inside
    if shift is None or shift < APART or (simple_models_know(case) and not elsewhere):
        return moved(case)
    return Finding(
        name="validation unlike training",
        severity="fault" if harmed(case) else "warning",
        sentence="Simple models tell validation rows far worse than training rows that they were not fitted to: the "
        f"error is {shift:.0f} standard errors higher. What is learned in training does not hold there.",
        evidence={
            "standard_errors": shift,
            "best_simple_score": simple_score(case),
            "one_answer": facts.get("base_score"),
            "one_answers_training_loss": inside,
            "one_answers_validation_loss": outside,
        },
        cause="The parts were encoded, scaled or joined in different ways, or divided after rows were sorted.",
        remedies=(
            remedy(case, "Look at the columns and answers of both parts side by side; prepare them by one program."),
            remedy(case, "Divide the rows at random, by class."),
        ),
        source="Goodfellow et al. 2016, section 5.2; Zhang et al. 2021",
        picture=("training_loss", "validation_loss"),
    )


def moved(case: Case) -> Finding | None:
    """Find an input whose validation values lie elsewhere than its training values."""
    apart = dict(case.profile.drift) if case.profile is not None else {}
    column, distance = max(apart.items(), key=lambda pair: pair[1], default=("", 0.0))
    if distance < ELSEWHERE:
        return None
    others = f" So do {len(apart) - 1} more columns." if len(apart) > 2 else ""
    return Finding(
        name="validation unlike training",
        severity="warning",
        sentence=f"{column} lies elsewhere in the validation part than in training: at one value {distance:.0%} more "
        f"of the rows of one part are below than of the other.{others}",
        evidence={"column": column, "distance": distance, "columns": len(apart)},
        cause="The rows were divided after they were sorted, or the parts come from different places or units.",
        remedies=(
            remedy(case, "Divide the rows at random, by class; by time or group where that is what the score is for."),
            remedy(case, f"Look at {column} in both parts side by side."),
        ),
        source="Goodfellow et al. 2016, section 5.2; Zhang et al. 2021",
    )


def missing_classes(case: Case) -> list[str]:
    """Return the classes that training has ten rows of and validation none."""
    counts = case.profile.class_counts if case.profile is not None else {}
    training, validation = counts.get("training", {}), counts.get("validation", {})
    if not sum(validation.values()):
        return []
    return [name for name, count in training.items() if count >= 10 and not validation.get(name)]


@CHECKS.register("overfitting", row=20, source="Prechelt 1998")
def overfitting(case: Case) -> Finding | None:
    """The validation loss rose again, beyond its noise, while the training loss fell."""
    validation, training = case.record["validation_loss"], case.record["training_loss"]
    if len(validation) < 8 or not np.isfinite(validation).all() or validation.min() <= 0:
        return None
    best = int(validation.argmin())
    last = float(np.median(validation[-3:]))
    rise = last / float(validation[best]) - 1
    if last - validation[best] < 3 * noise(validation[best:]) or training[-1] >= training[best]:
        return None
    costs = costly(case, rise)
    if rise < OVERFITTING and not costs:
        return None
    gap = max(gap_at(case, best), gap_at(case, -1))
    return Finding(
        name="overfitting",
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
        source="Prechelt 1998",
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
        return bool(validation[kept] > (1 + OVERFITTING) * validation.min()) and gap_at(case, kept) > GAP
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


@CHECKS.register("underfitting", row=21, source="Goodfellow et al. 2016, section 5.2", symptom=True)
def underfitting(case: Case) -> Finding | None:
    """Even the training rows are told worse than by a linear model, or than a simple model tells rows not seen."""
    if diverged(case):
        return None
    if (narrowest := bottleneck(case)) is not None:
        return too_narrow(case, narrowest)
    young = len(case.record["epoch"]) < YOUNG and falls_steadily(case.record["training_loss"])
    if learned_nothing(case) or len(case.record["epoch"]) < 4 or young:
        return None
    score, metric = best_score(case, training=True), case.record.facts.get("score", "score")
    if behind_linear(case) and below_linear_in_training(case):
        held, where = case.record.facts["linear_training_score"], f"where {yardstick(case)} has"
    elif far_behind(case, plainly=True) and far_worse(case, score, simple := simple_score(case) or 0.0, plainly=True):
        held, where = simple, f"where {yardstick(case)} has, on rows that it was not fitted to,"
    else:
        return None
    return Finding(
        name="underfitting",
        severity="warning",
        sentence=f"On its training rows the network has {metric} {score:.3g}, {where} {held:.3g}.",
        evidence={"training_score": score, "simple_model": held, "score": best_score(case)},
        cause="The network is too small, or was not trained well.",
        remedies=(
            remedy(case, "A larger network.", {"network.hidden": [64, 64]}),
            remedy(case, "Train longer.", {"max_epochs": 4 * len(case.record["epoch"])}),
        ),
        source="Goodfellow et al. 2016, section 5.2",
        picture=("training_loss", "training_score"),
    )


def below_linear_in_training(case: Case) -> bool:
    """Tell whether a linear model tells the training rows far and surely better."""
    gap, score = shortfall(case, training=True), best_score(case, training=True)
    linear = case.record.facts.get("linear_training_score")
    if gap is None or score is None or linear is None or gap < 3:
        return False
    return score > 1.05 * linear if lower_is_better(case) else (1 - score) > 1.3 * (1 - linear)


def bottleneck(case: Case) -> int | None:
    """Return the width of a hidden layer of one or two units, where much of the training loss was left."""
    units = [int(count) for count in case.record.facts.get("layer_units", ()) if count][:-1]
    share = learned(case, training=True)
    narrow = bool(units) and min(units) <= NARROW and share is not None and share < LITTLE
    return min(units) if narrow else None


def too_narrow(case: Case, width: int) -> Finding:
    """Say that everything must pass through a layer of one or two units."""
    return Finding(
        name="underfitting",
        severity="fault" if learned_nothing(case) else "warning",
        sentence=f"All that the network knows of a row passes through {width} unit{'s' if width > 1 else ''}, and much "
        "of the training loss is left.",
        evidence={"narrowest_layer": width, "share_removed": learned(case, training=True)},
        cause="The network is too small.",
        remedies=(remedy(case, "Wider layers.", {"network.hidden": [64, 64]}),),
        source="Goodfellow et al. 2016, section 5.2",
        picture=("training_loss", "training_score"),
    )


@CHECKS.register("learned nothing", row=0, source="Karpathy 2019", symptom=True)
def learned_little(case: Case) -> Finding | None:
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
    return Finding(
        name="learned nothing",
        severity="fault",
        sentence=f"The loss is {best:.3g} where a network that knows only averages has {base:.3g}.",
        evidence={"first": base, "best": best},
        cause="The inputs say little about the target, the rate does not suit, or the rows are not joined rightly.",
        remedies=(
            remedy(
                case, "Look at the baselines: if they learn nothing either, look at the data; if they do, at the rate."
            ),
        ),
        source="Karpathy 2019",
        picture=("training_loss", "validation_loss"),
    )


def knows_its_rows(case: Case) -> bool:
    """Tell whether something was learned of the training rows, so that few validation rows alone say nothing was."""
    share = learned(case, training=True)
    return share is not None and share > GAP / 5


def reference_learns(case: Case) -> bool:
    """Tell whether a simple model is better than one answer for all; true where that is not known."""
    simple, base = simple_score(case), case.record.facts.get("base_score")
    if simple is None or base is None:
        return True
    return bool(simple < 0.98 * base if lower_is_better(case) else simple > base + 0.02)
