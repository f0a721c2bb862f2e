"""The four questions to ask of learning curves, answered in words with the numbers behind them.

Source: the training-practice lectures, after A. Karpathy, "A Recipe for Training Neural Networks", 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from trainwell.clinic.curves import ending_after, last_quarter, risen, slope, watched_loss
from trainwell.clinic.finding import Finding, jsonable
from trainwell.clinic.layers import update_ratio
from trainwell.errors import TrainwellError
from trainwell.records import Record

Answer = dict[str, Any]

QUESTIONS = (
    "Is it learning anything?",
    "Is it still learning?",
    "Is it overfitting?",
    "Is the learning rate too low or too high?",
)
LEARNING, STILL, OVER, RATE = QUESTIONS
#: A fall of less than this share of the whole descent over as many epochs again counts as having ended, and as much of
#: it lost again as nothing.
NEGLIGIBLE = 0.01
OVERFITTING = 0.1


#: Findings that answer the last question.
ABOUT_THE_RATE = {
    "learning rate too high": "Too high",
    "batch size and learning rate mismatch": "Too high for so small a batch",
    "learning rate too low": "Too low",
}


class Recorded(Protocol):
    """What has a record, such as a :class:`trainwell.Run` or a case."""

    @property
    def record(self) -> Record:
        """Curves and telemetry."""


def ask(run: Record | Recorded, findings: Sequence[Finding] | None = None) -> list[Answer]:
    """Return the four questions of a run, each with its answer and evidence; findings, where known, go before.

    Args:
        run: a finished run, a record (of ours or written by an adapter), or a case put together by hand.
        findings: what the examination found; a run's own unless given.

    Raises:
        TrainwellError: what was given has no record.
    """
    record = run if isinstance(run, Record) else getattr(run, "record", None)
    if not isinstance(record, Record):
        raise TrainwellError(f"ask takes a run, a record or a case, but got {type(run).__name__}: ask(tw.fit(data)).")
    findings = getattr(run, "findings", ()) if findings is None else findings
    if not len(record["epoch"]):
        return [answer(question, "Cannot tell: training ended within its first epoch.") for question in QUESTIONS]
    return [learning_anything(record), still_learning(record), overfitting(record), rate_right(record, findings)]


def answer(question: str, words: str, **evidence: Any) -> Answer:
    """Return one answered question."""
    return {"question": question, "answer": words, "evidence": jsonable(evidence)}


def learning_anything(record: Record) -> Answer:
    """Tell whether the watched loss fell clearly below where it began."""
    loss = watched_loss(record)
    if not np.isfinite(record["training_loss"]).all():
        bad = int(record["epoch"][~np.isfinite(record["training_loss"])][0])
        return answer(LEARNING, f"No: the training loss stopped being a number in epoch {bad}.", epoch=bad)
    first, best = initial_loss(record), float(np.nanmin(loss))
    averages = record.facts.get("base_validation_loss", record.facts.get("base_loss"))
    if averages is not None and averages > first:  # the first batches were few, and luckily chosen
        first = float(averages)
    fallen = share_fallen(first, best)
    if fallen < 0.02:
        whose = "a network that knows only averages" if "probe_loss" in record else "its first epoch"
        words = f"No: the loss is {best:.3g}, hardly below the {first:.3g} of {whose}."
    else:
        words = f"Yes: the loss fell from {first:.3g} to {best:.3g}, by {fallen:.0%}."
    return answer(LEARNING, words, first=first, best=best)


def share_fallen(first: float, least: float) -> float:
    """Return by which share of its size a loss has fallen; likelihoods of numbers may lie below 0.

    >>> share_fallen(2.0, 0.5), share_fallen(-2.0, -3.0)
    (0.75, 0.5)
    """
    return (first - least) / max(abs(first), 1e-12)


def initial_loss(record: Record) -> float:
    """Return the loss before the first update where it was measured, else after the first epoch."""
    return float(record["probe_loss"][0]) if "probe_loss" in record else float(watched_loss(record)[0])


def still_learning(record: Record) -> Answer:
    """Tell whether the watched loss was still falling when training ended."""
    loss = watched_loss(record)
    if len(loss) < 4 or not np.isfinite(loss).all():
        return answer(STILL, "Too few epochs to tell.", epochs=len(loss))
    tail = last_quarter(loss)
    rate, error = slope(tail)
    descent = max(initial_loss(record) - float(loss.min()), 1e-12)
    expected = -rate * len(tail) / descent
    rates = record["learning_rate"]
    if rates[-1] < 0.05 * rates.max():
        words = "No, and it need not: the schedule brought the learning rate down to its end."
    elif expected > NEGLIGIBLE and -rate > 2 * error:
        words = f"Yes: another {len(tail)} epochs like the last ones would lower it by about {-rate * len(tail):.2g}."
    else:
        words = f"No: over the last {len(tail)} epochs the loss hardly moved."
    return answer(STILL, words, slope_per_epoch=rate, standard_error=error, epochs=len(tail))


def overfitting(record: Record) -> Answer:
    """Tell whether the validation loss rose again while the training loss fell."""
    validation, training = record["validation_loss"], record["training_loss"]
    if np.isnan(validation).all():
        return answer(OVER, "Cannot tell without a validation part.")
    if not np.isfinite(validation).all() or len(validation) < 4:
        return answer(
            OVER, "Too few epochs to tell." if len(validation) < 4 else "Cannot tell: the loss was no number."
        )
    best = int(validation.argmin())
    last, jumps = ending_after(validation, best)
    rise = risen(validation, last)
    beyond_noise = last - validation[best] > 3 * jumps
    falling = training[-1] < training[best]
    evidence = {
        "best_epoch": int(record["epoch"][best]),
        "rise": rise,
        "gap": float(validation[-1] - training[-1]),
    }
    if rise > OVERFITTING and beyond_noise and falling:
        words = (
            f"Yes: after epoch {evidence['best_epoch']} the validation loss rose by {rise:.0%} while the training loss "
            f"went on falling. The weights of epoch {kept_epoch(record, best)} are kept."
        )
    elif rise > OVERFITTING / 5 and beyond_noise and falling:
        words = (
            f"A little: the validation loss ended {rise:.0%} above its best, of epoch {evidence['best_epoch']}. "
            f"The weights of epoch {kept_epoch(record, best)} are kept."
        )
    elif rise <= OVERFITTING / 5:
        words = "No: the validation loss ended about where it was lowest."
    else:
        why = "it jumps about by as much" if falling else "the training loss rose as well"
        words = f"No: the validation loss ended {rise:.0%} above its lowest, but {why}."
    return answer(OVER, words, **evidence)


def kept_epoch(record: Record, best: int) -> int:
    """Return the epoch whose weights are kept, which another monitor than the loss may have chosen."""
    return int(record.facts.get("best_epoch", record["epoch"][best]))


def rate_right(record: Record, findings: Sequence[Finding] = ()) -> Answer:
    """Tell from the loss's path and the size of updates whether the learning rate was too low or too high."""
    training = record["training_loss"]
    for finding in findings:
        if finding.name in ABOUT_THE_RATE and finding.severity != "smell":
            return answer(RATE, f"{ABOUT_THE_RATE[finding.name]}: {lowered(finding.sentence)}", **finding.evidence)
    if not np.isfinite(training).all():
        return answer(RATE, "Too high: the loss diverged.")
    ratio = update_ratio(record)
    rises = float(np.mean(np.diff(training) > 0)) if len(training) > 1 else 0.0
    least = float(training.min())
    began = initial_loss(record)
    fallen, regained = share_fallen(began, least), float(training[-1]) - least
    evidence = {"update_to_weight_ratio": ratio, "share_of_epochs_with_a_rise": rises}
    if regained > max(abs(least), NEGLIGIBLE * (began - least)) and rises > 0.3:
        words = "Too high: the training loss jumps about and ended at over twice its minimum."
    elif ratio is not None and ratio < 1e-5 and fallen < 0.5:
        words = f"Too low: updates are {ratio:.1g} of the weights, and the loss falls slowly."
    elif len(training) < 4:
        words = "Too few epochs to tell."
    elif fallen <= 0:
        words = "Cannot tell: the training loss never fell below where it began."
    else:
        scale = f" Updates are about {ratio:.1g} of the weights (1e-3 is customary)." if ratio is not None else ""
        words = f"It looks right: the training loss fell without jumping about.{scale}"
    return answer(RATE, words, **evidence)


def lowered(sentence: str) -> str:
    """Return a sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]
