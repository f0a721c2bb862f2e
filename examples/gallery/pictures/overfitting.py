"""Overfitting, and two cures.

A large network learns few rows by heart, wrong labels and all: the training loss goes to zero while the validation
loss turns and climbs. Dropout keeps the two together; early stopping keeps the weights of the epoch at which they
parted.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import ACCENT, QUIET, lines
from examples.gallery.picture import Fact, Panel, Picture


def picture(quick: bool = False) -> Picture:
    """Train on 360 digits, some labelled wrongly: plainly, with dropout, and with early stopping."""
    digits = load_digits()
    chance = np.random.default_rng(1)
    labels = np.where(chance.random(1200) < 0.15, chance.integers(0, 10, 1200), digits.target[:1200])
    data = tw.read(digits.data[:1200], y=labels, split=tw.Split(train=0.3, validation=0.7, test=0.0))
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(256, 256)),
        optimizer=tw.Adam(learning_rate=1e-3),
        schedule=tw.Constant(),
        batch_size=32,
        max_epochs=60,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    dropout = {"network.dropout": 0.6, "network.input_dropout": 0.2}
    recipes = {
        "no regularization": recipe,
        "dropout": recipe.with_settings(dropout),
        "early stopping": recipe.with_settings({"early_stopping": tw.EarlyStopping(patience=5)}),
    }
    trained = train_side_by_side(recipes, data)
    records = {name: each.record for name, each in trained.items()}
    validation = {name: np.asarray(record["validation_loss"]) for name, record in records.items()}
    climb = {name: float(values[-1] / values.min()) for name, values in validation.items()}
    gap = {name: float(values[-1] - records[name]["training_loss"][-1]) for name, values in validation.items()}
    stopped = len(validation["early stopping"])
    best = int(records["early stopping"].facts["best_epoch"])

    assert climb["no regularization"] > 1.3
    assert validation["dropout"].min() < validation["no regularization"].min()
    assert gap["dropout"] < gap["no regularization"] / 1.5
    assert best < stopped < 30

    panels = []
    for name, own in trained.items():
        figure = lines(
            {"training": curve(own, "training_loss"), "validation": curve(own, "validation_loss")},
            x={"title": "epoch", "range": [0, 61]},
            y={"title": "loss in nats", "range": [0, 2.4]},
            colours=(QUIET, ACCENT),
            dashes=("dash", "solid"),
        )
        if name == "early stopping":
            figure.add_vline(x=best, line={"color": "#b4571f", "width": 1.5, "dash": "dot"})
            figure.add_annotation(
                x=best, y=1, yref="paper", text=f" kept: epoch {best}", showarrow=False, xanchor="left"
            )
        panels.append(Panel(name, figure, f"Training and validation loss with {name}."))
    facts = (
        Fact("last over least validation loss, plain", f"{climb['no regularization']:.2f}×", "> 1.3×"),
        Fact("least validation loss: plain, dropout",
             f"{validation['no regularization'].min():.3f}, {validation['dropout'].min():.3f}", "lower with dropout"),
        Fact("gap between the losses at the end: plain, dropout",
             f"{gap['no regularization']:.2f}, {gap['dropout']:.2f}", "1.5× smaller"),
        Fact("early stopping: best epoch, epochs trained", f"{best}, {stopped}", "best < trained < 30 of 60"),
    )  # fmt: skip
    return Picture(panels, facts, columns=3)
