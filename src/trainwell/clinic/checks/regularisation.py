"""Penalties, dropout and normalization: too much of them, or behaving otherwise in training than at prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from trainwell.clinic.finding import CHECKS, Case, Finding, Remedy
from trainwell.clinic.outcome import (
    ahead,
    base_loss,
    behind,
    diverged,
    later,
    learned,
    learned_nothing,
    measured_at_start,
    shortfall,
    update_ratio,
    validated,
)
from trainwell.clinic.remedies import remedy
from trainwell.training.optimizers import Optimizer

#: By how much the loss in one mode must exceed the other's, as a share of the base loss.
FAR = 0.25
#: The same for a loss that is worse at prediction, which no regularisation makes it.
APART, TWICE = 0.08, 1.5
HALF = 0.5
#: The loss at prediction beyond which a network is so wild that dropout is not what ails it; a higher one where dropout
#: makes the loss so many times that.
SOUND, SOUND_BESIDE, BURIED = 1.2, 3.0, 10.0
#: What weights that a penalty holds down are left with.
HELD = 1 / 3
#: Dropout that lets through less than this share of the paths, or of the inputs, and what loss is left with it where it
#: lets nothing be learned.
PATHS, INPUTS, LEFT = 0.1, 0.5, 0.7
#: A probability of dropping that suits most networks.
MILD = 0.1
SMALL_BATCH = 8
ADAMS = ("adam", "nadam", "radam", "adamax", "rmsprop", "adagrad")


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


@CHECKS.register("train/evaluation mismatch", row=30, source="Ioffe & Szegedy 2015; Li et al. 2019")
def mode_mismatch(case: Case) -> Finding | None:
    """The same rows are told much worse at prediction than in training."""
    base = base_loss(case, training=True)
    drawn, judged = later(case, "probe_loss_training_mode"), later(case, "probe_loss")
    if base is None or not len(drawn) or len(drawn) != len(judged) or diverged(case):
        return None
    far = judged[-1] > max(drawn[-1] + APART * base, TWICE * drawn[-1])
    if not far or not np.all(judged[-2:] > drawn[-2:]):
        return None
    return Finding(
        name="train/evaluation mismatch",
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
        source="Ioffe & Szegedy 2015; Li et al. 2019",
        picture=("probe_loss", "probe_loss_training_mode"),
    )


@CHECKS.register("batch too small for normalization", row=31, source="Wu & He 2018, Group Normalization")
def small_batch(case: Case) -> Finding | None:
    """Normalization takes its means from a handful of rows."""
    batch = case.record.facts.get("batch_size")
    if not case.record.facts.get("batch_normalization") or batch is None or batch >= SMALL_BATCH:
        return None
    gap = shortfall(case)
    found = modes(case)
    harm = learned_nothing(case) or (gap is not None and gap > 1) or (found is not None and found[1] > found[0] + FAR)
    return Finding(
        name="batch too small for normalization",
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
        source="Wu & He 2018, Group Normalization",
        picture=("training_loss", "validation_loss"),
    )


def shrunk(case: Case) -> float | None:
    """Return what is left of the layers' weights at the end, of what they were at the start."""
    if "layer_weight_norm" not in case.record or not measured_at_start(case):
        return None
    rows = case.record["layer_weight_norm"]
    units = np.asarray(case.record.facts.get("layer_units", ()))
    layers = units > 0 if len(units) == rows.shape[1] else np.ones(rows.shape[1], bool)
    start, end = rows[0][layers], rows[-1][layers]
    telling = start > 0
    return float(np.median(end[telling] / start[telling])) if telling.any() and np.isfinite(end).all() else None


def decay_share(case: Case) -> float | None:
    """Return what part of the updates decay makes up: ηλ over the update-to-weight ratio, where decay is decoupled."""
    known = case.record.facts.get("optimizer")
    ratio = update_ratio(case)
    if not isinstance(known, Mapping) or not known.get("weight_decay") or not known.get("learning_rate") or not ratio:
        return None
    rate = float(np.median(case.record["learning_rate"]))
    return rate * float(known["weight_decay"]) / ratio


@CHECKS.register("over-regularised", row=23, source="Goodfellow et al. 2016, ch. 7")
def over_regularised(case: Case) -> Finding | None:
    """A penalty or dropout keeps the network from learning even its training rows."""
    left, found = shrunk(case), modes(case)
    share = learned(case, training=True)
    bad = learned_nothing(case) or behind(case)
    if diverged(case) or share is None:
        return None
    shrinking = (decay_share(case) or 0.0) > HALF
    little = bad or (share < HALF and not ahead(case))
    small = left is not None and left < HALF and may_shrink(case)
    decayed = (small and (little or shrinking or held(case, share))) or (shrinking and bad)
    dropped = found is not None and little and drowned(case, *found)
    if not (decayed or dropped):
        return None
    if decayed and small:
        what = f"the weights shrank to {left or 0.0:.0%} of what they were"
    elif decayed:
        what = f"decay makes up {min(decay_share(case) or 0.0, 1.0):.0%} of an update"
    elif found is not None:
        what = f"with dropout the loss is {found[0]:.2g} of one answer's for all, without it {found[1]:.2g}"
    penalized = bool(getattr(case.recipe, "penalties", ()))
    return Finding(
        name="over-regularised",
        severity="fault" if bad else "warning",
        sentence=f"Regularisation outweighs the data: {what}.",
        evidence={"weights_left": left, "loss_with_dropout": found[0] if found else None, "share_removed": share},
        cause=f"{'A penalty' if penalized else 'Weight decay'} is too strong." if decayed else "Dropout is too strong.",
        remedies=less_shrinking(case) if decayed else less_dropout(case),
        source="Goodfellow et al. 2016, ch. 7",
        picture=("layer_weight_norm",) if decayed else ("probe_loss", "probe_loss_training_mode"),
    )


