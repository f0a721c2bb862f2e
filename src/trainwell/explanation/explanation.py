"""What an opened row holds: the row, its way through every layer, the loss, the way back, one update. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from trainwell.explanation.row_words import headline, tables_of
from trainwell.report.markup import element


@dataclass(frozen=True)
class LayerView:
    """What one layer did with the row.

    Attributes:
        name: as records and reports call it, such as ``hidden 1``.
        kind: what it is, such as ``Linear`` or ``relu``.
        inputs: what came in; ``outputs``: what it gave.
        error: δ, the derivative of the loss (of the answer where the truth is not known) by ``outputs``.
        weights: its arrays by name; ``gradients``: the derivative by each.
        updated: its arrays after the step; empty where there was none.
    """

    name: str
    kind: str
    inputs: np.ndarray
    outputs: np.ndarray
    error: np.ndarray
    weights: Mapping[str, np.ndarray]
    gradients: Mapping[str, np.ndarray]
    updated: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def gradient_norm(self) -> float:
        """‖∂/∂ weights‖ over all its arrays; 0 without weights."""
        return float(np.sqrt(sum(float(np.sum(np.square(each))) for each in self.gradients.values())))

    @property
    def parameters(self) -> int:
        """How many numbers training updates in it."""
        return sum(each.size for each in self.weights.values())


@dataclass(frozen=True)
class Influence:
    """How one column moved the answer.

    Attributes:
        column: its name, or the place of an entry of an image.
        value: as the person wrote it.
        encoded: what the network received, by encoded name.
        push: gradient × input, summed over what the column became: by how much it moved the answer away from a typical
            number or an absent category, to first order.
        slope: by how much one more unit of the column, in the person's units, moves the answer here; None for
            categories, dates and images.
    """

    column: str
    value: Any
    encoded: Mapping[str, float]
    push: float
    slope: float | None


@dataclass(frozen=True, repr=False)
class Explanation:
    """One row through a trained network: forward, backward, and one update.

    Attributes:
        where: which row.
        task: what the network answers.
        about: the class, label or number that the influences are about.
        scale: what their pushes are in: ``log-odds`` of ``about``, or the target's units.
        inputs: the encoded row by name.
        influences: by column, the strongest first.
        layers: what each layer did, in order.
        answers: probabilities by class or label, or numbers by target.
        truth: the true answer in words; empty where it is not known.
        loss: the row's loss before the step; None where the truth is not known.
        loss_name: which loss.
        learning_rate: of the step; ``loss_after`` and ``answers_after`` say what it did to this row.
        entry_names: what the first layer's outputs are called; ``shape``: that of one image or signal.
    """

    where: str
    task: str
    about: str
    scale: str
    inputs: Mapping[str, float]
    influences: tuple[Influence, ...]
    layers: tuple[LayerView, ...]
    answers: Mapping[str, float]
    truth: str
    loss: float | None
    loss_name: str
    learning_rate: float
    loss_after: float | None
    answers_after: Mapping[str, float]
    entry_names: tuple[str, ...] = ()
    shape: tuple[int, ...] | None = None

    def __repr__(self) -> str:
        return f"<Explanation of {self.where}: {self.prediction}>"

    def __str__(self) -> str:
        return "\n\n".join([headline(self), *map(str, tables_of(self))])

    def _repr_html_(self) -> str:
        return element("p", headline(self)) + "".join(each.html() for each in tables_of(self))

    @property
    def is_classification(self) -> bool:
        """Whether the answers are probabilities."""
        return self.task != "regression"

    @cached_property
    def gradient_norm(self) -> float:
        """‖∂/∂θ‖ over all layers."""
        return float(np.sqrt(sum(layer.gradient_norm**2 for layer in self.layers)))

    @property
    def prediction(self) -> str:
        """What the network answers, in words."""
        if self.task == "multilabel":
            return ", ".join(name for name, share in self.answers.items() if share > 0.5) or "no label"
        if self.task == "regression":
            several = len(self.answers) > 1
            return ", ".join(
                f"{name} = {value:.5g}" if several else f"{value:.5g}" for name, value in self.answers.items()
            )
        return max(self.answers, key=lambda name: self.answers[name])

    def to_dict(self) -> dict[str, Any]:
        """Return the row, its answers and influences and every layer's sizes as plain data that JSON can hold."""
        return {
            "where": self.where,
            "task": self.task,
            "answers": dict(self.answers),
            "prediction": self.prediction,
            "truth": self.truth or None,
            "loss": self.loss,
            "loss_name": self.loss_name,
            "about": self.about,
            "scale": self.scale,
            "influences": [
                {"column": each.column, "value": each.value, "push": each.push, "slope": each.slope}
                for each in self.influences
            ],
            "layers": [
                {
                    "name": layer.name,
                    "kind": layer.kind,
                    "size": list(layer.outputs.shape),
                    "parameters": layer.parameters,
                    "error_norm": float(np.linalg.norm(layer.error)),
                    "gradient_norm": layer.gradient_norm,
                }
                for layer in self.layers
            ],
            "gradient_norm": self.gradient_norm,
            "learning_rate": self.learning_rate,
            "loss_after": self.loss_after,
            "answers_after": dict(self.answers_after) or None,
        }
