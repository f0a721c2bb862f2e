"""Updates that are too large, for the batch or for the network."""

from __future__ import annotations

import math

import numpy as np

from trainwell.clinic.curves import falls_steadily, usual_noise
from trainwell.clinic.finding import Case, Observation, Severity, check
from trainwell.clinic.layers import broken_at_start, shrunk, update_ratio
from trainwell.clinic.outcome import SLIGHT, ahead, base_loss, diverged, far_behind, finite, harmed, learned_nothing
from trainwell.clinic.remedies import learning_rate, remedy, rounded, usual_rate, with_rate

#: The customary size of an update is a thousandth of the weights.
CUSTOMARY, LARGE, TINY = 1e-3, 0.05, 2e-5
#: Updates of a fifth of the weights are no training where the loss jumps by a third of itself, or the outcome is a
#: little behind.
HUGE, JUMPS = 0.2, 0.3
SMALL_BATCH, CUSTOMARY_BATCH = 8, 32
FEW = 4
#: Weights that grow to so many times their size in a run that fails were thrown there by its updates.
SWOLLEN = 3.0
#: What is left of the training loss where large updates keep a run from getting on, and where it got over them.
STUCK, OVER = 0.5, 0.1
SMITH = "Smith 2017; Goodfellow et al. 2016, section 11.4.1"


def early_ratio(case: Case) -> float | None:
    """Return the largest median update ratio of the first two looks, and of those up to the highest rate.

    The highest comes later where a schedule warms the rate up. Looks that saw no update are passed over.
    """
    rows = case.record.arrays.get("layer_update_ratio", np.zeros((0, 1)))
    rates, epochs = case.record["learning_rate"], case.record["epoch"]
    looks = case.record.arrays.get("telemetry_epoch", np.arange(len(rows)))
    highest = epochs[int(np.nanargmax(rates))] if np.isfinite(rates).any() else 0
    rows = rows[: max(2, int(np.searchsorted(looks, highest)) + 1)]
    found = [np.median(row[np.isfinite(row) & (row > 0)]) for row in rows if np.any(np.isfinite(row) & (row > 0))]
    return float(max(found)) if found else None


def instability(case: Case) -> float:
    """Return by how much the training loss jumps between epochs, as a share of the base loss or its own median.

    By the median of second differences, so that one steep fall at the start is no jump.
    """
    curve = finite(case.record["training_loss"])
    base = base_loss(case, training=True)
    if len(curve) < 4 or base is None:
        return 0.0
    return usual_noise(np.minimum(curve, 10 * base)) / max(float(np.median(curve)), 0.1 * base)


def too_large(case: Case) -> bool:
    """Tell whether updates were large and the run went badly in the ways that large updates bring about.

    Not so with the perceptron's loss: from weights of zero its rule gives the same answers at every rate.
    """
    if case.record.facts.get("loss") == "perceptron":
        return False
    ratio = early_ratio(case)
    training, base = finite(case.record["training_loss"]), base_loss(case, training=True)
    if ratio is None or base is None or broken_at_start(case):
        return False
    if diverged(case):
        return ratio > LARGE or bool(len(training) and training.max() > 3 * base)
    bad, swollen = harmed(case), (shrunk(case) or 0.0) > SWOLLEN
    if bad and swollen and ratio > LARGE / 20 and not (falls_steadily(training) and not learned_nothing(case)):
        return True
    wild = bool(np.any(training > 3 * base))
    if (falls_steadily(training) and ratio < HUGE) or (len(training) < FEW and not wild):
        return False
    stuck = bool(len(training)) and float(np.median(training[-3:])) > STUCK * base
    still = (update_ratio(case.record) or 0.0) > LARGE  # some optimizers begin with large steps alone
    if ratio > HUGE and (instability(case) > JUMPS or (swollen and stuck) or (still and far_behind(case, SLIGHT))):
        return True
    above = bool(np.any(training[1:] > 2 * base))
    return (ratio > LARGE and (bad or rose(case))) or (above and bad and ratio > LARGE / 5)


def rose(case: Case) -> bool:
    """Tell whether the training loss ended far above its least."""
    training, base = finite(case.record["training_loss"]), base_loss(case, training=True) or 0.0
    return bool(len(training)) and float(np.median(training[-3:])) > max(2 * float(training.min()), 0.1 * base)


