"""How to repeat the run: the recipe, the command, the versions and where the time went."""

from __future__ import annotations

from typing import Any

from trainwell.report.contents import ReportData
from trainwell.report.markup import Markup, definitions, element, join
from trainwell.report.numbers import duration, is_number, shown
from trainwell.report.sections.findings import words
from trainwell.report.sections.frame import absent, code, section


def recipe(report: ReportData) -> Markup:
    """Build the section with the recipe file."""
    lead = "Everything that was decided about this run. Save it as recipe.toml, change a line, and run again."
    if not report.recipe_toml.strip():
        return section("recipe", "Recipe", None, absent("The recipe was not written down."))
    return section("recipe", "Recipe", lead, code(report.recipe_toml, "the recipe"))


def repeat(report: ReportData) -> Markup:
    """Build the section with command, versions and timing."""
    seed = report.record.facts.get("seed")
    lead = "The same recipe, data and seed on the same machine give the same bits."
    return section(
        "repeat",
        "How to repeat it",
        lead if seed is None else f"{lead} Seed {shown(seed)}.",
        code(report.command, "the command")
        if report.command
        else absent("This run was started from Python, not by a command."),
        element("div", _versions(report), _timing(report), class_="pair"),
    )


def _versions(report: ReportData) -> Markup | None:
    return _titled("Versions", [(name, shown(value)) for name, value in report.versions.items()])


def _timing(report: ReportData) -> Markup | None:
    return _titled("Where the time went", [(words(name), _spent(value)) for name, value in report.timing.items()])


def _spent(value: Any) -> str:
    return duration(value) if is_number(value) else shown(value)


def _titled(title: str, pairs: list[tuple[str, str]]) -> Markup | None:
    if not pairs:
        return None
    return element("div", join([element("h3", title, class_="subtitle"), definitions(pairs, "facts")]))
