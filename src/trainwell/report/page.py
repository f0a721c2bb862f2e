"""The page: the sections in order, with the style, script and drawing library that work offline."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from functools import cache
from importlib import resources

from trainwell.report.contents import ReportData
from trainwell.report.markup import Markup, element, join
from trainwell.report.palette import DARK
from trainwell.report.sections.baselines import baselines
from trainwell.report.sections.classes import classes
from trainwell.report.sections.data import data
from trainwell.report.sections.findings import findings
from trainwell.report.sections.headline import headline
from trainwell.report.sections.layers import layers
from trainwell.report.sections.learning import learning
from trainwell.report.sections.mistakes import mistakes
from trainwell.report.sections.preflight import preflight
from trainwell.report.sections.repeat import recipe, repeat
from trainwell.report.sections.residuals import residuals


def errors(report: ReportData) -> Markup:
    """Build the section on errors that fits the task: residuals for numbers, confusions for classes."""
    return (residuals if report.scores.get("task") == "regression" else classes)(report)


#: The sections below the headline: identifier, name in the contents, builder.
SECTIONS: tuple[tuple[str, str, Callable[[ReportData], Markup]], ...] = (
    ("findings", "Findings", findings),
    ("learning", "How it learned", learning),
    ("baselines", "Beside simple models", baselines),
    ("errors", "Where it errs", errors),
    ("mistakes", "The worst mistakes", mistakes),
    ("data", "The data", data),
    ("layers", "Layer by layer", layers),
    ("preflight", "Preflight checks", preflight),
    ("recipe", "Recipe", recipe),
    ("repeat", "How to repeat it", repeat),
)


def render(report: ReportData) -> str:
    """Return the whole report as one HTML document that loads nothing from anywhere.

    The drawing library stands in the page once, compressed; pictures are drawn as they come into view. Text,
    tables and the confusion matrix need no script at all. A content security policy forbids any other script
    and any request.

    >>> page = render(ReportData(title="species from penguins.csv", created="2026-11-20T21:54:00"))
    >>> page.startswith("<!doctype html>"), "species from penguins.csv" in page
    (True, True)
    """
    main = element("main", headline(report), join(build(report) for _, _, build in SECTIONS), footer())
    return document(report.title, join([_contents(), main]))


def document(title: str, body: Markup, style: str = "") -> str:
    """Return a page of this style, and what is added to it, around a body; no address outside is allowed."""
    whole = element("html", _head(title, style), element("body", body, _scripts()), lang="en")
    return f"<!doctype html>\n{whole}\n"


def _head(title: str, style: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy()),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="trainwell"),
        element("title", f"{title} · trainwell"),
        element("style", Markup(_resource("style.css") + style)),
    )


def _contents() -> Markup:
    items = join(element("li", element("a", name, href=f"#{identifier}")) for identifier, name, _ in SECTIONS)
    return element(
        "nav",
        element("p", element("a", "trainwell", href="#headline")),
        element("ol", items),
        aria_label="Contents",
    )


def footer() -> Markup:
    """Build what stands below every page."""
    unscripted = element(
        "noscript", element("p", "The pictures need JavaScript; every number above stands without it.")
    )
    return element(
        "footer", element("p", "Made by trainwell. Pictures drawn with plotly.js (MIT licence)."), unscripted
    )


def _scripts() -> Markup:
    packed, _ = _library()
    return join(
        [
            element("script", Markup(json.dumps(dict(DARK))), type="application/json", id="dark-colours"),
            element("script", Markup(packed), type="text/plain", id="drawing-library"),
            element("script", Markup(_resource("page.js"))),
        ]
    )


def _policy() -> str:
    _, library_digest = _library()
    scripts = f"'sha256-{_digest(_resource('page.js').encode())}' 'sha256-{library_digest}'"
    return f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data: blob:"


def _digest(text: bytes) -> str:
    return base64.b64encode(hashlib.sha256(text).digest()).decode("ascii")


@cache
def _resource(name: str) -> str:
    return resources.files("trainwell.report").joinpath(name).read_text(encoding="utf-8")


@cache
def _library() -> tuple[str, str]:
    """Return plotly.js, gzipped in base64 (4.8 MB become 2 MB), and the digest that allows it to run."""
    source = resources.files("plotly").joinpath("package_data/plotly.min.js").read_bytes()
    return base64.b64encode(gzip.compress(source, 6, mtime=0)).decode("ascii"), _digest(source)
