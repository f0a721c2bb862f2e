"""Training against prediction: rows told otherwise in one mode than in the other, normalization over too few rows."""

from __future__ import annotations

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import later
from trainwell.clinic.outcome import ahead, base_loss, diverged, learned_nothing, shortfall
from trainwell.clinic.remedies import remedy

#: By how much the loss at prediction must exceed that in training, as a share of the base loss or so many times.
APART, TWICE = 0.08, 1.5
#: The same for a small batch to be at fault.
FAR = 0.25
SMALL_BATCH = 8


def modes(case: Case) -> tuple[float, float] | None:
    """Return the median loss of the later looks in training mode and at prediction, as shares of the base loss."""
    base = base_loss(case, training=True)
    drawn, judged = later(case, "probe_loss_training_mode"), later(case, "probe_loss")
    if base is None or not len(drawn) or len(drawn) != len(judged):
        return None
    finite = np.isfinite(drawn) & np.isfinite(judged)
    if not finite.any():
        return None
    return float(np.median(drawn[finite]) / base), float(np.median(judged[finite]) / base)


@check("train/evaluation mismatch", row=30, source="Ioffe & Szegedy 2015; Li et al. 2019")
def mode_mismatch(case: Case) -> Observation | None:
    """The same rows are told much worse at prediction than in training."""
    base = base_loss(case, training=True)
    drawn, judged = later(case, "probe_loss_training_mode"), later(case, "probe_loss")
    if base is None or not len(drawn) or len(drawn) != len(judged) or diverged(case):
        return None
    far = judged[-1] > max(drawn[-1] + APART * base, TWICE * drawn[-1])
    if not far or not np.all(judged[-2:] > drawn[-2:]):
        return None
    return Observation(
        severity="fault",
        sentence=f"The same training rows have a loss of {drawn[-1]:.2g} in training and of {judged[-1]:.2g} at "
        "prediction.",
        evidence={"in_training": float(drawn[-1]), "at_prediction": float(judged[-1]), "base_loss": base},
        cause="Batch normalization uses running means that have not caught up, or a part behaves otherwise by mode.",
        remedies=(
            remedy(
                case,
                "A lower momentum of the running means (0.9), larger batches, or layer normalization.",
                {"network.normalization": "layer"},
            ),
        ),
        picture=("probe_loss", "probe_loss_training_mode"),
    )


@check("batch too small for normalization", row=31, source="Wu & He 2018, Group Normalization")
def small_batch(case: Case) -> Observation | None:
    """Normalization takes its means from a handful of rows."""
    batch = case.record.facts.get("batch_size")
    if not case.record.facts.get("batch_normalization") or batch is None or batch >= SMALL_BATCH:
        return None
    gap = shortfall(case)
    found = modes(case)
    harm = learned_nothing(case) or (gap is not None and gap > 1) or (found is not None and found[1] > found[0] + FAR)
    return Observation(
        severity="warning" if harm or (batch <= 4 and not ahead(case)) else "smell",
        sentence=f"Batch normalization takes means and deviations from {batch} row{'s' if batch > 1 else ''}: they are "
        "mostly chance.",
        evidence={"batch_size": batch},
        cause="The batch is too small for batch normalization.",
        remedies=(
            remedy(
                case,
                "Larger batches, and more epochs, since an epoch has fewer updates then.",
                {"batch_size": 32, "max_epochs": 4 * max(1, len(case.record["epoch"]))},
            ),
            remedy(case, "Layer normalization, which needs no batch.", {"network.normalization": "layer"}),
        ),
        picture=("training_loss", "validation_loss"),
    )
