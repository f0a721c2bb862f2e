"""Activation functions and their derivatives.

A unit passes its weighted sum through a bend; learning passes through the bend's slope. The sigmoid's slope never
exceeds 1/4 and dies on both sides; ReLU's is 1 or 0; its smooth relatives keep a little slope below zero.
"""

import jax
import jax.numpy as jnp
import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, GUIDE, lines
from examples.gallery.picture import Fact, Panel, Picture

SHOWN = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "softplus", "gelu", "mish")


def picture(quick: bool = False) -> Picture:
    """Evaluate each function and, by automatic differentiation, its slope."""
    z = jnp.linspace(-5, 5, 201)
    functions = {name: tw.activations.ACTIVATIONS[name] for name in SHOWN}
    values = {name: np.asarray(function(z)) for name, function in functions.items()}
    slopes = {name: np.asarray(jax.vmap(jax.grad(function))(z)) for name, function in functions.items()}

    steepest = slopes["sigmoid"].max()
    assert abs(steepest - 0.25) < 1e-6
    assert abs(slopes["tanh"].max() - 1) < 1e-6
    assert set(np.unique(slopes["relu"][z != 0])) == {0.0, 1.0}
    off = np.abs(slopes["softplus"] - values["sigmoid"]).max()
    assert off < 1e-6
    faint = slopes["sigmoid"][0]
    assert faint < 0.01

    panels = [
        Panel(
            name.replace("_", " "),
            lines(
                {"value": (z, values[name]), "slope": (z, slopes[name])},
                x="z",
                y={"title": "f(z), f′(z)", "range": [-1.9, 3.1]},
                colours=(ACCENT, GUIDE),
                dashes=("solid", "dash"),
                height=240,
            ),
            f"The function {name} and its derivative from −5 to 5.",
        )
        for name in SHOWN
    ]
    facts = (
        Fact("greatest slope of the sigmoid", f"{steepest:.4f}", "1/4"),
        Fact("slope of the sigmoid at −5", f"{faint:.4f}", "< 0.01"),
        Fact("greatest slope of tanh", f"{slopes['tanh'].max():.4f}", "1"),
        Fact("largest distance of softplus′ from the sigmoid", f"{off:.1e}", "< 1e-6"),
    )
    return Picture(panels, facts, columns=3)
