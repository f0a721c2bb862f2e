"""What batch normalization buys: higher rates.

With every unit's sum brought to mean 0 and deviation 1 over the batch, a deep network trains at rates that blow the
plain one up, here at rates up to ten times higher. Where both train, it need not reach the lower loss.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import ACCENT, GUIDE, lines
from examples.gallery.picture import Fact, Panel, Picture

GOOD = 0.3


def picture(quick: bool = False) -> Picture:
    """Train a deep network with and without normalization at many rates: two compiled programs."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(32,) * 6),
        optimizer=tw.SGD(learning_rate=0.1),
        schedule=tw.Constant(),
        batch_size=64,
        max_epochs=8 if quick else 20,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    rates = np.logspace(-3, 1, 9 if quick else 17)
    normalized = recipe.with_settings({"network.normalization": "batch"})
    kinds = {"plain": recipe, "batch normalization": normalized}
    recipes = {
        (kind, at): own.with_settings({"optimizer.learning_rate": float(rate)})
        for kind, own in kinds.items()
        for at, rate in enumerate(rates)
    }
    trained = train_side_by_side(recipes, data)
    final = {kind: np.array([last(trained[kind, at]) for at in range(len(rates))]) for kind in kinds}
    works = {kind: rates[values < GOOD] for kind, values in final.items()}
    high = int(np.searchsorted(rates, works["plain"].max() * 1.01))

    assert works["batch normalization"].max() >= 3 * works["plain"].max()
    assert len(works["batch normalization"]) > len(works["plain"])
    assert final["plain"][high] > 3 * final["batch normalization"][high]

    style = {"colours": (GUIDE, ACCENT), "dashes": ("dash", "solid")}
    bowl = lines(
        {kind: (rates, np.minimum(values, 10)) for kind, values in final.items()},
        x={"title": "learning rate", "type": "log"},
        y={"title": "training loss after the last epoch", "type": "log"},
        **style,
    ).update_traces(mode="lines+markers")
    learned = lines(
        {kind: curve(trained[kind, high], "training_loss") for kind in kinds},
        x="epoch",
        y={"title": "training loss in nats", "type": "log"},
        **style,
    )
    panels = (
        Panel("Loss against the rate (10: diverged)", bowl, "The normalized network's bowl reaches further right."),
        Panel(
            f"Training at a rate of {rates[high]:.2g}", learned, "The plain network fails; the normalized one learns."
        ),
    )
    facts = (
        Fact("highest rate that works, plain", f"{works['plain'].max():.2g}", f"loss < {GOOD}"),
        Fact("the same, normalized", f"{works['batch normalization'].max():.2g}", "≥ 3× the plain one's"),
        Fact("rates that work, of those tried: plain, normalized",
             f"{len(works['plain'])}, {len(works['batch normalization'])} of {len(rates)}", "more when normalized"),
        Fact(f"loss at {rates[high]:.2g}: plain, normalized",
             f"{shown(final['plain'][high])}, {final['batch normalization'][high]:.2g}", "> 3×"),
    )  # fmt: skip
    return Picture(panels, facts)


def last(trained) -> float:
    """Return the training loss of the last epoch; infinite where the run diverged."""
    value = float(trained.record["training_loss"][-1])
    return value if np.isfinite(value) else np.inf


def shown(loss: float) -> str:
    """Return a loss in words."""
    return f"{loss:.2g}" if np.isfinite(loss) else "diverged"
