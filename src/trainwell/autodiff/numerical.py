"""Numerical differentiation: slopes from differences of values, and their error against the step size.

Too large a step cuts the Taylor series too early, too small a step leaves only rounding: the error against the step is
U-shaped. The complex step subtracts nothing and has no such right side.

Reference: W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40,
1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.arguments import Arguments, on_host, read_arguments
from trainwell.autodiff.errors import DerivativeError
from trainwell.autodiff.notation import number
from trainwell.autodiff.tables import Shown, Table
from trainwell.autodiff.trace import trace_arguments
from trainwell.registry import Registry

Method: TypeAlias = Literal["forward", "central", "complex"]
Slope: TypeAlias = Callable[[Callable[[Any], Any], Any, Any, Any], Any]

#: Operations that have no complex derivative, or that compare.
NOT_ANALYTIC = {
    *("abs", "sign", "floor", "ceil", "round", "clamp", "max", "min", "rem", "atan2", "reduce_max", "reduce_min"),
    *("select_n", "sort", "top_k", "erf", "erfc", "lgamma", "digamma", "erf_inv", "reduce_window_max", "cbrt"),
}
#: How a slope is computed from a function of a vector, a point, a unit direction and a step.
METHODS: Registry[Slope] = Registry("difference method")


@METHODS.register("forward", formula="(f(x + h) − f(x)) / h", source="error O(h)", evaluations=1, power=1 / 2)
def forward_difference(function: Callable[[Any], Any], x: Any, direction: Any, step: Any) -> Any:
    """Return the slope of the chord to the right."""
    return (function(x + step * direction) - function(x)) / step


@METHODS.register("central", formula="(f(x + h) − f(x − h)) / 2h", source="error O(h²)", evaluations=2, power=1 / 3)
def central_difference(function: Callable[[Any], Any], x: Any, direction: Any, step: Any) -> Any:
    """Return the slope of the chord around the point."""
    return (function(x + step * direction) - function(x - step * direction)) / (2 * step)


@METHODS.register("complex", formula="Im f(x + ih) / h", source="error O(h²), no rounding", evaluations=1, power=None)
def complex_step(function: Callable[[Any], Any], x: Any, direction: Any, step: Any) -> Any:
    """Return the imaginary part that a step off the real line leaves; the function must be analytic."""
    return jnp.imag(function(x + 1j * step * direction)) / step


def require_analytic(function: Callable[..., Any], arguments: Arguments) -> None:
    """Refuse a function with an operation that leaves the complex plane or cannot be continued into it."""
    used = {node.operation for node in trace_arguments(function, arguments).nodes}
    if used & NOT_ANALYTIC:
        raise DerivativeError(
            "the complex step needs a function made of analytic operations, but this one uses "
            f"{', '.join(sorted(used & NOT_ANALYTIC))}; use method='central'."
        )


@dataclass(frozen=True, repr=False)
class NumericalGradient(Shown):
    """A gradient from differences.

    Attributes:
        gradient: ∂f/∂(argument) for each argument, in the shape of ``args``.
        method: how the slopes were taken.
        step: the step h.
        evaluations: how many times the function was evaluated.
        value: f at the point.
        names: name of each argument.
    """

    gradient: tuple[Any, ...]
    method: str
    step: float
    evaluations: int
    value: Any
    names: tuple[str, ...]
    entries: tuple[Any, ...] = field(repr=False, default=())

    def table(self) -> Table:
        """Return one row per argument."""
        rows = tuple((f"∂f/∂{name}", shown_entry(entry)) for name, entry in zip(self.names, self.entries, strict=True))
        entry = METHODS.entry(self.method)
        title = f"{entry.formula} with h = {number(self.step)}, {self.evaluations} evaluations."
        return Table(title, ("", "value"), rows)


def shown_entry(entry: Any) -> str:
    """Return a derivative with the digits that a difference can have."""
    return number(entry, 10) if np.ndim(entry) == 0 else str(np.asarray(entry))


def numerical(
    function: Callable[..., Any], args: Any, method: Method = "central", step: float | None = None
) -> NumericalGradient:
    """Return the gradient of ``function`` at ``args`` from differences of its values.

    Args:
        function: any function that JAX can trace, with one number as its result.
        args: tuple of its arguments, or the only one.
        method: ``"forward"``, ``"central"`` or ``"complex"``.
        step: h; by default √ε for forward, ∛ε for central differences (ε the rounding of the dtype), 1e-20 for complex.

    Raises:
        UnknownNameError: no method has that name.
        DerivativeError: the function is not analytic and the method complex.

    >>> numerical(lambda x: x**3, 2.0, step=1e-4).gradient[0]  # doctest: +ELLIPSIS
    12.00000001...
    """
    slope = METHODS[method]
    if step is not None and not step > 0:
        raise DerivativeError(f"step must be a number above 0, but got {step!r}; leave it out for the usual one.")
    arguments = read_arguments(function, args)
    arguments.require_variables()
    with arguments.precision():
        if method == "complex":
            require_analytic(function, arguments)
        point = Flat(function, arguments)
        step = default_step(method, point.x.dtype) if step is None else step
        slopes = point.slopes(slope, step)
        parts = [on_host(each) for each in point.parts(slopes)]
        value = on_host(jax.jit(point.value)(point.x))
    chosen = arguments.chosen
    gradient = [parts[chosen.index(at)] if at in chosen else None for at in range(len(arguments.values))]
    each, once = METHODS.entry(method).facts["evaluations"] * len(slopes), int(method == "forward")
    names = tuple(arguments.names[at] for at in chosen)
    return NumericalGradient(arguments.derivatives(gradient), method, step, each + once, value, names, tuple(parts))


def default_step(method: str, dtype: Any) -> float:
    """Return the step at which truncation and rounding are about equal.

    >>> default_step("central", np.float64) < 1e-5 < default_step("central", np.float32)
    True
    """
    power = METHODS.entry(method).facts["power"]
    return 1e-20 if power is None else float(jnp.finfo(dtype).eps) ** power


class Flat:
    """A function of one vector: the differentiated arguments laid end to end, the others as they are."""

    def __init__(self, function: Callable[..., Any], arguments: Arguments):
        self.arguments, self.function = arguments, function
        self.chosen = arguments.chosen
        arrays = [jnp.asarray(arguments.values[at]) for at in self.chosen]
        self.shapes = [array.shape for array in arrays]
        self.x = jnp.concatenate([jnp.ravel(array) for array in arrays])

    def parts(self, vector: Any) -> list[Any]:
        """Return a vector cut into the shapes of the arguments."""
        ends = np.cumsum([math.prod(shape) for shape in self.shapes])[:-1]
        pieces = jnp.split(vector, ends)
        return [piece.reshape(shape) for piece, shape in zip(pieces, self.shapes, strict=True)]

    def value(self, vector: Any) -> Any:
        """Return f, one number."""
        values = list(self.arguments.values)
        for at, part in zip(self.chosen, self.parts(vector), strict=True):
            values[at] = part
        result = self.arguments.flat(self.function)(*values)
        if jnp.shape(result) != ():
            raise DerivativeError(
                f"a gradient needs a function with one number as its result, but this one returns shape "
                f"{jnp.shape(result)}; sum it, or pick the entry to differentiate."
            )
        return result

    def slopes(self, slope: Slope, step: Any, entries: Any = None) -> Any:
        """Return the slope along each of ``entries`` (all of them by default), one after another in one program."""
        entries = jnp.arange(self.x.size) if entries is None else entries

        def along(entry: Any, step: Any) -> Any:
            direction = jnp.zeros_like(self.x).at[entry].set(1)
            return slope(self.value, self.x, direction, step)

        return jax.jit(lambda step: jax.lax.map(lambda entry: along(entry, step), entries))(step)


@dataclass(frozen=True, repr=False)
class StepSizes(Shown):
    """The error of numerical differentiation against its step size.

    Attributes:
        steps: step sizes h, ``(sizes,)``.
        errors: by method, the largest |difference − derivative| over the entries, relative to the largest derivative
            where that exceeds 1, ``(sizes,)``.
        best: by method, the step with the least error.
    """

    steps: Any
    errors: dict[str, Any]
    best: dict[str, float]

    def table(self) -> Table:
        """Return one row per step size."""
        rows = tuple(
            (number(step, 3), *(number(self.errors[method][at], 3) for method in self.errors))
            for at, step in enumerate(self.steps)
        )
        notes = tuple(f"Least error of {method}: at h = {number(step, 3)}." for method, step in self.best.items())
        return Table("Error against step size.", ("h", *self.errors), rows, notes)


def step_sizes(
    function: Callable[..., Any],
    args: Any,
    methods: Sequence[Method] = ("forward", "central"),
    steps: Sequence[float] | None = None,
) -> StepSizes:
    """Return how far each method is from the derivative (of ``jax.grad``) as the step size varies.

    Args:
        function: as for :func:`numerical`.
        args: where.
        methods: which to compare.
        steps: step sizes; by default 1e-15 … 1 by factors of ten.

    >>> found = step_sizes(lambda x: x**3, 2.0)
    >>> 1e-7 < found.best["central"] < 1e-3
    True
    """
    arguments = read_arguments(function, args, widen=True)
    arguments.require_variables()
    sizes = np.asarray(10.0 ** np.arange(-15, 1) if steps is None else steps, np.float64)
    with arguments.precision():
        if "complex" in methods:
            require_analytic(function, arguments)
        point = Flat(function, arguments)
        exact = jax.jit(jax.grad(point.value))(point.x)
        errors: dict[str, Any] = {each: errors_of(point, METHODS[each], sizes, exact) for each in methods}
    best = {method: float(sizes[np.nanargmin(error)]) for method, error in errors.items()}
    return StepSizes(sizes, errors, best)


def errors_of(point: Flat, slope: Slope, sizes: Any, exact: Any) -> Any:
    """Return the largest error for each step size, relative to the gradient where that exceeds 1."""
    size = jnp.maximum(1, jnp.max(jnp.abs(exact)))
    worst = lambda step: jnp.max(jnp.abs(point.slopes(slope, step) - exact)) / size
    return np.asarray(jax.jit(lambda sizes: jax.lax.map(worst, sizes))(jnp.asarray(sizes)))
