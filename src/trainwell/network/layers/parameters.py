"""What of a network training updates, and the name of the axis that ``vmap`` gives a batch."""

from __future__ import annotations

import equinox as eqx
from jax import Array

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
