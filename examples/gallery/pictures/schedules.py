"""Learning-rate schedules.

A high rate gets there fast, a low one settles: most schedules begin high and end low. Warm-up rises first, while the
weights are still random; restarts begin again; a plateau schedule waits until the validation loss stops falling.
"""

import jax
import numpy as np

import trainwell as tw
from examples.gallery.drawing import ACCENT, lines
from examples.gallery.picture import Fact, Panel, Picture

EPOCHS, STEPS = 100, 10
SCHEDULES = {
    "constant": tw.Constant(),
    "steps down": tw.PiecewiseConstant(pieces=((0.5, 0.1), (0.75, 0.01))),
    "exponential": tw.Exponential(factor=0.1, scale=50),
    "power": tw.Power(scale=20),
    "linear": tw.Linear(),
    "cosine": tw.Cosine(),
    "cosine with warm-up": tw.Cosine(warm_up=0.1),
    "one cycle": tw.OneCycle(),
    "cosine with restarts": tw.CosineRestarts(period=15, growth=2),
    "inverse square root": tw.InverseSquareRoot(warm_up=0.1),
}


def factors(schedule):
    """Return the factor of every step of the run."""
    return np.asarray(jax.vmap(lambda step: schedule.multiplier((), step, STEPS, EPOCHS))(np.arange(EPOCHS * STEPS)))


def plateau(losses):
    """Return the factor after each epoch of a validation loss that falls and then stands still."""
    schedule = tw.Plateau(factor=0.3, patience=8)
    state, seen = schedule.start(), []
    for loss in losses:
        state = schedule.observe(state, np.float32(loss))
        seen.append(float(schedule.multiplier(state, 0, STEPS, EPOCHS)))
    return np.array(seen)


def picture(quick: bool = False) -> Picture:
    """Draw the factor of every schedule over 100 epochs."""
    shown = {name: factors(schedule) for name, schedule in SCHEDULES.items()}
    stalled = plateau(np.maximum(1 - np.arange(EPOCHS) / 40, 0.25))
    epochs = np.arange(EPOCHS * STEPS) / STEPS

    assert np.allclose(shown["cosine"], (1 + np.cos(np.pi * epochs / EPOCHS)) / 2, atol=1e-5)
    assert np.allclose(shown["power"], 1 / (1 + epochs / 20), atol=1e-5)
    assert abs(shown["exponential"][500] - 0.1) < 1e-5
    assert shown["cosine with warm-up"].argmax() in (99, 100)
    restarts = int((np.diff(shown["cosine with restarts"]) > 0.5).sum())
    assert restarts == 2
    drops = int((np.diff(stalled) < 0).sum())
    assert drops >= 3
    assert (stalled[:35] == 1).all()

    over = {name: (epochs, values) for name, values in shown.items()} | {"plateau": (np.arange(EPOCHS) + 1, stalled)}
    panels = [
        Panel(
            name,
            lines({name: points}, x="epoch", y={"title": "share of the rate", "range": [-0.03, 1.06], "nticks": 4},
                  colours=(ACCENT,), legend=False, height=200),
            f"The schedule {name} over 100 epochs.",
        )
        for name, points in over.items()
    ]  # fmt: skip
    facts = (
        Fact(
            "cosine against ½(1 + cos πt/T), largest error",
            f"{np.abs(shown['cosine'] - (1 + np.cos(np.pi * epochs / EPOCHS)) / 2).max():.0e}",
            "< 1e-5",
        ),
        Fact("exponential after 50 epochs", f"{shown['exponential'][500]:.3f}", "0.1"),
        Fact("restarts of 15, 30 and 60 epochs within 100", str(restarts), "2"),
        Fact("plateau: drops after the loss stops falling", str(drops), "≥ 3, none before"),
    )
    return Picture(panels, facts, columns=3)