def harm_of(case: Case) -> Severity:
    """Return how much too large updates did: a smell where the run got over them and is ahead of its yardsticks."""
    if harmed(case) or rose(case):
        return "fault"
    base = base_loss(case, training=True) or 0.0
    return "smell" if ahead(case, SLIGHT) and np.median(case.record["training_loss"][-3:]) < OVER * base else "warning"


@check(
    "batch size and learning rate mismatch",
    row=34,
    source="McCandlish et al. 2018; Goyal et al. 2017",
    brings=("learning rate too high", "dead ReLUs", "saturation"),
)
def batch_and_rate(case: Case) -> Observation | None:
    """Updates from very few rows are as large as if they came from many."""
    batch = case.record.facts.get("batch_size")
    scales = finite(case.record.arrays.get("gradient_noise_scale", np.zeros(0)))
    if batch is None or batch > SMALL_BATCH or not too_large(case) or not len(scales):
        return None
    scale, rate = float(np.median(scales)), learning_rate(case)
    if scale < 4 * batch:
        return None
    factor = rounded(1 / 30 if rate is None else min(usual_at_batch(case) / rate, 1 / 30))
    return Observation(
        severity=harm_of(case),
        sentence=f"Each update looks at {batch} row{'s' if batch > 1 else ''}, but chance and signal are equal only at "
        f"about {min(scale, 1e6):.3g}: at this learning rate the updates are mostly chance.",
        evidence={"batch_size": batch, "noise_scale_in_rows": scale, "update_to_weight_ratio": early_ratio(case)},
        cause="The learning rate suits a much larger batch.",
        remedies=(
            with_rate(case, f"Lower the rate as the batch is smaller: divide it by {1 / factor:,.0f}.", factor),
            remedy(case, "A larger batch.", {"batch_size": 64}),
        ),
        picture=("training_loss", "gradient_noise_scale"),
    )


@check("learning rate too high", row=3, source=SMITH, brings=("dead ReLUs", "saturation", "vanishing gradients"))
def rate_too_high(case: Case) -> Observation | None:
    """Updates are large beside the weights, and the loss jumps, rises or falls nowhere."""
    if not too_large(case):
        return None
    ratio, rate = early_ratio(case), learning_rate(case)
    assert ratio is not None
    training = case.record["training_loss"]
    factor = lower_by(case, ratio)
    told = "the loss stopped being a number" if diverged(case) else f"the loss ended at {np.median(training[-3:]):.3g}"
    return Observation(
        severity=harm_of(case),
        sentence=f"An update is about {ratio:.2g} of the weights (a thousandth is customary), and {told}, where one "
        f"answer for all has {base_loss(case, training=True):.3g}.",
        evidence={"update_to_weight_ratio": ratio, "learning_rate": rate, "jumps": instability(case)},
        cause="The learning rate is too high for this network and data.",
        remedies=(
            with_rate(case, f"Divide the learning rate by {1 / factor:,.0f}.", factor),
            remedy(case, "Clip the gradient.", {"gradient_clipping": 1.0}),
            remedy(case, "Warm up.", {"schedule": {"kind": "Cosine", "warm_up": 0.1}}),
        ),
        picture=("training_loss", "validation_loss", "layer_update_ratio"),
    )


def lower_by(case: Case, ratio: float) -> float:
    """Return the factor of the rate, a tenth at most.

    A rate far above the optimizer's usual one is brought there; for one that is not, the data ask for less, and the
    size of the updates says how much.
    """
    rate, usual = learning_rate(case), usual_at_batch(case)
    if rate is not None and rate > 2 * usual:
        return rounded(min(usual / rate, 0.1))
    return rounded(min(max(5 * CUSTOMARY / ratio, 1e-3), 0.1))


def usual_at_batch(case: Case) -> float:
    """Return the optimizer's usual rate, for batches of few rows by the root of their share of a customary one."""
    batch = case.record.facts.get("batch_size") or CUSTOMARY_BATCH
    return usual_rate(case) * math.sqrt(batch / CUSTOMARY_BATCH if batch <= SMALL_BATCH else 1.0)
