"""The gradient check: does the derivative that training will use agree with differences of the function's values?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from trainwell.autodiff.arguments import Arguments, read_arguments
from trainwell.autodiff.errors import DerivativeError, NoRuleError
from trainwell.autodiff.notation import number
from trainwell.autodiff.numerical import Flat, Slope, central_difference, forward_difference
from trainwell.autodiff.reverse import pull_back, seeds_of
from trainwell.autodiff.tables import Shown, Table
from trainwell.autodiff.trace import trace_arguments

Verdict: TypeAlias = Literal["agrees", "wrong", "not finite"]

#: Step sizes tried in turn, relative to ∛ε: first the one that balances truncation and rounding, then against a kink
#: nearby.
STEPS = (1.0, 0.1, 10.0, 0.01)


@dataclass(frozen=True)
class Entry:
    """One entry of the gradient by three ways.

    Attributes:
        name: such as ``network.weight[2, 1]``.
        claimed: what ``jax.grad`` gives, custom derivatives of the author's among them.
        numerical: the central difference.
        opened: what our own rules give when custom derivatives are passed by; None where a rule is missing.
        error: |claimed − numerical| / max(|claimed|, |numerical|, the scale of the gradient).
    """

    name: str
    claimed: float
    numerical: float
    opened: float | None
    error: float


@dataclass(frozen=True, repr=False)
class GradientCheck(Shown):
    """The outcome of a gradient check.

    Attributes:
        verdict: ``"agrees"``, ``"wrong"`` or ``"not finite"``.
        worst: the entry with the largest error.
        entries: the worst few, worst first.
        checked: how many entries were compared one by one.
        total: how many there are.
        along: error of the slope along one random direction, in which every entry takes part.
        kinks: how many entries stand where the function has no derivative, so that any slope between the two
            sides is right.
        tolerance: the largest error that passes.
        sentence: the verdict for people.
    """

    verdict: Verdict
    worst: Entry
    entries: tuple[Entry, ...]
    checked: int
    total: int
    along: float
    kinks: int
    tolerance: float
    sentence: str

    def __bool__(self) -> bool:
        return self.verdict == "agrees"

    def table(self) -> Table:
        """Return the worst entries with all their values."""
        rows = tuple(
            (
                each.name,
                number(each.claimed, 10),
                number(each.numerical, 10),
                "–" if each.opened is None else number(each.opened, 10),
                number(each.error, 2),
            )
            for each in self.entries
        )
        notes = (
            f"{self.checked} of {self.total} entries compared one by one, all along a random direction (error "
            f"{number(self.along, 2)}); tolerance {number(self.tolerance, 2)}; {self.kinks} at a kink.",
        )
        columns = ("worst entries", "jax.grad", "difference", "rules, opened", "error")
        return Table(self.sentence, columns, rows, notes)


def check_gradient(
    function: Callable[..., Any], args: Any, *, tolerance: float | None = None, most: int = 1000, key: Any = None
) -> GradientCheck:
    """Compare the gradient of a loss, a layer or a whole model with central differences, in float64.

    A result that is no scalar is weighed with fixed random numbers first, so that no entry can hide in a sum. Where
    the rules of this room, which look inside custom derivatives, side with the differences, the custom derivative is
    what is wrong, and the sentence says so.

    Args:
        function: what to check. Its floats that are arrays, and Python floats handed in directly, are differentiated.
        args: tuple of its arguments, or the only one; modules and other pytrees too.
        tolerance: largest relative error that passes; by default 1e-6, or 1e-2 where the function insists on float32.
        most: how many entries to compare one by one; beyond it they are drawn with ``key``.
        key: a JAX key for the weights, the drawing and the random direction.

    Reference: Stanford CS231n, "Gradient checks".

    >>> check_gradient(lambda x: x**2, 3.0).verdict
    'agrees'
    """
    arguments = read_arguments(function, args, widen=True)
    arguments.require_variables()
    with arguments.precision():
        weigh_key, draw_key, along_key = jax.random.split(jax.random.key(0) if key is None else key, 3)
        scalar, dtype = weighed(function, arguments, weigh_key)
        point = Flat(scalar, arguments)
        claimed = np.asarray(jax.jit(jax.grad(point.value))(point.x))
        chosen = np.sort(np.asarray(jax.random.permutation(draw_key, point.x.size))[:most])
        tolerance = (1e-6 if dtype == np.float64 else 1e-2) if tolerance is None else tolerance
        step = float(jnp.finfo(dtype).eps) ** (1 / 3)
        compared = Comparison(point, claimed, chosen, step, tolerance)
        along = compared.along(jax.random.normal(along_key, point.x.shape))
        opened = opened_gradient(scalar, arguments)
    return compared.verdict(names_of_entries(arguments), opened, along)


def weighed(function: Callable[..., Any], arguments: Arguments, key: Any) -> tuple[Callable[..., Any], Any]:
    """Return the function with one number as its result, and the dtype of what it returned."""
    result = jax.eval_shape(arguments.flat(function), *arguments.values)
    leaves = jax.tree.leaves(result)
    floats = [at for at, leaf in enumerate(leaves) if jnp.issubdtype(leaf.dtype, np.floating)]
    if not floats:
        raise DerivativeError(
            "the function must return floats, but it returns none; there is nothing to differentiate."
        )
    keys = jax.random.split(key, len(leaves))
    alone = len(floats) == 1 and leaves[floats[0]].shape == ()
    weights = [1.0 if alone else jax.random.normal(keys[at], leaves[at].shape, leaves[at].dtype) for at in floats]

    def scalar(*args: Any) -> Any:
        values = jax.tree.leaves(function(*args))
        return sum(jnp.sum(weight * values[at]) for weight, at in zip(weights, floats, strict=True))

    return scalar, min((leaves[at].dtype for at in floats), key=lambda dtype: dtype.itemsize)


class Comparison:
    """Claimed slopes against differences, first at one step size, then at others where the two disagree."""

    def __init__(self, point: Flat, claimed: Any, chosen: Any, step: float, tolerance: float):
        self.point, self.claimed, self.chosen, self.tolerance = point, claimed, chosen, tolerance
        self.scale = max(float(np.max(np.abs(claimed), initial=0.0, where=np.isfinite(claimed))) * 1e-3, 1e-8)
        self.step = step * max(1.0, float(np.mean(np.abs(np.asarray(point.x)))))
        self.numerical = self._slopes(central_difference, self.step, chosen)
        self.errors = self._errors(claimed[chosen], self.numerical)
        self.kinks = 0
        self._look_again()

    def _slopes(self, slope: Slope, step: float, entries: Any) -> Any:
        return np.array(self.point.slopes(slope, step, jnp.asarray(entries)))

    def _errors(self, claimed: Any, found: Any) -> Any:
        size = np.maximum(np.maximum(np.abs(claimed), np.abs(found)), self.scale)
        return np.nan_to_num(np.abs(claimed - found) / size, nan=np.inf, posinf=np.inf)

    def _look_again(self) -> None:
        for factor in STEPS[1:]:
            doubtful = np.flatnonzero(self.errors > self.tolerance)
            if not doubtful.size:
                return
            found = self._slopes(central_difference, self.step * factor, self.chosen[doubtful])
            self._keep_better(doubtful, found)
        self._forgive_kinks()

    def _keep_better(self, places: Any, found: Any) -> None:
        errors = self._errors(self.claimed[self.chosen[places]], found)
        better = errors < self.errors[places]
        self.errors[places[better]], self.numerical[places[better]] = errors[better], found[better]

    def _forgive_kinks(self) -> None:
        """Accept any slope between the two sides where these differ however small the step."""
        doubtful = np.flatnonzero(self.errors > self.tolerance)
        if not doubtful.size:
            return
        entries, step = self.chosen[doubtful], self.step * 1e-2
        right = self._slopes(forward_difference, step, entries)
        left = self._slopes(forward_difference, -step, entries)
        low, high, claimed = np.minimum(left, right), np.maximum(left, right), self.claimed[entries]
        differ = self._errors(left, right) > 1e-2
        between = (claimed >= low - self.scale) & (claimed <= high + self.scale)
        forgiven = doubtful[differ & between]
        self.errors[forgiven], self.kinks = 0.0, len(forgiven)

    def along(self, direction: Any) -> float:
        """Return the error of the slope along a direction that every entry takes part in, at the best step."""
        direction = direction / jnp.linalg.norm(direction)
        claimed = float(jnp.sum(self.claimed * direction))
        slope = lambda step: central_difference(self.point.value, self.point.x, direction, step)
        slopes = jax.jit(partial(jax.lax.map, slope))(self.step * jnp.asarray(STEPS))
        size = max(abs(claimed), self.scale * 1e3 / np.sqrt(len(self.claimed)), 1e-8)
        return float(np.min(np.abs(claimed - np.asarray(slopes)))) / size

    def verdict(self, names: list[str], opened: Any, along: float) -> GradientCheck:
        """Return the outcome."""
        order = np.argsort(-self.errors)[:5]
        entries = tuple(self._entry(int(at), names, opened) for at in order)
        finite = bool(np.isfinite(self.claimed).all())
        hidden = len(self.chosen) < len(self.claimed) and along > 100 * self.tolerance and not self.kinks
        wrong = entries[0].error > self.tolerance or hidden
        verdict: Verdict = "not finite" if not finite else "wrong" if wrong else "agrees"
        return GradientCheck(
            verdict=verdict,
            worst=entries[0],
            entries=entries,
            checked=len(self.chosen),
            total=len(self.claimed),
            along=along,
            kinks=self.kinks,
            tolerance=self.tolerance,
            sentence=sentence(verdict, entries[0], self.tolerance),
        )

    def _entry(self, at: int, names: list[str], opened: Any) -> Entry:
        place = int(self.chosen[at])
        own = None if opened is None else float(opened[place])
        return Entry(names[place], float(self.claimed[place]), float(self.numerical[at]), own, float(self.errors[at]))


def sentence(verdict: Verdict, worst: Entry, tolerance: float) -> str:
    """Return the verdict for people, the likely cause with it."""
    values = f"{worst.name}: jax.grad says {number(worst.claimed, 10)}, differences say {number(worst.numerical, 10)}"
    if verdict == "agrees":
        return f"The gradient agrees with differences of the values; worst entry {values}."
    if verdict == "not finite":
        return f"The gradient is not finite; {values}. Look for log 0, √0, 0/0 or an overflow upstream of it."
    if worst.error <= tolerance:
        return "The gradient is wrong along a random direction, though not in the entries compared; raise most."
    if worst.opened is not None and abs(worst.opened - worst.numerical) < 0.1 * abs(worst.claimed - worst.numerical):
        return (
            f"The gradient is wrong; {values}. The rules of the single operations give {number(worst.opened, 10)}, so "
            "a custom derivative (jax.custom_jvp or jax.custom_vjp) of the author's is at fault."
        )
    return (
        f"The gradient is wrong; {values}. A stop_gradient, a rounding or a step function in the way cuts the "
        "derivative off from the values."
    )


def opened_gradient(function: Callable[..., Any], arguments: Arguments) -> Any:
    """Return the gradient by our own rules, custom derivatives passed by; None where a rule is missing."""
    try:
        found = trace_arguments(function, arguments)
        seeds = seeds_of(found, None)
        back = lambda values: pull_back(found.program, values, seeds, arguments.chosen)[0]
        adjoints = jax.jit(back)(found.program.values)
    except (NoRuleError, NotImplementedError):
        return None
    parts = [adjoints.get(at, jnp.zeros_like(arguments.values[at])) for at in arguments.chosen]
    return np.concatenate([np.ravel(np.asarray(part)) for part in parts])


def names_of_entries(arguments: Arguments) -> list[str]:
    """Return the name of every entry that is differentiated, in order."""
    found = []
    for at in arguments.chosen:
        shape = np.shape(arguments.values[at])
        indices = [str(list(index)) if index else "" for index in np.ndindex(shape)]
        found += [arguments.names[at] + index for index in indices]
    return found
