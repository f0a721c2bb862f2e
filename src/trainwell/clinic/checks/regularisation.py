"""Penalties, decay, dropout and smoothed labels: coupled to what divides them, or too much of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.clinic.checks.modes import modes
from trainwell.clinic.finding import Case, Observation, Remedy, check
from trainwell.clinic.layers import shrunk, update_ratio
from trainwell.clinic.outcome import ahead, diverged, failing, learned, validated
from trainwell.clinic.remedies import remedy
from trainwell.engine.fields import plain
from trainwell.training.optimizers import Optimizer

#: By how much the loss in one mode must exceed the other's, as a share of the base loss.
FAR = 0.25
HALF = 0.5
#: The loss at prediction beyond which a network is so wild that dropout is not what ails it; a higher one where dropout
#: makes the loss so many times that.
SOUND, SOUND_BESIDE, BURIED = 1.2, 3.0, 10.0
#: What weights that a penalty holds down are left with, and how little better training rows are told than others then.
HELD, APART = 1 / 3, 0.08
#: Dropout that lets through less than this share of the paths, or of the inputs, or fewer units of a layer on average;
#: and what loss is left with it where it lets nothing be learned.
PATHS, INPUTS, UNITS, LEFT = 0.1, 0.5, 4, 0.7
#: A probability of dropping, and a smoothing, that suits most networks.
MILD = 0.1
#: Smoothed labels of whose loss less than this share can be learned are no labels.
LEARNABLE = 0.2
ADAMS = ("adam", "nadam", "radam", "adamax", "rmsprop", "adagrad")


@check("L2 with Adam", row=24, source="Loshchilov & Hutter 2019", brings=("over-regularised", "vanishing gradients"))
def coupled_penalty(case: Case) -> Observation | None:
    """An L2 penalty goes through the denominator of an Adam-like optimizer."""
    own = divided_squares(case)
    if not own and not is_coupled(case.record.facts):
        return None
    share = learned(case, training=True)
    harm = failing(case) or (share is not None and share < 0.5)
    return Observation(
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
        "penalties": [plain(penalty) for penalty in recipe.penalties if not is_l2(penalty)],
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


def decay_share(case: Case) -> float | None:
    """Return what part of the updates decay makes up: ηλ over the update-to-weight ratio, where decay is decoupled."""
    known = case.record.facts.get("optimizer")
    ratio = update_ratio(case.record)
    if not isinstance(known, Mapping) or not known.get("weight_decay") or not known.get("learning_rate") or not ratio:
        return None
    rate = float(np.median(case.record["learning_rate"]))
    return rate * float(known["weight_decay"]) / ratio


@dataclass(frozen=True)
class TooMuch:
    """What there is too much of: what was seen, what is to blame, what to do, what shows it."""

    seen: str
    blame: str
    remedies: tuple[Remedy, ...]
    picture: tuple[str, ...]


@check(
    "over-regularised",
    row=23,
    source="Goodfellow et al. 2016, ch. 7",
    brings=("learning rate too high", "vanishing gradients", "dead ReLUs"),
)
def over_regularised(case: Case) -> Observation | None:
    """A penalty, decay, dropout or smoothed labels keep the network from learning even its training rows."""
    if diverged(case) or learned(case, training=True) is None:
        return None
    found = shrinking(case) or dropping(case) or smoothing(case)
    if found is None:
        return None
    losses = modes(case)
    return Observation(
        severity="fault" if failing(case) else "warning",
        sentence=f"Regularisation outweighs the data: {found.seen}.",
        evidence={
            "weights_left": shrunk(case),
            "loss_with_dropout": losses[0] if losses else None,
            "share_removed": learned(case, training=True),
        },
        cause=f"{found.blame} too strong.",
        remedies=found.remedies,
        picture=found.picture,
    )


def falls_short(case: Case) -> bool:
    """Tell whether a run fails, or left most of its training loss without being ahead of simple models."""
    return failing(case) or ((learned(case, training=True) or 0.0) < HALF and not ahead(case))


def shrinking(case: Case) -> TooMuch | None:
    """Find a penalty or decay that holds the weights down."""
    left, decay = shrunk(case), decay_share(case) or 0.0
    small = left is not None and left < HALF and may_shrink(case)
    penalized = bool(getattr(case.recipe, "penalties", ()))
    blame = f"{'A penalty' if penalized else 'Weight decay'} is"
    if small and (falls_short(case) or decay > HALF or held(case)):
        seen = f"the weights shrank to {left or 0.0:.0%} of what they were"
    elif decay > HALF and failing(case):
        seen = f"decay makes up {min(decay, 1.0):.0%} of an update"
    else:
        return None
    return TooMuch(seen, blame, less_shrinking(case), ("layer_weight_norm",))


def dropping(case: Case) -> TooMuch | None:
    """Find dropout that buries what the network knows."""
    found = modes(case)
    if found is None or is_mild(case) or not falls_short(case) or not drowned(case, *found):
        return None
    seen = f"with dropout the loss is {found[0]:.2g} of one answer's for all, without it {found[1]:.2g}"
    return TooMuch(seen, "Dropout is", less_dropout(case), ("probe_loss", "probe_loss_training_mode"))


def smoothing(case: Case) -> TooMuch | None:
    """Find labels smoothed so much that hardly anything of the loss can be learned."""
    share = getattr(case.recipe, "label_smoothing", None) or 0.0
    outputs = int((case.record.facts.get("layer_units") or [0])[-1])
    left = learnable(share, max(outputs, 2))
    if left > LEARNABLE:
        return None
    seen = f"of labels smoothed by {share:g} {left:.0%} of the loss can be learned"
    remedies = (remedy(case, "Smooth the labels less.", {"label_smoothing": MILD}),)
    return TooMuch(seen, "Label smoothing is", remedies, ("training_loss", "validation_loss"))


def learnable(smoothing: float, classes: int) -> float:
    """Return what share of the loss of one answer for all the best answers remove, of labels smoothed by ``s``.

    They give 1 − s + s/K to the class and s/K to each of the others: their loss is that distribution's entropy, which
    is log K where nothing is left to learn.

    >>> learnable(0.0, 10), round(learnable(0.1, 10), 2), round(learnable(0.9, 10), 3)
    (1.0, 0.78, 0.016)
    """
    own, other = 1 - smoothing + smoothing / classes, smoothing / classes
    entropy = -sum(count * share * math.log(share) for count, share in ((1, own), (classes - 1, other)) if share > 0)
    return 1 - entropy / math.log(classes)


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
    widths = tuple(getattr(network, "hidden", ()) or ())
    few = bool(widths) and (1 - dropout) * min(widths) < UNITS
    strong = few or of_inputs > INPUTS or (1 - dropout) ** len(widths) * (1 - of_inputs) < PATHS
    return buried(training, prediction) or (strong and training > LEFT)


def is_mild(case: Case) -> bool:
    """Tell whether the recipe drops no more than suits most networks; not so of a network that it cannot tell of."""
    network = getattr(case.recipe, "network", None)
    dropped = [getattr(network, name) for name in ("dropout", "input_dropout") if hasattr(network, name)]
    return bool(dropped) and max(share or 0.0 for share in dropped) <= MILD


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
    optimizer, known = getattr(case.recipe, "optimizer", None), case.record.facts.get("optimizer")
    if case.recipe is None and isinstance(known, Mapping) and len(case.record.facts.get("layers", ())) == 1:
        return bool(known.get("weight_decay") or known.get("l2"))  # a straight line shrinks where answers are noise
    if not isinstance(optimizer, Optimizer):
        return True
    return bool(getattr(case.recipe, "penalties", ()) or getattr(optimizer, "weight_decay", 0.0))


def held(case: Case) -> bool:
    """Tell whether under a penalty weights are held small and training rows do hardly better than others."""
    share, others, left = learned(case, training=True), learned(case), shrunk(case)
    if not getattr(case.recipe, "penalties", ()) or left is None or share is None or others is None:
        return False
    return left < HELD and share < 1 - APART and share - others < APART


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
