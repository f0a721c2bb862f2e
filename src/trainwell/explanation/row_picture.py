"""The network that answered a row as it is drawn: a column per layer of weights, the units that mattered most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.autodiff.notation import indexed, number
from trainwell.explanation.explanation import Explanation, LayerView
from trainwell.explanation.network_picture import Column, Edge, NetworkPicture, Unit
from trainwell.explanation.row_words import OFF
from trainwell.report.numbers import percent

#: Larger layers are drawn by so many units, those through which most of the loss or the answer passes.
MOST_UNITS = 8
MOST_TERMS = 5


@dataclass(frozen=True)
class Group:
    """A layer of weights with what follows it: normalization, activation, dropout, pooling.

    Attributes:
        number: k, from 1.
        head: the layer that holds the weights.
        rest: the layers after it.
    """

    number: int
    head: LayerView
    rest: tuple[LayerView, ...]

    @property
    def tail(self) -> LayerView:
        """The last layer of the group."""
        return self.rest[-1] if self.rest else self.head

    @property
    def sums(self) -> np.ndarray:
        """z by unit; of images and signals the mean over places by channel."""
        return by_unit(self.head.outputs)

    @property
    def activations(self) -> np.ndarray | None:
        """a by unit; None where nothing follows, or what follows has other units."""
        found = by_unit(self.tail.outputs)
        return found if self.rest and found.shape == self.sums.shape else None

    @property
    def errors(self) -> np.ndarray:
        """δ by unit, summed over places."""
        return (
            self.head.error
            if self.head.error.ndim == 1
            else self.head.error.reshape(-1, self.head.error.shape[-1]).sum(0)
        )

    @property
    def kind(self) -> str:
        """What follows the weights, in words."""
        kinds = [layer.kind for layer in self.rest if layer.kind not in (*OFF, "Flatten")]
        return ", ".join([self.head.kind, *kinds])


def by_unit(values: np.ndarray) -> np.ndarray:
    """Return one number per unit: of images and signals the mean over places."""
    return values if values.ndim == 1 else values.reshape(-1, values.shape[-1]).mean(axis=0)


def groups_of(layers: Sequence[LayerView]) -> list[Group]:
    """Return the layers of weights in order, the first layer for tables left out."""
    rest = layers[1:] if layers[0].kind == "TableInput" and len(layers) > 1 else layers
    found: list[list[LayerView]] = []
    for layer in rest:
        if any(array.ndim > 1 for array in layer.weights.values()):
            found.append([layer])
        elif found:
            found[-1].append(layer)
    found = found or [[rest[-1]]]
    return [Group(at, group[0], tuple(group[1:])) for at, group in enumerate(found, start=1)]


def picture_of_row(explained: Explanation) -> NetworkPicture:
    """Return the network as it is drawn, with the steps at which each number becomes known."""
    groups = groups_of(explained.layers)
    depth = len(groups)
    inputs, names, worth = entering(explained)
    chosen = [most_worth(worth)] + [most_worth(group.sums * group.errors) for group in groups]
    if len(groups[-1].sums) <= 2 * MOST_UNITS:
        chosen[-1] = list(range(len(groups[-1].sums)))
    entry_units = tuple(
        Unit((names[at], number(inputs[at], 4)), tell=f"{names[at]} = {number(inputs[at])}") for at in chosen[0]
    )
    columns = [Column("inputs", "encoded", entry_units, len(inputs) - len(chosen[0]), 0, -1)]
    edges: list[Edge] = []
    before, labels, drawn = inputs, list(names), True
    for group in groups:
        own = chosen[group.number]
        weight = matrix_of(group.head, len(group.sums), len(before))
        units = tuple(unit_of(explained, group, at, weight, before, labels, group.number == depth) for at in own)
        back = 2 * depth + 2 - group.number
        columns.append(Column(group.head.name, group.kind, units, len(group.sums) - len(own), group.number, back))
        if weight is not None and drawn:
            edges += edges_of(group, weight, before, chosen[group.number - 1], own, explained.loss is not None)
        before = np.ravel(group.tail.outputs)
        drawn = len(before) == len(group.sums)  # of flattened images, the units drawn are channels, not what goes on
        labels = [indexed("a", (at + 1,), group.number) for at in range(len(before))]
    return NetworkPicture(tuple(columns), tuple(edges), 2 * depth + 2 if explained.loss is not None else None)


def entering(explained: Explanation) -> tuple[np.ndarray, Sequence[str], np.ndarray]:
    """Return what enters the first weights, its names, and how much of the loss or the answer passes through each."""
    first = explained.layers[0]
    if first.kind == "TableInput":
        return first.outputs, explained.entry_names, first.outputs * first.error
    pushes = {name: each.push for each in explained.influences for name in each.encoded}
    values, names = np.array(list(explained.inputs.values())), list(explained.inputs)
    return values, names, np.array([pushes.get(name, 0.0) for name in names])


def most_worth(worth: np.ndarray) -> list[int]:
    """Return the units to draw, in their order.

    >>> most_worth(np.array([1.0, -3.0]))
    [0, 1]
    """
    if len(worth) <= MOST_UNITS + 2:
        return list(range(len(worth)))
    return sorted(np.argsort(-np.abs(worth), kind="stable")[:MOST_UNITS].tolist())


def matrix_of(layer: LayerView, units: int, inputs: int) -> str | None:
    """Return the name of a layer's matrix ``(units, inputs)``, if it has one."""
    return next((path for path, array in layer.weights.items() if array.shape == (units, inputs)), None)


