"""Looks at a Keras network: its weights on any backend, and through a few rows where that is to be had."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import keras
import numpy as np

from trainwell.adapters.keras.glancing import Glance, Look, Probed, Values, glancing
from trainwell.adapters.keras.losses import base_loss, known_loss
from trainwell.adapters.sight import Activation, Numbers, Sight, agreement
from trainwell.adapters.watching import Anatomy

#: The derivative at each entry from what came out of an activation function, where that tells it.
SLOPES: dict[str, Callable[[Numbers], Numbers]] = {
    "relu": lambda after: (after > 0).astype(np.float32),
    "leaky_relu": lambda after: np.where(after > 0, 1.0, 0.2),
    "tanh": lambda after: 1 - np.square(after),
    "sigmoid": lambda after: after * (1 - after),
    "elu": lambda after: np.where(after > 0, 1.0, after + 1),
}
#: Functions whose derivative what came out does not tell; their units are counted all the same.
SILENT = ("selu", "gelu", "silu", "swish", "mish", "softplus", "hard_swish", "relu6")


def layers_of(model: Any) -> dict[str, list[Any]]:
    """Return the trainable variables of every layer that has its own, by the layer's name."""
    found: dict[str, list[Any]] = {}
    seen: set[int] = set()
    for layer in model._flatten_layers(include_self=False, recursive=True):
        inner = list(layer._flatten_layers(include_self=False, recursive=False))
        own = [variable for variable in layer.trainable_variables if id(variable) not in seen] if not inner else []
        seen.update(map(id, own))
        if own:
            found[layer.name] = own
    return found


def with_units_first(array: Numbers) -> Numbers:
    """Return a kernel, whose units Keras keeps last, with its units first."""
    return np.moveaxis(array, -1, 0) if array.ndim >= 2 else array


def units_first(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a kernel, whose units Keras keeps last, with its units first.

    >>> units_first((3, 3, 1, 8)), units_first((8,))
    ((8, 3, 3, 1), (8,))
    """
    return (shape[-1], *shape[:-1]) if shape else ()


def activation_of(layer: Any) -> str | None:
    """Return the name of the activation function that a layer ends in, if it is one that is looked at."""
    if isinstance(layer, keras.layers.ReLU):
        return "relu"
    if isinstance(layer, keras.layers.LeakyReLU):
        return "leaky_relu"
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    return name if name in SLOPES or name in SILENT else None


class Seer:
    """Looks at one Keras model through one probe.

    Args:
        model: a built model.
        loss: ``loss(targets, outputs)``; without it gradients are not looked at.
        inputs: the probe's rows; without them weights alone are.
        targets: what is right for them.

    Attributes:
        functions: the names of the activation functions before the output layer.
        base_loss: the loss of the best answer that is the same for all rows, known once it was looked.
    """

    def __init__(self, model: Any, loss: Any, inputs: Numbers | None, targets: Numbers | None):
        self.model = model
        self.layers = layers_of(model)
        self.functions, through = looked_through(model)
        self.base_loss: float | None = None
        self.loss, self.targets = loss, targets
        self.places = {id(variable): at for at, variable in enumerate(model.trainable_variables)}
        self.glance: Future[Look] | None = None
        if keras.backend.backend() in ("jax", "torch") and inputs is not None and targets is not None:
            self.half = len(inputs) // 2
            self.glance = glancing(Probed(model, through, loss, inputs, targets))

    @property
    def ready(self) -> bool:
        """Whether a look can be had at once; what it takes is compiled aside."""
        return self.glance is None or self.glance.done()

    def weights(self, trainable: Sequence[Numbers]) -> dict[str, list[Numbers]]:
        """Return what stands in the places of the trainable variables by layer, units first."""
        return {name: self.group(trainable, variables) for name, variables in self.layers.items()}

    def group(self, arrays: Sequence[Numbers], variables: Sequence[Any]) -> list[Numbers]:
        """Return what stands in the places of some trainable variables, units first."""
        return [with_units_first(arrays[self.places[id(variable)]]) for variable in variables]

    def anatomy(self) -> Anatomy:
        """Return what the model is made of."""
        shapes = {name: [units_first(variable.shape) for variable in group] for name, group in self.layers.items()}
        return Anatomy(
            shapes=shapes,
            functions=[(name, name) for name in self.functions],
            batch_normalization=any(
                isinstance(layer, keras.layers.BatchNormalization) for layer in self.model._flatten_layers()
            ),
            parameters=self.model.count_params(),
        )

    def look(self, values: Values) -> Sight:
        """Return what there is to see of the model with given values; waits until it is ready."""
        weights = self.weights(values.trainable)
        if self.glance is None:
            return Sight(weights)
        seen = Glance(*(on_host(part) for part in self.glance.result()(values)))
        if self.base_loss is None and self.targets is not None:
            self.base_loss = base_loss(self.loss, known_loss(self.loss), self.targets, seen.outputs.shape[2:])
        after = [channels_second(np.concatenate(each)) for each in seen.after]
        activations = [
            Activation(name, each, SLOPES.get(name, np.ones_like)(each))
            for name, each in zip(self.functions, after, strict=True)
        ]
        gradients, numbers = self.gradients(seen)
        return Sight(weights, gradients, activations, np.concatenate(seen.outputs), seen.between, numbers)

    def gradients(self, seen: Glance) -> tuple[dict[str, list[Numbers]], dict[str, float]]:
        """Return the gradient by layer, units first, and the loss and how well the two halves agree on it."""
        if seen.gradients is None:
            return {}, {}
        whole = [each.mean(axis=0) for each in seen.gradients]
        return self.weights(whole), {"probe_loss": float(np.mean(seen.losses))} | agreement(
            products(seen.gradients), self.half
        )


def looked_through(model: Any) -> tuple[list[str], Any]:
    """Return the activation functions between input and output, and a model that gives what comes out of them.

    The model's own outputs come last. One that has no inner tensors, as a subclassed one, is returned itself.
    """
    try:
        found = [(activation_of(layer), layer.output) for layer in model.layers[:-1]]
        chosen = [(name, tensor) for name, tensor in found if name is not None]
        (entry,), (end,) = model.inputs, model.outputs
        through = keras.Model(entry, [*(tensor for _, tensor in chosen), end]) if chosen else model
    except (AttributeError, TypeError, ValueError):
        return [], model
    return [name for name, _ in chosen], through


def on_host(part: Any) -> Any:
    """Return arrays of the backend, one or a list of them, as NumPy's."""
    if part is None:
        return None
    if isinstance(part, list | tuple):
        return [on_host(each) for each in part]
    return np.asarray(keras.ops.convert_to_numpy(part))


def channels_second(array: Numbers) -> Numbers:
    """Return activations, whose channels Keras keeps last, with the channels second."""
    return np.moveaxis(array, -1, 1) if array.ndim > 2 else array


def products(gradients: Sequence[Numbers]) -> Numbers:
    """Return the ``(2, 2)`` inner products of two gradients, given variable by variable as ``(2, …)``."""
    flattened = [each.reshape(2, -1) for each in gradients]
    return np.sum([(each @ each.T).astype(np.float64) for each in flattened], axis=0)
