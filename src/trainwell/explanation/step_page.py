"""The page of one opened training step of a small dense network: forward, backward, update."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.autodiff import TrainingStep
from trainwell.autodiff.notation import indexed, number
from trainwell.autodiff.step import LayerStep, input_name, sources_of_error
from trainwell.explanation.network_drawing import draw_network
from trainwell.explanation.network_picture import Column, Edge, NetworkPicture, Unit
from trainwell.explanation.page import Stop, document, section
from trainwell.explanation.trace_page import shown_table
from trainwell.report.markup import Markup, element, join

#: More units than this in a layer are left out of the picture; the tables hold all.
MOST_UNITS = 12


def step_page(step: TrainingStep, title: str = "A training step, opened") -> str:
    """Return the page as HTML.

    >>> from trainwell.autodiff import backprop
    >>> step = backprop([([[2.0]], [1.0], "identity")], x=[3.0], y=[5.0])
    >>> step_page(step).startswith("<!doctype html>")
    True
    """
    notes = element("div", join(element("p", note, class_="finding") for note in step.notes), class_="findings")
    names = ("Forward", "Backward", "Update")
    tables = [section(name, shown_table(content)) for name, content in zip(names, step.tables(), strict=True)]
    picture = draw_network(picture_of(step)) if step.layers[0].z.ndim == 1 else several(step)
    lead = (
        f"Before the step L = {number(step.loss)}; with η = {number(step.learning_rate)} "
        f"it becomes {number(step.loss_after)}."
    )
    return document("Backpropagation", title, lead, picture, stops_of(step), notes, *tables)


def several(step: TrainingStep) -> Markup:
    """Return what stands in the place of the picture where a batch was given."""
    count = len(step.layers[0].z)
    return element("p", f"{count} examples were given; their numbers are in the tables below.", class_="note")


def stops_of(step: TrainingStep) -> list[Stop]:
    """Return what the page says, step by step: one per layer forward, the loss, one per layer back, the update."""
    stops = [Stop("Forward", "The inputs are laid out.", tuple(inputs_told(step.layers[0])))]
    for layer in step.layers:
        stops.append(
            Stop(
                "Forward",
                f"Layer {layer.number} forms its sums z and applies {layer.activation}.",
                forward_lines(layer),
            )
        )
    found = f"ŷ = {listed(step.prediction)}, y = {listed(step.target)}: L = {number(step.loss)}"
    stops.append(Stop("Loss", "The answer is compared with the target.", (found,)))
    for layer in reversed(step.layers):
        sentence = f"The error reaches layer {layer.number}: δ = ∂L/∂a · σ′(z); each gradient is δ times what came in."
        stops.append(Stop("Backward", sentence, backward_lines(step, layer)))
    moved = f"L goes from {number(step.loss)} to {number(step.loss_after)}"
    lines = (f"θ ← θ − {number(step.learning_rate)} ∂L/∂θ", moved, *step.notes)
    return [*stops, Stop("Update", "Every weight moves against its gradient.", lines)]


def inputs_told(layer: LayerStep) -> list[str]:
    """Return the inputs by name."""
    return [
        f"{input_name(layer, at + 1)} = {number(value)}" for at, value in enumerate(first(layer.inputs)[:MOST_UNITS])
    ]


def forward_lines(layer: LayerStep) -> tuple[str, ...]:
    """Return each unit's sum and activation in numbers."""
    lines = []
    for unit in range(min(len(layer.bias), MOST_UNITS)):
        k, i = layer.number, unit + 1
        terms = [f"{number(w, 4)}·{signed(x)}" for w, x in zip(layer.weight[unit], first(layer.inputs), strict=True)]
        kept = terms if len(terms) <= 6 else [*terms[:5], "…"]
        formula = " + ".join([*kept, signed(layer.bias[unit])])
        z, a = number(first(layer.z)[unit]), number(first(layer.a)[unit])
        lines.append(
            f"{indexed('z', (i,), k)} = {formula} = {z},  {indexed('a', (i,), k)} = {layer.activation}({z}) = {a}"
        )
    return tuple(lines)


