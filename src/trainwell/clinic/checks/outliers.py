"""Values far off, of an input or of the target, that decide how all others are scaled."""

from __future__ import annotations

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.outcome import diverged, harmed, learned, learned_nothing
from trainwell.clinic.remedies import remedy

#: A column whose deviation is so many times what its middle half suggests is scaled by its outliers.
SQUASHED = 10.0
#: A target so many times as wide drowns all others, however much of that the network explains.
DROWNED = 100.0
#: Where more than such a share of a column lies far off, that is how it is spread.
FEW = 0.1


@check("outliers", source="Huber & Ronchetti 2009, Robust Statistics")
def outliers(case: Case) -> Observation | None:
    """A few values far off decide how a column is scaled, so that all others are next to equal, and training fails."""
    scaling = getattr(getattr(case.recipe, "encoding", None), "numbers", None)
    if case.recipe is None or case.profile is None or scaling == "robust" or not harmed(case):
        return None
    few = {name for name, found in case.profile.outliers.items() if found.count < FEW * case.profile.rows}
    far = {name: tail for name, tail in case.profile.tails.items() if tail > SQUASHED and name in few}
    if not far:
        return None
    column, tail = max(far.items(), key=lambda pair: pair[1])
    found = case.profile.outliers[column]
    others = f" and {len(far) - 1} more column{'s' if len(far) > 2 else ''}" if len(far) > 1 else ""
    return Observation(
        severity="fault" if diverged(case) or learned_nothing(case) else "warning",
        sentence=f"{found.count} far values of {column}{others} make its deviation {tail:.0f} times what usual ones "
        "suggest: scaled by it, these are next to equal.",
        evidence={
            "column": column,
            "values": found.count,
            "deviation_over_usual": tail,
            "columns": len(far),
            "first_rows": str(list(found.rows[:10])),
        },
        cause="A wrong unit, a slip of the pen or a code for what is missing; or a column with a very long tail.",
        remedies=(
            remedy(case, "Scale by the median and the interquartile range.", {"encoding.numbers": "robust"}),
            remedy(case, "Look at those rows: correct them, or leave their values out."),
        ),
        picture=("training_loss", "validation_loss"),
    )


@check("target outliers", source="Huber & Ronchetti 2009, Robust Statistics")
def target_outliers(case: Case) -> Observation | None:
    """A few targets far off decide the loss and how the target is scaled, and the others are told badly."""
    facts, share = case.record.facts, learned(case)
    tail = facts.get("target_tail", 1.0)
    if facts.get("task") != "regression" or tail < SQUASHED:
        return None
    if not (harmed(case) or tail > DROWNED or (share is not None and share < 0.5)):
        return None
    return Observation(
        severity="warning",
        sentence=f"A few far targets make the target's deviation {tail:.0f} times what usual ones suggest: next to "
        "them all others are nearly equal, to the loss as well.",
        evidence={
            "deviation_over_usual": tail,
            "least": facts.get("target_minimum"),
            "largest": facts.get("target_maximum"),
            "share_removed": share,
        },
        cause="A wrong unit, a slip of the pen or a code for what is missing; or an amount with a very long tail.",
        remedies=(
            remedy(case, "Look at those rows: correct them, or leave them out."),
            remedy(case, "Predict the logarithm, where the target is an amount with a long tail."),
            remedy(case, "A loss that far targets move less.", {"loss": "huber"}),
        ),
        picture=("training_loss", "validation_loss"),
    )
