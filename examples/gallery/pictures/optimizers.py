"""Optimizers race: down a bent valley, and off a saddle.

In the bent valley every rule finds the floor soon; what differs is how it gets along it. On the saddle the slope is
almost nothing: plain descent lingers, while rules that divide by the gradient's size leave at once.
"""

import jax
import jax.numpy as jnp
import numpy as np

import trainwell as tw
from examples.gallery.drawing import contours, depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture
from examples.gallery.surface import descend, heights

STEPS = 400
#: Rule, its rate in the valley, its rate on the saddle.
RACERS = {
    "SGD": (tw.SGD(), 0.003, 0.02),
    "momentum": (tw.SGD(momentum=0.9), 0.002, 0.02),
    "AdaGrad": (tw.AdaGrad(), 0.3, 0.3),
    "RMSProp": (tw.RMSProp(), 0.02, 0.02),
    "Adam": (tw.Adam(), 0.1, 0.1),
}


def bent_valley(point):
    """Return a tame Rosenbrock function, (1 − x)² + 10 (y − x²)², lowest at (1, 1)."""
    x, y = point
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


def saddle(point):
    """Return x² − y² + y⁴/8: a saddle at 0 between the two minima at y = ±2."""
    x, y = point
    return x**2 - y**2 + y**4 / 8


def race(function, start, place):
    """Return every racer's path ``(steps + 1, 2)``, all in one compiled program."""

    def all_paths():
        step = lambda point, _: jax.grad(function)(point)
        return {
            name: descend(step, jnp.array(start), rule.transformation(rates[place]), jnp.arange(STEPS))
            for name, (rule, *rates) in RACERS.items()
        }

    paths = jax.jit(all_paths)()
    return {name: np.asarray(paths[name]) for name in RACERS}


def picture(quick: bool = False) -> Picture:
    """Race on both surfaces and count steps."""
    down, off = race(bent_valley, (-1.5, 1.6), 0), race(saddle, (1.5, 1e-3), 1)
    fall = {name: np.asarray(jax.vmap(bent_valley)(path)) for name, path in down.items()}
    escaped = {name: int(np.argmax(np.abs(path[:, 1]) > 1)) for name, path in off.items()}
    point = tw.autodiff.stationary(lambda x, y: saddle((x, y)), (0.0, 0.0))

    assert point.verdict == "saddle"
    assert all(escaped.values())
    assert all(values[-1] < values[0] / 10 for values in fall.values())
    assert fall["momentum"][-1] < fall["SGD"][-1]
    assert escaped["Adam"] < escaped["SGD"] / 4
    assert escaped["RMSProp"] < escaped["SGD"]

    style = {"colours": depth_colours(5)}
    x, y = np.linspace(-1.9, 1.9, 81), np.linspace(-0.9, 2.6, 81)
    valley = contours(x, y, np.log10(heights(bent_valley, x, y) + 0.03), axes=("x", "y"), paths=down,
                      marks={"minimum": (1, 1)}, height=430, **style)  # fmt: skip
    x, y = np.linspace(-1.9, 1.9, 81), np.linspace(-0.6, 2.6, 81)
    pass_ = contours(x, y, heights(saddle, x, y), axes=("x", "y"), paths=off, lines=22,
                     marks={"saddle": (0, 0), "minimum": (0, 2)}, height=430, **style)  # fmt: skip
    steps = np.arange(STEPS + 1)
    dashes = ("solid", "dash", "dot", "dashdot", "solid")
    loss = lines({name: (steps, values) for name, values in fall.items()}, x="step", dashes=dashes,
                 y={"title": "height in the valley", "type": "log"}, **style)  # fmt: skip
    leaving = lines({name: (steps, np.abs(path[:, 1])) for name, path in off.items()}, x="step", dashes=dashes,
                    y={"title": "|y|, distance from the saddle", "type": "log"}, **style)  # fmt: skip
    panels = (
        Panel("Down a bent valley", valley, "Five paths from the upper left along a bent valley to its minimum."),
        Panel("Off a saddle", pass_, "Five paths that come down to a saddle and leave it towards a minimum."),
        Panel("Height over the steps, valley", loss, "All fall by a factor of ten or more; some far further."),
        Panel("Distance from the saddle over the steps", leaving, "Adam leaves first, SGD among the last."),
    )
    facts = (
        Fact("the point (0, 0), by its Hessian", point.verdict, "saddle"),
        Fact(
            "height after 400 steps: SGD, momentum",
            f"{fall['SGD'][-1]:.1e}, {fall['momentum'][-1]:.1e}",
            "momentum lower",
        ),
        Fact("steps to leave the saddle, SGD", str(escaped["SGD"]), "> 4× Adam's"),
        Fact("steps to leave the saddle, Adam", str(escaped["Adam"]), "< SGD's / 4"),
        Fact("steps to leave the saddle, RMSProp", str(escaped["RMSProp"]), "< SGD's"),
    )
    return Picture(panels, facts)
