"""What the findings of a run prescribe: changes to its recipe that can be tried. Trying them is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from trainwell.clinic.finding import Finding
from trainwell.engine import Recipe
from trainwell.errors import TrainwellError

TOGETHER = "all of them together"


@dataclass(frozen=True)
class Prescription:
    """One remedy of one or several findings.

    Attributes:
        findings: the names of the findings that prescribe it.
        words: what to do, as the finding says it.
        change: the settings of the recipe that do it, by dotted path; none where it lies in the data or the code.
        recipe: the run's recipe with the change made; none where that is not possible.
        problem: why it cannot be tried, if so.
    """

    findings: tuple[str, ...]
    words: str
    change: Mapping[str, Any] | None
    recipe: Recipe | None = None
    problem: str | None = None


def prescriptions(recipe: Recipe, findings: Iterable[Finding]) -> list[Prescription]:
    """Return every remedy of the findings once, those first that come first; and, where several, all of them together.

    Args:
        recipe: what the run was trained by.
        findings: what the clinic found, the most severe first.
    """
    found: list[Prescription] = []
    every = list(findings)
    names = {finding.name for finding in every}
    for finding in sorted(every, key=lambda finding: finding.root in names):  # causes before what follows from them
        for words, change in remedies_of(finding):
            same = next((each for each in found if each.change == change and (change or each.words == words)), None)
            if same is None:
                found.append(prescription(recipe, (finding.name,), words, change))
            elif finding.name not in same.findings:
                found[found.index(same)] = replace(same, findings=(*same.findings, finding.name))
    causes = {finding.name for finding in every if finding.root not in names}
    together = combined(recipe, [each for each in found if causes & set(each.findings)])
    return found if together is None else [*found, together]


def remedies_of(finding: Finding) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """Yield each remedy of a finding in words and as settings of the recipe, none where it lies elsewhere."""
    for remedy in finding.remedies:
        yield remedy.text, remedy.change or None


def prescription(
    recipe: Recipe, findings: tuple[str, ...], words: str, change: Mapping[str, Any] | None
) -> Prescription:
    """Return a remedy with the recipe that it makes, or with why it makes none."""
    if not change:
        why = "it is no change to the recipe but one to the data or the code, which is yours to make"
        return Prescription(findings, words, None, None, why)
    try:
        changed = recipe.with_settings(change)
    except TrainwellError as problem:
        return Prescription(findings, words, change, None, str(problem))
    if changed == recipe:
        return Prescription(findings, words, change, None, "the recipe is like that already")
    return Prescription(findings, words, change, changed)


def combined(recipe: Recipe, found: Iterable[Prescription]) -> Prescription | None:
    """Return each cause's first remedy made at once, a path set by the gravest; none where that is one of them."""
    change: dict[str, Any] = {}
    treated: list[str] = []
    parts = 0
    for each in found:
        fresh = set(each.findings) - set(treated)
        if each.recipe is None or not fresh or overlapping(change, each.change or {}):
            continue
        change |= each.change or {}
        treated += each.findings
        parts += 1
    return prescription(recipe, tuple(dict.fromkeys(treated)), TOGETHER, change) if parts > 1 else None


def overlapping(change: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two changes set the same field, or one a part of what the other sets.

    >>> overlapping({"optimizer": "SGD"}, {"optimizer.learning_rate": 0.1}), overlapping({"seed": 1}, {"loss": "mse"})
    (True, False)
    """
    return any(f"{one}.".startswith(f"{two}.") or f"{two}.".startswith(f"{one}.") for one in change for two in other)
