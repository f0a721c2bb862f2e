"""The batch size trades updates for steadiness.

Small batches make many noisy updates in an epoch, large ones few steady ones. At the same number of epochs the small
batch is ahead; update by update the large one is no worse. So choose it for speed, and tune the rate with it.
"""

import itertools

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from examples.gallery.cohort import curve, train_side_by_side
from examples.gallery.drawing import depth_colours, lines
from examples.gallery.picture import Fact, Panel, Picture

SIZES = (8, 32, 128, 512)


def picture(quick: bool = False) -> Picture:
    """Train with four batch sizes for the same epochs at the same rate."""
    digits = load_digits()
    data = tw.read(digits.data, y=digits.target)
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(64,)),
        optimizer=tw.SGD(learning_rate=0.05),
        schedule=tw.Constant(),
        max_epochs=25,
        early_stopping=None,
        telemetry=False,
        seed=0,
    )
    trained = train_side_by_side({size: recipe.with_settings({"batch_size": size}) for size in SIZES}, data)
    records = {size: each.record for size, each in trained.items()}
    loss = {size: np.asarray(record["validation_loss"]) for size, record in records.items()}
    steps = {size: np.asarray(record["step"]) for size, record in records.items()}
    same = int(steps[8][0])
    after = {size: float(np.interp(same, steps[size], loss[size])) for size in (8, 32, 128)}

    assert all(loss[small][-1] < loss[large][-1] for small, large in itertools.pairwise(SIZES))
    assert steps[8][-1] > 40 * steps[512][-1]
    assert all(value < 1.1 * after[8] for value in after.values())

    names = {size: f"{size} rows" for size in SIZES}
    style = {"colours": depth_colours(4)[::-1], "dashes": ("solid", "dash", "dashdot", "dot")}
    level = {"title": "validation loss in nats", "type": "log"}
    by_epoch = lines({names[s]: curve(trained[s], "validation_loss") for s in SIZES}, x="epoch", y=level, **style)
    by_step = lines({names[s]: (steps[s], loss[s]) for s in SIZES}, y=level,
                    x={"title": "updates", "type": "log"}, **style)  # fmt: skip
    panels = (
        Panel("The same epochs", by_epoch, "The smaller the batch, the lower the loss at every epoch."),
        Panel("The same runs, by updates", by_step, "By updates, the four curves lie close together."),
    )
    facts = (
        Fact("validation loss, batches of 8, 32, 128, 512", ", ".join(f"{loss[s][-1]:.3f}" for s in SIZES), "rising"),
        Fact("updates with 8 rows over updates with 512", f"{steps[8][-1] / steps[512][-1]:.0f}×", "> 40×"),
        Fact(f"the same after {same} updates, batches of 8, 32, 128", ", ".join(f"{v:.3f}" for v in after.values()),
             "no worse than with 8, within 10 %"),
    )  # fmt: skip
    return Picture(panels, facts)
