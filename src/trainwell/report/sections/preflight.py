"""The checks before and around the run, each with its evidence."""

from __future__ import annotations

from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.sections.findings import evidence, words
from trainwell.report.sections.frame import absent, badge, section


def preflight(report: ReportData) -> Markup:
    """Build the section."""
    if not report.preflight:
        return section("preflight", "Preflight checks", None, absent("No preflight check was run."))
    rows = [_row(check) for check in report.preflight]
    grid = table(["check", "what was seen"], rows, caption="Preflight checks", class_="preflight")
    return section("preflight", "Preflight checks", _tally(report), grid)


def _tally(report: ReportData) -> str:
    statuses = [str(check.get("status")) for check in report.preflight]
    kinds = [kind for kind in ("failed", "warned", "passed", "not applicable") if kind in statuses]
    return ", ".join(f"{statuses.count(kind)} {kind}" for kind in kinds) + "."


def _row(check: Facts) -> list[Any]:
    status = str(check.get("status", ""))
    name = join([element("span", words(check.get("name")), class_="name"), badge(status, status)])
    return [name, join([element("p", check.get("sentence", "")), evidence(check.get("evidence"))])]
