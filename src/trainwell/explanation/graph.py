"""The drawn graph of a trace: every node with its formula, its value, and its derivative as it becomes known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trainwell.autodiff import Node, Trace
from trainwell.autodiff.drawing import in_layers
from trainwell.autodiff.notation import primal, shown
from trainwell.explanation.shapes import box, curve, picture, write
from trainwell.plain import shortened
from trainwell.report.markup import Markup, element, join

WIDTH, HEIGHT, ACROSS, DOWN, MARGIN = 168, 72, 226, 98, 12
Place = tuple[float, float]


@dataclass(frozen=True)
class Derivative:
    """What is written into a node besides its value.

    Attributes:
        text: such as ``v̄₃ = 404.4``.
        stop: the step of the page at which it becomes known.
        tell: how it was computed, for whoever chooses the node.
    """

    text: str
    stop: int
    tell: str


def draw_graph(trace: Trace, values_from: Mapping[str, int], derivatives: Mapping[str, Derivative]) -> Markup:
    """Return the graph from left to right.

    Args:
        trace: the nodes.
        values_from: the step of the page at which each node's value becomes known.
        derivatives: what to write below the value, by node.
    """
    parents = {node.name: node.parents for node in trace.nodes}
    layers = in_layers([node.name for node in trace.nodes], parents)
    tallest = max(len(layer) for layer in layers)
    places = {
        name: (MARGIN + column * ACROSS, MARGIN + (row + (tallest - len(layer)) / 2) * DOWN)
        for column, layer in enumerate(layers)
        for row, name in enumerate(layer)
    }
    arrows = join(
        arrow(places[parent], places[name], values_from[name])
        for name in places
        for parent in dict.fromkeys(parents[name])
    )
    nodes = join(
        draw_node(node, places[node.name], values_from[node.name], derivatives.get(node.name)) for node in trace.nodes
    )
    width = 2 * MARGIN + (len(layers) - 1) * ACROSS + WIDTH
    return picture(width, 2 * MARGIN + (tallest - 1) * DOWN + HEIGHT, arrows, nodes, label="Computation graph")


def arrow(start: Place, end: Place, stop: int) -> Markup:
    """Return the way from one node into another."""
    x1, y1, x2, y2 = start[0] + WIDTH, start[1] + HEIGHT / 2, end[0], end[1] + HEIGHT / 2
    columns = round((end[0] - start[0]) / ACROSS)
    if columns == 1:
        return curve(x1, y1, x2, y2, data_now=str(stop))
    around = (y1 + y2) / 2 + (DOWN if y1 > y2 else -DOWN) * 0.9  # past the columns between, not behind their nodes
    lead = (x2 - x1) / 3
    return element(
        "path", d=f"M{x1:g} {y1:g}C{x1 + lead:g} {around:g} {x2 - lead:g} {around:g} {x2:g} {y2:g}", data_now=str(stop)
    )


def draw_node(node: Node, place: Place, stop: int, derivative: Derivative | None) -> Markup:
    """Return one node with its lines."""
    x, y = place
    middle = x + WIDTH / 2
    lines = [
        write(
            middle, y + 21, shortened(f"{primal(node.name)} = {node.text}", 24), text_anchor="middle", class_="heading"
        ),
        write(middle, y + 41, shortened(shown(node.value), 22), text_anchor="middle", data_from=str(stop)),
    ]
    now, tell = str(stop), str(node)
    if derivative is not None:
        known = {"data_from": str(derivative.stop), "class_": "back"}
        lines.append(write(middle, y + 61, shortened(derivative.text, 24), text_anchor="middle", **known))
        now, tell = f"{stop} {derivative.stop}", f"{node}\n{derivative.tell}"
    return element(
        "g", box(x, y, WIDTH, HEIGHT), join(lines), class_="node", tabindex="0", data_now=now, data_tell=tell
    )
