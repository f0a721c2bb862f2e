"""What every section is framed in: headings, pictures, quiet notes, code with a copy button."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go

from trainwell.report.markup import Markup, element, join


def section(identifier: str, title: str, lead: Any, *children: Any) -> Markup:
    """Build a section of the page: its heading, one sentence that says what is seen, and its content."""
    return element(
        "section",
        element("h2", title, id=f"{identifier}-title"),
        element("p", lead, class_="section-lead") if lead else None,
        *children,
        id=identifier,
        aria_labelledby=f"{identifier}-title",
    )


def picture(title: str, figure: go.Figure | None, description: str, note: Any = None) -> Markup | None:
    """Build the place a figure is drawn in once it comes into view, or nothing without a figure.

    Arguments:
        title: what the picture shows, above it.
        figure: the data, kept as JSON beside its place.
        description: what a person who cannot see it should know.
        note: a line below the picture.
    """
    if figure is None:
        return None
    height = int(figure.layout.height or 300)
    return element(
        "figure",
        element("figcaption", title),
        element("div", role="img", aria_label=description, class_="canvas", style=f"height:{height}px"),
        element("script", figure_json(figure), type="application/json"),
        element("p", note, class_="note") if note else None,
        class_="picture",
    )


def figure_json(figure: go.Figure) -> Markup:
    """Return the figure's data and layout as JSON that cannot end the script element it stands in."""
    plain = figure.to_plotly_json()
    plain["layout"].pop("template", None)
    text = json.dumps(plain, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def gallery(*pictures: Markup | None, columns: int = 2) -> Markup | None:
    """Lay pictures out side by side, two or three in a line, where there is room."""
    drawn = [p for p in pictures if p]
    return element("div", join(drawn), class_="gallery three" if columns == 3 else "gallery") if drawn else None


def absent(sentence: str) -> Markup:
    """Say what is missing, and why."""
    return element("p", sentence, class_="absent")


def code(text: str, name: str) -> Markup:
    """Show text to be copied as it stands, with a button that does so."""
    return element(
        "div",
        element("button", "Copy", type="button", class_="copy", aria_label=f"Copy {name}", hidden=True),
        element("pre", element("code", _commented(text)), tabindex="0", aria_label=name),
        class_="code",
    )


def _commented(text: str) -> Markup:
    lines = text.strip("\n").split("\n")
    return join(join([_line(line), "\n"]) for line in lines)


def _line(text: str) -> Markup:
    if text.lstrip().startswith("#"):
        return element("span", text, class_="comment")
    if text.startswith("["):
        return element("span", text, class_="heading")
    return join([text])


def badge(kind: str, text: str) -> Markup:
    """Show a status as a sign and a word, so that colour alone carries nothing."""
    sign = {"fault": "✕", "failed": "✕", "warning": "!", "warned": "!", "passed": "✓"}.get(kind, "·")
    return element(
        "span",
        element("span", sign, aria_hidden="true"),
        f" {text}",
        class_=f"badge {kind.replace(' ', '-')}",
    )
