"""The few SVG shapes that the pictures are drawn from; colours are the style sheet's, by class."""

from __future__ import annotations

from typing import Any

from trainwell.report.markup import Markup, element, join


def picture(width: float, height: float, *shapes: Any, label: str) -> Markup:
    """Return a drawing of that size, in a box that scrolls sideways where the page is narrower.

    >>> picture(20, 10, label="nothing").startswith('<div class="stage-box"')
    True
    """
    svg = element(
        "svg",
        join(shapes),
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="group",
        aria_label=label,
    )
    return element("div", svg, class_="stage-box", tabindex="0", role="region", aria_label=label)


def write(x: float, y: float, words: Any, **attributes: Any) -> Markup:
    """Return text at a point."""
    return element("text", words, x=f"{x:g}", y=f"{y:g}", **attributes)


def box(x: float, y: float, width: float, height: float) -> Markup:
    """Return a rounded box."""
    return element("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", rx="8")


def curve(x1: float, y1: float, x2: float, y2: float, **attributes: Any) -> Markup:
    """Return a curve that leaves and arrives level."""
    bend = (x2 - x1) / 2
    return element("path", d=f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}", **attributes)


def line(x1: float, y1: float, x2: float, y2: float, *inner: Any, **attributes: Any) -> Markup:
    """Return a straight line; ``inner`` may hold its title."""
    return element("path", *inner, d=f"M{x1:g} {y1:g}L{x2:g} {y2:g}", **attributes)
