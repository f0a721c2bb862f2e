"""Layers in words that keep the shape: activations, normalization, noise, sparsity."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from jax import Array
from pydantic import Field

from trainwell.network import layers
from trainwell.network.layers.windows import Sizes
from trainwell.network.named.layer import LAYERS, ActivationName, NamedLayer
from trainwell.specification import knob

Probability = Annotated[float, Field(ge=0, lt=1), knob(off=0.0)]
Strength = Annotated[float, Field(ge=0), knob(off=0.0)]


@LAYERS.register("Activation", formula="y = f(x)", source="see the activation")
class Activation(NamedLayer):
    """A named activation function, entry by entry; ``"prelu"`` learns a slope per feature.

    Args:
        function: the activation's name.

    >>> Activation(function="tanh").build((3,), key=None).name
    'tanh'
    """

    word = "activation"
    function: ActivationName = "relu"

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.activation_layer(self.function, shape[-1])


@LAYERS.register("PReLU", formula="y = max(x, 0) + α min(x, 0), α learned", source="He et al. 2015")
class PReLU(NamedLayer):
    """ReLU with a learned slope on the negative side, one per feature or channel.

    Args:
        slope: α at the start.

    >>> PReLU(slope=0.1).build((3,), key=None).alpha.shape
    (3,)
    """

    word = "activation"
    slope: Annotated[float, Field(ge=0)] = 0.25

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.PReLU(shape[-1], slope=self.slope)


@LAYERS.register("BatchNormalization", formula="γ(x − μ)/√(σ² + ε) + β, over the batch", source="Ioffe & Szegedy 2015")
class BatchNormalization(NamedLayer):
    """Bring every feature or channel to mean 0 and variance 1 over the batch; by running statistics at prediction.

    Args:
        momentum: share of the running statistics that an update keeps.
    """

    word = "normalization"
    momentum: Annotated[float, Field(ge=0, lt=1), knob()] = 0.9

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.BatchNormalization(shape[-1], momentum=self.momentum)


@LAYERS.register("LayerNormalization", formula="γ(x − μ)/√(σ² + ε) + β, over the example", source="Ba et al. 2016")
class LayerNormalization(NamedLayer):
    """Bring every example to mean 0 and variance 1 over all its entries."""

    word = "normalization"

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.LayerNormalization(shape[-1])


@LAYERS.register("Dropout", formula="0 with probability p, else x/(1 − p)", source="Srivastava et al. 2014")
class Dropout(NamedLayer):
    """Drop entries at random while training; the others grow, so that the mean stays.

    Args:
        rate: probability of dropping an entry.
    """

    word = "dropout"
    rate: Probability = 0.5

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.Dropout(self.rate)


@LAYERS.register("GaussianNoise", formula="y = x + σε", source="Bishop 1995")
class GaussianNoise(NamedLayer):
    """Add normal noise while training.

    Args:
        deviation: σ of the noise, in units of what comes in; 0 for none.
    """

    word = "noise"
    deviation: Strength = 0.1

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.GaussianNoise(self.deviation)


@LAYERS.register("Sparsity", formula="loss + λ Σ |a| or λ Σ KL(ρ ‖ ρ̂)", source="Ng 2011, CS294A")
class Sparsity(NamedLayer):
    """Hand activations on, and charge the loss for those that are busy.

    Args:
        measure: ``"l1"`` charges the batch's mean of |a|; ``"kl"`` how far a unit's mean ρ̂ over the batch is from ρ.
        strength: λ, what the sum over units is multiplied by; 0 for none.
        target: ρ, the mean activation wanted; for ``"kl"``, after an activation in (0, 1) such as sigmoid.
    """

    word = "sparsity"
    measure: Literal["l1", "kl"] = "l1"
    strength: Strength = 1e-3
    target: Annotated[float, Field(gt=0, lt=1), knob()] = 0.05

    def build(self, shape: Sizes, *, key: Array, activation: str = "identity") -> Any:
        return layers.Sparsity(self.measure, self.strength, target=self.target)
