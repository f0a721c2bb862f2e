"""The dying ReLU.

One step too large can push a ReLU so far down that it is zero for every row. Its slope is then zero too, so it never
comes back. A leaky ReLU keeps a slope of 0.01 below zero, so nothing is dead for good: at rates that are too high for
it, it diverges for all to see.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import train_side_by_side
from examples.gallery.drawing import ACCENT, GUIDE, lines
from examples.gallery.picture import Fact, Panel, Picture


def picture(quick: bool = False) -> Picture:
    """Train with ever larger rates and count the units that are zero on every row of the probe."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    rates = (0.05, 0.5, 3.0) if quick else (0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(64, 64), activation="relu"),
        optimizer=tw.SGD(learning_rate=0.05),
        schedule=tw.Constant(),
        max_epochs=12 if quick else 30,
        early_stopping=None,
        seed=0,
    )
    recipes = {
        (kind, rate): recipe.with_settings({"network.activation": kind, "optimizer.learning_rate": rate})
        for kind in ("relu", "leaky_relu")
        for rate in rates
    }
    trained = train_side_by_side(recipes, data)
    dead = {which: float(np.mean(each.record["dead_share"][-1])) for which, each in trained.items()}
    loss = {which: float(each.record["training_loss"][-1]) for which, each in trained.items()}

    settled = [rate for rate in rates if np.isfinite(loss["leaky_relu", rate])]

    assert dead["relu", 0.05] < 0.05
    assert dead["relu", 3.0] > 0.8
    assert loss["relu", 3.0] > 1
    assert all(dead["leaky_relu", rate] == 0 for rate in settled)
    assert len(settled) >= 2

    names = {"relu": "ReLU", "leaky_relu": "leaky ReLU"}
    rate_axis = {"title": "learning rate", "type": "log", "dtick": None, "tickvals": [0.05, 0.1, 0.2, 0.5, 1, 2, 3]}
    style = {"colours": (GUIDE, ACCENT), "dashes": ("solid", "dash")}
    figure = lines(
        {names[kind]: (rates, [share(dead[kind, rate], loss[kind, rate]) for rate in rates]) for kind in names},
        x=rate_axis,
        y={"title": "units that are 0 on every row, %", "range": [-3, 103]},
        **style,
    ).update_traces(mode="lines+markers")
    after = lines(
        {names[kind]: (rates, [loss[kind, rate] for rate in rates]) for kind in names},
        x=rate_axis,
        y={"title": "training loss after the last epoch", "type": "log"},
        **style,
    ).update_traces(mode="lines+markers")
    panels = (
        Panel(
            "Dead units (a missing point diverged)",
            figure,
            "With ReLU the share of dead units rises steeply at high rates.",
        ),
        Panel("What is still learned", after, "Where nearly all are dead, the loss is high."),
    )
    facts = (
        Fact("dead ReLUs at a rate of 0.05", f"{dead['relu', 0.05]:.0%}", "< 5 %"),
        Fact("dead ReLUs at a rate of 3", f"{dead['relu', 3.0]:.0%}", "> 80 %"),
        Fact("training loss with ReLU at a rate of 3, nats", f"{loss['relu', 3.0]:.2f}", "> 1"),
        Fact(f"dead leaky ReLUs at rates up to {max(settled):g} (it diverges above)", "0%", "0 %"),
    )
    return Picture(panels, facts)


def share(dead: float, loss: float) -> float:
    """Return the dead share in per cent; none where the run diverged."""
    return 100 * dead if np.isfinite(loss) else np.nan