def buried(training: float, prediction: float) -> bool:
    """Tell whether dropout buries what a network knows, by its losses with it and without, in those of one answer.

    >>> buried(2.5, 1.0), buried(54.0, 1.5), buried(300.0, 100.0)
    (True, True, False)
    """
    sound = prediction < SOUND or (prediction < SOUND_BESIDE and training > BURIED * prediction)
    return sound and training > prediction + FAR


def drowned(case: Case, training: float, prediction: float) -> bool:
    """Tell whether dropout keeps a network from learning, by the losses with it and without and by how strong it is."""
    network: Any = getattr(case.recipe, "network", None)
    dropout, of_inputs = (getattr(network, name, None) or 0.0 for name in ("dropout", "input_dropout"))
    layers = len(getattr(network, "hidden", ()) or ())
    strong = of_inputs > INPUTS or (1 - dropout) ** layers * (1 - of_inputs) < PATHS
    return buried(training, prediction) or (strong and training > LEFT)


def less_dropout(case: Case) -> tuple[Remedy, ...]:
    """Return the remedies that drop fewer units and inputs, as far as the recipe drops more than a few."""
    network = getattr(case.recipe, "network", None)
    strong = [name for name in ("dropout", "input_dropout") if (getattr(network, name, None) or 0.0) > MILD]
    return (
        remedy(case, "Less dropout.", {f"network.{name}": MILD for name in strong}),
        remedy(case, "No dropout.", {f"network.{name}": 0.0 for name in strong}),
    )


def may_shrink(case: Case) -> bool:
    """Tell whether anything may hold the weights down: a penalty, decay, or an optimizer of one's own."""
    optimizer = getattr(case.recipe, "optimizer", None)
    if not isinstance(optimizer, Optimizer):
        return True
    return bool(getattr(case.recipe, "penalties", ()) or getattr(optimizer, "weight_decay", 0.0))


def held(case: Case, share: float) -> bool:
    """Tell whether under a penalty weights are held small and training rows do hardly better than others."""
    others, left = learned(case), shrunk(case)
    penalized = bool(getattr(case.recipe, "penalties", ()))
    return (
        penalized
        and left is not None
        and left < HELD
        and share < 1 - APART
        and others is not None
        and share - others < APART
    )


def less_shrinking(case: Case) -> tuple[Remedy, ...]:
    """Return the remedies that let weights grow: weaker penalties where the recipe has any, else less decay."""
    penalties = getattr(case.recipe, "penalties", ())
    if penalties:
        weaker = {f"penalties.{place}.strength": each.strength / 1000 for place, each in enumerate(penalties)}
        return (
            remedy(case, "Penalties a thousandth as strong.", weaker),
            remedy(case, "No penalties.", {"penalties": ()}),
        )
    return (
        remedy(case, "Less weight decay.", {"optimizer.weight_decay": 0.01}),
        remedy(case, "No weight decay.", {"optimizer.weight_decay": 0.0}),
    )


@CHECKS.register("L2 with Adam", row=24, source="Loshchilov & Hutter 2019")
def coupled_penalty(case: Case) -> Finding | None:
    """An L2 penalty goes through the denominator of an Adam-like optimizer."""
    own = divided_squares(case)
    if not own and not is_coupled(case.record.facts):
        return None
    share = learned(case, training=True)
    harm = learned_nothing(case) or behind(case) or (share is not None and share < 0.5)
    return Finding(
        name="L2 with Adam",
        severity="warning" if harm and validated(case) else "smell",
        sentence="The L2 penalty is added to the gradient before Adam divides by its size: weights with large "
        "gradients are hardly penalised, those with small ones very much.",
        evidence={"share_removed": share},
        cause="Penalty and adaptive rates are coupled.",
        remedies=(
            remedy(case, "AdamW, whose decay is decoupled.", {"optimizer": {"kind": "AdamW", "learning_rate": 0.003}}),
        )
        if not own
        else (remedy(case, "AdamW's decay, which is decoupled, in place of the penalty.", decoupled(case)),),
        source="Loshchilov & Hutter 2019",
    )


def divided_squares(case: Case) -> bool:
    """Tell whether the run's own recipe adds an L2 penalty to what an adaptive optimizer divides by its size."""
    squares = any(is_l2(penalty) for penalty in getattr(case.recipe, "penalties", ()))
    return squares and bool(getattr(getattr(case.recipe, "optimizer", None), "adapts", False))


def is_l2(penalty: object) -> bool:
    """Tell whether a penalty is one on squares."""
    return type(penalty).__name__ == "L2"


def decoupled(case: Case) -> dict[str, Any]:
    """Return the change that leaves L2 penalties out and decays the weights beside the gradient."""
    recipe: Any = case.recipe
    rate = float(getattr(recipe.optimizer, "learning_rate", 0.001))
    return {
        "penalties": tuple(penalty for penalty in recipe.penalties if not is_l2(penalty)),
        "optimizer": {"kind": "AdamW", "learning_rate": rate, "weight_decay": 0.01},
    }


def is_coupled(facts: Mapping[str, object]) -> bool:
    """Tell whether a penalty is added to the gradient that an adaptive optimizer then divides by its size."""
    known = facts.get("optimizer")
    if not isinstance(known, Mapping):
        return False
    parts = list(known.get("parts", ()))
    adaptive = next((at for at, part in enumerate(parts) if "adam" in part or "rms" in part), None)
    if adaptive is not None:
        return "add_decayed_weights" in parts[:adaptive]
    kind = str(known.get("kind", "")).lower()
    return kind in ADAMS and bool(known.get("l2"))
