"""A dense network as plain data: layers of a weight, a bias and an activation, however they were written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.errors import DerivativeError
from trainwell.errors import unknown_name

Activation: TypeAlias = Callable[[Any], Any]
Loss: TypeAlias = Callable[[Any, Any], Any]


def identity(z: Any) -> Any:
    """Return ``z``."""
    return z


#: What a network in a file may name. Rooms above hand in the functions themselves and need no names.
ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "relu": jax.nn.relu,
    "leaky_relu": jax.nn.leaky_relu,
    "elu": jax.nn.elu,
    "selu": jax.nn.selu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "silu": jax.nn.silu,
    "mish": jax.nn.mish,
    "softplus": jax.nn.softplus,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "softmax": jax.nn.softmax,
    "log_softmax": jax.nn.log_softmax,
}

#: Losses of one example by name, from the prediction and the target, both ``(outputs,)``.
LOSSES: dict[str, Loss] = {
    "squared_error": lambda prediction, target: jnp.sum((prediction - target) ** 2),
    "half_squared_error": lambda prediction, target: 0.5 * jnp.sum((prediction - target) ** 2),
}


@dataclass(frozen=True)
class DenseLayer:
    """One layer a = σ(W x + b).

    Attributes:
        weight: W, ``(units, inputs)``.
        bias: b, ``(units,)``.
        activation: σ, of an array of sums.
        name: what σ is called.
    """

    weight: Any
    bias: Any
    activation: Activation
    name: str


def read_network(network: Any) -> tuple[DenseLayer, ...]:
    """Return the layers of a network given as a sequence or as a table with ``layers``.

    Each layer is ``(weight, bias, activation)`` or a mapping with these names. The bias may be None or missing, and so
    may the activation; it is a function, or a name.

    Raises:
        DerivativeError: the layers do not fit each other.
        UnknownNameError: no activation has that name.

    >>> layers = read_network([([[1.0, 4.0]], [3.0], "relu")])
    >>> layers[0].weight.shape, layers[0].name
    ((1, 2), 'relu')
    """
    layers = tuple(read_layer(each) for each in (network["layers"] if isinstance(network, Mapping) else network))
    if not layers:
        raise DerivativeError("a network must have at least one layer, but got none.")
    for number, (before, after) in enumerate(pairwise(layers), start=1):
        if len(before.weight) != after.weight.shape[1]:
            raise DerivativeError(
                f"layer {number} has {len(before.weight)} units, but the weight of layer {number + 1} is for "
                f"{after.weight.shape[1]} inputs; weights have shape (units, inputs)."
            )
    return layers


def read_layer(layer: Any) -> DenseLayer:
    """Return one layer, in float64."""
    if isinstance(layer, DenseLayer):
        return layer
    if isinstance(layer, Mapping):
        layer = (layer["weight"], layer.get("bias"), layer.get("activation"))
    weight, bias, activation = (*layer, None, None)[:3]
    weight = np.asarray(weight, np.float64)
    if weight.ndim != 2:
        raise DerivativeError(f"a weight must have shape (units, inputs), but got {weight.shape}.")
    bias = np.zeros(len(weight)) if bias is None else np.asarray(bias, np.float64)
    if bias.shape != (len(weight),):
        raise DerivativeError(f"the bias must have shape ({len(weight)},), one per unit, but got {bias.shape}.")
    return DenseLayer(weight, bias, *read_named(activation, "activation", ACTIVATIONS))


def read_named(given: Any, family: str, known: Mapping[str, Any]) -> tuple[Any, str]:
    """Return a function and what it is called, from itself or from its name."""
    if given is None:
        given = next(iter(known))
    if callable(given):
        return given, str(getattr(given, "name", getattr(given, "__name__", family)))
    if given not in known:
        raise unknown_name(family, given, known)
    return known[given], given


def read_example(x: Any, y: Any, layers: Sequence[DenseLayer]) -> tuple[Any, Any]:
    """Return inputs and targets as arrays, checked against the network.

    Raises:
        DerivativeError: there are more or fewer inputs than the first layer takes.
    """
    inputs, targets = np.asarray(x, np.float64), np.asarray(y)
    expected = layers[0].weight.shape[1]
    if inputs.ndim not in (1, 2) or inputs.shape[-1] != expected:
        raise DerivativeError(
            f"x must have shape ({expected},) or (batch, {expected}), as the first layer takes, but got {inputs.shape}."
        )
    shape = (*inputs.shape[:-1], len(layers[-1].weight))
    if targets.size == np.prod(shape):
        targets = targets.astype(np.float64).reshape(shape)
    return inputs, targets
