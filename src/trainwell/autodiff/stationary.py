"""What kind of point a function stands still at: minimum, maximum or saddle, from its gradient and Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import jax
import numpy as np

from trainwell.autodiff.arguments import read_arguments
from trainwell.autodiff.notation import number, shown
from trainwell.autodiff.numerical import Flat
from trainwell.autodiff.tables import Shown, Table

Verdict: TypeAlias = Literal["minimum", "maximum", "saddle", "inconclusive", "not stationary"]

SENTENCES: dict[Verdict, str] = {
    "minimum": "A minimum: the gradient is zero and the function rises in every direction.",
    "maximum": "A maximum: the gradient is zero and the function falls in every direction.",
    "saddle": "A saddle: the gradient is zero, the function rises in some directions and falls in others.",
    "inconclusive": "Inconclusive: the gradient is zero, but along some direction the curvature is zero too.",
    "not stationary": "Not a stationary point: the gradient is not zero.",
}


@dataclass(frozen=True, repr=False)
class StationaryPoint(Shown):
    """A point and what the function does around it.

    Attributes:
        verdict: what kind of point it is.
        value: f there.
        gradient: ∇f, all arguments end to end, ``(n,)``.
        hessian: second derivatives, ``(n, n)``.
        eigenvalues: curvatures along the principal directions, ascending, ``(n,)``.
        directions: those directions, one per column, ``(n, n)``.
        tolerance: up to what size a number counts as zero.
    """

    verdict: Verdict
    value: float
    gradient: Any
    hessian: Any
    eigenvalues: Any
    directions: Any
    tolerance: float

    def table(self) -> Table:
        """Return the curvature along each principal direction."""
        rows = tuple(
            (number(curvature), shown(self.directions[:, at]), bending(curvature, self.tolerance))
            for at, curvature in enumerate(self.eigenvalues)
        )
        notes = (f"f = {number(self.value)}, ∇f = {shown(self.gradient)}.",)
        return Table(SENTENCES[self.verdict], ("eigenvalue", "direction", "along it f"), rows, notes)


def bending(curvature: float, tolerance: float) -> str:
    """Return what a function does along a direction of this curvature."""
    if abs(curvature) <= tolerance:
        return "is flat to second order"
    return "rises both ways" if curvature > 0 else "falls both ways"


def stationary(function: Callable[..., Any], at: Any, *, tolerance: float = 1e-6) -> StationaryPoint:
    """Judge the point ``at`` from the gradient and the eigenvalues of the Hessian, in float64.

    Gradient zero and all eigenvalues positive: a minimum; all negative: a maximum; both signs: a saddle; none
    negative or none positive and some zero: inconclusive.

    Args:
        function: a twice differentiable function with one number as its result.
        at: tuple of its arguments, or the only one.
        tolerance: what counts as zero, relative to the largest curvature where that exceeds 1.

    >>> stationary(lambda x, y: x**2 - y**2, (0.0, 0.0)).verdict
    'saddle'
    >>> stationary(lambda x, y: x**2 + y**2, (0.0, 0.0)).verdict
    'minimum'
    """
    arguments = read_arguments(function, at, widen=True)
    arguments.require_variables()
    with arguments.precision():
        point = Flat(function, arguments)
        value, gradient = jax.jit(jax.value_and_grad(point.value))(point.x)
        hessian = np.asarray(jax.jit(jax.hessian(point.value))(point.x))
    eigenvalues, directions = np.linalg.eigh((hessian + hessian.T) / 2)
    zero = tolerance * max(1.0, float(np.max(np.abs(eigenvalues))))
    slope = np.asarray(gradient)
    verdict = judge(float(np.max(np.abs(slope))), eigenvalues, zero)
    return StationaryPoint(verdict, float(value), slope, hessian, eigenvalues, directions, zero)


def judge(slope: float, eigenvalues: Any, zero: float) -> Verdict:
    """Return the verdict on a point with this steepest slope and these curvatures.

    >>> judge(0.0, np.array([0.0, 1.0]), 1e-6), judge(0.5, np.array([1.0]), 1e-6)
    ('inconclusive', 'not stationary')
    """
    if not slope <= zero:
        return "not stationary"
    rises, falls = bool(np.any(eigenvalues > zero)), bool(np.any(eigenvalues < -zero))
    if rises and falls:
        return "saddle"
    if np.any(np.abs(eigenvalues) <= zero):
        return "inconclusive"
    return "minimum" if rises else "maximum"
