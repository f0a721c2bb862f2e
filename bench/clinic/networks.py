"""Networks written by hand, as people bring them, some with a fault inside; made once each, so that runs share them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import Array

from trainwell.network.layers import BatchNormalization

Change = Callable[[Array], Array]


class Net(eqx.Module):
    """Linear layers with one activation between them, and whatever is done to the outputs."""

    layers: list[Any]
    between: Change = eqx.field(static=True)
    ending: Change = eqx.field(static=True)
    cut: int = eqx.field(static=True)

    def __call__(self, x: Array) -> Array:
        for number, layer in enumerate(self.layers[:-1]):
            x = self.between(layer(x))
            if number < self.cut:
                x = jax.lax.stop_gradient(x)
        return self.ending(self.layers[-1](x))


class Normalized(eqx.Module):
    """Two hidden layers with normalization over the batch, of any momentum."""

    first: eqx.nn.Linear
    norm: BatchNormalization
    second: eqx.nn.Linear

    def __call__(self, x: Array, state: eqx.nn.State) -> tuple[Array, eqx.nn.State]:
        x, state = self.norm(self.first(x), state)
        return self.second(jax.nn.relu(x)), state


def same(x: Array) -> Array:
    """Return what came in."""
    return x


@cache
def net(
    inputs: int,
    outputs: int,
    width: int = 32,
    depth: int = 2,
    between: Change = jax.nn.relu,
    ending: Change = same,
    scale: float = 1.0,
    deviation: float | None = None,
    bias: float | None = None,
    cut: int = 0,
) -> Callable[..., eqx.Module]:
    """Return a function of a key that makes a :class:`Net`.

    Args:
        inputs, outputs, width, depth: its sizes.
        between: the activation.
        ending: what is done to the outputs.
        scale: factor of the hidden weights, which are He's or Glorot's by the activation.
        deviation: of the hidden weights, whatever their number, in place of that.
        bias: of the hidden units at the start.
        cut: gradients do not reach so many layers.
    """
    gain = 2.0 if between in (jax.nn.relu, jax.nn.gelu) else 1.0

    def make(*, key: Array) -> eqx.Module:
        sizes = [inputs, *[width] * depth, outputs]
        layers = []
        for number, own in enumerate(jax.random.split(key, depth + 1)):
            layer = eqx.nn.Linear(sizes[number], sizes[number + 1], key=own)
            spread = jnp.sqrt(gain / sizes[number]) * scale if number < depth else jnp.sqrt(1 / sizes[number])
            if deviation is not None and number < depth:
                spread = deviation
            weight = spread * jax.random.normal(own, layer.weight.shape)
            start = jnp.zeros_like(layer.bias) + (bias or 0.0) * (number < depth)
            layers.append(eqx.tree_at(lambda made: (made.weight, made.bias), layer, (weight, start)))
        return Net(layers, between, ending, cut)

    return make


@cache
def normalized(inputs: int, outputs: int, momentum: float) -> Callable[..., eqx.Module]:
    """Return a function of a key that makes a :class:`Normalized`."""

    def make(*, key: Array) -> eqx.Module:
        first, second = jax.random.split(key)
        norm = BatchNormalization(32, momentum=momentum)
        return Normalized(eqx.nn.Linear(inputs, 32, key=first), norm, eqx.nn.Linear(32, outputs, key=second))

    return make


def small_tanh(x: Array) -> Array:
    """Return the hyperbolic tangent, a range of −1 to 1."""
    return jnp.tanh(x)


def logarithm(x: Array) -> Array:
    """Return the logarithm of what a ReLU lets through: minus infinity where that is nothing."""
    return jnp.log(jax.nn.relu(x))


@cache
def uphill(rate: float, adam: bool) -> optax.GradientTransformation:
    """Return an optimizer with the wrong sign."""
    rule = optax.adam(rate) if adam else optax.sgd(rate)
    return optax.chain(rule, optax.scale(-1.0))


@cache
def coupled(rate: float, penalty: float) -> optax.GradientTransformation:
    """Return Adam with an L2 penalty that goes through its denominator."""
    return optax.chain(optax.add_decayed_weights(penalty), optax.adam(rate))


@cache
def all_but_first_frozen(rate: float) -> optax.GradientTransformation:
    """Return Adam that leaves out every layer but the first."""

    def labels(parameters: Any) -> Any:
        def label(path: Any, _: Any) -> str:
            name = jax.tree_util.keystr(path)
            return "train" if "layers[0]" in name else "frozen"

        return jax.tree_util.tree_map_with_path(label, parameters)

    return optax.multi_transform({"train": optax.adam(rate), "frozen": optax.set_to_zero()}, labels)
