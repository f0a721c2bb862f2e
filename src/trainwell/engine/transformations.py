"""What an Optax transformation that a person put together consists of, as far as its parts tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import optax

#: Functions of Optax that hold rules and are none themselves.
WRAPPERS = ("chain", "with_extra_args_support", "named_chain")


def parts_of(transformation: Any) -> list[str]:
    """Return the names of the rules that a transformation chains, in order, such as ``scale_by_adam``.

    >>> parts_of(optax.chain(optax.add_decayed_weights(0.1), optax.adam(0.01)))[:2]
    ['add_decayed_weights', 'scale_by_adam']
    """
    return [name for name in names_in(getattr(transformation, "update", None)) if name not in WRAPPERS]


def chained(optimizer: Any) -> dict[str, Any]:
    """Return the parts of a person's own transformation as a fact, nothing for an optimizer of ours."""
    parts = parts_of(optimizer) if isinstance(optimizer, optax.GradientTransformation) else []
    return {"parts": parts} if parts else {}


def names_in(update: Any) -> Iterator[str]:
    """Yield the name of the function that made an update rule, and those of the rules it holds."""
    name = getattr(update, "__qualname__", "").partition(".<locals>")[0]
    if not name:
        return
    yield name
    for cell in getattr(update, "__closure__", None) or ():
        held = cell.cell_contents
        for part in held if isinstance(held, tuple | list) else (held,):
            if isinstance(part, optax.GradientTransformation):
                yield from names_in(part.update)
            elif getattr(part, "__name__", "").startswith("update"):
                yield from names_in(part)
