"""Layers in words, for ``Sequential`` and recipe files; ``build(shape, key=…)`` gives the Equinox layer.

Shapes follow from one layer to the next, and the initializer from the activation behind it, so that a layer states only
what is its own. Examples come one at a time: rows ``(features,)``, images ``(height, width, channels)``, signals
``(length, channels)``.

>>> import jax
>>> layer = Convolution(channels=8, kernel=3).build((28, 28, 1), key=jax.random.key(0))
>>> layer(jax.numpy.ones((28, 28, 1)), None)[0].shape
(28, 28, 8)
"""

from trainwell.network.named.dense import Embedding, Flatten, Linear
from trainwell.network.named.images import AveragePooling, Convolution, MaxPooling
from trainwell.network.named.layer import LAYERS, NamedLayer
from trainwell.network.named.residual import Residual
from trainwell.network.named.stacking import built, shapes_through
from trainwell.network.named.units import (
    Activation,
    BatchNormalization,
    Dropout,
    GaussianNoise,
    LayerNormalization,
    PReLU,
    Sparsity,
)

__all__ = [
    "LAYERS",
    "Activation",
    "AveragePooling",
    "BatchNormalization",
    "Convolution",
    "Dropout",
    "Embedding",
    "Flatten",
    "GaussianNoise",
    "LayerNormalization",
    "Linear",
    "MaxPooling",
    "NamedLayer",
    "PReLU",
    "Residual",
    "Sparsity",
    "built",
    "shapes_through",
]
