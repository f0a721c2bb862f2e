"""Other ways of planting the same faults, for reporting alone: no check was fitted to any of them."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax

import trainwell as tw
from bench.clinic.faults import ALL, CLASSES, NUMBERS, RATE, SLOW, START, Fault, Setting, few_rows, not_test, random_of


def root(x: jax.Array) -> jax.Array:
    """Return the square root, which negative numbers do not have."""
    return jnp.sqrt(x)


def swollen(setting: Setting) -> Setting:
    """Measure one column in units ten thousand times smaller."""
    inputs = setting.table.inputs.copy()
    inputs[:, 0] = (inputs[:, 0] - inputs[:, 0].mean()) / inputs[:, 0].std() * 1e4
    return setting.by(encoding__numbers=None).on(setting.table.changed(inputs))


def target_in_thousands(setting: Setting) -> Setting:
    """Count the target in units a thousand times smaller, and do not scale it."""
    return setting.by(encoding__target=None).on(setting.table.changed(answers=1000 * setting.table.answers))


def inputs_shuffled(setting: Setting) -> Setting:
    """Join inputs and answers in the wrong order."""
    inputs, rows = setting.table.inputs.copy(), not_test(setting)
    inputs[rows] = inputs[random_of(setting).permutation(rows)]
    return setting.on(setting.table.changed(inputs))


def answer_hinted(setting: Setting) -> Setting:
    """Add a column that follows from the answer, up to a little noise; in the test part it is noise alone."""
    known, random = setting.table, random_of(setting)
    scaled = (known.answers - known.answers.mean()) / known.answers.std()
    column = np.where(known.parts == "test", 0.0, scaled) + 0.02 * random.normal(size=len(scaled))
    return replace(setting, inputs=setting.inputs + 1).on(known.changed(np.column_stack([known.inputs, column])))


def neighbours_labels(setting: Setting) -> Setting:
    """Give 40 % of the rows the class after their own."""
    known, rows = setting.table, not_test(setting)
    classes = np.unique(known.answers)
    answers = known.answers.copy()
    chosen = random_of(setting).permutation(rows)[: int(0.4 * len(rows))]
    answers[chosen] = classes[(np.searchsorted(classes, answers[chosen]) + 1) % len(classes)]
    return setting.on(known.changed(answers=answers))


OTHERS: tuple[Fault, ...] = (
    Fault(2, "root of negative", ("non-finite numbers",), lambda s: s.net(between=root), ALL),
    Fault(3, "RMSProp 0.5", RATE, lambda s: s.by(optimizer=tw.RMSProp(learning_rate=0.5)), ALL),
    Fault(3, "momentum .99, rate 3", RATE, lambda s: s.by(optimizer=tw.SGD(learning_rate=3.0, momentum=0.99)), ALL),
    Fault(4, "RMSProp 1e-7", SLOW[:1], lambda s: s.by(optimizer=tw.RMSProp(learning_rate=1e-7)), ALL),
    Fault(
        4,
        "AdamW 3e-6, cosine",
        SLOW[:1],
        lambda s: s.by(optimizer=tw.AdamW(learning_rate=3e-6), schedule=tw.Cosine(warm_up=0.2)),
        ALL,
    ),
    Fault(
        5,
        "12 tanh layers, weights / 3",
        ("vanishing gradients", *START),
        lambda s: s.net(depth=12, between=jnp.tanh, scale=0.33),
        ALL,
    ),
    Fault(6, "8 layers, weights x 4", START, lambda s: s.net(depth=8, scale=4.0), ALL),
    Fault(7, "bias -30, three layers", ("dead ReLUs",), lambda s: s.net(depth=3, bias=-30.0), ALL),
    Fault(
        8,
        "sigmoid, weights x 30",
        ("saturation", "bad initial scale"),
        lambda s: s.net(between=jax.nn.sigmoid, scale=30.0),
        ALL,
    ),
    Fault(9, "zeros by hand", ("symmetric initialization",), lambda s: s.net(deviation=0.0), ALL),
    Fault(11, "one column x 10,000", ("unscaled inputs",), swollen, ALL),
    Fault(12, "target x 1000", ("unscaled target",), target_in_thousands, NUMBERS),
    Fault(15, "sigmoid at the end", ("output range",), lambda s: s.net(ending=jax.nn.sigmoid), NUMBERS),
    Fault(
        18,
        "RMSProp uphill",
        ("sign flipped",),
        lambda s: s.by(optimizer=optax.chain(optax.rmsprop(1e-3), optax.scale(-1.0))),
        ALL,
    ),
    Fault(19, "gradient cut, five layers", ("frozen parameters",), lambda s: s.net(depth=5, cut=4), ALL),
    Fault(21, "width 2 of 4 layers", ("underfitting",), lambda s: s.by(network=tw.MLP(hidden=(2, 2, 2, 2))), ALL),
    Fault(22, "1 epoch, SGD", SLOW, lambda s: s.by(max_epochs=1, optimizer=tw.SGD(learning_rate=0.01)), ALL),
    Fault(
        23,
        "dropout .8, 3 layers",
        ("over-regularised",),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32, 32), dropout=0.8)),
        ALL,
    ),
    Fault(
        23,
        "L1 of 0.1",
        ("over-regularised",),
        lambda s: s.by(penalties=({"kind": "L1", "strength": 0.1},)),
        ALL,
    ),
    Fault(25, "40 % of labels moved on", ("label noise",), neighbours_labels, CLASSES),
    Fault(26, "inputs shuffled", ("labels unrelated",), inputs_shuffled, ALL),
    Fault(27, "a hint among the inputs", ("leakage",), answer_hinted, ALL),
    Fault(
        31,
        "batch 3 with normalization",
        ("batch too small for normalization", "train/evaluation mismatch"),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32, 32), normalization="batch"), batch_size=3, max_epochs=10),
        ALL,
    ),
    Fault(32, "8 rows to validate", ("unrepresentative validation",), few_rows(8, "validation"), ALL),
    Fault(
        34,
        "batch 2, momentum, rate of batch 256",
        RATE,
        lambda s: s.by(batch_size=2, max_epochs=5, optimizer=tw.SGD(learning_rate=0.1, momentum=0.9)),
        ALL,
    ),
)
