"""The residual block: layers learn what to add to their input."""

from __future__ import annotations

from typing import Any

import equinox as eqx
from jax import Array


class Residual(eqx.Module):
    """y = x + f(x), where f is any layer or stack of them that keeps the shape.

    Reference: K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
    """

    block: Any

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        added, state = self.block(x, state, key=key)
        return x + added, state
