"""The study's page: its sections in order, in the frame, style and script of the run's report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from trainwell.report.contents import Facts
from trainwell.report.markup import Markup, element, join
from trainwell.report.page import document, footer
from trainwell.report.study.contents import StudyContents
from trainwell.report.study.sections.masthead import masthead, title
from trainwell.report.study.sections.plan import plan, repeat
from trainwell.report.study.sections.search import ensemble, progress, trust
from trainwell.report.study.sections.space import axes, importance, isolation
from trainwell.report.study.sections.taught import taught
from trainwell.report.study.sections.trials import trials

#: The sections below the headline: identifier, name in the contents, builder (nothing where it does not apply).
SECTIONS: tuple[tuple[str, str, Callable[[StudyContents], Markup | None]], ...] = (
    ("taught", "What it taught", taught),
    ("isolation", "The question", isolation),
    ("axes", "Hyperparameters", axes),
    ("importance", "What mattered", importance),
    ("progress", "How the search went", progress),
    ("trust", "How far to trust it", trust),
    ("ensemble", "The ensemble", ensemble),
    ("trials", "Every trial", trials),
    ("plan", "The plan", plan),
    ("repeat", "How to repeat it", repeat),
)


def render_study(study: Facts, lessons: Sequence[Facts] = (), extras: Facts | None = None) -> str:
    """Return the whole page as one HTML document that loads nothing from anywhere.

    Args:
        study: the plain data of the study.
        lessons: what it taught, as plain data, the most useful first; the pictures' data stand in them.
        extras: what else is known, all of it optional: ``title``; ``created`` (ISO 8601); ``command`` that repeats the
            study; ``recipe_toml`` of the best trial; ``versions``; ``timing`` (seconds by stage); ``test``
            (``value`` and ``interval`` of the best trial); ``ensemble`` (``part``, ``members``, and ``value`` and
            ``interval`` of ``ensemble`` and of ``single``); ``adoption`` (the record of a decision).

    >>> page = render_study({"metric": "accuracy", "direction": "maximize", "trials": []}, [], {"title": "letters"})
    >>> page.startswith("<!doctype html>"), "No trial was run" in page
    (True, True)
    """
    contents = StudyContents(study, lessons, extras if isinstance(extras, Mapping) else {})
    built = [(identifier, name, part) for identifier, name, build in SECTIONS if (part := build(contents))]
    main = element("main", masthead(contents), join(part for _, _, part in built), footer())
    return document(title(contents), join([navigation(built), main]), own_style())


def navigation(built: Sequence[tuple[str, str, Any]]) -> Markup:
    """Build the contents, of the sections that are there."""
    items = join(element("li", element("a", name, href=f"#{identifier}")) for identifier, name, _ in built)
    return element(
        "nav", element("p", element("a", "trainwell", href="#headline")), element("ol", items), aria_label="Contents"
    )


@cache
def own_style() -> str:
    """Return what the page adds to the report's style."""
    return resources.files("trainwell.report.study").joinpath("style.css").read_text(encoding="utf-8")
