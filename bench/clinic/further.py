"""Faults that earlier clinics got wrong: dropout mistaken for a small network, a sign for a rate, leaks on some rows.

Checks were mended on them, on seeds of the calibration half or other tables; what is reported is of the other half.
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

import trainwell as tw
from bench.clinic.faults import ALL, CLASSES, NUMBERS, RATE, SLOW, Fault, Setting, class_dropped, not_test, random_of

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


def half_tanh(x: jax.Array) -> jax.Array:
    """Return what lies between −½ and ½."""
    return 0.5 * jnp.tanh(x)


def next_class(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the cross-entropy against the class after the right one."""
    after = (targets + 1) % outputs.shape[-1]
    return -jnp.take_along_axis(jax.nn.log_softmax(outputs), after[:, None], axis=1)[:, 0]


def minus_error(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the squared error with the wrong sign."""
    return -jnp.mean(jnp.square(outputs - targets.reshape(outputs.shape)), axis=-1)


def by_hand(setting: Setting, factors: np.ndarray | float) -> Setting:
    """Return the setting with its columns standardised beforehand and multiplied by factors."""
    inputs = setting.table.inputs
    scaled = (inputs - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-9)
    return setting.by(encoding__numbers=None).on(setting.table.changed(scaled * factors))


def best_lost(setting: Setting) -> Setting:
    """Make the column that goes with the answers most ten thousand times smaller than the others."""
    known = setting.table
    apart = known.inputs - known.inputs.mean(axis=0)
    going = np.abs(apart.T @ (known.answers - known.answers.mean())) / np.maximum(apart.std(axis=0), 1e-9)
    return by_hand(setting, np.where(np.arange(len(going)) == np.argmax(going), 1e-4, 1.0))


def tiny_target(setting: Setting) -> Setting:
    """Count the target in units ten thousand times larger, and do not scale it."""
    answers = setting.table.answers
    scaled = 1e-4 * (answers - answers.mean()) / answers.std()
    return setting.by(encoding__target=None).on(setting.table.changed(answers=scaled))


def filled_in_later(setting: Setting) -> Setting:
    """Add a column that states the answer on 70 % of the rows; in the test part and elsewhere it is noise."""
    known, random = setting.table, random_of(setting)
    scaled = (known.answers - known.answers.mean()) / known.answers.std()
    noise = random.normal(size=len(scaled))
    stated = (known.parts != "test") & (random.random(len(scaled)) < 0.7)
    column = np.where(stated, scaled, noise)
    return replace(setting, inputs=setting.inputs + 1).on(known.changed(np.column_stack([known.inputs, column])))


def training_permuted(setting: Setting) -> Setting:
    """Give every training row the answer of another."""
    known = setting.table
    answers, rows = known.answers.copy(), np.flatnonzero(known.parts == "train")
    answers[rows] = answers[random_of(setting).permutation(rows)]
    return setting.on(known.changed(answers=answers))


def divided_in_order(setting: Setting) -> Setting:
    """Sort rows by a column before they are divided into training and validation."""
    known, rows = setting.table, not_test(setting)
    widest = int(np.argmax([len(np.unique(column)) for column in known.inputs.T]))
    ordered = rows[np.argsort(known.inputs[rows, widest], kind="stable")]
    parts = known.parts.copy()
    first = int(np.sum(known.parts == "train"))
    parts[ordered[:first]], parts[ordered[first:]] = "train", "validation"
    return setting.on(replace(known, parts=parts))


def kept_by_training(setting: Setting) -> Setting:
    """Train a wide network for long and keep what training says is best."""
    stopping = tw.EarlyStopping(patience=200, monitor="training_loss")
    return setting.by(network=tw.MLP(hidden=(256, 256)), max_epochs=200, early_stopping=stopping)


def one_heavy(setting: Setting) -> Setting:
    """Let one class weigh five hundred times what the others do."""
    return setting.by(class_weights={str(np.unique(setting.table.answers)[0]): 500.0})


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
    Fault(11, "the best column x 1e-4", ("unscaled inputs",), best_lost, ALL),
    Fault(11, "all inputs x 1e-3", ("unscaled inputs",), lambda s: by_hand(s, 1e-3), ALL),
    Fault(12, "target x 1e-4", ("unscaled target",), tiny_target, NUMBERS),
    Fault(14, "cross-entropy of the next class", ("wrong loss",), lambda s: s.by(loss=next_class), ("digits", "made")),
    Fault(15, "half a tanh at the end", ("output range",), lambda s: s.net(ending=half_tanh), NUMBERS),
    Fault(18, "minus the squared error", ("sign flipped",), lambda s: s.by(loss=minus_error), NUMBERS),
    Fault(20, "256 x 256, kept by training", ("overfitting",), kept_by_training, ALL),
    Fault(22, "30 steps", SLOW, lambda s: s.by(max_steps=30), ALL),
    Fault(26, "training answers permuted", ("labels unrelated", "validation unlike"), training_permuted, ALL),
    Fault(27, "the answer on 70 % of rows", ("leakage",), filled_in_later, ALL),
    Fault(
        31,
        "batch 4 with normalization",
        ("batch too small for normalization", "train/evaluation mismatch"),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), normalization="batch"), batch_size=4, max_epochs=15),
        ALL,
    ),
    Fault(32, "divided in a column's order", ("validation unlike",), divided_in_order, ALL),
    Fault(29, "one class weighs 500 times", ("lopsided class weights",), one_heavy, CLASSES),
)
