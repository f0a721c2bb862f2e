"""The loss landscape around a trained network.

Walk from the trained weights in two random directions, each unit's weights scaled to the length of those it meets
(Li et al. 2018), and the loss can be seen. Around a deep plain network the ground is steep and bent; residual
connections make it wider. Level lines are drawn at equal factors of the loss.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import model_of, train_side_by_side
from examples.gallery.drawing import ACCENT, GUIDE, contours, lines
from examples.gallery.picture import Fact, Panel, Picture

BLOCKS, WIDTH, REACH = 10, 32, 0.25

#: How many pairs of random directions are measured; the first is drawn.
PAIRS = 3
DIRECTIONS = ("first direction", "second direction")


def recipe(shortcuts, epochs):
    """Return the recipe of twenty layers in blocks of two, each block with or without a shortcut around it."""
    block = [
        tw.layers.Linear(units=WIDTH),
        tw.layers.Activation(),
        tw.layers.Linear(units=WIDTH),
        tw.layers.Activation(),
    ]
    blocks = [tw.layers.Residual(layers=block)] * BLOCKS if shortcuts else block * BLOCKS
    return tw.Recipe(
        network=tw.Sequential([tw.layers.Linear(units=WIDTH), tw.layers.Activation(), *blocks]),
        optimizer=tw.Adam(learning_rate=1e-3),
        schedule=tw.Cosine(),
        gradient_clipping=1.0,
        max_epochs=epochs,
        early_stopping=None,
        telemetry=False,
        seed=2,
    )


def direction(parameters, key):
    """Return a random step of the parameters' shape; every row of weights is as long as the row it is added to."""
    leaves, tree = jax.tree.flatten(parameters)

    def scaled(leaf, own):
        if leaf.ndim < 2:
            return jnp.zeros_like(leaf)
        drawn = jax.random.normal(own, leaf.shape)
        return drawn * jnp.linalg.norm(leaf, axis=1, keepdims=True) / jnp.linalg.norm(drawn, axis=1, keepdims=True)

    return tree.unflatten(
        [scaled(leaf, own) for leaf, own in zip(leaves, jax.random.split(key, len(leaves)), strict=True)]
    )


def landscape(model, frame, answers, ticks):
    """Return the mean loss over grids of two directions ``(pairs, ticks, ticks)``, all in one compiled program."""
    inputs = jnp.asarray(model.encoder.transform(frame))
    weights, rest = eqx.partition(model.network, eqx.is_inexact_array)

    def loss(a, b, first, second):
        moved = jax.tree.map(lambda w, u, v: w + a * u + b * v, weights, first, second)
        network = eqx.combine(moved, rest)
        logits = jax.vmap(lambda row: network(row, model.network_state)[0])(inputs)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), answers[:, None], axis=1))

    def grid(key):
        pair = [direction(weights, own) for own in jax.random.split(key)]
        return jax.lax.map(lambda b: jax.vmap(lambda a: loss(a, b, *pair))(ticks), ticks)

    return np.asarray(jax.jit(lambda keys: jax.lax.map(grid, keys))(jax.random.split(jax.random.key(0), PAIRS)))


def picture(quick: bool = False) -> Picture:
    """Train both networks, then look at grids of losses around each."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target, split=tw.Split(train=0.8, validation=0.0, test=0.2))
    seen = data.parts.train[: 128 if quick else 384]
    ticks = jnp.linspace(-REACH, REACH, 13 if quick else 41)
    recipes = {kind: recipe(kind == "residual", 60) for kind in ("plain", "residual")}
    trained = train_side_by_side(recipes, data)
    answers = jnp.asarray(digits.target[seen])
    grounds = {kind: landscape(model_of(own, data), digits.data[seen], answers, ticks) for kind, own in trained.items()}
    ground = {kind: pairs[0] for kind, pairs in grounds.items()}
    ticks, middle = np.asarray(ticks), len(ticks) // 2
    low = {kind: float(loss[middle, middle]) for kind, loss in ground.items()}
    near = {kind: float(np.mean(pairs < np.log(10) / 4)) for kind, pairs in grounds.items()}

    assert all(value < 0.1 for value in low.values())
    assert all(loss.min() > low[kind] - 0.02 for kind, loss in ground.items())
    assert near["residual"] > 1.5 * near["plain"]

    panels = [
        Panel(
            title,
            contours(ticks, ticks, np.log10(np.minimum(ground[kind], 30) + 0.01), axes=DIRECTIONS,
                     marks={"trained": (0, 0)}, lines=18, height=330),
            f"The loss around the {kind} network's trained weights.",
        )
        for kind, title in (("plain", "Plain, 22 layers"), ("residual", "The same with shortcuts"))
    ]  # fmt: skip
    cut = lines(
        {kind: (ticks, ground[kind][middle]) for kind in ground},
        x="distance along the first direction",
        y={"title": "loss in nats", "type": "log"},
        colours=(GUIDE, ACCENT),
        dashes=("dash", "solid"),
    )
    panels.append(Panel("A cut through both", cut, "The residual network's valley is wider than the plain one's."))
    facts = (
        Fact("loss at the trained weights: plain, residual", f"{low['plain']:.1e}, {low['residual']:.1e}", "< 0.1"),
        Fact(
            "least loss anywhere on both grids, below the middle",
            f"{max(low[k] - ground[k].min() for k in low):.3f}",
            "< 0.02",
        ),
        Fact(
            "share of the ground with a loss below ¼ log 10, three pairs of directions",
            f"{near['plain']:.1%}, {near['residual']:.1%}",
            "1.5× more with shortcuts",
        ),
    )
    return Picture(panels, facts, columns=3)
