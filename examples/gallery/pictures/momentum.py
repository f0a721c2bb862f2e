"""Momentum in a narrow valley.

Across the valley plain gradient descent must take short steps, so along it it crawls. Momentum adds up the steps that
agree: 0.8 to 0.9 arrives several times sooner, 0.99 overshoots and swings. Nesterov looks ahead first and swings
less. (× is the minimum.)
"""

import jax
import jax.numpy as jnp
import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, GUIDE, contours, depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture
from examples.gallery.surface import descend, heights

CURVATURES, START, RATE, STEPS = jnp.array([1.0, 60.0]), (-9.0, 1.2), 0.015, 1500
MOMENTA = (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99)


def valley(point):
    """Return ½(x² + 60 y²)."""
    return 0.5 * jnp.sum(CURVATURES * point**2)


def paths(nesterov):
    """Return the path of every momentum ``(momenta, steps + 1, 2)``, all in one compiled program."""
    optimizer = tw.SGD(momentum=0.5, nesterov=nesterov)

    def path(momentum):
        rule = optimizer.with_knobs({"momentum": momentum}).transformation(RATE)
        return descend(lambda point, _: jax.grad(valley)(point), START, rule, jnp.arange(STEPS))

    return np.asarray(jax.jit(jax.vmap(path))(jnp.array(MOMENTA)))


def picture(quick: bool = False) -> Picture:
    """Count the steps until the distance to the minimum stays below a hundredth of the start's."""
    plain, nesterov = (dict(zip(MOMENTA, paths(ahead), strict=True)) for ahead in (False, True))
    needed = {name: {m: arrival(path) for m, path in own.items()} for name, own in (("plain", plain), ("n", nesterov))}
    heavy, ahead = needed["plain"], needed["n"]
    swing = {name: np.abs(path[:, 0].max()) for name, path in (("plain", plain[0.95]), ("n", nesterov[0.95]))}

    assert heavy[0.9] < heavy[0.0] / 2
    assert heavy[0.99] > heavy[0.9]
    assert ahead[0.95] < heavy[0.95]
    assert swing["n"] < swing["plain"]

    x, y = np.linspace(-10, 6, 81), np.linspace(-1.6, 1.6, 61)
    surface = heights(valley, x, y)
    shown = [
        contours(x, y, surface, axes=("x", "y"), paths=chosen, marks={"": (0, 0)}, lines=14, height=320,
                 colours=colours)
        for chosen, colours in (
            ({"momentum 0": plain[0.0][:60], "0.8": plain[0.8][:60], "0.95": plain[0.95][:60]}, depth_colours(3)),
            ({"momentum 0.95": plain[0.95][:80], "Nesterov 0.95": nesterov[0.95][:80]}, (GUIDE, ACCENT)),
        )
    ]  # fmt: skip
    count = lines(
        {"momentum": (MOMENTA, list(heavy.values())), "Nesterov": (MOMENTA, list(ahead.values()))},
        x="μ, how much of the last step is kept",
        y={"title": "steps to arrive", "type": "log", "dtick": None, "tickvals": [10, 20, 50, 100, 200, 500, 1000]},
        colours=(GUIDE, ACCENT),
        dashes=("dash", "solid"),
    ).update_traces(mode="lines+markers")
    panels = (
        Panel("60 steps down ½(x² + 60y²)", shown[0], "Without momentum the path crawls; with 0.95 it overshoots."),
        Panel("Heavy ball and Nesterov, 80 steps", shown[1], "Nesterov's path swings less about the minimum."),
        Panel("Steps until 99 % of the way", count, "Fewest near 0.9, more on both sides."),
    )
    facts = (
        Fact("steps with momentum 0", str(heavy[0.0]), "> 2× those with 0.9"),
        Fact("steps with momentum 0.9", str(heavy[0.9]), "< half of those with 0"),
        Fact("steps with momentum 0.99", str(heavy[0.99]), "> those with 0.9"),
        Fact("steps with 0.95: plain, Nesterov", f"{heavy[0.95]}, {ahead[0.95]}", "Nesterov fewer"),
        Fact("overshoot with 0.95: plain, Nesterov", f"{swing['plain']:.1f}, {swing['n']:.1f}", "Nesterov less"),
    )
    return Picture(panels, facts, columns=3)


def arrival(path):
    """Return the first step after which the path stays within a hundredth of its first distance."""
    far = np.linalg.norm(path, axis=1) > 0.01 * np.linalg.norm(path[0])
    return int(np.flatnonzero(far)[-1]) + 1
