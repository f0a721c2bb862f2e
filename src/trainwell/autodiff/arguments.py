"""The arguments of a function as named arrays: which may vary, which are differentiated, at which precision.

Arrays and Python floats are variables. Integers, booleans, strings, functions, and Python floats kept in the
attributes of a module (a dropout rate, an epsilon) are settings and stay as they are. Derivatives are taken with
respect to the variables that are floats.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.errors import DerivativeError


@dataclass(frozen=True)
class Arguments:
    """Arguments taken apart into variables and put together again.

    Attributes:
        names: name of each variable, such as ``x1`` or ``network.layers[0].weight``.
        values: its array.
        differentiable: whether it holds floats.
        wide: whether to compute in float64.
        leaves: every leaf of the arguments, settings among them.
        positions: where the variables stand among the leaves.
        structure: how the leaves form the arguments.
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]
    differentiable: tuple[bool, ...]
    wide: bool
    leaves: tuple[Any, ...]
    positions: tuple[int, ...]
    structure: Any

    def precision(self) -> contextlib.AbstractContextManager[Any]:
        """Return the context to compute in; the global configuration of JAX is left alone."""
        return jax.enable_x64(True) if self.wide else contextlib.nullcontext()

    def rebuild(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return the arguments with ``values`` in the place of the variables."""
        leaves = list(self.leaves)
        for position, value in zip(self.positions, values, strict=True):
            leaves[position] = value
        arguments: tuple[Any, ...] = jax.tree.unflatten(self.structure, leaves)
        return arguments

    def flat(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` of the variables alone, which says what of it JAX cannot follow."""

        def of_variables(*values: Any) -> Any:
            try:
                return function(*self.rebuild(values))
            except (jax.errors.ConcretizationTypeError, jax.errors.TracerArrayConversionError) as problem:
                raise DerivativeError(
                    "the function must be written with jax.numpy, which follows arrays whose values are not known yet: "
                    "jnp.sin(x) instead of math.sin(x) or np.sin(x), jnp.where(x > 0, a, b) instead of a Python if. "
                    f"JAX says: {str(problem).splitlines()[0]}"
                ) from None

        return of_variables

    def derivatives(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return one derivative per variable in the shape of the arguments; None where nothing was differentiated."""
        leaves: list[Any] = [None] * len(self.leaves)
        for position, value in zip(self.positions, values, strict=True):
            leaves[position] = value
        arguments: tuple[Any, ...] = jax.tree.unflatten(self.structure, leaves)
        return arguments

    @property
    def chosen(self) -> tuple[int, ...]:
        """Numbers of the variables that are differentiated."""
        return tuple(number for number, is_float in enumerate(self.differentiable) if is_float)

    def require_variables(self) -> None:
        """Refuse arguments that hold nothing to differentiate by."""
        if not self.chosen:
            raise DerivativeError(
                "at least one argument must be a float or an array of floats, but got "
                f"{', '.join(type(leaf).__name__ for leaf in self.leaves) or 'nothing'}; write 2.0 instead of 2."
            )


def read_arguments(function: Callable[..., Any], args: Any, *, widen: bool = False) -> Arguments:
    """Take ``args``, a tuple or the only argument, apart.

    The work is done in float64 if any variable is a Python float or a NumPy float64; ``widen`` makes all of them so.

    >>> read_arguments(lambda x1, x2: x1 * x2, (2.0, 3.0)).names
    ('x1', 'x2')
    """
    require_function(function)
    args = args if isinstance(args, tuple) and not hasattr(args, "_fields") else (args,)
    parameters = parameter_names(function, len(args))
    found, structure = jax.tree_util.tree_flatten_with_path(args)
    if any(isinstance(leaf, jax.core.Tracer) for _, leaf in found):
        raise DerivativeError(
            "a glass box needs numbers to show, but got a traced array; call it outside jax.jit, jax.grad and jax.vmap."
        )
    variables = [(at, path, leaf) for at, (path, leaf) in enumerate(found) if is_variable(path, leaf)]
    wide = widen or any(is_wide(leaf) for _, _, leaf in variables)
    values = tuple(as_array(leaf, widen) for _, _, leaf in variables)
    return Arguments(
        names=tuple(parameters[path[0].idx] + jax.tree_util.keystr(path[1:]) for _, path, _ in variables),
        values=values,
        differentiable=tuple(is_floating(value) for value in values),
        wide=wide,
        leaves=tuple(leaf for _, leaf in found),
        positions=tuple(at for at, _, _ in variables),
        structure=structure,
    )


def require_function(function: Any) -> None:
    """Refuse what cannot be called, formulas as text or parsed among it."""
    if not callable(function):
        raise DerivativeError(
            f"a function of arrays is needed, but got {function!r}; of a formula in words take "
            'tw.autodiff.read_expression("x**2").function().'
        )


def parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """Return the names a function gives to its first ``count`` arguments, or ``x1`` … where it names none.

    >>> parameter_names(lambda a, *rest: a, 3), parameter_names(max, 2)
    (['a', 'rest1', 'rest2'], ['x1', 'x2'])
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    gathered = next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)
    numbers = range(1, count - len(names) + 1)
    names += [f"{gathered or 'x'}{number}" for number in numbers]
    return [f"x{number}" for number in range(1, count + 1)] if gathered == "args" and count > 1 else names[:count]


def is_variable(path: tuple[Any, ...], leaf: Any) -> bool:
    """Tell whether a leaf of the arguments varies: arrays, and floats that are not a module's attribute."""
    if isinstance(leaf, float) and not isinstance(leaf, np.generic):
        return not any(isinstance(key, jax.tree_util.GetAttrKey) for key in path)
    return isinstance(leaf, (jax.Array, np.ndarray, np.generic))


def is_wide(leaf: Any) -> bool:
    """Tell whether a leaf asks for float64: Python floats and NumPy's doubles do, JAX arrays say so themselves."""
    return isinstance(leaf, float) or getattr(leaf, "dtype", None) == np.float64


def is_floating(value: Any) -> bool:
    """Tell whether an array holds real floats, by which one can differentiate."""
    return bool(jnp.issubdtype(value.dtype, np.floating))


def as_array(leaf: Any, widen: bool) -> Any:
    """Return a leaf as an array, floats in float64 where ``widen`` asks for it."""
    if isinstance(leaf, float):
        return np.asarray(leaf, np.float64)
    return np.asarray(leaf, np.float64) if widen and is_floating(leaf) else leaf


def on_host(value: Any) -> Any:
    """Return a value as people read it: a Python number where it is a scalar, else a NumPy array.

    >>> on_host(jnp.asarray(2.0)), on_host(jnp.ones(2)).tolist()
    (2.0, [1.0, 1.0])
    """
    if value is None or jnp.issubdtype(value.dtype, jax.dtypes.extended):
        return value
    array = np.asarray(value)
    return array.item() if array.ndim == 0 else array
