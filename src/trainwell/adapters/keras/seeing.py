"""Looks at a Keras network through a few rows, on the backends that give gradients outside ``fit``: JAX and PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from trainwell.adapters.sight import Activation, Numbers, Sight, agreement

#: The derivative at each entry from what came out of an activation function, where that tells it.
SLOPES: dict[str, Callable[[Numbers], Numbers]] = {
    "relu": lambda after: (after > 0).astype(np.float32),
    "leaky_relu": lambda after: np.where(after > 0, 1.0, 0.2),
    "tanh": lambda after: 1 - np.square(after),
    "sigmoid": lambda after: after * (1 - after),
    "elu": lambda after: np.where(after > 0, 1.0, after + 1),
}
#: A look is computed a few times only: compiled in a third of the time, it may run a little longer.
QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}
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


def units_first(array: Numbers) -> Numbers:
    """Return a kernel, whose units Keras keeps last, with its units first."""
    return np.moveaxis(array, -1, 0) if array.ndim >= 2 else array


def values_of(variables: Sequence[Any]) -> list[Numbers]:
    """Return copies of variables on the host, units first."""
    return [units_first(np.array(keras.ops.convert_to_numpy(variable.value))) for variable in variables]


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
    """

    def __init__(self, model: Any, loss: Any, inputs: Numbers | None, targets: Numbers | None):
        self.model, self.loss, self.inputs, self.targets = model, loss, inputs, targets
        self.layers = layers_of(model)
        self.functions, self.inner = self.inner_model()
        self._gradient = self.jax_gradient() if keras.backend.backend() == "jax" else self.torch_gradient

    @property
    def can_judge(self) -> bool:
        """Whether gradients can be looked at."""
        known = keras.backend.backend() in ("jax", "torch")
        return known and self.loss is not None and self.inputs is not None and self.targets is not None

    def inner_model(self) -> tuple[list[str], Any]:
        """Return the activation functions between input and output, and a model that gives what comes out of them."""
        try:
            found = [(activation_of(layer), layer.output) for layer in self.model.layers[:-1]]
            chosen = [(name, tensor) for name, tensor in found if name is not None]
            (entry,) = self.model.inputs
            inner = keras.Model(entry, [tensor for _, tensor in chosen]) if chosen else None
        except (AttributeError, ValueError):  # a subclassed model has no inner tensors
            return [], None
        return [name for name, _ in chosen], inner

    def weights(self) -> dict[str, list[Numbers]]:
        """Return copies of the weights as they stand, by layer."""
        return {name: values_of(variables) for name, variables in self.layers.items()}

    def jax_gradient(self) -> Callable[[Any, Any], tuple[Any, Any, Any]]:
        """Return the compiled function from rows to loss, outputs and gradient, for the JAX backend."""
        import jax

        def judged(trainable: Any, others: Any, inputs: Any, targets: Any) -> tuple[Any, Any]:
            outputs, _ = self.model.stateless_call(trainable, others, inputs, training=False)
            return keras.ops.mean(self.loss(targets, outputs)), outputs

        differentiated = jax.value_and_grad(judged, has_aux=True)
        on_cpu = jax.default_backend() == "cpu"
        compiled = [jax.jit(differentiated, compiler_options=QUICK if on_cpu else {})]

        def gradient(inputs: Any, targets: Any) -> tuple[Any, Any, Any]:
            values = [
                [variable.value for variable in group]
                for group in (self.model.trainable_variables, self.model.non_trainable_variables)
            ]
            try:
                (value, outputs), found = compiled[0](*values, inputs, targets)
            except jax.errors.JaxRuntimeError:  # a compiler that does not know these options
                compiled[0] = jax.jit(differentiated)
                (value, outputs), found = compiled[0](*values, inputs, targets)
            return value, outputs, found

        return gradient

    def torch_gradient(self, inputs: Any, targets: Any) -> tuple[Any, Any, Any]:
        """Return loss, outputs and gradient of some rows, for the PyTorch backend."""
        import torch

        with torch.enable_grad():
            outputs = self.model(keras.ops.convert_to_tensor(inputs), training=False)
            value = keras.ops.mean(self.loss(keras.ops.convert_to_tensor(targets), outputs))
            wanted = [variable.value for variable in self.model.trainable_variables]
            found = torch.autograd.grad(value, wanted, allow_unused=True)
        filled = [torch.zeros_like(leaf) if each is None else each for leaf, each in zip(wanted, found, strict=True)]
        return value.detach(), outputs.detach(), [each.detach() for each in filled]

    def judged(self, part: slice) -> tuple[float, Numbers, dict[str, list[Numbers]]]:
        """Return loss, outputs and gradient by layer of a part of the probe."""
        assert self.inputs is not None
        assert self.targets is not None
        value, outputs, found = self._gradient(self.inputs[part], self.targets[part])
        on_host = [units_first(np.asarray(keras.ops.convert_to_numpy(each))) for each in found]
        place = {id(variable): at for at, variable in enumerate(self.model.trainable_variables)}
        by_layer = {name: [on_host[place[id(variable)]] for variable in group] for name, group in self.layers.items()}
        return float(keras.ops.convert_to_numpy(value)), np.asarray(keras.ops.convert_to_numpy(outputs)), by_layer

    def look(self) -> Sight:
        """Return what there is to see."""
        if not self.can_judge:
            return Sight(self.weights(), activations=self.activations())
        assert self.inputs is not None
        half = len(self.inputs) // 2
        seen = [self.judged(part) for part in (slice(0, half), slice(half, 2 * half))]
        whole = {
            name: [(one + other) / 2 for one, other in zip(seen[0][2][name], seen[1][2][name], strict=True)]
            for name in self.layers
        }
        numbers = {"probe_loss": (seen[0][0] + seen[1][0]) / 2} | agreement(
            products([gradient for _, _, gradient in seen]), half
        )
        outputs = np.concatenate([found for _, found, _ in seen])
        return Sight(self.weights(), whole, self.activations(), outputs, self.between(half), numbers)

    def between(self, half: int) -> Numbers | None:
        """Return the outputs for the points between the probe's halves; none where rows are no real numbers."""
        assert self.inputs is not None
        if self.inputs.dtype.kind != "f":
            return None
        middle = ((self.inputs[:half] + self.inputs[half : 2 * half]) / 2).astype(self.inputs.dtype)
        return np.asarray(keras.ops.convert_to_numpy(detached(self.model(middle, training=False))))

    def activations(self) -> list[Activation]:
        """Return what comes out of every activation function before the output layer."""
        if self.inner is None or self.inputs is None:
            return []
        found = self.inner(self.inputs, training=False)
        arrays = [np.asarray(keras.ops.convert_to_numpy(detached(each))) for each in flat(found)]
        return [
            Activation(name, channels_second(after), channels_second(SLOPES.get(name, np.ones_like)(after)))
            for name, after in zip(self.functions, arrays, strict=True)
        ]


def detached(tensor: Any) -> Any:
    """Return a tensor without its history, where the backend keeps one."""
    return tensor.detach() if hasattr(tensor, "detach") else tensor


def flat(tensors: Any) -> list[Any]:
    """Return what a model of one or several outputs gives as a list."""
    return list(tensors) if isinstance(tensors, list | tuple) else [tensors]


def channels_second(array: Numbers) -> Numbers:
    """Return activations, whose channels Keras keeps last, with the channels second."""
    return np.moveaxis(array, -1, 1) if array.ndim > 2 else array


def products(gradients: Sequence[Mapping[str, Sequence[Numbers]]]) -> Numbers:
    """Return the ``(2, 2)`` inner products of two gradients given by layer."""
    flattened = [np.concatenate([leaf.ravel() for group in each.values() for leaf in group]) for each in gradients]
    return np.array([[float(one @ other) for other in flattened] for one in flattened])
