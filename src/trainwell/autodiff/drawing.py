"""A graph of named nodes laid out in layers, as an SVG drawing and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rich.cells import cell_len

from trainwell.autodiff.notation import primal
from trainwell.autodiff.tables import padded
from trainwell.plain import shortened

_COLUMN, _ROW, _MARGIN, _HEIGHT = 190, 84, 20, 52
_WIDTH = 150


@dataclass(frozen=True)
class Drawing:
    """A drawn graph: ``svg`` for a page, ``text`` for a terminal."""

    svg: str
    text: str

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        labels: Mapping[str, str],
        values: Mapping[str, str],
        parents: Mapping[str, Sequence[str]],
        outputs: Sequence[str],
    ) -> Drawing:
        """Draw nodes given in an order in which parents come first."""
        layers = in_layers(names, parents)
        return cls(svg_of(layers, labels, values, parents, outputs), text_of(names, labels, values, parents, outputs))

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.svg


def in_layers(names: Sequence[str], parents: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the nodes by their longest distance from an input, near their parents within each layer.

    >>> in_layers(["a", "b", "c"], {"a": (), "b": ("a",), "c": ("a", "b")})
    [['a'], ['b'], ['c']]
    """
    depth: dict[str, int] = {}
    for name in names:
        depth[name] = max((depth[parent] + 1 for parent in parents[name]), default=0)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    height: dict[str, float] = {}
    for layer in layers:
        layer.sort(key=lambda name: mean([height[parent] for parent in parents[name]]))
        height.update({name: position - (len(layer) - 1) / 2 for position, name in enumerate(layer)})
    return layers


def mean(numbers: Sequence[float]) -> float:
    """Return the mean, 0 of none."""
    return sum(numbers) / len(numbers) if numbers else 0.0


def svg_of(
    layers: Sequence[Sequence[str]],
    labels: Mapping[str, str],
    values: Mapping[str, str],
    parents: Mapping[str, Sequence[str]],
    outputs: Sequence[str],
) -> str:
    """Return the graph as SVG, from left to right, readable on light and on dark ground."""
    tallest = max((len(layer) for layer in layers), default=0)
    places = {
        name: (_MARGIN + column * _COLUMN, _MARGIN + int((row + (tallest - len(layer)) / 2) * _ROW))
        for column, layer in enumerate(layers)
        for row, name in enumerate(layer)
    }
    width, height = 2 * _MARGIN + (len(layers) - 1) * _COLUMN + _WIDTH, 2 * _MARGIN + (tallest - 1) * _ROW + _HEIGHT
    edges = [edge(places[parent], places[name]) for name in places for parent in dict.fromkeys(parents[name])]
    boxes = [box(places[name], name, labels[name], values[name], name in outputs) for name in places]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        "role='img' aria-label='computation graph' font-family='sans-serif' font-size='13'>"
        "<defs><marker id='tip' viewBox='0 0 8 8' refX='8' refY='4' markerWidth='7' markerHeight='7' orient='auto'>"
        "<path d='M0 0L8 4L0 8z' fill='#777'/></marker></defs>" + "".join(edges) + "".join(boxes) + "</svg>"
    )


def edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return one arrow between two boxes."""
    x1, y1, x2, y2 = start[0] + _WIDTH, start[1] + _HEIGHT // 2, end[0], end[1] + _HEIGHT // 2
    bend = (x2 - x1) / 2
    return (
        f"<path d='M{x1} {y1}C{x1 + bend:g} {y1} {x2 - bend:g} {y2} {x2} {y2}' fill='none' stroke='#777' "
        "stroke-width='1.3' marker-end='url(#tip)'/>"
    )


def box(place: tuple[int, int], name: str, label: str, value: str, is_output: bool) -> str:
    """Return one node: its formula above, its value below."""
    x, y = place
    middle = x + _WIDTH // 2
    stroke = "#d9480f" if is_output else "#4263eb"
    formula = shortened(f"{primal(name)} = {label}", 21)
    return (
        f"<g><title>{escape(f'{primal(name)} = {label} = {value}')}</title>"
        f"<rect x='{x}' y='{y}' width='{_WIDTH}' height='{_HEIGHT}' rx='8' fill='#fff' stroke='{stroke}' "
        f"stroke-width='1.6'/><text x='{middle}' y='{y + 21}' text-anchor='middle' fill='#222'>{escape(formula)}</text>"
        f"<text x='{middle}' y='{y + 40}' text-anchor='middle' fill='#666'>{escape(shortened(value, 22))}</text></g>"
    )


def text_of(
    names: Sequence[str],
    labels: Mapping[str, str],
    values: Mapping[str, str],
    parents: Mapping[str, Sequence[str]],
    outputs: Sequence[str],
) -> str:
    """Return the graph as one line per node: what it is, and where its value goes."""
    children: dict[str, list[str]] = {name: [] for name in names}
    for name in names:
        for parent in dict.fromkeys(parents[name]):
            children[parent].append(name)
    formulas = {name: f"{primal(name)} = {labels[name]} = {values[name]}" for name in names}
    width = max((cell_len(formula) for formula in formulas.values()), default=0)
    goes_to = {name: ", ".join(primal(child) for child in children[name]) for name in names}
    return "\n".join(
        f"{padded(formulas[name], width)}  ──▶ {goes_to[name] or ('output' if name in outputs else 'nothing')}"
        for name in names
    )
