"""The drawing of a network: units as boxes, weights as lines, every number where it belongs."""

from __future__ import annotations

from itertools import groupby

from trainwell.autodiff.notation import number
from trainwell.explanation.network_picture import Column, Edge, NetworkPicture, Unit
from trainwell.explanation.shapes import box, line, picture, write
from trainwell.plain import shortened
from trainwell.report.markup import Markup, element, join

WIDTH, HEIGHT, DOWN, TOP, MARGIN = 142, 68, 88, 62, 10
#: Space between two columns, where numbers stand on the lines and where none do.
WIDE, NARROW = 210, 96
#: Numbers stand on the lines between two columns of at most so many lines.
MOST_LABELLED = 12
Place = tuple[float, float]


def draw_network(network: NetworkPicture) -> Markup:
    """Return the network from left to right."""
    edges = {column: list(group) for column, group in groupby(network.edges, key=lambda edge: edge.column)}
    labelled = {column: len(group) <= MOST_LABELLED for column, group in edges.items()}
    lefts = [float(MARGIN)]
    for at in range(1, len(network.columns)):
        lefts.append(lefts[-1] + WIDTH + (WIDE if labelled.get(at) else NARROW))
    tallest = max(len(column.units) for column in network.columns)
    tops = [TOP + (tallest - len(column.units)) * DOWN / 2 for column in network.columns]
    places = [
        [(left, top + row * DOWN) for row in range(len(column.units))]
        for left, top, column in zip(lefts, tops, network.columns, strict=True)
    ]
    drawn = [(edge, group, ends_of(edge, places)) for group in edges.values() for edge in group]
    lines = [draw_edge(edge, group, ends, network) for edge, group, ends in drawn]
    numbers = [edge_labels(edge, ends, network) for edge, _, ends in drawn if labelled[edge.column]]
    columns = [
        draw_column(column, place, left) for column, place, left in zip(network.columns, places, lefts, strict=True)
    ]
    height = TOP + tallest * DOWN + (18 if any(column.more for column in network.columns) else 0)
    return picture(lefts[-1] + WIDTH + MARGIN, height, join(lines), join(numbers), join(columns), label="The network")


def draw_column(column: Column, places: list[Place], left: float) -> Markup:
    """Return a layer with its name above."""
    middle = left + WIDTH / 2
    shapes = [
        write(middle, 18, shortened(column.title, 22), text_anchor="middle", class_="heading"),
        write(middle, 36, shortened(column.subtitle, 26), text_anchor="middle", class_="quiet"),
    ]
    shapes += [draw_unit(unit, column, place) for unit, place in zip(column.units, places, strict=True)]
    if column.more and places:
        words = f"and {column.more} more"
        shapes.append(write(middle, places[-1][1] + HEIGHT + 18, words, text_anchor="middle", class_="quiet"))
    return join(shapes)


def draw_unit(unit: Unit, column: Column, place: Place) -> Markup:
    """Return one box with what becomes known of it."""
    x, y = place
    lines = [
        write(
            x + WIDTH / 2,
            y + (20 if unit.back else 48 - 9 * len(unit.lines)) + 18 * row,
            shortened(text, 21),
            text_anchor="middle",
            data_from=str(column.forward),
        )
        for row, text in enumerate(unit.lines)
    ]
    if unit.back:
        lines.append(
            write(
                x + WIDTH / 2,
                y + 57,
                shortened(unit.back, 21),
                text_anchor="middle",
                class_="back",
                data_from=str(column.backward),
            )
        )
    return element(
        "g",
        box(x, y, WIDTH, HEIGHT),
        join(lines),
        class_="unit silent" if unit.silent else "unit",
        tabindex="0",
        data_now=f"{column.forward} {column.backward}" if unit.back else str(column.forward),
        data_tell=unit.tell or "; ".join(unit.lines),
    )


def ends_of(edge: Edge, places: list[list[Place]]) -> tuple[Place, Place]:
    """Return where a line starts and ends."""
    (x1, y1), (x2, y2) = places[edge.column - 1][edge.start], places[edge.column][edge.end]
    return (x1 + WIDTH, y1 + HEIGHT / 2), (x2, y2 + HEIGHT / 2)


def draw_edge(edge: Edge, group: list[Edge], ends: tuple[Place, Place], network: NetworkPicture) -> Markup:
    """Return one weight as a line, the wider the more passes along it; blue lifts, ochre lowers."""
    strongest = max(abs(other.signal) for other in group) or 1.0
    column = network.columns[edge.column]
    return line(
        *ends[0],
        *ends[1],
        element("title", f"{edge.name} = {number(edge.weight, 4)}"),
        class_="plus" if edge.signal >= 0 else "minus",
        style=f"stroke-width:{1 + 3.5 * abs(edge.signal) / strongest:.2g}px",
        data_now=f"{column.forward} {column.backward}",
    )


def edge_labels(edge: Edge, ends: tuple[Place, Place], network: NetworkPicture) -> Markup:
    """Return the weight near its start, its gradient near its end, and the new weight once it is known."""
    (x1, y1), (x2, y2) = ends
    near, far = ((x1 + share * (x2 - x1), y1 + share * (y2 - y1) + 4) for share in (0.27, 0.75))
    until = None if network.update is None or edge.updated is None else str(network.update)
    labels = [write(*near, number(edge.weight, 4), text_anchor="middle", data_until=until)]
    if edge.gradient is not None:
        known = str(network.columns[edge.column].backward)
        text = f"∂ {number(edge.gradient, 3)}"
        labels.append(write(*far, text, text_anchor="middle", class_="back", data_from=known))
    if until is not None:
        labels.append(write(*near, number(edge.updated, 4), text_anchor="middle", class_="after", data_from=until))
    return element("g", join(labels), class_="on-edge")
