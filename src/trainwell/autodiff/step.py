"""What one opened training step holds, and how it is shown: forward, backward, update. Computed in backprop.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.autodiff.notation import indexed, number, raised, shown
from trainwell.autodiff.tables import Table


@dataclass(frozen=True)
class LayerStep:
    """What one layer did in the step. ``(…)`` is nothing for one example, ``(batch,)`` for several.

    Attributes:
        number: k, from 1.
        activation: name of σ.
        inputs: a⁽ᵏ⁻¹⁾, ``(…, inputs)``; x for the first layer.
        weight: W, ``(units, inputs)``; ``bias``: b, ``(units,)``.
        z: the weighted sums, ``(…, units)``.
        a: the activations, ``(…, units)``.
        slope: σ′(z), ``(…, units)``; None where σ mixes the units, as softmax does.
        arriving: ∂L/∂a, ``(…, units)``.
        delta: δ = ∂L/∂z, ``(…, units)``.
        weight_gradient: ∂L/∂W; ``bias_gradient``: ∂L/∂b.
        new_weight: W after the step; ``new_bias``: b after the step.
    """

    number: int
    activation: str
    inputs: Any
    weight: Any
    bias: Any
    z: Any
    a: Any
    slope: Any
    arriving: Any
    delta: Any
    weight_gradient: Any
    bias_gradient: Any
    new_weight: Any
    new_bias: Any


@dataclass(frozen=True)
class Parameter:
    """One weight or bias by name.

    Attributes:
        name: ``w₂₁⁽¹⁾`` or ``b₁⁽¹⁾``.
        value: before the step.
        formula: its gradient as a product, such as ``δ₁⁽¹⁾ · x₂``.
        gradient: ∂L/∂ of it.
        updated: after the step.
    """

    name: str
    value: float
    formula: str
    gradient: float
    updated: float


@dataclass(frozen=True, repr=False)
class TrainingStep:
    """One whole step of gradient descent.

    Attributes:
        layers: what each layer did.
        parameters: every weight and bias, layer by layer, unit by unit: the weights into it, then its bias.
        prediction: ŷ, ``(…, outputs)``.
        target: y.
        loss: L before the step; the mean over the examples where there are several.
        loss_after: L with the updated parameters.
        learning_rate: η.
        notes: what deserves attention: dead and saturated units.
    """

    layers: tuple[LayerStep, ...]
    parameters: tuple[Parameter, ...]
    prediction: Any
    target: Any
    loss: float
    loss_after: float
    learning_rate: float
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<TrainingStep of {len(self.parameters)} parameters: L {number(self.loss)} → {number(self.loss_after)}>"

    def __getitem__(self, name: str) -> Parameter:
        return {each.name: each for each in self.parameters}[name]

    @property
    def gradient(self) -> Any:
        """∇L over all parameters in their order, ``(parameters,)``."""
        return np.array([each.gradient for each in self.parameters])

    @property
    def updated(self) -> Any:
        """All parameters after the step, in their order, ``(parameters,)``."""
        return np.array([each.updated for each in self.parameters])

    def tables(self) -> tuple[Table, Table, Table]:
        """Return the forward pass, the backward pass and the update."""
        return forward_table(self), backward_table(self), update_table(self)

    def __str__(self) -> str:
        return "\n\n".join(str(table) for table in self.tables())

    def _repr_html_(self) -> str:
        return "".join(table.html() for table in self.tables())


def input_name(layer: LayerStep, source: int) -> str:
    """Return what a layer's input is called: x₂ in the first, a₂⁽¹⁾ in the second."""
    if layer.number > 1:
        return indexed("a", (source,), layer.number - 1)
    return indexed("x", (source,), 0).removesuffix(f"⁽{raised(0)}⁾")


def forward_table(step: TrainingStep) -> Table:
    """Return the sums and activations of every unit."""
    rows = []
    for layer in step.layers:
        for unit in range(len(layer.bias)):
            k, i = layer.number, unit + 1
            z, a = indexed("z", (i,), k), indexed("a", (i,), k)
            terms = [f"{indexed('w', (j + 1, i), k)} {input_name(layer, j + 1)}" for j in range(layer.weight.shape[1])]
            formula = " + ".join([*cut(terms), indexed("b", (i,), k)])
            rows.append((z, f"= {formula}", shown(column(layer.z, unit))))
            rows.append((a, f"= {layer.activation}({z})", shown(column(layer.a, unit))))
    prediction, target = shown(squeezed(step.prediction)), shown(squeezed(step.target))
    title = f"Forward: loss L = {number(step.loss)}, ŷ = {prediction}, y = {target}."
    return Table(title, ("", "how", "value"), tuple(rows))


def backward_table(step: TrainingStep) -> Table:
    """Return the error of every unit, last layer first."""
    rows = []
    for layer in reversed(step.layers):
        for unit in range(len(layer.bias)):
            k, i = layer.number, unit + 1
            slope = "–" if layer.slope is None else shown(column(layer.slope, unit))
            rows.append(
                (
                    indexed("δ", (i,), k),
                    sources_of_error(step, k, i),
                    shown(column(layer.arriving, unit)),
                    slope,
                    shown(column(layer.delta, unit)),
                )
            )
    columns = ("δ = ∂L/∂z", "∂L/∂a from", "∂L/∂a", "σ′(z)", "δ")
    return Table("Backward: δ = ∂L/∂a · σ′(z).", columns, tuple(rows))


def sources_of_error(step: TrainingStep, k: int, i: int) -> str:
    """Return the sum by which the error arrives at unit i of layer k."""
    if k == len(step.layers):
        return "the loss"
    units = range(len(step.layers[k].bias))
    return " + ".join(cut([f"{indexed('w', (i, j + 1), k + 1)} {indexed('δ', (j + 1,), k + 1)}" for j in units]))


def update_table(step: TrainingStep) -> Table:
    """Return every parameter before and after."""
    rows = tuple(
        (each.name, number(each.value), f"= {each.formula}", number(each.gradient), number(each.updated))
        for each in step.parameters
    )
    title = (
        f"Update with η = {number(step.learning_rate)}: L goes from {number(step.loss)} to {number(step.loss_after)}."
    )
    return Table(title, ("", "before", "∂L/∂θ", "gradient", "after θ − η ∂L/∂θ"), rows, step.notes)


def cut(terms: list[str], most: int = 6) -> list[str]:
    """Return terms with the middle of a long sum left out.

    >>> cut(list("abcdefgh"), most=4)
    ['a', 'b', '…', 'h']
    """
    return terms if len(terms) <= most else [*terms[: most - 2], "…", terms[-1]]


def column(values: Any, unit: int) -> Any:
    """Return one unit's number, or its numbers over the batch."""
    return float(values[unit]) if values.ndim == 1 else values[:, unit]


def squeezed(values: Any) -> Any:
    """Return an array of one entry as a number."""
    return values.item() if values.size == 1 else values
