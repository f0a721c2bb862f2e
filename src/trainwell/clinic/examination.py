"""The examination: every check asked about one run, its findings ranked, and each symptom put under its cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from trainwell.clinic.checks import THEMES
from trainwell.clinic.finding import CHECKS, SEVERITIES, Case, Finding
from trainwell.clinic.held_out import examine_labels
from trainwell.data import Dataset, Profile
from trainwell.engine import Recipe
from trainwell.errors import TrainwellError
from trainwell.records import Record


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


def rank(finding: Finding) -> tuple[int, int, int]:
    """Return where a finding stands among others: by severity, then by how near it lies to the root."""
    return (SEVERITIES.index(finding.severity), *depth(finding.name))


def depth(name: str) -> tuple[int, int]:
    """Return how far from the root a finding lies: the place of its theme, and of its check within that.

    Themes of one's own come last.

    >>> depth("unscaled inputs") < depth("learning rate too high") < depth("learned nothing")
    True
    """
    themes = [theme.__name__ for theme in THEMES]
    theme = CHECKS.entry(name).facts.get("theme")
    return themes.index(theme) if theme in themes else len(themes), list(CHECKS).index(name)


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
    """Tell whether one finding brings the other about: as its check says, or as any cause brings a symptom about."""
    if cause.name == effect.name or cause.severity == "smell":
        return False
    of_cause, of_effect = (CHECKS.entry(finding.name).facts for finding in (cause, effect))
    any_cause = of_cause.get("kind") == "cause" and of_effect.get("kind") == "symptom"
    return any_cause or effect.name in of_cause.get("brings", ())
