"""Inputs and targets of another size than the network expects."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import first
from trainwell.clinic.outcome import behind, harmed, learned, shortfall, wild_start
from trainwell.clinic.remedies import remedy

SPREAD, OFFSET = 20.0, 10.0
HUGE = 30.0
#: Where the largest inputs are smaller than this, all are tiny; one that varies so many times less than another is.
TINY, LOST = 0.03, 1000.0
#: A target smaller than this may be lost beside the first outputs.
SMALL = 0.1
SOURCE = "LeCun et al. 1998, Efficient BackProp, section 4.3"


@check(
    "unscaled inputs",
    row=11,
    source=SOURCE,
    brings=("learning rate too high", "bad initial scale", "dead ReLUs", "saturation"),
)
def unscaled_inputs(case: Case) -> Observation | None:
    """Some inputs are of another order of magnitude than others, and training suffers."""
    found = input_sizes(case)
    if found is None:
        return None
    ratio, offset, largest = found
    gross = largest > OFFSET and (ratio > SPREAD or offset > OFFSET or largest > HUGE)
    tiny, lost = largest < TINY, ratio > LOST and behind(case)
    if not (gross or tiny or lost) or not slowed(case):
        return None
    return Observation(
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
        picture=("input_mean", "input_deviation"),
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
    gap = shortfall(case)
    return harmed(case) or wild_start(case) or (gap is not None and gap > 1.0)


@check(
    "unscaled target",
    row=12,
    source=SOURCE,
    brings=("learning rate too high", "learning rate too low", "dead ReLUs", "output range"),
)
def unscaled_target(case: Case) -> Observation | None:
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
    return Observation(
        severity="fault" if harmed(case) else "warning",
        sentence=f"The target is about {size:.3g}, but the outputs begin at about {spread:.2g}: the network spends its "
        f"updates {spent}.",
        evidence={"target_size": size, "outputs_at_start": spread},
        cause="The target was not scaled.",
        remedies=(remedy(case, "Standardise the target; answers are scaled back.", {"encoding.target": "standard"}),),
        picture=("output_mean", "output_deviation"),
    )
