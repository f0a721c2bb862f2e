"""Networks of one layer: the linear models, and Rosenblatt's perceptron."""

from __future__ import annotations

import equinox as eqx
import jax
from jax import Array

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.network import layers
from trainwell.network.architecture import ARCHITECTURES, Architecture
from trainwell.network.layered import entry_of_rows
from trainwell.network.named.dense import chosen
from trainwell.network.named.layer import AUTO, InitializerName
from trainwell.network.stack import Stack


@ARCHITECTURES.register(
    "Linear",
    formula="x → Wx + b: linear, logistic or softmax regression by the loss",
    source="Gauss 1809; Berkson 1944",
)
class Linear(Architecture):
    """One linear layer: linear regression with squared error, logistic or softmax regression with cross-entropy.

    The gradient is Xᵀ(Xw − y), Xᵀ(σ(Xw) − y) or Xᵀ(softmax(XW) − Y), each over the number of rows.

    Args:
        initializer: name of the weights' initializer; ``"auto"`` takes Glorot's. All start at one minimum's bowl.
    """

    initializer: InitializerName = AUTO

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return the :class:`~trainwell.network.stack.Stack` with freshly drawn weights."""
        entry_key, own = jax.random.split(key)
        entry, (width,) = entry_of_rows(layout, entry_key)
        output = layers.Linear(width, outputs, initializer=chosen(self.initializer, "identity"), key=own)
        return Stack([("input", entry), ("output", output)])


@ARCHITECTURES.register("Perceptron", formula="1 if wx + b > 0 else 0", source="Rosenblatt 1958")
class Perceptron(Architecture):
    """A single heaviside unit that starts from zero weights, for two classes.

    Trained with ``loss="perceptron"``, ``SGD(learning_rate=1)``, a constant schedule and ``batch_size=1``, every
    update is Rosenblatt's rule: w ← w + (t − y)x after a mistake, nothing otherwise; a score of exactly 0 is a mistake.
    Where a line divides the classes it makes finitely many mistakes (Novikoff 1962), and ``gradient_tolerance=1e-6``
    ends the run after the first epoch without one; where none does, as with XOR, it goes on for ever, and the clinic
    says so.
    """

    def check(self, layout: Layout, outputs: int) -> None:
        if outputs != 1:
            raise RecipeError(
                f"Recipe.network: Perceptron tells two classes apart, but the target needs {outputs} outputs. "
                f"Take Linear with the task's own loss."
            )

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return the :class:`~trainwell.network.stack.Stack`, its weights zero."""
        entry, (width,) = entry_of_rows(layout, key)
        output = layers.Linear(width, outputs, initializer="zeros", key=key)
        return Stack([("input", entry), ("output", output)], base_rate=False)
