"""Models in pickles: plain data and arrays, without the compiled program. Run folders are ``artifact``'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.artifact import flat_weights, unflatten_weights
from trainwell.engine import program_for
from trainwell.model import Model


@dataclass(frozen=True)
class Packed:
    """A model as a pickle holds it: plain data and arrays, without the compiled program.

    Attributes:
        facts: the fields of :class:`~trainwell.Model` that are plain data.
        outputs: numbers the network gives per example.
        weights: every array by its name.
    """

    facts: Mapping[str, Any]
    outputs: int
    weights: Mapping[str, np.ndarray]

    @staticmethod
    def of(model: Model) -> Packed:
        """Leave the program of a model behind."""
        names = ("recipe", "encoder", "task", "target_names", "classes")
        facts = {name: getattr(model, name) for name in names}
        return Packed(facts, model.program.outputs, flat_weights(model.parameters, model.network_state))

    def unpacked(self) -> Model:
        """Return the model with the program of its structure, compiled when first used."""
        recipe, task = self.facts["recipe"], self.facts["task"]
        program = program_for(recipe, self.facts["encoder"].layout, task, self.outputs)
        parameters, network_state = unflatten_weights(self.weights, program, recipe)
        return Model(**self.facts, parameters=parameters, network_state=network_state, program=program)


class PickledModel:
    """An estimator whose ``model_`` is pickled as plain data and arrays; stands before scikit-learn's base class."""

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        return state | {"model_": Packed.of(self.model_)} if "model_" in state else state  # type: ignore[attr-defined]

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = state | {"model_": state["model_"].unpacked()} if "model_" in state else state
        super().__setstate__(state)  # type: ignore[misc]