def unit_of(
    explained: Explanation,
    group: Group,
    at: int,
    weight: str | None,
    before: np.ndarray,
    labels: Sequence[str],
    is_output: bool,
) -> Unit:
    """Return one unit as it is drawn."""
    k, z, activations = group.number, float(group.sums[at]), group.activations
    name = {letter: indexed(letter, (at + 1,), k) for letter in "zaδ"}
    lines = [f"{name['z']} = {number(z, 4)}"]
    if is_output:
        lines = output_lines(explained, at, len(group.sums), z)
    elif activations is not None:
        lines.append(f"{name['a']} = {number(activations[at], 4)}")
    tell = [*lines, f"{name['δ']} = {number(group.errors[at])}"]
    if weight is not None:
        tell.insert(
            0, f"{name['z']} = {number(z)}, most of it from " + terms(group.head.weights[weight][at], before, labels)
        )
    silent = not is_output and activations is not None and activations[at] == 0
    return Unit(tuple(lines), f"{name['δ']} = {number(group.errors[at], 3)}", "\n".join(tell), silent)


def output_lines(explained: Explanation, at: int, outputs: int, z: float) -> list[str]:
    """Return what an output unit stands for, and what it says."""
    names = list(explained.answers)
    place = 1 if explained.task == "binary" and outputs == 1 else at
    if place >= len(names):
        return [f"z = {number(z, 4)}"]
    value = explained.answers[names[place]]
    return [
        f"{names[place]}",
        f"z = {number(z, 3)}: {percent(value) if explained.is_classification else number(value, 4)}",
    ]


def terms(weights: np.ndarray, before: np.ndarray, labels: Sequence[str]) -> str:
    """Return the largest products of a sum by name."""
    products = weights * before
    order = np.argsort(-np.abs(products), kind="stable")[:MOST_TERMS]
    return ", ".join(
        f"{labels[at]}: {number(weights[at], 3)}·{number(before[at], 3)} = {number(products[at], 3)}" for at in order
    )


def edges_of(
    group: Group, weight: str, before: np.ndarray, sources: Sequence[int], units: Sequence[int], updated: bool
) -> list[Edge]:
    """Return the weights between the units that are drawn."""
    values, slopes = group.head.weights[weight], group.head.gradients[weight]
    moved = group.head.updated.get(weight)
    return [
        Edge(
            column=group.number,
            start=start,
            end=end,
            weight=float(values[unit, source]),
            signal=float(values[unit, source] * before[source]),
            gradient=float(slopes[unit, source]) if updated else None,
            updated=None if moved is None else float(moved[unit, source]),
            name=indexed("w", (source + 1, unit + 1), group.number),
        )
        for end, unit in enumerate(units)
        for start, source in enumerate(sources)
    ]
