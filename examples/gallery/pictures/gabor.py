"""The Gabor model's cost surface, with full batches and mini-batches.

Two parameters, many valleys: f[x, φ] = sin(φ₀ + 0.06φ₁x) · exp(−(φ₀ + 0.06φ₁x)²/32). From the same start, descent on
all rows rolls into the nearest minimum and stays; the noise of mini-batches can carry it over the ridge into a better
one.
"""

import jax
import jax.numpy as jnp
import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, GUIDE, contours, dots, lines
from examples.gallery.picture import Fact, Panel, Picture
from examples.gallery.surface import descend, heights

ROWS, BATCH, STEPS, RATE, TRUTH = 30, 5, 600, 0.1, (0.0, 16.6)


def gabor(x, point):
    """Return the model's curve at ``x``."""
    wave = point[0] + 0.06 * point[1] * x
    return jnp.sin(wave) * jnp.exp(-(wave**2) / 32)


def observed():
    """Return 30 noisy observations of the true curve."""
    noise = np.random.default_rng(0)
    x = noise.uniform(-15, 15, ROWS)
    return jnp.asarray(x), gabor(x, TRUTH) + 0.1 * noise.standard_normal(ROWS)


def picture(quick: bool = False) -> Picture:
    """Descend from several starts with all rows, and with five rows a step; both in one compiled program each."""
    x, y = observed()
    cost = lambda point, rows: jnp.sum((gabor(x[rows], point) - y[rows]) ** 2) * (ROWS / rows.shape[0])
    whole = lambda point: cost(point, jnp.arange(ROWS))
    rule = tw.SGD().transformation(RATE)
    starts = jnp.stack(jnp.meshgrid(jnp.linspace(-8, 8, 9), jnp.linspace(3, 21, 7)), axis=-1).reshape(-1, 2)

    def paths(start, key):
        epochs = STEPS * BATCH // ROWS + 1
        shuffled = jax.vmap(lambda own: jax.random.permutation(own, ROWS))(jax.random.split(key, epochs))
        batches = shuffled.reshape(-1, BATCH)[:STEPS]
        everything = jnp.tile(jnp.arange(ROWS), (STEPS, 1))
        return descend(jax.grad(cost), start, rule, everything), descend(jax.grad(cost), start, rule, batches)

    full, mini = map(np.asarray, jax.jit(jax.vmap(paths))(starts, jax.random.split(jax.random.key(4), len(starts))))
    final = {name: np.asarray(jax.vmap(whole)(path[:, -1])) for name, path in (("full", full), ("mini", mini))}
    lowest = float(min(final["full"].min(), final["mini"].min()))
    good = {name: float(np.mean(values < lowest + 1)) for name, values in final.items()}
    inside = (np.abs(mini[..., 0]).max(axis=1) < 9) & (np.abs(mini[..., 1] - 12.5).max(axis=1) < 10)
    gain = np.where(inside & (final["mini"] < lowest + 1), final["full"] - final["mini"], -np.inf)
    rescued = int(np.argmax(gain))
    fall = np.asarray(jax.vmap(whole)(full[rescued]))
    noisy = np.asarray(jax.vmap(whole)(mini[rescued]))

    assert len(np.unique(final["full"].round(1))) > 3
    uphill = [int((np.diff(costs) > 1e-4).sum()) for costs in (fall, noisy)]
    assert uphill[0] == 0
    assert uphill[1] > 20
    assert good["mini"] > good["full"]
    assert final["mini"][rescued] < final["full"][rescued] / 2

    a, b = np.linspace(-9, 9, 91), np.linspace(2.5, 22.5, 91)
    surface = contours(a, b, heights(whole, a, b), axes=("φ₀", "φ₁"), lines=22, height=320, colours=(ACCENT, GUIDE),
                       paths={"all 30 rows": full[rescued], "5 rows a step": mini[rescued]})  # fmt: skip
    steps = np.arange(STEPS + 1)
    cost_lines = lines({"all 30 rows": (steps, fall), "5 rows a step": (steps, noisy)}, x="step",
                       y="cost over all rows", colours=(ACCENT, GUIDE), height=320)  # fmt: skip
    line = np.linspace(-15, 15, 200)
    curves = {"all 30 rows": full[rescued, -1], "5 rows a step": mini[rescued, -1]}
    fit = lines({name: (line, gabor(line, point)) for name, point in curves.items()}, x="x", y="f[x, φ]",
                colours=(ACCENT, GUIDE), height=320)  # fmt: skip
    fit.add_traces(dots({"data": (x, y)}, x="x", y="y", size=5).data)
    panels = (
        Panel("Two paths from one start", surface, "One path ends in a near valley, one beyond."),
        Panel(
            "The cost along them", cost_lines, "All rows: ever downward. Five rows: up and down, and lower in the end."
        ),
        Panel("The curves they end at", fit, "The mini-batch path's curve follows the data; the other does not."),
    )
    facts = (
        Fact("different costs that full batches end at, 63 starts", str(len(np.unique(final["full"].round(1)))), "> 3"),
        Fact("steps uphill: all rows, 5 rows", f"{uphill[0]}, {uphill[1]}", "0, > 20"),
        Fact("starts that reach the lowest minimum, all rows", f"{good['full']:.0%}", "fewer than below"),
        Fact("starts that reach the lowest minimum, 5 rows", f"{good['mini']:.0%}", "more than above"),
        Fact("final cost from the start shown: all rows, 5 rows",
             f"{final['full'][rescued]:.2f}, {final['mini'][rescued]:.2f}", "less than half"),
    )  # fmt: skip
    return Picture(panels, facts, columns=3)
