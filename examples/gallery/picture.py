"""What a script of the gallery returns: panels to look at, and the numbers that were asserted. Not how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Panel:
    """One drawing.

    Attributes:
        title: what it shows, above it.
        figure: the drawing.
        description: what a person who cannot see it should know.
    """

    title: str
    figure: go.Figure
    description: str


@dataclass(frozen=True)
class Fact:
    """One number that a script asserts.

    Attributes:
        what: the quantity, in words.
        found: its value.
        asserted: what the script demands of it, such as ``"≥ 100"``.
    """

    what: str
    found: str
    asserted: str


@dataclass(frozen=True)
class Picture:
    """What a script shows and proves.

    Attributes:
        panels: side by side where there is room.
        facts: in the order in which the text speaks of them.
        columns: how many panels stand in a line, 1 to 3.
    """

    panels: Sequence[Panel]
    facts: Sequence[Fact]
    columns: int = 2
