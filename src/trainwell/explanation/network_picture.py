"""A network as it is drawn: columns of units and the edges between them, with what each step makes known of them.

Plain data; the drawing is made in ``network_drawing``, the data in ``step_page`` and ``row_picture``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unit:
    """One box.

    Attributes:
        lines: what the forward pass makes known, such as ``z₁ = 3`` and ``a₁ = 3``; two at most.
        back: what the backward pass makes known, such as ``δ₁ = 16``; empty for inputs.
        tell: everything about it, for whoever chooses it.
        silent: whether it is off: its activation or its slope is 0.
    """

    lines: tuple[str, ...]
    back: str = ""
    tell: str = ""
    silent: bool = False


@dataclass(frozen=True)
class Column:
    """One layer.

    Attributes:
        title: its name; ``subtitle`` what it does.
        units: those that are drawn, top to bottom.
        more: how many there are besides.
        forward: the step of the page at which its activations are known; ``backward`` the same of its errors.
    """

    title: str
    subtitle: str
    units: tuple[Unit, ...]
    more: int
    forward: int
    backward: int


@dataclass(frozen=True)
class Edge:
    """One weight, from a unit of the column before to one of ``column``.

    Attributes:
        column: number of the column it leads into; ``start`` and ``end`` are places among the units drawn.
        weight: its value; ``signal`` weight times input; ``gradient`` ∂L/∂ it; ``updated`` the value after the step.
        name: what it is called.
    """

    column: int
    start: int
    end: int
    weight: float
    signal: float
    gradient: float | None
    updated: float | None
    name: str


@dataclass(frozen=True)
class NetworkPicture:
    """A whole network: ``columns``, ``edges``, and the step at which the weights are updated (none if they are not)."""

    columns: tuple[Column, ...]
    edges: tuple[Edge, ...]
    update: int | None
