"""Numerical differentiation's dilemma: a step neither too large nor too small.

A difference quotient with a large step cuts the curve's bend off; with a tiny step only rounding is left. The error
is U-shaped, and the best step is far from the smallest. A complex step subtracts nothing and has no such right side.
"""

import jax.numpy as jnp
import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, GUIDE, INK, lines
from examples.gallery.picture import Fact, Panel, Picture

METHODS = ("forward", "central", "complex")


def function(x):
    """Sum eˣ sin 3x over several points, so that no difference is exact by luck."""
    return jnp.sum(jnp.exp(x) * jnp.sin(3 * x))


def picture(quick: bool = False) -> Picture:
    """Compare three difference methods with automatic differentiation over fifteen decades of steps."""
    found = tw.autodiff.step_sizes(function, jnp.linspace(0.1, 2, 20), METHODS, np.logspace(-15, 0, 46))
    steps, errors = np.asarray(found.steps), {name: np.asarray(errors) for name, errors in found.errors.items()}
    least = {name: values.min() for name, values in errors.items()}
    tiny = steps.argmin()

    assert 1e-9 < found.best["forward"] < 1e-6
    assert 1e-7 < found.best["central"] < 1e-4
    assert least["central"] < least["forward"] / 10
    assert errors["central"][tiny] > 1e4 * least["central"]
    assert errors["complex"][tiny] < 1e-12

    shown = {name: (steps, np.maximum(values, 1e-17)) for name, values in errors.items()}
    figure = lines(
        {f"{name} difference" if name != "complex" else "complex step": curve for name, curve in shown.items()},
        x={"title": "step h", "type": "log", "dtick": 3},
        y={"title": "relative error", "type": "log", "dtick": 4},
        colours=(GUIDE, ACCENT, INK),
        dashes=("dash", "solid", "dot"),
        height=380,
    )
    panels = (
        Panel(
            "Largest error of f′(x) against the step, f(x) = eˣ sin 3x at 20 points",
            figure,
            "The errors of forward and central differences are U-shaped; the complex step's falls and stays.",
        ),
    )
    facts = (
        Fact("best step of forward differences", f"{found.best['forward']:.1e}", "1e-9 … 1e-6 (about √ε)"),
        Fact("best step of central differences", f"{found.best['central']:.1e}", "1e-7 … 1e-4 (about ∛ε)"),
        Fact("least error, forward over central", f"{least['forward'] / least['central']:.0f}×", "> 10×"),
        Fact(
            "central error at h = 1e-15 over its least", f"{errors['central'][tiny] / least['central']:.0e}×", "> 1e4×"
        ),
        Fact("complex step's error at h = 1e-15", f"{errors['complex'][tiny]:.0e}", "< 1e-12"),
    )
    return Picture(panels, facts, columns=1)
