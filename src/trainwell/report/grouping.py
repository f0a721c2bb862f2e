"""Findings in the order they are told: gravest first, what follows from a cause under it. Data, no layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.report.contents import Facts

SEVERITIES = ("fault", "warning", "smell", "note")


def gravest_first(found: Sequence[Facts]) -> list[Facts]:
    """Return findings from fault to note, otherwise in their order."""
    return sorted(found, key=lambda finding: grade(finding.get("severity")))


def grade(severity: Any) -> int:
    """Return how grave a severity is, 0 for the gravest."""
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def grouped(found: Sequence[Facts]) -> list[tuple[Facts, list[Facts]]]:
    """Return each cause with the findings that follow from it, the gravest cause first.

    >>> found = [{"name": "a", "root": "b"}, {"name": "b"}, {"name": "c", "root": "gone"}]
    >>> [(cause["name"], [each["name"] for each in rest]) for cause, rest in grouped(found)]
    [('b', ['a']), ('c', [])]
    """
    ordered = gravest_first(found)
    names = {finding.get("name") for finding in ordered}
    causes = [finding for finding in ordered if not follows(finding, names)]
    return [
        (cause, [each for each in ordered if follows(each, names) and each.get("root") == cause.get("name")])
        for cause in causes
    ]


def follows(finding: Facts, names: set[Any]) -> bool:
    """Tell whether a finding follows from another of those named."""
    return finding.get("root") in names and finding.get("root") != finding.get("name")


def remedies_of(finding: Facts) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what to do, each in words with the change to the recipe (empty where it lies elsewhere)."""
    listed = finding.get("remedies")
    given = listed if isinstance(listed, list | tuple) and listed else [finding]
    found = []
    for remedy in given:
        text = str(remedy.get("text") or remedy.get("remedy") or "")
        change = remedy.get("change")
        if text or change:
            found.append((text, change if isinstance(change, Mapping) else {}))
    return found


def tally(found: Sequence[Facts]) -> str:
    """Say how many findings of each severity there are.

    >>> tally([{"severity": "fault"}, {"severity": "note"}, {"severity": "note"}])
    '1 fault, 2 notes.'
    """
    severities = [str(finding.get("severity", "note")) for finding in found]
    kinds = sorted(set(severities), key=grade)
    return ", ".join(f"{(n := severities.count(kind))} {kind}{'s' if n > 1 else ''}" for kind in kinds) + "."
