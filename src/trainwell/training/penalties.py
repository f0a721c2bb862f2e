"""Penalties: what large weights cost, added to the loss that training makes small; decoupled decay is the optimizer's.

Only the gradient feels them: the losses that are recorded leave them out, so that those of training and validation
compare.
"""

from __future__ import annotations

from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array
from pydantic import BeforeValidator, Field

from trainwell.registry import Registry
from trainwell.specification import Specification, knob

Strength = Annotated[float, Field(ge=0), knob(off=0.0)]


def listed(value: Any) -> Any:
    """Let one name stand for a list of it."""
    return (value,) if isinstance(value, str) else value


class Penalty(Specification):
    """A cost of weights. Subclasses register in :data:`PENALTIES`.

    Args:
        strength: λ, what a unit of the penalty costs in units of the loss.
        layers: the layers it reaches, by their names in the record, such as ``"hidden 1"``; empty for all of them.
            Biases, normalization and embeddings' frequencies are never reached.
    """

    strength: Strength = 1e-3
    layers: Annotated[tuple[str, ...], BeforeValidator(listed)] = ()

    def size(self, weight: Array) -> Array:
        """Return the penalty of one array of weights at strength 1."""
        raise NotImplementedError


PENALTIES: Registry[type[Penalty]] = Registry("penalty", "tw.penalties")


@PENALTIES.register("L1", formula="λ Σ |w|", source="Tibshirani 1996 (lasso)")
class L1(Penalty):
    """Absolute size: the gradient is λ sign(w), which drives useless weights to about zero.

    >>> float(L1().size(jnp.array([[1.0, -2.0]])))
    3.0
    """

    def size(self, weight: Array) -> Array:
        return jnp.sum(jnp.abs(weight))


@PENALTIES.register("L2", formula="½ λ Σ w²", source="Hoerl & Kennard 1970 (ridge)")
class L2(Penalty):
    """Half the squared size: the gradient is λw. With SGD it is weight decay; with Adam's kin it is not, see AdamW.

    A λ here equals ``weight_decay=λ`` of PyTorch's SGD, and C = 1/(λ · rows) of scikit-learn's logistic regression.

    >>> float(L2().size(jnp.array([[1.0, -2.0]])))
    2.5
    """

    def size(self, weight: Array) -> Array:
        return 0.5 * jnp.sum(jnp.square(weight))
