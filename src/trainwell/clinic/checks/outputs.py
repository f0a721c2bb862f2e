"""What the network gives and what its loss expects: probabilities, classes, ranges and shapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trainwell.clinic.finding import CHECKS, Case, Finding
from trainwell.clinic.outcome import against_one_answer, behind, harmed, loss_fell
from trainwell.clinic.remedies import remedy

#: Rounding of a row of probabilities, about 100 steps of float32.
ROUNDING = 1e-4
TELLING = 0.01
#: How near sigmoids come to their bounds when they have learned anything.
NEAR_BOUND = 0.1
#: How near a bound outputs must come to have been held by it.
NEAR = 0.01
#: A correlation below this one between distance of answers and of their rows means that the numbers are names.
NO_ORDER = 0.5
#: Extremes below and above 0 that differ by a smaller share were made equal by a function.
EVEN = 1e-3
#: Losses of the library that cannot be negative, and that fall only where answers get better.
POSITIVE = ("cross_entropy", "binary_cross_entropy", "multilabel_cross_entropy", "mse", "huber", "mae")
#: Standard errors below one answer for all from which a score is surely worse, whatever the part it is known of.
WORSE = 5.0


@CHECKS.register("shapes broadcast", row=17, source="NumPy broadcasting rules")
def shapes_broadcast(case: Case) -> Finding | None:
    """Outputs and targets of different shapes were compared each with all."""
    outputs, targets = case.record.facts.get("output_shape"), case.record.facts.get("target_shape")
    if outputs is None or targets is None or case.record.facts.get("task") == "multiclass":
        return None
    if not broadcasts(outputs, targets):
        return None
    return Finding(
        name="shapes broadcast",
        severity="fault",
        sentence=f"The loss compared outputs of shape {tuple(outputs)} with targets of shape {tuple(targets)}: every "
        "answer with every target, so that the best answer is the mean.",
        evidence={"output_shape": str(tuple(outputs)), "target_shape": str(tuple(targets))},
        cause="One has a last axis of length 1 that the other lacks.",
        remedies=(remedy(case, "Give both the same shape: outputs.squeeze(-1), or targets[:, None]."),),
        source="NumPy broadcasting rules",
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


@CHECKS.register("double softmax", row=13, source="Goodfellow et al. 2016, section 6.2.2")
def double_softmax(case: Case) -> Finding | None:
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
    return Finding(
        name="double softmax",
        severity="fault" if harmed(case) else "warning",
        sentence=f"The outputs lie between {low.min():.2g} and {high.max():.2g} at every look"
        f"{' and sum to 1' if summed else ''}: they are probabilities already, but the loss takes logits "
        f"and applies a {'softmax' if task == 'multiclass' else 'sigmoid'} of its own.",
        evidence={"least_output": float(low.min()), "greatest_output": float(high.max())},
        cause=f"A {name} at the end of the network: with the loss's own, no answer can ever be sure.",
        remedies=(remedy(case, f"Leave the {name} out and return its argument; apply it only to predict."),),
        source="Goodfellow et al. 2016, section 6.2.2",
        picture=("output_minimum", "output_maximum"),
    )


def vary(case: Case) -> bool:
    """Tell whether the outputs differ between rows at any look; where they do not, their range says nothing."""
    return bool(np.nanmax(case.record["output_deviation"], initial=0.0) > TELLING)


@CHECKS.register("wrong loss for the task", row=14, source="Bishop 2006, section 4.1.3")
def wrong_loss(case: Case) -> Finding | None:
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
    return Finding(
        name="wrong loss for the task",
        severity="warning",
        sentence=f"The target takes {levels} whole values, and {why}: they name classes, but are predicted as amounts.",
        evidence={"different_values": levels, "order": order, "loss": facts.get("loss")},
        cause="Class numbers were read as amounts, and the squared error takes class 1 for nearer to 2 than to 9.",
        remedies=(
            remedy(case, "Say that it is a classification (task = 'multiclass' or 'binary'), with cross-entropy."),
        ),
        source="Bishop 2006, section 4.1.3",
    )


def at_odds(case: Case) -> tuple[float, float] | None:
    """Return the loss at first and at its least, where a loss of the person's own fell while the score got nowhere.

    Below what one answer for all would have, and the training rows are told surely worse than by that answer.
    """
    fallen, better, base = loss_fell(case), against_one_answer(case), case.record.facts.get("base_loss")
    if fallen is None or better is None or case.record.facts.get("loss") in POSITIVE:
        return None
    return fallen if better < -WORSE and (base is None or fallen[1] < base) else None


def not_an_error(case: Case, start: float, least: float) -> Finding:
    """Say that what is made small is not what is scored."""
    score, base = float(case.record["training_score"][-1]), case.record.facts["base_score"]
    metric = case.record.facts.get("score", "score")
    return Finding(
        name="wrong loss for the task",
        severity="fault",
        sentence=f"The loss fell from {start:.3g} to {least:.3g}, but on the training rows {metric} is {score:.3g}, "
        f"worse than the {base:.3g} of one answer for all: what is made small is not an error.",
        evidence={"first": start, "least": least, "training_score": score, "one_answer": base},
        cause="The loss compares with other answers than the score does: another order of classes, a shift, a sign.",
        remedies=(
            remedy(case, "A loss of the library's own for this task.", {"loss": "auto"}),
            remedy(case, "Work the loss out by hand for one row that is told rightly and one that is not."),
        ),
        source="Bishop 2006, section 4.1.3",
        picture=("training_loss", "training_score"),
    )


@CHECKS.register("output range", row=15, source="Bishop 2006, section 5.2")
def output_range(case: Case) -> Finding | None:
    """The last activation cannot give the targets, or the logits that speak against a class."""
    record, facts = case.record, case.record.facts
    if facts.get("loss_takes") == "logits":
        return rectified_logits(case)
    if facts.get("task") != "regression" or "target_minimum" not in facts or "output_minimum" not in record:
        return None
    low, high = float(record["output_minimum"].min()), float(record["output_maximum"].max())
    least, most, spread = facts["target_minimum"], facts["target_maximum"], facts["target_deviation"]
    floor, ceiling = bounds_of(record["output_minimum"], record["output_maximum"])
    floor = None if floor is None or least > floor - spread / 10 else floor
    ceiling = None if ceiling is None or most < ceiling + spread / 10 else ceiling
    if len(record["output_minimum"]) < 2 or (floor is None and ceiling is None) or not vary(case):
        return None
    if not {floor, ceiling} <= {None, 0.0, 1.0, -1.0} and not behind(case):  # equal by chance
        return None
    shown = f"below {floor:g}" if floor is not None else f"above {ceiling:g}"
    return Finding(
        name="output range",
        severity="fault" if behind(case) else "warning",
        sentence=f"No output ever lay {shown}, but targets do: they run from {least:.3g} to {most:.3g}, "
        f"the outputs from {low:.3g} to {high:.3g}.",
        evidence={"outputs_from": low, "outputs_to": high, "targets_from": least, "targets_to": most},
        cause="The network ends in an activation (ReLU, sigmoid, tanh) that cannot give such numbers.",
        remedies=(remedy(case, "End in a linear layer, or scale the target into the activation's range."),),
        source="Bishop 2006, section 5.2",
        picture=("output_minimum", "output_maximum"),
    )


def bounds_of(lows: np.ndarray, highs: np.ndarray) -> tuple[float | None, float | None]:
    """Return the bounds that outputs came near in the end and never crossed, by their extremes at each look.

    They are those of a ReLU, a sigmoid and a tanh, the last of these times any factor: as far below 0 as above it.

    >>> bounds_of(np.array([0.1, 0.005]), np.array([0.4, 3.0]))
    (0.0, None)
    >>> bounds_of(np.array([-0.3, -0.499, -0.5]), np.array([0.2, 0.498, 0.5]))
    (-0.5, 0.5)
    >>> bounds_of(np.array([-0.3, -0.999]), np.array([0.2, 4.0]))
    (None, None)
    """
    if held(lows):
        return 0.0, 1.0 if held(1 - highs) else None
    size = max(float(highs.max()), -float(lows.min()))
    if held(1 - highs) or held(lows + 1):
        return (-1.0 if held(lows + 1) and size <= 1 else None), (1.0 if held(1 - highs) else None)
    even = size > 0 and bool(np.all(np.abs(np.array([-lows[-1], highs[-1]]) / size - 1) < EVEN))
    return (-size, size) if even else (None, None)


def rectified_logits(case: Case) -> Finding | None:
    """Find what lets no logit be negative, such as a ReLU, though some come to 0 in the end."""
    lows = case.record.arrays.get("output_minimum", np.zeros(0))
    task = case.record.facts.get("task")
    if task not in ("multiclass", "binary", "multilabel") or len(lows) < 2 or not held(lows) or not vary(case):
        return None
    says = "never less likely than not" if task != "multiclass" else "hardly ever told to be unlikely"
    high = float(case.record["output_maximum"].max())
    if high <= 1 + ROUNDING:  # probabilities, which is another fault
        return None
    return Finding(
        name="output range",
        severity="fault" if harmed(case) else "warning",
        sentence=f"No logit was ever below 0, the greatest was {high:.3g}: a class is {says}.",
        evidence={"outputs_from": 0.0, "outputs_to": high},
        cause="The network ends in an activation (ReLU, softplus, a square) that gives no negative number.",
        remedies=(remedy(case, "Leave the last activation out: logits may be any number."),),
        source="Bishop 2006, section 5.2",
        picture=("output_minimum", "output_maximum"),
    )


def held(room: np.ndarray) -> bool:
    """Tell whether outputs came near a bound in the end and never crossed it, by their distance at each look."""
    return bool(np.all(room >= 0) and room[-1] <= NEAR)
