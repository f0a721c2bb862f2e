"""Universal approximation: more bends, a better curve.

One hidden layer can come as close to any continuous function as you like if it is wide enough: every hidden unit adds
one bend. Two units draw a broken line, sixty-four follow every wave.
"""

import numpy as np

import trainwell as tw
from examples.gallery.cohort import model_of, train_side_by_side
from examples.gallery.drawing import INK, QUIET, depth_colours, dots, lines
from examples.gallery.picture import Fact, Panel, Picture

WIDTHS = (2, 4, 8, 16, 64)


def picture(quick: bool = False) -> Picture:
    """Fit one wavy curve with networks of one hidden layer, from 2 to 64 units."""
    widths = (2, 8, 64) if quick else WIDTHS
    x = np.linspace(-3, 3, 256)
    y = np.sin(3 * x) + 0.3 * x**2
    split = tw.Split(train=1.0, validation=0.0, test=0.0)
    data = tw.read({"x": x, "y": y}, target="y", split=split)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(2,), activation="tanh"),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=tw.LBFGS(),
        schedule=tw.Constant(),
        batch_size="all",
        max_epochs=300,
        early_stopping=None,
        telemetry=False,
        seed=4,
    )
    trained = train_side_by_side({width: recipe.with_settings({"network.hidden": (width,)}) for width in widths}, data)
    error = {width: float(each.record["training_score"].min()) for width, each in trained.items()}
    narrow, middle, wide = error[2], error[8], error[64]

    assert narrow > 3 * middle
    assert narrow > 10 * wide
    assert wide < 0.1

    curves = {"the function": (x, y)} | {
        f"{width} units": (x, model_of(each, data).predict({"x": x})) for width, each in trained.items()
    }
    chosen = {name: curves[name] for name in ("the function", "2 units", "8 units", "64 units")}
    figure = lines(
        chosen, x="x", y="y", colours=(QUIET, *depth_colours(3)[::-1]), dashes=("solid", "dot", "dash", "solid")
    )
    figure.update_traces(line_width=7, selector={"name": "the function"})
    falling = dots(
        {"root mean square error": (list(error), list(error.values()))},
        x={"title": "hidden units", "type": "log", "tickvals": list(error), "dtick": None},
        y={"title": "RMSE, deviations of y", "type": "log", "dtick": None, "tickvals": [0.02, 0.05, 0.1, 0.2, 0.5]},
        colours=(INK,),
    ).update_traces(mode="lines+markers")
    panels = (
        Panel("What 2, 8 and 64 units make of it", figure, "Wider networks follow the wavy function more closely."),
        Panel("Error against width", falling, "The error falls by orders of magnitude as units are added."),
    )
    facts = (
        Fact("error of 2 units over that of 8", f"{narrow / middle:.1f}×", "> 3×"),
        Fact("error of 2 units over that of 64", f"{narrow / wide:.0f}×", "> 10×"),
        Fact("error of 64 units, in deviations of y", f"{wide:.4f}", "< 0.1"),
    )
    return Picture(panels, facts)
