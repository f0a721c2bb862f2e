"""A page that is stepped through: one picture, what each step says, and everything in tables below.

One file that loads nothing: style, script and picture are in it. Without a script, the last step and every sentence
are shown. Elements of the picture appear from the step ``data-from`` on, vanish at ``data-until``, and stand out at
the steps listed in ``data-now``; what ``data-tell`` says is shown when they are chosen.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from trainwell.report.markup import Markup, element, join


@dataclass(frozen=True)
class Stop:
    """One step of the page.

    Attributes:
        phase: the part it belongs to, such as ``"Forward"``.
        sentence: what happens.
        lines: the same in formulas and numbers, one line each.
    """

    phase: str
    sentence: str
    lines: tuple[str, ...] = ()


def document(eyebrow: str, title: str, lead: Any, picture: Markup, stops: Sequence[Stop], *sections: Any) -> str:
    """Return the whole page as HTML."""
    masthead = element(
        "header",
        element("p", "trainwell", element("span", eyebrow), class_="eyebrow"),
        element("h1", title),
        element("p", lead, class_="lead"),
        class_="masthead",
    )
    body = element("main", masthead, stage(picture, stops), join(sections), footer())
    whole = element(
        "html", head(title), element("body", body, element("script", Markup(resource("page.js")))), lang="en"
    )
    return f"<!doctype html>\n{whole}\n"


def stage(picture: Markup, stops: Sequence[Stop]) -> Markup:
    """Return the picture with its buttons and sentences."""
    return element(
        "section", controls(stops), told(stops), picture, element("p", class_="tell", hidden=True), class_="stage"
    )


def controls(stops: Sequence[Stop]) -> Markup:
    """Return the buttons, which the script brings to life."""
    phases = dict.fromkeys(stop.phase for stop in stops)
    first = {phase: next(at for at, stop in enumerate(stops) if stop.phase == phase) for phase in phases}
    jumps = join(
        element("button", phase, type="button", data_to=str(at), class_="phase") for phase, at in first.items()
    )
    moves = (
        element("button", "← Back", type="button", data_by="-1", class_="move"),
        element("button", "Next →", type="button", data_by="1", class_="move"),
        element("span", class_="place"),
    )
    hint = element("span", "Arrow keys step, Home and End jump.", class_="hint")
    return element(
        "div",
        element("div", jumps, class_="phases"),
        element("div", *moves, hint, class_="moves"),
        class_="controls",
        hidden=True,
    )


def told(stops: Sequence[Stop]) -> Markup:
    """Return what every step says; the script shows the current one alone."""
    return element("ol", join(one_stop(stop) for stop in stops), class_="stops", aria_live="polite")


def one_stop(stop: Stop) -> Markup:
    """Return what one step says."""
    lines = element("pre", "\n".join(stop.lines)) if stop.lines else None
    return element("li", element("p", element("b", f"{stop.phase}. "), stop.sentence), lines, data_phase=stop.phase)


def section(title: str, *content: Any) -> Markup:
    """Return a part of the page below the picture."""
    return element("section", element("h2", title), *content)


def head(title: str) -> Markup:
    """Return the head: nothing from outside may load, no script but the page's own may run."""
    digest = base64.b64encode(hashlib.sha256(resource("page.js").encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="trainwell"),
        element("title", f"{title} · trainwell"),
        element("style", Markup(resource("style.css", "trainwell.report") + resource("page.css"))),
    )


def footer() -> Markup:
    """Return the last line."""
    return element("footer", element("p", "Made by trainwell. This page works without a network."))


@cache
def resource(name: str, package: str = "trainwell.explanation") -> str:
    """Return the text of a file that belongs to the pages."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
