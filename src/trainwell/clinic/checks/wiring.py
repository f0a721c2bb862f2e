"""How network, loss and optimizer are put together: shapes, signs, probabilities, and what is made small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainwell.clinic.finding import Case, Observation, check
from trainwell.clinic.layers import first, measured_at_start, vary
from trainwell.clinic.outcome import SURE, against_one_answer, harmed, learned, loss_fell
from trainwell.clinic.remedies import remedy

#: A cosine below which an update points uphill; a layer of so few weights may by chance.
UPHILL, FEW_WEIGHTS = -0.3, 8
#: Rounding of a row of probabilities, about 100 steps of float32.
ROUNDING = 1e-4
#: How near sigmoids come to their bounds when they have learned anything.
NEAR_BOUND = 0.1
#: A correlation below this one between distance of answers and of their rows means that the numbers are names.
NO_ORDER = 0.5
#: Losses of the library that cannot be negative, and that fall only where answers get better.
POSITIVE = ("cross_entropy", "binary_cross_entropy", "multilabel_cross_entropy", "mse", "huber", "mae")
#: Standard errors below one answer for all from which a score is surely worse, whatever the part it is known of.
WORSE = 5.0


@check("shapes broadcast", row=17, source="NumPy broadcasting rules")
def shapes_broadcast(case: Case) -> Observation | None:
    """Outputs and targets of different shapes were compared each with all."""
    outputs, targets = case.record.facts.get("output_shape"), case.record.facts.get("target_shape")
    if outputs is None or targets is None or case.record.facts.get("task") == "multiclass":
        return None
    if not broadcasts(outputs, targets):
        return None
    return Observation(
        severity="fault",
        sentence=f"The loss compared outputs of shape {tuple(outputs)} with targets of shape {tuple(targets)}: every "
        "answer with every target, so that the best answer is the mean.",
        evidence={"output_shape": str(tuple(outputs)), "target_shape": str(tuple(targets))},
        cause="One has a last axis of length 1 that the other lacks.",
        remedies=(remedy(case, "Give both the same shape: outputs.squeeze(-1), or targets[:, None]."),),
        picture=("training_loss", "output_deviation"),
    )


def broadcasts(outputs: Sequence[int], targets: Sequence[int]) -> bool:
    """Tell whether two shapes differ and yet go together, by stretching one along the other.

    >>> broadcasts((32, 1), (32,)), broadcasts((32, 1), (32, 1)), broadcasts((32, 3), (32,))
    (True, False, False)
    """
    if tuple(outputs) == tuple(targets) or len(outputs) == len(targets) == 0:
        return False
    try:
        whole = np.broadcast_shapes(tuple(outputs), tuple(targets))
    except ValueError:
        return False
    return int(np.prod(whole)) > max(int(np.prod(outputs)), int(np.prod(targets)))


@check(
    "sign flipped",
    row=18,
    source="Cauchy 1847",
    brings=("learning rate too high", "dead ReLUs", "over-regularised", "overfitting", "exploding gradients"),
)
def sign_flipped(case: Case) -> Observation | None:
    """Updates go uphill, or a loss that cannot be negative is."""
    uphill = first(case, "update_alignment")
    training = case.record["training_loss"]
    negative = case.record.facts.get("loss") in POSITIVE and bool(np.nanmin(training, initial=0.0) < -1e-6)
    against, layer = rewarded(case), uphill_layer(case)
    wholly = uphill is not None and uphill < UPHILL and not improved(case) and not fell(training)
    if not (negative or against or wholly or layer is not None):
        return None
    if negative:
        seen = f"The loss fell to {np.nanmin(training):.3g}, but it cannot be negative."
    elif against:
        seen = (
            f"The loss fell below 0, to {np.nanmin(training):.3g}, while the training rows are told no better than by "
            "one answer for all: the further off, the better it thinks."
        )
    elif wholly or layer is None:
        seen = (
            f"The first update points uphill: the cosine between it and the way down is {uphill:.2f}, where it should "
            "be near 1."
        )
    else:
        seen = f"The first update of {layer} points uphill, while those of other layers point down."
    return Observation(
        severity="fault" if negative or against or wholly or harmed(case) else "warning",
        sentence=seen,
        evidence={"alignment": uphill, "layer": layer, "least_loss": float(np.nanmin(training, initial=np.inf))},
        cause="A minus too many or too few: in the loss, in the optimizer, or in how its update is applied.",
        remedies=(remedy(case, "Make the loss small, not large: loss, not −loss; θ − ηg, not θ + ηg."),),
        picture=("training_loss", "update_alignment"),
    )


def uphill_layer(case: Case) -> str | None:
    """Return the name of a layer of some size whose first updates point uphill; none where those of all do, or none.

    A batch's gradient may differ from the probe's by chance once, but not at look after look.
    """
    rows = case.record.arrays.get("layer_update_alignment", np.zeros((0, 0)))
    sizes = np.multiply(case.record.facts.get("layer_units", ()), case.record.facts.get("layer_inputs", ()))
    if not len(rows) or not measured_at_start(case) or len(sizes) != rows.shape[1] or not np.isfinite(rows[0]).all():
        return None
    rows = rows[np.isfinite(rows).all(axis=1)]
    against = (np.maximum(rows[0], np.median(rows[:3], axis=0)) < -0.5) & (sizes >= FEW_WEIGHTS)
    if not against.any() or not (rows[0][sizes >= FEW_WEIGHTS] > 0).any():
        return None
    at = int(np.flatnonzero(against)[0])
    names = case.record.facts.get("layers", [])
    return str(names[at]) if at < len(names) else f"layer {at + 1}"


def rewarded(case: Case) -> bool:
    """Tell whether errors are rewarded: a loss that sinks further below 0 while the score gets nowhere."""
    lowest, better = loss_fell(case), against_one_answer(case)
    return lowest is not None and better is not None and lowest[1] < -abs(lowest[0]) and better < SURE


def fell(losses: np.ndarray) -> bool:
    """Tell whether losses ended below where they began; uphill they rise, whatever one noisy step looked like."""
    lately = losses[-max(len(losses) // 3, 1) :]
    return bool(np.isfinite(losses).all() and np.median(lately) < losses[0])


def improved(case: Case) -> bool:
    """Tell whether training brought the loss well below that of one answer for all."""
    share = learned(case, training=True)
    return share is not None and share > 0.2


@check("double softmax", row=13, source="Goodfellow et al. 2016, section 6.2.2")
def double_softmax(case: Case) -> Observation | None:
    """The network gives probabilities to a loss that makes its own."""
    record = case.record
    if record.facts.get("loss_takes") != "logits" or "output_minimum" not in record:
        return None
    low, high = record["output_minimum"], record["output_maximum"]
    inside = len(low) > 1 and bool(np.all((low >= 0) & (high <= 1 + ROUNDING)))
    task = record.facts.get("task")
    summed = task == "multiclass" and bool(np.all(record["output_row_sum_error"] < 10 * ROUNDING))
    if task == "multiclass" and not summed:  # each by itself, as sigmoids, which come near both bounds in the end
        inside = inside and bool(low[-1] < NEAR_BOUND and high[-1] > 1 - NEAR_BOUND)
    if not inside or task not in ("multiclass", "binary", "multilabel") or not vary(case):
        return None
    name = "softmax" if summed else "sigmoid"
    return Observation(
        severity="fault" if harmed(case) else "warning",
        sentence=f"The outputs lie between {low.min():.2g} and {high.max():.2g} at every look"
        f"{' and sum to 1' if summed else ''}: they are probabilities already, but the loss takes logits "
        f"and applies a {'softmax' if task == 'multiclass' else 'sigmoid'} of its own.",
        evidence={"least_output": float(low.min()), "greatest_output": float(high.max())},
        cause=f"A {name} at the end of the network: with the loss's own, no answer can ever be sure.",
        remedies=(remedy(case, f"Leave the {name} out and return its argument; apply it only to predict."),),
        picture=("output_minimum", "output_maximum"),
    )


@check(
    "wrong loss for the task",
    row=14,
    source="Bishop 2006, section 4.1.3",
    brings=("learning rate too high", "overfitting", "labels unrelated to inputs"),
)
def wrong_loss(case: Case) -> Observation | None:
    """Numbers that name classes are predicted as amounts; or the loss falls while the score is worse than nothing."""
    facts = case.record.facts
    if (fallen := at_odds(case)) is not None:
        return not_an_error(case, *fallen)
    levels, order = facts.get("target_values"), facts.get("target_order")
    if facts.get("task") != "regression" or not levels or levels < 2:
        return None
    if order is not None and (order >= NO_ORDER or not np.isfinite(order)):
        return None
    why = (
        "that is a yes or no" if levels == 2 else f"the rows of near values are no more alike ({order:.2f}) than others"
    )
    return Observation(
        severity="warning",
        sentence=f"The target takes {levels} whole values, and {why}: they name classes, but are predicted as amounts.",
        evidence={"different_values": levels, "order": order, "loss": facts.get("loss")},
        cause="Class numbers were read as amounts, and the squared error takes class 1 for nearer to 2 than to 9.",
        remedies=(
            remedy(case, "Say that it is a classification (task = 'multiclass' or 'binary'), with cross-entropy."),
        ),
    )


def at_odds(case: Case) -> tuple[float, float] | None:
    """Return the loss at first and at its least, where a loss of the person's own fell while the score got nowhere.

    Below what one answer for all would have, and the training rows are told surely worse than by that answer.
    """
    fallen, better, base = loss_fell(case), against_one_answer(case), case.record.facts.get("base_loss")
    if fallen is None or better is None or case.record.facts.get("loss") in POSITIVE:
        return None
    return fallen if better < -WORSE and (base is None or fallen[1] < base) else None


def not_an_error(case: Case, start: float, least: float) -> Observation:
    """Say that what is made small is not what is scored."""
    score, base = float(case.record["training_score"][-1]), case.record.facts["base_score"]
    metric = case.record.facts.get("score", "score")
    return Observation(
        severity="fault",
        sentence=f"The loss fell from {start:.3g} to {least:.3g}, but on the training rows {metric} is {score:.3g}, "
        f"worse than the {base:.3g} of one answer for all: what is made small is not an error.",
        evidence={"first": start, "least": least, "training_score": score, "one_answer": base},
        cause="The loss compares with other answers than the score does: another order of classes, a shift, a sign.",
        remedies=(
            remedy(case, "A loss of the library's own for this task.", {"loss": "auto"}),
            remedy(case, "Work the loss out by hand for one row that is told rightly and one that is not."),
        ),
        picture=("training_loss", "training_score"),
    )
