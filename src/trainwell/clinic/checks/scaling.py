"""Numbers of very different size: among inputs, within a column, or between the target and the first outputs."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import base_loss, behind, diverged, first, harmed, learned, learned_nothing, shortfall
from trainwell.clinic.remedies import remedy

SPREAD, OFFSET = 20.0, 10.0
HUGE = 30.0
#: Where the largest inputs are smaller than this, all are tiny; one that varies so many times less than another is.
TINY, LOST = 0.03, 1000.0
#: A target smaller than this may be lost beside the first outputs.
SMALL = 0.1
#: A column whose deviation is so many times what its middle half suggests is scaled by its outliers.
SQUASHED = 10.0
#: Where more than such a share of a column lies far off, that is how it is spread.
FEW = 0.1
SOURCE = "LeCun et al. 1998, Efficient BackProp, section 4.3"


@CHECKS.register("unscaled inputs", row=11, source=SOURCE)
def unscaled_inputs(case: Case) -> Finding | None:
    """Some inputs are of another order of magnitude than others, and training suffers."""
    found = input_sizes(case)
    if found is None:
        return None
    ratio, offset, largest = found
    gross = largest > OFFSET and (ratio > SPREAD or offset > OFFSET or largest > HUGE)
    tiny, lost = largest < TINY, ratio > LOST and behind(case)
    if not (gross or tiny or lost) or not slowed(case):
        return None
    return Finding(
        name="unscaled inputs",
        severity="fault" if harmed(case) else "warning",
        sentence=(
            f"The inputs are tiny: the largest are about {largest:.1g}, where networks want about 1."
            if tiny
            else f"The inputs are of very different size: the widest varies {ratio:.3g} times as much as the narrowest "
            f"one, and the largest are about {largest:.3g}, where networks want about 1."
        ),
        evidence={"deviation_ratio": ratio, "mean_over_deviation": offset, "largest": largest},
        cause="The inputs were not scaled; no one learning rate suits weights of such different use.",
        remedies=(
            remedy(case, "Standardise every input by the training rows.", {"encoding.numbers": "standard"}),
            remedy(case, "Scale them robustly, where outliers are many.", {"encoding.numbers": "robust"}),
        ),
        source=SOURCE,
        picture=("input_mean", "input_deviation"),
    )


@CHECKS.register("outliers", row=0, source="Huber & Ronchetti 2009, Robust Statistics")
def outliers(case: Case) -> Finding | None:
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
    return Finding(
        name="outliers",
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
        source="Huber & Ronchetti 2009, Robust Statistics",
        picture=("training_loss", "validation_loss"),
    )


@CHECKS.register("target outliers", row=0, source="Huber & Ronchetti 2009, Robust Statistics")
def target_outliers(case: Case) -> Finding | None:
    """A few targets far off decide the loss and how the target is scaled, and the others are told badly."""
    facts, share = case.record.facts, learned(case)
    tail = facts.get("target_tail", 1.0)
    if facts.get("task") != "regression" or tail < SQUASHED:
        return None
    if not (harmed(case) or (share is not None and share < 0.5)):
        return None
    return Finding(
        name="target outliers",
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
        source="Huber & Ronchetti 2009, Robust Statistics",
        picture=("training_loss", "validation_loss"),
    )


def input_sizes(case: Case) -> tuple[float, float, float] | None:
    """Return the ratio of largest to least deviation, the largest mean over deviation, and the largest size."""
    if "input_deviation" not in case.record:
        return None
    mean, deviation = case.record["input_mean"], case.record["input_deviation"]
    varies = np.isfinite(deviation) & np.isfinite(mean) & (deviation > 1e-12)
    if not varies.any():
        return None
    mean, deviation = np.abs(mean[varies]), deviation[varies]
    return (
        float(deviation.max() / deviation.min()),
        float((mean / deviation).max()),
        float(np.hypot(mean, deviation).max()),
    )


def slowed(case: Case) -> bool:
    """Tell whether training suffered: a wild start, nothing learned, or rather worse than a linear model."""
    start, base = first(case, "probe_loss"), base_loss(case, training=True)
    wild = start is not None and base is not None and not start < 3 * base
    return diverged(case) or wild or learned_nothing(case) or worse(case, 1.0) or behind(case)


def worse(case: Case, errors: float) -> bool:
    """Tell whether the score lies so many standard errors below the linear model's."""
    gap = shortfall(case)
    return gap is not None and gap > errors


@CHECKS.register("unscaled target", row=12, source=SOURCE)
def unscaled_target(case: Case) -> Finding | None:
    """The target is of another order of magnitude than the network's outputs at the start."""
    facts, spread = case.record.facts, first(case, "output_deviation")
    size = max(abs(facts.get("target_mean", 0.0)), facts.get("target_deviation", 0.0))
    if facts.get("task") != "regression" or spread is None or not size > 0:
        return None
    large, tiny = size > OFFSET * max(spread, 1.0), size < SMALL and size < TINY * spread
    share = learned(case)
    if not (large or tiny) or not (slowed(case) or (share is not None and share < 0.5)):
        return None
    spent = "on reaching the target's size" if large else "on becoming as small as the target"
    return Finding(
        name="unscaled target",
        severity="fault" if harmed(case) else "warning",
        sentence=f"The target is about {size:.3g}, but the outputs begin at about {spread:.2g}: the network spends its "
        f"updates {spent}.",
        evidence={"target_size": size, "outputs_at_start": spread},
        cause="The target was not scaled.",
        remedies=(remedy(case, "Standardise the target; answers are scaled back.", {"encoding.target": "standard"}),),
        source=SOURCE,
        picture=("output_mean", "output_deviation"),
    )
