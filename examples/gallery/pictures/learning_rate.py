"""The learning rate: too low, good, too high.

The most important number. Too low, and the loss is still falling when the time is up; too high, and it leaps about or
runs away. Good rates span little more than one decade, and lie just below the ones that diverge.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import ACCENT, depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture


def picture(quick: bool = False) -> Picture:
    """Train one network with many rates, all in one compiled program."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(64, 64)),
        optimizer=tw.SGD(learning_rate=0.1),
        schedule=tw.Constant(),
        batch_size=64,
        max_epochs=10 if quick else 30,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    rates = np.logspace(-4, 1.5, 12 if quick else 23)
    recipes = {rate: recipe.with_settings({"optimizer.learning_rate": float(rate)}) for rate in rates}
    chosen = {"too low: 0.001": 0.001, "good: 0.3": 0.3, "too high: 3": 3.0}
    shown = {name: recipe.with_settings({"optimizer.learning_rate": rate}) for name, rate in chosen.items()}
    trained = train_side_by_side(recipes | shown, data)
    final = np.array([last_loss(trained[rate]) for rate in rates])
    low, good, high = (last_loss(trained[name]) for name in chosen)

    assert good < 0.1
    assert low > 10 * good
    assert high > 10 * good
    assert np.isfinite(high)
    best = rates[np.nanargmin(final)]
    assert 0.03 < best < 3

    figure = lines(
        {name: curve(trained[name], "training_loss") for name in chosen},
        x="epoch",
        y={"title": "training loss in nats", "type": "log"},
        colours=depth_colours(3),
        dashes=("dash", "solid", "dot"),
    )
    bowl = lines(
        {"loss": (rates, np.where(np.isfinite(final), np.minimum(final, 1e3), np.nan))},
        x={"title": "learning rate", "type": "log"},
        y={"title": "training loss after the last epoch", "type": "log"},
        colours=(ACCENT,),
        legend=False,
    ).update_traces(mode="lines+markers")
    bowl.add_hline(y=np.log(10), line={"color": "#a7adb5", "width": 1, "dash": "dot"})
    panels = (
        Panel("Three rates", figure, "The low rate falls slowly, the good one fast, the high one stays high."),
        Panel("All rates (dotted: knowing nothing, log 10)", bowl, "A bowl: high on the left, lowest near 1, a cliff."),
    )
    facts = (
        Fact("loss with 0.001 over loss with 0.3", f"{low / good:.0f}×", "> 10×"),
        Fact("loss with 3 over loss with 0.3", f"{high / good:.0f}×", "> 10×"),
        Fact("rate of least loss", f"{best:.2g}", "0.03 … 3"),
    )
    return Picture(panels, facts)


def last_loss(trained) -> float:
    """Return the training loss of the last epoch; infinite where the run diverged."""
    value = float(trained.record["training_loss"][-1])
    return value if np.isfinite(value) else np.inf
