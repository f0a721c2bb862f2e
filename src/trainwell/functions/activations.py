"""Activation functions: what a unit makes of its weighted sum; no parameters and no layers live here.

Each takes an array ``z`` of any shape and returns one of the same shape and dtype. All but the softmax pair
work element by element. Beside its formula the registry keeps, for each,

- ``derivative``: the closed form that ``jax.grad`` agrees with,
- ``initializer``: the name of the initializer that suits the weights feeding it,
- ``elementwise``: whether each entry is transformed on its own.

>>> sorted(ACTIVATIONS)[:4]
['elu', 'gelu', 'gelu_tanh', 'heaviside']
>>> ACTIVATIONS.entry("selu").facts["initializer"]
'lecun_normal'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
from jax import Array

from trainwell.registry import Registry

Activation: TypeAlias = Callable[..., Array]

ACTIVATIONS: Registry[Activation] = Registry("activation")
GLOROT, HE, LECUN = "glorot_uniform", "he_normal", "lecun_normal"


def activation(
    name: str, *, initializer: str = HE, elementwise: bool = True, **facts: str
) -> Callable[[Activation], Activation]:
    """Register an activation with the facts that this family keeps, ``derivative`` among them."""
    return ACTIVATIONS.register(name, initializer=initializer, elementwise=elementwise, **facts)


def initializer_for(name: str) -> str:
    """Return the name of the initializer that suits the weights feeding the activation ``name``.

    Glorot keeps the variance of functions that are straight near zero, He makes up for the half that ReLU
    and its relatives cut off, LeCun is what SELU's fixed point assumes.

    Raises:
        UnknownNameError: no activation has that name.

    >>> initializer_for("tanh"), initializer_for("mish")
    ('glorot_uniform', 'he_normal')
    """
    initializer: str = ACTIVATIONS.entry(name).facts["initializer"]
    return initializer


@activation("heaviside", formula="1 if z ≥ 0 else 0", derivative="0", source="Rosenblatt 1958", initializer=GLOROT)
def heaviside(z: Array) -> Array:
    """Step from 0 to 1 at zero; its derivative is 0 everywhere, so nothing learns through it.

    >>> heaviside(jnp.array([-2.0, 0.0, 3.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return jnp.heaviside(z, 1)


@activation("identity", formula="z", derivative="1", source="linear regression", initializer=GLOROT)
def identity(z: Array) -> Array:
    """Hand the sum on unchanged, as the outputs of a regression do.

    >>> identity(jnp.array([-2.0, 3.0])).tolist()
    [-2.0, 3.0]
    """
    return z


@activation(
    "sigmoid",
    formula="1 / (1 + e⁻ᶻ)",
    derivative="σ(z) (1 − σ(z))",
    source="Rumelhart et al. 1986",
    initializer=GLOROT,
)
def sigmoid(z: Array) -> Array:
    """Squash to (0, 1). Its slope is at most 1/4, hence the vanishing gradients of deep sigmoid networks.

    >>> float(sigmoid(jnp.array(0.0)))
    0.5
    """
    return jax.nn.sigmoid(z)


@activation(
    "tanh",
    formula="(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)",
    derivative="1 − tanh(z)²",
    source="LeCun et al. 1998",
    initializer=GLOROT,
)
def tanh(z: Array) -> Array:
    """Squash to (−1, 1), centred on zero.

    >>> float(tanh(jnp.array(0.0)))
    0.0
    """
    return jnp.tanh(z)


@activation(
    "softmax",
    formula="eᶻᵏ / Σⱼ eᶻʲ",
    derivative="∂pₖ/∂zⱼ = pₖ (δₖⱼ − pⱼ)",
    source="Bridle 1990",
    initializer=GLOROT,
    elementwise=False,
)
def softmax(z: Array) -> Array:
    """Turn the last axis into a probability distribution.

    >>> softmax(jnp.zeros((1, 4))).tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """
    return jax.nn.softmax(z)


@activation(
    "log_softmax",
    formula="zₖ − log Σⱼ eᶻʲ",
    derivative="∂ log pₖ/∂zⱼ = δₖⱼ − pⱼ",
    source="Bridle 1990",
    initializer=GLOROT,
    elementwise=False,
)
def log_softmax(z: Array) -> Array:
    """Take the logarithm of the softmax of the last axis without leaving the range of floats.

    >>> log_softmax(jnp.array([0.0, -1e4])).tolist()
    [0.0, -10000.0]
    """
    return jax.nn.log_softmax(z)


@activation("softplus", formula="log(1 + eᶻ)", derivative="σ(z)", source="Dugas et al. 2001")
def softplus(z: Array) -> Array:
    """Round off the corner of ReLU; always positive, so it also serves for variances and rates.

    >>> round(float(softplus(jnp.array(0.0))), 4)
    0.6931
    """
    return jax.nn.softplus(z)


@activation("relu", formula="max(z, 0)", derivative="1 if z > 0 else 0", source="Nair & Hinton 2010")
def relu(z: Array) -> Array:
    """Cut off what is negative. A unit that is negative on every example learns no more: it is dead.

    >>> relu(jnp.array([-2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    return jax.nn.relu(z)


@activation("leaky_relu", formula="max(z, 0) + α min(z, 0)", derivative="1 if z ≥ 0 else α", source="Maas et al. 2013")
def leaky_relu(z: Array, alpha: Array | float = 0.01) -> Array:
    """Let a fraction ``alpha`` of the negative side through, so that no unit dies.

    >>> leaky_relu(jnp.array([-2.0, 3.0]), alpha=0.5).tolist()
    [-1.0, 3.0]
    """
    return jax.nn.leaky_relu(z, alpha)


@activation(
    "prelu",
    formula="max(z, 0) + α min(z, 0), α learned",
    derivative="1 if z ≥ 0 else α; by α: min(z, 0)",
    source="He et al. 2015, arXiv:1502.01852",
)
def prelu(z: Array, alpha: Array | float = 0.25) -> Array:
    """Leaky ReLU whose slope is learned: the layer that owns ``alpha`` hands it in.

    ``alpha`` is one number or one per feature, shape ``(features,)``.

    >>> prelu(jnp.array([-2.0, -2.0, 3.0]), jnp.array([0.25, 1.0, 0.25])).tolist()
    [-0.5, -2.0, 3.0]
    """
    return jax.nn.leaky_relu(z, jnp.asarray(alpha, z.dtype))


@activation(
    "elu",
    formula="z if z > 0 else α (eᶻ − 1)",
    derivative="1 if z > 0 else α eᶻ",
    source="Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289",
)
def elu(z: Array, alpha: Array | float = 1.0) -> Array:
    """Bend the negative side down to −``alpha``, which brings the mean of the outputs nearer to zero.

    >>> elu(jnp.array([-1e4, 3.0])).tolist()
    [-1.0, 3.0]
    """
    return jax.nn.elu(z, alpha)


@activation(
    "selu",
    formula="λ (z if z > 0 else α (eᶻ − 1)), λ = 1.0507, α = 1.6733",
    derivative="λ (1 if z > 0 else α eᶻ)",
    source="Klambauer et al. 2017, arXiv:1706.02515",
    initializer=LECUN,
)
def selu(z: Array) -> Array:
    """ELU scaled so that mean 0 and variance 1 are a stable fixed point under LeCun weights.

    >>> round(float(selu(jnp.array(1.0))), 4)
    1.0507
    """
    return jax.nn.selu(z)


@activation(
    "gelu",
    formula="z Φ(z), Φ the standard normal distribution function",
    derivative="Φ(z) + z φ(z)",
    source="Hendrycks & Gimpel 2016, arXiv:1606.08415",
)
def gelu(z: Array) -> Array:
    """Weigh ``z`` by the probability that a standard normal draw is smaller (the exact form).

    >>> round(float(gelu(jnp.array(1.0))), 4)
    0.8413
    """
    return jax.nn.gelu(z, approximate=False)


@activation(
    "gelu_tanh",
    formula="½ z (1 + tanh u), u = √(2/π) (z + 0.044715 z³)",
    derivative="½ (1 + tanh u) + ½ z (1 − tanh² u) √(2/π) (1 + 0.134145 z²)",
    source="Hendrycks & Gimpel 2016, arXiv:1606.08415",
)
def gelu_tanh(z: Array) -> Array:
    """GELU with its distribution function replaced by a tanh, within 5e-4 of the exact form and cheaper.

    >>> round(float(gelu_tanh(jnp.array(1.0))), 4)
    0.8412
    """
    return jax.nn.gelu(z, approximate=True)


@activation(
    "silu",
    formula="z σ(z)",
    derivative="σ(z) (1 + z (1 − σ(z)))",
    source="Elfwing, Uchibe & Doya 2018, arXiv:1702.03118",
)
def silu(z: Array) -> Array:
    """Weigh ``z`` by its own sigmoid: Swish with β = 1.

    >>> round(float(silu(jnp.array(1.0))), 4)
    0.7311
    """
    return jax.nn.silu(z)


@activation(
    "swish",
    formula="z σ(βz)",
    derivative="σ(βz) + βz σ(βz) (1 − σ(βz))",
    source="Ramachandran, Zoph & Le 2017, arXiv:1710.05941",
)
def swish(z: Array, beta: Array | float = 1.0) -> Array:
    """Weigh ``z`` by a sigmoid of steepness ``beta``: linear (z/2) at 0, ReLU as β grows.

    >>> round(float(swish(jnp.array(1.0), beta=100.0)), 4)
    1.0
    """
    return z * jax.nn.sigmoid(beta * z)


@activation(
    "mish",
    formula="z tanh(log(1 + eᶻ)) = z n / (n + 2), n = eᶻ (eᶻ + 2)",
    derivative="n / (n + 2) + 4z eᶻ (eᶻ + 1) / (n + 2)²",
    source="Misra 2020, arXiv:1908.08681",
)
def mish(z: Array) -> Array:
    """Weigh ``z`` by the tanh of its softplus, written with one exponential: half the cost of the three.

    Above 20 the weight is 1 to the last bit, so the exponential need not go there and overflow.

    >>> round(float(mish(jnp.array(1.0))), 4)
    0.8651
    """
    exponential = jnp.exp(jnp.minimum(z, 20))
    n = exponential * (exponential + 2)
    return z * (n / (n + 2))
