"""The multilayer perceptron, of any depth and widths, and the linear models that it contains."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import equinox as eqx
import jax
from jax import Array
from pydantic import Field, field_validator

from trainwell.functions.activations import ACTIVATIONS, initializer_for
from trainwell.functions.initializers import INITIALIZERS
from trainwell.layout import Layout
from trainwell.network.architecture import ARCHITECTURES, Architecture
from trainwell.network.embeddings import Periodic, TableInput
from trainwell.network.layers import BatchNormalization, Dropout, LayerNormalization, Linear, activation_layer
from trainwell.network.named.layer import Widths
from trainwell.network.stack import Stack
from trainwell.specification import knob

Probability = Annotated[float, Field(ge=0, lt=1), knob(off=0.0)]


@ARCHITECTURES.register(
    "MLP",
    formula="x → (linear → normalization → activation → dropout)* → linear",
    source="Rumelhart, Hinton & Williams 1986",
)
class MLP(Architecture):
    """Fully connected layers, each followed by normalization, activation and dropout as asked; a linear output.

    Args:
        hidden: width of each hidden layer, a number for one layer; empty for a linear model.
        activation: name of the hidden activation.
        dropout: probability of dropping a hidden unit.
        input_dropout: probability of dropping an input.
        normalization: ``"batch"``, ``"layer"`` or none, between each linear layer and its activation.
        initializer: name of the weights' initializer; ``"auto"`` takes the one that suits the activation.
        numbers: how numbers are embedded; none passes them on as they are.

    >>> MLP(hidden=(64, 64)).activation
    'relu'
    """

    hidden: Widths = (128, 64)
    activation: str = "relu"
    dropout: Probability = 0.0
    input_dropout: Probability = 0.0
    normalization: Literal["batch", "layer"] | None = None
    initializer: str = "auto"
    numbers: Periodic | None = None

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, name: str) -> str:
        ACTIVATIONS.entry(name)
        return name

    @field_validator("initializer")
    @classmethod
    def _known_initializer(cls, name: str) -> str:
        if name != "auto":
            INITIALIZERS.entry(name)
        return name

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return the :class:`~trainwell.network.stack.Stack` with freshly drawn weights."""
        input_key, output_key, *hidden_keys = jax.random.split(key, len(self.hidden) + 2)
        entry = TableInput(layout, self.numbers, key=input_key)
        layers: list[tuple[str, Any]] = [("input", entry)]
        if self.on("input_dropout"):
            layers.append(("input dropout", Dropout(self.input_dropout)))
        width = entry.width
        for number, (units, own) in enumerate(zip(self.hidden, hidden_keys, strict=True), start=1):
            layers += self._block(number, width, units, own)
            width = units
        output = Linear(width, outputs, initializer=self._initializer("identity"), key=output_key)
        return Stack([*layers, ("output", output)])

    def _initializer(self, activation: str) -> str:
        return initializer_for(activation) if self.initializer == "auto" else self.initializer

    def _block(self, number: int, width: int, units: int, key: Array) -> list[tuple[str, Any]]:
        linear = Linear(width, units, initializer=self._initializer(self.activation), key=key)
        block: list[tuple[str, Any]] = [(f"hidden {number}", linear)]
        if self.normalization == "batch":
            block.append((f"normalization {number}", BatchNormalization(units)))
        if self.normalization == "layer":
            block.append((f"normalization {number}", LayerNormalization(units)))
        block.append((f"activation {number}", activation_layer(self.activation, units)))
        if self.on("dropout"):
            block.append((f"dropout {number}", Dropout(self.dropout)))
        return block
