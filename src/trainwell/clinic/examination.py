"""The examination: every check asked about one run, its findings ranked, and each symptom put under its cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from trainwell.clinic import checks  # noqa: F401 - registers them
from trainwell.clinic.finding import CHECKS, SEVERITIES, Case, Finding
from trainwell.clinic.held_out import examine_labels
from trainwell.data import Dataset, Profile
from trainwell.engine import Recipe
from trainwell.errors import TrainwellError
from trainwell.records import Record

#: Of findings of one severity, what lies nearer the root comes first.
PRECEDENCE = (
    "non-finite input",
    "shapes broadcast",
    "sign flipped",
    "double softmax",
    "wrong loss for the task",
    "perceptron never converged",
    "validation unlike training",
    "unrepresentative validation",
    "labels unrelated to inputs",
    "symmetric initialization",
    "no nonlinearity",
    "unscaled inputs",
    "unscaled target",
    "output range",
    "frozen parameters",
    "train/evaluation mismatch",
    "batch too small for normalization",
    "L2 with Adam",
    "over-regularised",
    "initializer/activation mismatch",
    "bad initial scale",
    "saturation",
    "batch size and learning rate mismatch",
    "learning rate too high",
    "dead ReLUs",
    "exploding gradients",
    "vanishing gradients",
    "learning rate decays too soon",
    "clipping too tight",
    "learning rate too low",
    "outliers",
    "target outliers",
    "lopsided class weights",
    "leakage",
    "overlapping parts",
    "label noise",
    "class imbalance",
    "overfitting",
    "stopped too soon",
    "underfitting",
    "non-finite numbers",
    "learned nothing",
)
#: What else a cause brings about, beside the symptoms that any cause may have.
BRINGS: dict[str, tuple[str, ...]] = {
    "sign flipped": ("learning rate too high", "dead ReLUs", "over-regularised", "overfitting", "exploding gradients"),
    "wrong loss for the task": ("learning rate too high", "overfitting", "labels unrelated to inputs"),
    "symmetric initialization": ("vanishing gradients", "dead ReLUs", "bad initial scale"),
    "unscaled inputs": ("learning rate too high", "bad initial scale", "dead ReLUs", "saturation"),
    "unscaled target": ("learning rate too high", "learning rate too low", "dead ReLUs", "output range"),
    "bad initial scale": (
        "learning rate too high",
        "exploding gradients",
        "vanishing gradients",
        "saturation",
        "dead ReLUs",
        "overfitting",
    ),
    "initializer/activation mismatch": (
        "learning rate too high",
        "exploding gradients",
        "vanishing gradients",
        "saturation",
        "dead ReLUs",
        "overfitting",
    ),
    "learning rate too high": ("dead ReLUs", "saturation", "vanishing gradients"),
    "batch size and learning rate mismatch": ("learning rate too high", "dead ReLUs", "saturation"),
    "validation unlike training": ("labels unrelated to inputs", "overfitting", "label noise", "class imbalance"),
    "labels unrelated to inputs": ("overfitting", "label noise"),
    "label noise": ("overfitting",),
    "L2 with Adam": ("over-regularised", "vanishing gradients"),
    "over-regularised": ("learning rate too high", "vanishing gradients", "dead ReLUs"),
    "frozen parameters": ("dead ReLUs", "vanishing gradients"),
    "dead ReLUs": ("vanishing gradients", "learning rate too low", "bad initial scale"),
    "vanishing gradients": ("learning rate too low",),
    "stopped too soon": ("underfitting",),
    "learning rate decays too soon": ("learning rate too low", "over-regularised"),
    "clipping too tight": ("learning rate too low",),
    "saturation": ("vanishing gradients", "learning rate too low"),
}

#: Findings about the data or the parts, which may stand beside a failure without being its cause.
BYSTANDERS = ("leakage", "overlapping parts", "class imbalance", "unrepresentative validation", "overfitting")


class Ran(Protocol):
    """A finished run, as far as an examination needs it; :class:`trainwell.Run` is one."""

    @property
    def record(self) -> Record:
        """Curves and telemetry."""

    @property
    def recipe(self) -> Recipe:
        """How it was trained."""

    @property
    def profile(self) -> Profile:
        """What the data look like."""

    @property
    def scores(self) -> dict[str, Any]:
        """What the scores say."""


def examine(run: Case | Record | Ran, data: Dataset | None = None, *, deep: bool = False) -> list[Finding]:
    """Return what every check finds, causes before what follows from them, the most severe first.

    Args:
        run: a finished run, a record (of ours or written by an adapter), or a case put together by hand.
        data: what it was trained on; needed for a deep examination only.
        deep: whether to examine labels too, by networks that never saw the row: a training per fold, of classes only.

    Raises:
        TrainwellError: what was given has no record, or a deep examination lacks the recipe or the data.

    >>> import numpy as np
    >>> examine(Record({name: np.ones(3) for name in ("epoch", "training_loss", "validation_loss", "learning_rate")}))
    []
    """
    case = case_of(run)
    if not len(case.record.arrays.get("epoch", ())):
        return []
    found = [finding for check in CHECKS.values() if (finding := check(case)) is not None]
    if deep:
        found = renewed(found, deeply(case, data))
    return grouped(sorted(found, key=rank))


def deeply(case: Case, data: Dataset | None) -> list[Finding]:
    """Return what a deep examination of the labels finds."""
    if case.recipe is None or data is None:
        raise TrainwellError("a deep examination trains anew: it needs a run with its recipe, and examine(run, data).")
    return examine_labels(case.recipe, data) if data.target.classes else []


def renewed(found: list[Finding], deep: list[Finding]) -> list[Finding]:
    """Return the findings with those of the deep examination in the place of shallow ones of the same name."""
    names = {finding.name for finding in deep}
    return [*(finding for finding in found if finding.name not in names), *deep]


def rank(finding: Finding) -> tuple[int, int]:
    """Return where a finding stands among others: by severity, then by how near it lies to the root."""
    place = PRECEDENCE.index(finding.name) if finding.name in PRECEDENCE else len(PRECEDENCE)
    return SEVERITIES.index(finding.severity), place


def case_of(run: Case | Record | Ran) -> Case:
    """Return the case that a run, or its record alone, makes."""
    if isinstance(run, Case):
        return run
    if isinstance(run, Record):
        return Case(run)
    if not hasattr(run, "record"):
        raise TrainwellError(f"examine takes a run, a record or a case, but got {type(run).__name__}.")
    return Case(run.record, run.recipe, run.profile, run.scores)


def grouped(found: Sequence[Finding]) -> list[Finding]:
    """Return findings with each that follows from another placed after it and naming it as its root."""
    roots = {finding.name: root_of(finding, found) for finding in found}
    ordered: list[Finding] = []
    for finding in found:
        if roots[finding.name] is None:
            ordered.append(finding)
            ordered += [replace(one, root=finding.name) for one in found if roots[one.name] == finding.name]
    return ordered


def root_of(finding: Finding, found: Sequence[Finding]) -> str | None:
    """Return the name of the finding that explains another and is itself explained by none, if there is one."""
    return next(
        (one.name for one in found if explains(one, finding) and not any(explains(up, one) for up in found)), None
    )


def explains(cause: Finding, effect: Finding) -> bool:
    """Tell whether one finding brings the other about: as the causes' table says, or any cause a symptom."""
    if cause.name == effect.name or cause.severity == "smell":
        return False
    if effect.name in BRINGS.get(cause.name, ()):
        return True
    return is_symptom(effect) and not is_symptom(cause) and cause.name not in BYSTANDERS


def is_symptom(finding: Finding) -> bool:
    """Tell whether a check says that something went badly rather than why."""
    return bool(CHECKS.entry(finding.name).facts.get("symptom"))
