"""The clinic's findings, gravest first: what is wrong, how that is known, and what to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.markup import Markup, definitions, element, join
from trainwell.report.numbers import shown
from trainwell.report.sections.frame import absent, badge, section

SEVERITIES = ("fault", "warning", "smell", "note")


def findings(report: ReportData) -> Markup:
    """Build the section."""
    found = gravest_first(report.findings)
    if not found:
        return section("findings", "Findings", None, absent("The clinic examined this run and has nothing to report."))
    cards = element("ol", join(_card(finding) for finding in found), class_="findings")
    return section("findings", "Findings", tally(found), cards)


def gravest_first(found: Sequence[Facts]) -> list[Facts]:
    """Return findings from fault to note, otherwise in their order."""
    return sorted(found, key=lambda finding: _grade(finding.get("severity")))


def _grade(severity: Any) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def tally(found: Sequence[Facts]) -> str:
    """Say how many findings of each severity there are.

    >>> tally([{"severity": "fault"}, {"severity": "note"}, {"severity": "note"}])
    '1 fault, 2 notes.'
    """
    severities = [str(finding.get("severity", "note")) for finding in found]
    kinds = sorted(set(severities), key=_grade)
    return ", ".join(f"{(n := severities.count(kind))} {kind}{'s' if n > 1 else ''}" for kind in kinds) + "."


def _card(finding: Facts) -> Markup:
    severity = str(finding.get("severity", "note"))
    return element(
        "li",
        element(
            "p",
            badge(severity, severity),
            element("span", words(finding.get("name")), class_="name"),
            class_="tag",
        ),
        element("h3", finding.get("sentence") or words(finding.get("name"))),
        _paragraph("Why", finding.get("cause")),
        _paragraph("What to do", finding.get("remedy")),
        _change(finding.get("change")),
        evidence(finding.get("evidence")),
        element("p", f"Source: {finding['source']}", class_="source") if finding.get("source") else None,
        class_="finding",
    )


def words(name: Any) -> str:
    """Return an identifier in words."""
    return str(name or "").replace("_", " ")


def _paragraph(name: str, text: Any) -> Markup | None:
    return element("p", element("strong", f"{name}. "), text) if text else None


def _change(change: Any) -> Markup | None:
    if not isinstance(change, Mapping) or not change:
        return None
    lines = "\n".join(f"{path} = {_toml(value)}" for path, value in change.items())
    return element("pre", element("code", lines), class_="change", tabindex="0", aria_label="change to the recipe")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_toml(inner)}' for name, inner in value.items())} }}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def evidence(facts: Any) -> Markup | None:
    """List the numbers a sentence rests on."""
    if not isinstance(facts, Mapping) or not facts:
        return None
    return definitions([(words(name), shown(value)) for name, value in facts.items()], "evidence")
