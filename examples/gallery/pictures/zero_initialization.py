"""Zero initialization never breaks the symmetry.

Units that start alike get the same gradient and stay alike for ever: a hidden layer of sixteen equal units is one unit.
Started at exactly zero they do not even move. A random draw makes them differ, and each learns something of its own.
"""

import numpy as np
from sklearn.datasets import load_iris

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture

STARTS = {"zeros": "zeros", "the same constant": "constant", "random draw": "glorot_uniform"}


def picture(quick: bool = False) -> Picture:
    """Train the same network from three starts and ask how alike the hidden units are."""
    iris = load_iris()
    data = tw.read(iris.data, y=iris.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(16, 16), activation="tanh"),
        optimizer=tw.Adam(learning_rate=0.01),
        schedule=tw.Constant(),
        batch_size=30,
        max_epochs=60,
        early_stopping=None,
    )
    recipes = {name: recipe.with_settings({"network.initializer": kind}) for name, kind in STARTS.items()}
    trained = train_side_by_side(recipes, data)
    alike = {name: float(each.record["unit_similarity"][-1][0]) for name, each in trained.items()}
    loss = {name: float(each.record["training_loss"][-1]) for name, each in trained.items()}
    weights = {name: np.asarray(first_weights(each)) for name, each in trained.items()}

    assert np.all(weights["zeros"] == 0)
    assert np.ptp(weights["the same constant"], axis=0).max() == 0
    assert alike["the same constant"] > 0.999
    assert abs(alike["random draw"]) < 0.5
    assert loss["random draw"] < 0.2
    assert loss["zeros"] > 0.9 * np.log(3)

    style = {"colours": depth_colours(3)[::-1], "dashes": ("dot", "dash", "solid")}
    learned = lines({name: curve(each, "training_loss") for name, each in trained.items()}, x="epoch",
                    y="training loss in nats", **style)  # fmt: skip
    units = np.arange(1, 17)
    last = lines({name: (units, own[:, 2]) for name, own in weights.items()}, x={"title": "hidden unit", "dtick": 3},
                 y="its weight from petal length", **style).update_traces(mode="lines+markers")  # fmt: skip
    panels = (
        Panel("What they learn", learned, "Zeros learn nothing beyond the base rate; the random draw learns most."),
        Panel("Weights of the hidden units after training", last, "Equal, except from the random draw."),
    )
    facts = (
        Fact("weights that left zero, started at zeros", str(int((weights["zeros"] != 0).sum())), "0"),
        Fact("likeness of units started the same (1 is equal)", f"{alike['the same constant']:.4f}", "> 0.999"),
        Fact("likeness of units drawn at random", f"{alike['random draw']:.2f}", "< 0.5"),
        Fact("loss from zeros, nats (log 3 = 1.10 knows nothing)", f"{loss['zeros']:.3f}", "> 0.99"),
    )
    return Picture(panels, facts)


def first_weights(trained):
    """Return the first hidden layer's weights ``(units, inputs)``."""
    network = trained.parameters
    return network.layers[network.names.index("hidden 1")].weight
