"""What was planned and what was held fixed: the planner's estimate and the role of every hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.report.markup import Markup, definitions, element, join, table
from trainwell.report.numbers import MISSING, as_float, duration, percent, shown
from trainwell.report.sections.findings import words
from trainwell.report.sections.frame import code, section
from trainwell.report.study.contents import StudyContents
from trainwell.report.study.sections.settings import stacked

#: Names of what a plan holds, and how its numbers are written.
PLANNED = {
    "trials": ("trials", shown),
    "runs": ("trainings in all", shown),
    "scientific_values": ("values compared", shown),
    "nuisance_dimensions": ("hyperparameters tuned for each", shown),
    "trials_per_value": ("trials per value", lambda value: shown(round(as_float(value), 1))),
    "chance": ("chance to meet the best 5%", percent),
    "advised_trials": ("trials for a chance of 90%", shown),
    "seconds": ("expected time", duration),
}
#: Rows of the role table shown; a recipe may hold more.
MOST_ROLES = 40


def plan(contents: StudyContents) -> Markup | None:
    """Build the section; nothing where neither a plan nor roles are known."""
    parts = [planned(contents), roles(contents)]
    if not any(parts):
        return None
    lead = next((str(lesson.get("sentence", "")) for lesson in contents.all_lessons("plan")), None)
    return section("plan", "The plan", lead, *parts)


def planned(contents: StudyContents) -> Markup | None:
    """Show the planner's estimate made before the study; the one made from it where there is none or it was cut off."""
    before, after, endings = contents.study.get("plan"), contents.mapping("plan"), contents.all_lessons("ending")
    facts = (after or before) if endings else (before or after)
    if not isinstance(facts, Mapping):
        return None
    if facts is after and endings and "trials at most" in endings[0]["evidence"]:
        facts = {"trials at most": endings[0]["evidence"]["trials at most"]} | dict(facts)
    known = [(PLANNED[name][0], write(name, value)) for name, value in facts.items() if name in PLANNED]
    others = [
        (words(name), shown(value)) for name, value in facts.items() if name not in (*PLANNED, "verdict", "sentence")
    ]
    pairs = [(name, text) for name, text in (*known, *others) if text != MISSING]
    return table(["", "estimate"], pairs, caption="The plan", numeric=(1,), class_="compact") if pairs else None


def write(name: str, value: Any) -> str:
    """Write one number of the plan."""
    return str(PLANNED[name][1](value)) if value is not None else MISSING


def roles(contents: StudyContents) -> Markup | None:
    """Show the role of every hyperparameter."""
    entries = [entry for entry in contents.mapping("roles").get("table") or () if isinstance(entry, Mapping)]
    if not entries:
        return None
    rows = [
        [stacked(str(entry.get("path"))), entry.get("role"), entry.get("values"), entry.get("meaning")]
        for entry in entries[:MOST_ROLES]
    ]
    grid = table(["hyperparameter", "role", "values", "so that"], rows, caption="Roles", class_="roles")
    return join([element("h3", "Who played which part", class_="subtitle"), grid])


def repeat(contents: StudyContents) -> Markup:
    """Build the section with the command, the best trial's recipe and the versions."""
    extras = contents.extras
    seed = contents.study.get("seed")
    lead = "The same space, data and seed on the same machine give the same trials."
    command, recipe = extras.get("command"), str(extras.get("recipe_toml") or "").strip()
    pairs = [
        facts_table("Versions", extras.get("versions"), shown),
        facts_table("Where the time went", extras.get("timing"), duration),
    ]
    return section(
        "repeat",
        "How to repeat it",
        lead if seed is None else f"{lead} Seed {shown(seed)}.",
        code(str(command), "the command") if command else None,
        element("h3", "The best trial as a recipe", class_="subtitle") if recipe else None,
        code(recipe, "the recipe") if recipe else None,
        element("div", *pairs, class_="pair") if any(pairs) else None,
    )


def facts_table(title: str, facts: Any, write: Any) -> Markup | None:
    """List names and values under a title."""
    if not isinstance(facts, Mapping) or not facts:
        return None
    pairs = [(words(name), write(value)) for name, value in facts.items()]
    return element("div", element("h3", title, class_="subtitle"), definitions(pairs, "facts"))
