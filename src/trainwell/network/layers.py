"""The layers networks are stacked from, written for one example and batched by ``vmap(axis_name="batch")``.

Every layer is called as ``layer(x, state, key=key)`` and returns ``(y, state)``: the calling convention of Equinox's
stateful layers, so that theirs and a person's own go wherever ours go. Not for whole architectures.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from trainwell.functions.activations import ACTIVATIONS
from trainwell.functions.initializers import INITIALIZERS

BATCH_AXIS = "batch"


class Fixed(eqx.Module):
    """A number inside a network that training leaves alone, such as a dropout rate; may be traced."""

    value: float | Array


def is_trainable(leaf: object) -> bool:
    """Tell whether training updates a leaf: every array of floats that is not :class:`Fixed`."""
    return not isinstance(leaf, Fixed) and eqx.is_inexact_array(leaf)


def split_parameters(network: eqx.Module) -> tuple[eqx.Module, eqx.Module]:
    """Divide a network into what training updates and the rest; ``eqx.combine`` joins them again."""
    return eqx.partition(network, is_trainable, is_leaf=lambda leaf: isinstance(leaf, Fixed))


class Linear(eqx.Module):
    """y = Wx + b, with W of shape ``(outputs, inputs)`` drawn by a named initializer and b = 0.

    >>> layer = Linear(3, 2, initializer="he_normal", key=jax.random.key(0))
    >>> layer(jnp.ones(3), None)[0].shape
    (2,)
    """

    weight: Array
    bias: Array

    def __init__(self, inputs: int, outputs: int, *, initializer: str, scale: float = 1.0, key: Array):
        draw = INITIALIZERS[initializer]
        self.weight = scale * draw(key, (outputs, inputs), fan_in=inputs, fan_out=outputs)
        self.bias = jnp.zeros(outputs)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return self.weight @ x + self.bias, state


class Activation(eqx.Module):
    """A named activation function, applied entry by entry."""

    name: str = eqx.field(static=True)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return ACTIVATIONS[self.name](x), state


class Dropout(eqx.Module):
    """Inverted dropout: zero each entry with probability ``rate`` and divide the others by ``1 − rate``.

    The expected activation is unchanged, so that nothing needs scaling at prediction, where the layer does nothing.

    Reference: N. Srivastava et al., "Dropout", JMLR 2014.
    """

    rate: Fixed
    inference: bool

    def __init__(self, rate: float | Array):
        self.rate, self.inference = Fixed(rate), False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        if self.inference or key is None:
            return x, state
        kept = jax.random.bits(key, x.shape) >= dropout_threshold(self.rate.value)
        return jnp.where(kept, x / (1 - self.rate.value), 0), state


def dropout_threshold(rate: float | Array) -> Array:
    """Return the 32-bit word below which a uniform word falls with probability ``rate``."""
    return (jnp.asarray(rate, jnp.float32) * jnp.float32(4294967040.0)).astype(jnp.uint32)


class BatchNormalization(eqx.Module):
    """y = γ(x − μ)/√(σ² + ε) + β, per feature over the batch; over running statistics at prediction.

    The running statistics follow r ← momentum·r + (1 − momentum)·batch.

    Reference: S. Ioffe, C. Szegedy, "Batch Normalization", ICML 2015.
    """

    scale: Array
    shift: Array
    running: eqx.nn.StateIndex
    momentum: Fixed
    epsilon: float = eqx.field(static=True)
    inference: bool

    def __init__(self, features: int, *, momentum: float | Array = 0.9, epsilon: float = 1e-5):
        self.scale, self.shift = jnp.ones(features), jnp.zeros(features)
        self.running = eqx.nn.StateIndex((jnp.zeros(features), jnp.ones(features)))
        self.momentum, self.epsilon, self.inference = Fixed(momentum), epsilon, False

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        mean, variance = running = state.get(self.running)
        if not self.inference:
            mean = jax.lax.pmean(x, BATCH_AXIS)
            variance = jax.lax.pmean(jnp.square(x - mean), BATCH_AXIS)
            kept = self.momentum.value
            blended = jax.tree.map(lambda old, new: kept * old + (1 - kept) * new, running, (mean, variance))
            state = state.set(self.running, jax.lax.stop_gradient(blended))
        factor = self.scale * jax.lax.rsqrt(variance + self.epsilon)
        return (x - mean) * factor + self.shift, state


class LayerNormalization(eqx.Module):
    """y = γ(x − μ)/√(σ² + ε) + β, over the features of each example.

    Reference: J. Ba, J. Kiros, G. Hinton, "Layer Normalization", 2016.
    """

    scale: Array
    shift: Array
    epsilon: float = eqx.field(static=True)

    def __init__(self, features: int, *, epsilon: float = 1e-5):
        self.scale, self.shift, self.epsilon = jnp.ones(features), jnp.zeros(features), epsilon

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        centred = x - jnp.mean(x)
        factor = jax.lax.rsqrt(jnp.mean(jnp.square(centred)) + self.epsilon)
        return centred * factor * self.scale + self.shift, state


class Flatten(eqx.Module):
    """Lay the entries of an example out in one row."""

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        return jnp.ravel(x), state
