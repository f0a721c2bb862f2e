"""Networks that give back what they are given, through a narrow code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import equinox as eqx
import jax
from jax import Array
from pydantic import field_validator

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.network.architecture import ARCHITECTURES, Architecture
from trainwell.network.layered import entry_of_rows
from trainwell.network.named import Activation, GaussianNoise, Linear, NamedLayer, Sparsity, built
from trainwell.network.named.layer import AUTO, LAYERS, ActivationName, InitializerName, Width, Widths
from trainwell.network.named.units import Strength
from trainwell.network.stack import Stack
from trainwell.specification import member_of

CODE, CODE_ACTIVATION = "code", "code activation"


@ARCHITECTURES.register(
    "Autoencoder",
    formula="x → noise → (linear → activation)* → code → (linear → activation)* → x̂",
    source="Rumelhart et al. 1986; Vincent et al. 2008 (denoising); Ng 2011 (sparse)",
)
class Autoencoder(Architecture):
    """A network whose targets are its inputs: an encoder to a code, and the same layers backwards as decoder.

    Without hidden layers, with identity as activation of the code, and squared error, the code spans the same subspace
    as the first principal components. Images are given and given back as rows of their entries.

    Args:
        hidden: widths of the encoder's hidden layers; the decoder has them in reverse.
        code: numbers in the code.
        activation: name of the hidden layers' activation.
        code_activation: name of the code's activation.
        noise: deviation of normal noise on the inputs while training, in units of the encoded inputs; makes it a
            denoising autoencoder. 0 for none.
        sparsity: what busy units of the code cost, such as ``tw.layers.Sparsity(measure="kl", target=0.05)``; none
            for nothing.
        initializer: name of the weights' initializer; ``"auto"`` takes the one that suits the activation.

    >>> Autoencoder(hidden=(64,), code=8, noise=0.3).code
    8
    """

    hidden: Widths = (64,)
    code: Width = 8
    activation: ActivationName = "relu"
    code_activation: ActivationName = "identity"
    noise: Strength = 0.0
    sparsity: Annotated[Any, member_of(LAYERS, Sparsity, lambda value: value is None)] = None
    initializer: InitializerName = AUTO

    @field_validator("sparsity")
    @classmethod
    def _is_sparsity(cls, value: Any) -> Any:
        if value is not None and not isinstance(value, Sparsity):
            raise RecipeError(f"sparsity must be a Sparsity layer or none, but got {value!r}.")
        return value

    def check(self, layout: Layout, outputs: int) -> None:
        _, (width,) = entry_of_rows(layout, jax.random.key(0))
        if outputs != width or layout.cardinalities:
            raise RecipeError(
                f"Recipe.network: Autoencoder gives back its inputs, {width} numbers, but the target has {outputs}. "
                f"Take the inputs as targets: tw.read(X, y=X)."
            )
        busy = self.sparsity is not None and self.sparsity.measure == "kl"
        if busy and self.code_activation not in ("sigmoid", "softmax"):
            raise RecipeError(
                f"Recipe.network: sparsity by 'kl' needs a code between 0 and 1, but code_activation is "
                f"{self.code_activation!r}. Take 'sigmoid', or measure = 'l1'."
            )

    def encoder_layers(self) -> list[NamedLayer]:
        """Return the layers up to the code."""
        noise = [GaussianNoise.model_construct(deviation=self.noise)] if self.on("noise") else []
        return [*noise, *self.bent(self.hidden), Linear(units=self.code, initializer=self.initializer)]

    def bent(self, widths: Sequence[int]) -> list[NamedLayer]:
        """Return fully connected layers, each with its activation."""
        pairs = [(Linear(units=units, initializer=self.initializer), self.bend()) for units in widths]
        return [layer for pair in pairs for layer in pair]

    def bend(self) -> NamedLayer:
        """Return the hidden layers' activation."""
        return Activation(function=self.activation)

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return the :class:`~trainwell.network.stack.Stack` with freshly drawn weights."""
        entry_key, own = jax.random.split(key)
        entry, shape = entry_of_rows(layout, entry_key)
        encoder, charge = self.encoder_layers(), [self.sparsity] if self.sparsity is not None else []
        output = Linear(units=outputs, initializer=self.initializer)
        code = [Activation(function=self.code_activation), *charge]
        layers = built([*encoder, *code, *self.bent(self.hidden[::-1]), output], shape, own)
        at = len(encoder)
        layers[at - 1] = (CODE, layers[at - 1][1])
        layers[at] = (CODE_ACTIVATION, layers[at][1])
        return Stack([("input", entry), *layers[:-1], ("output", layers[-1][1])])


def halves(network: Stack) -> tuple[Stack, Stack]:
    """Return the encoder and the decoder of a network that :class:`Autoencoder` built."""
    after = network.names.index(CODE_ACTIVATION) + 1
    named = list(zip(network.names, network.layers, strict=True))
    return Stack(named[:after]), Stack(named[after:])
