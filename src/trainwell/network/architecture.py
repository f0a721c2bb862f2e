"""What a recipe may say in its ``network`` field, and how that becomes a module with its state."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
from jax import Array

from trainwell.errors import RecipeError
from trainwell.layout import Layout
from trainwell.registry import Registry
from trainwell.specification import Specification


class Architecture(Specification):
    """A network in words: ``build`` draws its weights. Subclasses register in :data:`ARCHITECTURES`."""

    def build(self, layout: Layout, outputs: int, *, key: Array) -> eqx.Module:
        """Return a module that maps one encoded row and a state to ``(outputs,)`` numbers and the state."""
        raise NotImplementedError

    def check(self, layout: Layout, outputs: int) -> None:
        """Raise ``RecipeError`` unless rows of this layout can come in and as many outputs go out."""

    def needs_batches(self) -> bool:
        """Tell whether it is trained on batches of two rows or more, as batch normalization is."""
        return getattr(self, "normalization", None) == "batch"


ARCHITECTURES: Registry[type[Architecture]] = Registry("network", "tw.networks")


class Custom(eqx.Module):
    """A person's own ``eqx.Module`` behind the calling convention of our layers.

    Whatever its ``__call__`` takes of ``x``, ``state`` and ``key`` it is given.
    """

    module: eqx.Module
    takes_state: bool = eqx.field(static=True)
    takes_key: bool = eqx.field(static=True)

    def __init__(self, module: eqx.Module):
        parameters = inspect.signature(type(module).__call__).parameters
        self.module = module
        self.takes_key = "key" in parameters
        self.takes_state = "state" in parameters and has_state(module)

    def __call__(self, x: Array, state: eqx.nn.State, *, key: Array | None = None) -> tuple[Array, eqx.nn.State]:
        options: dict[str, Any] = {"key": key} if self.takes_key else {}
        if self.takes_state:
            return self.module(x, state, **options)  # type: ignore[operator]
        return self.module(x, **options), state  # type: ignore[operator]


def has_state(module: eqx.Module) -> bool:
    """Tell whether a module holds running statistics or other state."""
    leaves = jax.tree.leaves(module, is_leaf=lambda leaf: isinstance(leaf, eqx.nn.StateIndex))
    return any(isinstance(leaf, eqx.nn.StateIndex) for leaf in leaves)


def build_network(
    network: Architecture | eqx.Module | Callable[..., eqx.Module],
    layout: Layout,
    outputs: int,
    *,
    key: Array,
) -> tuple[eqx.Module, eqx.nn.State]:
    """Return the module that a recipe's ``network`` describes or is, and its state at the start."""
    if isinstance(network, Architecture):
        return eqx.nn.make_with_state(network.build)(layout, outputs, key=key)
    if isinstance(network, eqx.Module):
        module, state = eqx.nn.make_with_state(lambda: network)()
        return Custom(module), state
    if callable(network):
        module, state = eqx.nn.make_with_state(network)(key=key)
        return Custom(module), state
    raise RecipeError(
        f"network must be one of {', '.join(ARCHITECTURES)}, an eqx.Module, or a function of a key that "
        f"returns one, but got {network!r}."
    )
