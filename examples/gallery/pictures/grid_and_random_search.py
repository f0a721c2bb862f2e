"""Grid search against random search.

Of two hyperparameters usually one matters. A grid of nine trials tries three values of it, random search nine: so with
the same effort random search nearly always finds the better one (Bergstra & Bengio 2012).
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.drawing import ACCENT, GUIDE, dots
from examples.gallery.picture import Fact, Panel, Picture

RATE, DECAY = "optimizer.learning_rate", "optimizer.weight_decay"


def picture(quick: bool = False) -> Picture:
    """Search a rate that matters and a decay that does not, with nine trials each way."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(32,)),
        optimizer=tw.SGD(learning_rate=0.1, weight_decay=1e-6),
        schedule=tw.Constant(),
        max_epochs=2,
        early_stopping=None,
        telemetry=False,
    )
    space = recipe.vary({RATE: tw.loguniform(1e-4, 30.0), DECAY: tw.loguniform(1e-8, 1e-4)})
    grid = tw.tune(space, data, trials=9, strategy="grid").trials
    seeds = range(2 if quick else 12)
    random = [tw.tune(space, data, trials=9, strategy="random", seed=seed).trials for seed in seeds]
    shown = {"grid": grid, "random": random[0]}
    distinct = {name: len(np.unique(trials[RATE].to_numpy().round(12))) for name, trials in shown.items()}
    best_grid = grid["value"].max()
    wins = np.mean([trials["value"].max() > best_grid for trials in random])

    spread = max(float(np.ptp(own["value"].to_numpy())) for _, own in grid.group_by(RATE))

    assert spread < 0.02
    assert distinct == {"grid": 3, "random": 9}
    assert random[0]["value"].max() > best_grid or quick
    assert wins >= 0.5

    style = {"colours": (GUIDE, ACCENT)}
    where = dots(
        {name: (trials[RATE], trials[DECAY]) for name, trials in shown.items()},
        x={"title": "learning rate (matters)", "type": "log"},
        y={"title": "weight decay (does not)", "type": "log"},
        size=10,
        **style,
    )
    scores = dots(
        {name: (trials[RATE], trials["value"]) for name, trials in shown.items()},
        x={"title": "learning rate (matters)", "type": "log"},
        y={"title": "validation accuracy", "range": [0, 1.05]},
        size=10,
        **style,
    )
    panels = (
        Panel("Nine trials each", where, "The grid's nine points share three rates; random search has nine."),
        Panel("What they found", scores, "Random search comes nearer to the top of the curve."),
    )
    facts = (
        Fact("largest change of accuracy by decay alone", f"{spread:.3f}", "< 0.02"),
        Fact("distinct learning rates: grid, random", f"{distinct['grid']}, {distinct['random']}", "3, 9"),
        Fact("best accuracy of the grid", f"{best_grid:.3f}", "for comparison"),
        Fact("random searches that beat the grid", f"{wins:.0%} of {len(random)}", "≥ 50 %"),
    )
    return Picture(panels, facts)
