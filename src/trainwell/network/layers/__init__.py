"""The layers networks are stacked from, written for one example and batched by ``vmap(axis_name="batch")``.

Every layer is called as ``layer(x, state, key=key)`` and returns ``(y, state)``: the calling convention of Equinox's
stateful layers, so that theirs and a person's own go wherever ours go. Images are ``(height, width, channels)``,
signals ``(length, channels)``. Not for whole architectures, nor for layers in words, which are in ``network.named``.
"""

from trainwell.network.layers.activation import Activation, PReLU, activation_layer
from trainwell.network.layers.convolution import Convolution
from trainwell.network.layers.embedding import Embedding
from trainwell.network.layers.flatten import Flatten, Shaped
from trainwell.network.layers.linear import Linear
from trainwell.network.layers.max_norm import MaxNorm, constrained, has_constraint
from trainwell.network.layers.noise import Dropout, GaussianNoise, dropout_threshold
from trainwell.network.layers.normalization import BatchNormalization, LayerNormalization, refuse_batch_of_one
from trainwell.network.layers.parameters import BATCH_AXIS, Fixed, is_trainable, split_parameters
from trainwell.network.layers.pooling import AveragePooling, MaxPooling
from trainwell.network.layers.residual import Residual
from trainwell.network.layers.sparsity import Sparsity, charges

__all__ = [
    "BATCH_AXIS",
    "Activation",
    "AveragePooling",
    "BatchNormalization",
    "Convolution",
    "Dropout",
    "Embedding",
    "Fixed",
    "Flatten",
    "GaussianNoise",
    "LayerNormalization",
    "Linear",
    "MaxNorm",
    "MaxPooling",
    "PReLU",
    "Residual",
    "Shaped",
    "Sparsity",
    "activation_layer",
    "charges",
    "constrained",
    "dropout_threshold",
    "has_constraint",
    "is_trainable",
    "refuse_batch_of_one",
    "split_parameters",
]
