"""What belongs together: training and validation, rows and answers."""

from __future__ import annotations

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.outcome import (
    SURE,
    best_score,
    diverged,
    errors_between,
    harmed,
    learned,
    learned_by_heart,
    learned_nothing,
    simple_models_know,
    simple_score,
    validated,
)
from trainwell.clinic.remedies import remedy

#: So many training rows show whether anything is known of them.
MANY_TAUGHT = 200
#: Standard errors from which what simple models say goes with the truth: one chance in a hundred, and surely.
KNOWN, SIGNAL = 2.33, 3.5
#: So few validation rows judge nothing.
FEW_ROWS = 20
#: Standard errors by which yardsticks err more on validation rows where these are not like those of training, and so
#: many times the loss of one answer for all.
APART, TWICE = 5.0, 2.0
#: The distance from which an input lies elsewhere in validation: half of one part where a fifth of the other is.
ELSEWHERE = 0.3


@check(
    "validation unlike training",
    source="Goodfellow et al. 2016, section 5.2; Zhang et al. 2021",
    brings=("labels unrelated to inputs", "overfitting", "label noise", "class imbalance"),
)
def unlike_parts(case: Case) -> Observation | None:
    """What simple models learn of training rows holds for others of these and not for validation, or inputs moved.

    Where whole groups or later times are set aside, they err more there too, but still know more than one answer for
    all does.
    """
    facts = case.record.facts
    shift, inside, outside = (facts.get(name) for name in ("yardstick_shift", "base_loss", "base_validation_loss"))
    elsewhere = inside is not None and outside is not None and outside > TWICE * inside
    if shift is None or shift < APART or (simple_models_know(case) and not elsewhere):
        return moved(case)
    return Observation(
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
        picture=("training_loss", "validation_loss"),
    )


def moved(case: Case) -> Observation | None:
    """Find an input whose validation values lie elsewhere than its training values."""
    apart = dict(case.profile.drift) if case.profile is not None else {}
    column, distance = max(apart.items(), key=lambda pair: pair[1], default=("", 0.0))
    if distance < ELSEWHERE:
        return None
    others = f" So do {len(apart) - 1} more columns." if len(apart) > 2 else ""
    return Observation(
        severity="warning",
        sentence=f"{column} lies elsewhere in the validation part than in training: at one value {distance:.0%} more "
        f"of the rows of one part are below than of the other.{others}",
        evidence={"column": column, "distance": distance, "columns": len(apart)},
        cause="The rows were divided after they were sorted, or the parts come from different places or units.",
        remedies=(
            remedy(case, "Divide the rows at random, by class; by time or group where that is what the score is for."),
            remedy(case, f"Look at {column} in both parts side by side."),
        ),
    )


@check(
    "unrepresentative validation",
    row=32,
    source="Tuning Playbook; Goodfellow et al. 2016, section 5.3",
    kind="bystander",
)
def unrepresentative_validation(case: Case) -> Observation | None:
    """The validation part is too small, or unlike the training part."""
    rows = case.record.facts.get("validation_rows")
    if rows is None or not validated(case):
        return None
    missing = missing_classes(case)
    if rows >= FEW_ROWS and not missing:
        return None
    score = best_score(case)
    told = f"The validation part has {rows} rows" if rows < FEW_ROWS else "The validation part lacks classes"
    return Observation(
        severity="warning",
        sentence=f"{told}: its score cannot tell one epoch, or one recipe, from another.",
        evidence={"validation_rows": rows, "missing_classes": ", ".join(missing), "score": score},
        cause="Too few rows were set aside, or not at random.",
        remedies=(remedy(case, "Set a fifth of the rows aside, drawn by class, or judge by cross-validation."),),
        picture=("training_loss", "validation_loss"),
    )


def missing_classes(case: Case) -> list[str]:
    """Return the classes that training has ten rows of and validation none."""
    counts = case.profile.class_counts if case.profile is not None else {}
    training, validation = counts.get("training", {}), counts.get("validation", {})
    if not sum(validation.values()):
        return []
    return [name for name, count in training.items() if count >= 10 and not validation.get(name)]


@check(
    "labels unrelated to inputs",
    row=26,
    source="Zhang et al. 2017; Ojala & Garriga 2010",
    brings=("overfitting", "label noise"),
)
def unrelated_labels(case: Case) -> Observation | None:
    """The network learns the training rows by heart and a linear model learns nothing: the inputs say nothing."""
    if diverged(case) or not validated(case):
        return None
    if (case.record.facts.get("validation_rows") or 0) < FEW_ROWS:  # so few cannot tell
        return None
    if not (unknown(case) or nothing_in_training(case)):
        return None
    share = learned(case, training=True)
    return Observation(
        severity="fault",
        sentence=f"Neither the network nor a linear model is better than one answer for all on rows not seen, though "
        f"the network removed {max(share or 0.0, 0.0):.0%} of its training loss.",
        evidence={
            "score": best_score(case),
            "linear_model": case.record.facts.get("linear_score"),
            "one_answer": case.record.facts.get("base_score"),
            "share_removed_in_training": share,
        },
        cause="Rows and answers do not belong together (a join or a shuffle gone wrong), or the inputs say nothing.",
        remedies=(remedy(case, "Check how answers were joined to rows; look at a few by hand."),),
        picture=("training_loss", "validation_loss"),
    )


def unknown(case: Case) -> bool:
    """Tell whether neither simple models nor the network know more than one answer for all does, chance apart.

    A network that learned its rows by heart may at its best epoch seem to know a little, by two standard errors.
    """
    if reference_tells(case):
        return False
    score, base = best_score(case), case.record.facts.get("base_score")
    gap = None if score is None or base is None else errors_between(case, base, score)
    return learned_nothing(case) or (learned_by_heart(case) and gap is not None and gap < SURE)


def nothing_in_training(case: Case) -> bool:
    """Tell whether simple models know nothing of training rows left out, of which there are many, learned by heart.

    Of validation rows, whose labels may be right, some are then told by luck: the best epoch is chosen by them.
    """
    signal = case.record.facts.get("yardstick_training_signal")
    if signal is None or (case.record.facts.get("training_rows") or 0) < MANY_TAUGHT:
        return False
    return bool(signal < KNOWN) and learned_by_heart(case)


def reference_tells(case: Case) -> bool:
    """Tell whether a yardstick surely knows more than one answer for all; true if not known.

    More must be known to count where no yardstick's score shows it and the network learned its rows by heart alone.
    """
    signal = case.record.facts.get("yardstick_signal")
    if signal is None:
        return simple_models_know(case)
    doubtful = learned_by_heart(case) and not simple_models_know(case)
    return bool(signal > (SIGNAL if doubtful else KNOWN))
