"""A gallery of learning curves, and how to read them.

Two curves say most of what is wrong. Both high is a network too small, far apart is too much learned by heart, a
jagged line is a rate too high, a steady slope at the end a rate too low or a run too short, and validation below
training is dropout at work.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import ACCENT, QUIET, lines
from examples.gallery.picture import Fact, Panel, Picture

TITLES = {
    "healthy": "Healthy: close together",
    "small": "Underfitting: too small",
    "overfit": "Overfitting: they part",
    "high": "Rate too high: jagged",
    "low": "Rate too low: still falling",
    "dropout": "Dropout: validation lower",
}


def picture(quick: bool = False) -> Picture:
    """Train six networks on digits, a few labelled wrongly, that each do one thing right or wrong."""
    digits = load_digits()
    chance = np.random.default_rng(2)
    labels = np.where(chance.random(1797) < 0.08, chance.integers(0, 10, 1797), digits.target)
    data = tw.read(digits.data, y=labels, split=tw.Split(train=0.5, validation=0.5, test=0.0))
    base = tw.Recipe(
        network=tw.MLP(hidden=(64,)),
        optimizer=tw.SGD(learning_rate=0.05, weight_decay=0.02),
        schedule=tw.Cosine(),
        max_epochs=40,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    changes = {
        "healthy": {},
        "small": {"network.hidden": (2,)},
        "overfit": {"network.hidden": (256, 256), "optimizer": tw.Adam(learning_rate=1e-3), "schedule": tw.Constant()},
        "high": {"optimizer.learning_rate": 2.5, "schedule": tw.Constant(), "optimizer.weight_decay": 0.0},
        "low": {"optimizer.learning_rate": 0.002, "schedule": tw.Constant()},
        "dropout": {"network.dropout": 0.7, "network.hidden": (128, 128)},
    }
    trained = train_side_by_side({name: base.with_settings(change) for name, change in changes.items()}, data)
    training = {name: np.asarray(each.record["training_loss"]) for name, each in trained.items()}
    validation = {name: np.asarray(each.record["validation_loss"]) for name, each in trained.items()}

    apart = validation["healthy"][-1] - training["healthy"][-1]
    assert abs(apart) < 0.3
    assert validation["healthy"][-1] < 1
    assert training["small"][-1] > 2 * training["healthy"][-1]
    assert validation["overfit"][-1] > 1.15 * validation["overfit"].min()
    assert training["overfit"][-1] < validation["overfit"][-1] / 20
    jagged = {name: float(np.std(np.diff(validation[name])[5:])) for name in ("healthy", "high")}
    assert jagged["high"] > 10 * jagged["healthy"]
    slope = 1 - training["low"][-1] / training["low"][-6]
    assert slope > 0.02
    below = float(np.mean(validation["dropout"] < training["dropout"]))
    assert below > 0.8

    panels = [
        Panel(
            title,
            lines({part: curve(trained[name], f"{part}_loss") for part in ("training", "validation")},
                  x="epoch", y={"title": "loss in nats", "range": [0, 2.6]}, colours=(QUIET, ACCENT),
                  dashes=("dash", "solid"), height=270),
            f"{title}, training and validation loss over 40 epochs.",
        )
        for name, title in TITLES.items()
    ]  # fmt: skip
    facts = (
        Fact("healthy: validation − training loss at the end", f"{apart:.2f}", "within ±0.3"),
        Fact(
            "too small: training loss over the healthy one's",
            f"{training['small'][-1] / training['healthy'][-1]:.1f}×",
            "> 2×",
        ),
        Fact(
            "overfitting: last over least validation loss",
            f"{validation['overfit'][-1] / validation['overfit'].min():.2f}×",
            "> 1.15×",
        ),
        Fact("too high: leaps over the healthy one's", f"{jagged['high'] / jagged['healthy']:.0f}×", "> 10×"),
        Fact("too low: fall over the last five epochs", f"{slope:.1%}", "> 2 %"),
        Fact("dropout: epochs with validation below training", f"{below:.0%}", "> 80 %"),
    )
    return Picture(panels, facts, columns=3)
