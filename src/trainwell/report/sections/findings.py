"""The clinic's findings, gravest first, each cause with what follows from it: how it is known, and what to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.records import Record
from trainwell.report.contents import Facts, ReportData
from trainwell.report.figures.evidence import evidence_pictures
from trainwell.report.grouping import grouped, remedies_of, tally
from trainwell.report.markup import Markup, definitions, element, join
from trainwell.report.numbers import shown
from trainwell.report.sections.frame import absent, badge, gallery, picture, section
from trainwell.report.sections.treatment import treatment

#: Pictures in one card; more hide what matters.
MOST_PICTURES = 2


def findings(report: ReportData) -> Markup:
    """Build the section."""
    tried = treatment(report)
    if not report.findings:
        nothing = absent("The clinic examined this run and has nothing to report.")
        return section("findings", "Findings", None, nothing, tried)
    cards = element(
        "ol",
        join(_card(report.record, cause, rest) for cause, rest in grouped(report.findings)),
        class_="findings",
    )
    return section("findings", "Findings", tally(report.findings), cards, tried)


def _card(record: Record, finding: Facts, followers: list[Facts]) -> Markup:
    return element(
        "li",
        _tag(finding),
        element("h3", finding.get("sentence") or words(finding.get("name"))),
        _paragraph("Why", finding.get("cause")),
        _remedies(finding),
        _pictures(record, finding),
        evidence(finding.get("evidence")),
        _followers(followers),
        element("p", f"Source: {finding['source']}", class_="source") if finding.get("source") else None,
        class_="finding",
    )


def _tag(finding: Facts) -> Markup:
    severity = str(finding.get("severity", "note"))
    name = element("span", words(finding.get("name")), class_="name")
    return element("p", badge(severity, severity), name, class_="tag")


def words(name: Any) -> str:
    """Return an identifier in words."""
    return str(name or "").replace("_", " ")


def _paragraph(name: str, text: Any) -> Markup | None:
    return element("p", element("strong", f"{name}. "), text) if text else None


def _remedies(finding: Facts) -> Markup:
    found = remedies_of(finding)
    return join(
        join([_paragraph("What to do" if place == 0 else "Or", text), _change(change)])
        for place, (text, change) in enumerate(found)
    )


def _change(change: Mapping[str, Any]) -> Markup | None:
    if not change:
        return None
    lines = "\n".join(f"{path} = {_toml(value)}" for path, value in change.items())
    return element("pre", element("code", lines), class_="change", tabindex="0", aria_label="change to the recipe")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{name} = {_toml(inner)}' for name, inner in value.items())} }}"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return '"none"'
    return f'"{value}"' if isinstance(value, str) else str(value)


def _pictures(record: Record, finding: Facts) -> Markup | None:
    names = finding.get("picture")
    if not isinstance(names, list | tuple):
        return None
    drawn = evidence_pictures(record, [str(name) for name in names])[:MOST_PICTURES]
    return gallery(*(picture(title, figure, description) for title, figure, description in drawn))


def _followers(followers: list[Facts]) -> Markup | None:
    if not followers:
        return None
    items = join(
        element("li", _tag(each), element("p", each.get("sentence") or words(each.get("name")))) for each in followers
    )
    return join([element("p", element("strong", "What follows from it")), element("ul", items, class_="followers")])


def evidence(facts: Any) -> Markup | None:
    """List the numbers a sentence rests on."""
    if not isinstance(facts, Mapping) or not facts:
        return None
    return definitions([(words(name), shown(value)) for name, value in facts.items()], "evidence")
