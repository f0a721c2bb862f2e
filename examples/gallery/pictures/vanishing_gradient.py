"""The vanishing gradient.

Backpropagation multiplies by a slope at every layer. Through twelve sigmoids the product is all but nothing, so the
first layers do not learn. ReLU with He's initialization passes the gradient on at nearly the same size.
"""

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import ACCENT, GUIDE, lines
from examples.gallery.picture import Fact, Panel, Picture


def picture(quick: bool = False) -> Picture:
    """Train two deep networks that differ in activation and initializer alone."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(32,) * 12, activation="relu", initializer="he_normal"),
        optimizer=tw.SGD(learning_rate=0.05),
        schedule=tw.Constant(),
        max_epochs=5 if quick else 30,
        early_stopping=None,
        seed=1,
    )
    deep = {"network.activation": "sigmoid", "network.initializer": "glorot_uniform"}
    trained = train_side_by_side({"ReLU, He": recipe, "sigmoid, Glorot": recipe.with_settings(deep)}, data)

    norms = {name: np.asarray(each.record["layer_gradient_norm"][0]) for name, each in trained.items()}
    ratio = {name: float(values[-1] / values[0]) for name, values in norms.items()}
    accuracy = {name: float(each.record["training_score"][-1]) for name, each in trained.items()}
    assert ratio["sigmoid, Glorot"] > 100
    assert 0.1 < ratio["ReLU, He"] < 10
    if not quick:
        assert accuracy["ReLU, He"] > 0.9
        assert accuracy["sigmoid, Glorot"] < 0.2

    layers = np.arange(1, 14)
    style = {"colours": (ACCENT, GUIDE), "dashes": ("solid", "dash")}
    figure = lines(
        {name: (layers, values) for name, values in norms.items()},
        x={"title": "layer (1 is next to the inputs, 13 is the output)", "dtick": 2},
        y={"title": "gradient norm before training", "type": "log", "dtick": 2},
        **style,
    ).update_traces(mode="lines+markers")
    learned = lines(
        {name: curve(each, "training_score") for name, each in trained.items()},
        x="epoch",
        y={"title": "training accuracy", "range": [0, 1.02]},
        **style,
    )
    panels = (
        Panel("Size of the gradient, layer by layer", figure, "Sigmoid's falls by many decades; ReLU's stays level."),
        Panel("What comes of it", learned, "The ReLU network learns; the sigmoid network stays at chance."),
    )
    facts = (
        Fact("last over first layer's gradient, sigmoid", f"{ratio['sigmoid, Glorot']:.1e}", "> 100"),
        Fact("last over first layer's gradient, ReLU with He", f"{ratio['ReLU, He']:.2f}", "0.1 … 10"),
        Fact("training accuracy, ReLU with He", f"{accuracy['ReLU, He']:.2f}", "> 0.9"),
        Fact("training accuracy, sigmoid", f"{accuracy['sigmoid, Glorot']:.2f}", "< 0.2"),
    )
    return Picture(panels, facts)
