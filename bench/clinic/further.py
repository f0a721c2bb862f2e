"""Faults that an earlier clinic got wrong: dropout mistaken for a small network, clipping for a low rate.

Checks were mended on them, on seeds of the calibration half; what is reported is of the other half.
"""

from __future__ import annotations

import jax

import trainwell as tw
from bench.clinic.faults import ALL, CLASSES, RATE, SLOW, Fault, Setting, class_dropped

DEAD = (*SLOW, "learning rate decays too soon")
CLIPPED = ("clipping too tight", "learning rate too low")


def sgd(setting: Setting) -> Setting:
    """Return the setting with momentum, which takes the gradient's size as it is."""
    return setting.by(optimizer=tw.SGD(learning_rate=0.03, momentum=0.9))


def slow(setting: Setting) -> Setting:
    """Return the setting at a third of its rate."""
    return setting.by(optimizer=tw.Adam(learning_rate=1e-3))


def three_layers(dropout: float) -> tw.MLP:
    """Return three layers with dropout."""
    return tw.MLP(hidden=(32, 32, 32), dropout=dropout)


FURTHER: tuple[Fault, ...] = (
    Fault(3, "Adam 0.1, three layers", RATE, lambda s: s.net(depth=3).by(optimizer=tw.Adam(learning_rate=0.1)), ALL),
    Fault(3, "SGD 1", RATE, lambda s: s.by(optimizer=tw.SGD(learning_rate=1.0)), ALL),
    Fault(
        4,
        "a tenth of the rate each epoch",
        DEAD,
        lambda s: slow(s).by(schedule=tw.Exponential(factor=0.1, scale=1.0)),
        ALL,
        slow,
    ),
    Fault(
        4,
        "linear decay within 1 epoch",
        DEAD,
        lambda s: slow(s).by(schedule=tw.Linear(until=0.025)),
        ALL,
        slow,
    ),
    Fault(4, "entries clipped at 1e-6", CLIPPED, lambda s: sgd(s).by(value_clipping=1e-6), ALL, sgd),
    Fault(4, "gradient clipped at 1e-4", CLIPPED, lambda s: sgd(s).by(gradient_clipping=1e-4), ALL, sgd),
    Fault(
        15, "ReLU at the end of classes", ("output range", "dead ReLUs"), lambda s: s.net(ending=jax.nn.relu), CLASSES
    ),
    Fault(
        20,
        "256 x 256 for 300 epochs, rate .01",
        ("overfitting",),
        lambda s: s.by(network=tw.MLP(hidden=(256, 256)), optimizer=tw.Adam(learning_rate=0.01), max_epochs=300),
        ALL,
    ),
    Fault(23, "dropout .7, 3 layers", ("over-regularised",), lambda s: s.by(network=three_layers(0.7)), ALL),
    Fault(
        23,
        "inputs dropped .8",
        ("over-regularised",),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), input_dropout=0.8)),
        ALL,
    ),
    Fault(
        29,
        "a class dropped, classes weighed alike",
        ("class imbalance",),
        lambda s: class_dropped(s).by(class_weights="balanced"),
        CLASSES,
    ),
)