def backward_lines(step: TrainingStep, layer: LayerStep) -> tuple[str, ...]:
    """Return each unit's error in numbers."""
    lines = []
    for unit in range(min(len(layer.bias), MOST_UNITS)):
        k, i = layer.number, unit + 1
        slope = "" if layer.slope is None else f" · {number(first(layer.slope)[unit], 4)}"
        arriving, delta = number(first(layer.arriving)[unit], 4), number(first(layer.delta)[unit])
        lines.append(f"{indexed('δ', (i,), k)} = ({sources_of_error(step, k, i)}) · σ′ = {arriving}{slope} = {delta}")
    return tuple(lines)


def picture_of(step: TrainingStep) -> NetworkPicture:
    """Return the network of a step of one example as it is drawn."""
    depth = len(step.layers)
    update = 2 * depth + 2
    entry = step.layers[0]
    inputs = [Unit((f"{input_name(entry, at + 1)} = {number(value, 5)}",)) for at, value in enumerate(entry.inputs)]
    columns = [Column("inputs", "x", tuple(inputs[:MOST_UNITS]), max(len(inputs) - MOST_UNITS, 0), 0, -1)]
    for layer in step.layers:
        units = [unit_of(step, layer, at) for at in range(len(layer.bias))]
        title = "output" if layer.number == depth else f"layer {layer.number}"
        back = depth + 1 + (depth - layer.number + 1)
        columns.append(
            Column(
                title, layer.activation, tuple(units[:MOST_UNITS]), max(len(units) - MOST_UNITS, 0), layer.number, back
            )
        )
    edges = [edge for layer in step.layers for edge in edges_of(layer)]
    return NetworkPicture(tuple(columns), tuple(edges), update)


def unit_of(step: TrainingStep, layer: LayerStep, at: int) -> Unit:
    """Return one unit as it is drawn."""
    k, i = layer.number, at + 1
    z, a, d = (indexed(letter, (i,), k) for letter in "zaδ")
    lines = (f"{z} = {number(layer.z[at], 5)}", f"{a} = {number(layer.a[at], 5)}")
    tell = (
        "\n".join((forward_lines(layer)[at], backward_lines(step, layer)[at], bias_told(layer, at)))
        if at < MOST_UNITS
        else ""
    )
    silent = layer.slope is not None and layer.slope[at] == 0
    return Unit(lines, f"{d} = {number(layer.delta[at], 5)}", tell, silent)


def bias_told(layer: LayerStep, at: int) -> str:
    """Return what becomes of a unit's bias."""
    name = indexed("b", (at + 1,), layer.number)
    values = (layer.bias[at], layer.bias_gradient[at], layer.new_bias[at])
    before, gradient, after = (number(value, 5) for value in values)
    return f"{name} = {before}, ∂L/∂{name} = {gradient}, after the step {after}"


def edges_of(layer: LayerStep) -> list[Edge]:
    """Return the weights between the units that are drawn."""
    return [
        Edge(
            column=layer.number,
            start=source,
            end=unit,
            weight=float(layer.weight[unit, source]),
            signal=float(layer.weight[unit, source] * layer.inputs[source]),
            gradient=float(layer.weight_gradient[unit, source]),
            updated=float(layer.new_weight[unit, source]),
            name=indexed("w", (source + 1, unit + 1), layer.number),
        )
        for unit in range(min(len(layer.bias), MOST_UNITS))
        for source in range(min(layer.weight.shape[1], MOST_UNITS))
    ]


def first(values: Any) -> Any:
    """Return the numbers of the only example, or of the first of several."""
    return values if values.ndim == 1 else values[0]


def signed(value: Any) -> str:
    """Return a number, in parentheses where it is negative.

    >>> signed(-2.0), signed(3.0)
    ('(-2)', '3')
    """
    text = number(value, 4)
    return f"({text})" if text.startswith("-") else text


def listed(values: Any) -> str:
    """Return numbers side by side."""
    return ", ".join(number(each) for each in np.ravel(values)[:8])
