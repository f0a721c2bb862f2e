"""The faults of the table, each with how it is planted on a healthy setting, and the causes that name it rightly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

import trainwell as tw
from bench.clinic import networks
from bench.clinic.tables import SOURCES, Table, table

EPOCHS = 40


@dataclass(frozen=True)
class Setting:
    """A recipe and a table, ready to train."""

    recipe: tw.Recipe
    table: Table
    inputs: int
    outputs: int

    def by(self, **settings: Any) -> Setting:
        """Return the setting with other fields of the recipe, dots written as two underscores."""
        paths = {name.replace("__", "."): value for name, value in settings.items()}
        return replace(self, recipe=self.recipe.with_settings(paths))

    def on(self, changed: Table) -> Setting:
        """Return the setting on another table."""
        return replace(self, table=changed)

    def net(self, **options: Any) -> Setting:
        """Return the setting with a network written by hand."""
        return self.by(network=networks.net(self.inputs, self.outputs, **options))


Plant = Callable[[Setting], Setting]


@dataclass(frozen=True)
class Fault:
    """One way to plant one fault.

    Attributes:
        row: its number in the table.
        label: how it is planted.
        names: findings that name it rightly.
        plant: turns a healthy setting into a faulty one.
        tables: what it is planted on.
        twin: turns the healthy setting into the one to compare with, where that is another.
    """

    row: int
    label: str
    names: tuple[str, ...]
    plant: Plant
    tables: tuple[str, ...]
    twin: Plant = lambda setting: setting


def healthy(name: str, seed: int, style: int = 0) -> Setting:
    """Return a healthy setting: plain layers and Adam, a network written by hand, or deeper layers and SGD."""
    known = table(name, seed)
    outputs = len(np.unique(known.answers)) if SOURCES[name][0] == "multiclass" else 1
    inputs = known.inputs.shape[1]
    base = tw.Recipe(
        network=tw.MLP(hidden=(32, 32)),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=tw.Adam(learning_rate=3e-3),
        schedule=tw.Constant(),
        batch_size=32,
        max_epochs=EPOCHS,
        early_stopping=None,
        seed=seed,
    )
    setting = Setting(base, known, inputs, outputs)
    if style == 1:
        return setting.net(depth=3, between=jax.nn.gelu)
    if style == 2:
        return setting.by(
            network=tw.MLP(hidden=(48, 48, 48), activation="tanh"), optimizer=tw.SGD(learning_rate=0.01, momentum=0.9)
        )
    return setting


def random_of(setting: Setting) -> np.random.Generator:
    """Return the random numbers of a setting's faults in the data."""
    return np.random.default_rng(1000 + setting.recipe.seed)


def not_test(setting: Setting) -> np.ndarray:
    """Return the rows that a fault may touch."""
    return np.flatnonzero(setting.table.parts != "test")


def labels_flipped(setting: Setting) -> Setting:
    """Give 40 % of the rows another class."""
    random, known = random_of(setting), setting.table
    answers, rows = known.answers.copy(), not_test(setting)
    rows = random.permutation(rows)[: int(0.4 * len(rows))]
    classes = np.unique(answers)
    answers[rows] = classes[
        (np.searchsorted(classes, answers[rows]) + random.integers(1, len(classes), len(rows))) % len(classes)
    ]
    return setting.on(known.changed(answers=answers))


def labels_permuted(setting: Setting) -> Setting:
    """Give every row the answer of another."""
    known, rows = setting.table, not_test(setting)
    answers = known.answers.copy()
    answers[rows] = answers[random_of(setting).permutation(rows)]
    return setting.on(known.changed(answers=answers))


def answer_added(setting: Setting) -> Setting:
    """Add the answer as a column, which is unknown when it is asked for: the mean stands there in the test part."""
    known = setting.table
    column = np.where(known.parts == "test", known.answers.mean(), known.answers)
    grown = replace(setting, inputs=setting.inputs + 1)
    return grown.on(known.changed(np.column_stack([known.inputs, column])))


def rows_copied(setting: Setting) -> Setting:
    """Put copies of training rows in the place of the validation part."""
    known = setting.table
    rows, validation = np.arange(len(known.parts)), np.flatnonzero(known.parts == "validation")
    rows[validation] = np.flatnonzero(known.parts == "train")[: len(validation)]
    return setting.on(replace(known, inputs=known.inputs[rows], answers=known.answers[rows]))


def class_dropped(setting: Setting) -> Setting:
    """Drop 97 % of one class's rows, but of the test part."""
    known, rows = setting.table, not_test(setting)
    of_class = random_of(setting).permutation(rows[known.answers[rows] == 0])
    kept = np.setdiff1d(np.arange(len(known.parts)), of_class[max(3, len(of_class) * 3 // 100) :])
    answers = known.answers[kept]
    for part in ("train", "validation"):  # both parts must show every class
        if not np.any((known.parts[kept] == part) & (answers == 0)):
            spare = np.flatnonzero((known.parts == part) & (known.answers == 0))[:1]
            kept = np.sort(np.append(kept, spare))
            answers = known.answers[kept]
    return setting.on(known.kept(kept))


def few_rows(count: int, part: str) -> Plant:
    """Return what keeps so many rows of a part."""

    def plant(setting: Setting) -> Setting:
        known = setting.table
        dropped = np.flatnonzero(known.parts == part)[count:]
        return setting.on(known.kept(np.setdiff1d(np.arange(len(known.parts)), dropped)))

    return plant


def as_numbers(setting: Setting) -> Setting:
    """Take class numbers for amounts."""
    return replace(setting, outputs=1).on(replace(setting.table, task="regression"))


def overgrown(setting: Setting) -> Setting:
    """Sixty rows, a large network, many epochs."""
    return few_rows(60, "train")(setting.by(network=tw.MLP(hidden=(256, 256)), max_epochs=150))


ALL = ("digits", "cancer", "diabetes", "made", "made numbers")
CLASSES = ("digits", "cancer", "made")
NUMBERS = ("diabetes", "made numbers")
RATE = ("learning rate too high", "non-finite numbers", "batch size and learning rate mismatch")
START = ("bad initial scale", "initializer/activation mismatch", "exploding gradients", "vanishing gradients")
SLOW = ("learning rate too low", "stopped too soon")
FAULTS: tuple[Fault, ...] = (
    Fault(2, "logarithm of zero", ("non-finite numbers",), lambda s: s.net(between=networks.logarithm), ALL),
    Fault(2, "rate 1e4", RATE, lambda s: s.by(optimizer=tw.SGD(learning_rate=1e4)), ALL),
    Fault(3, "SGD 20", RATE, lambda s: s.by(optimizer=tw.SGD(learning_rate=20.0)), ALL),
    Fault(3, "Adam 1", RATE, lambda s: s.by(optimizer=tw.Adam(learning_rate=1.0)), ALL),
    Fault(3, "Adam 0.2", RATE, lambda s: s.net(depth=3).by(optimizer=tw.Adam(learning_rate=0.2)), ALL),
    Fault(4, "Adam 1e-6", SLOW[:1], lambda s: s.by(optimizer=tw.Adam(learning_rate=1e-6)), ALL),
    Fault(4, "SGD 1e-5", SLOW[:1], lambda s: s.net().by(optimizer=tw.SGD(learning_rate=1e-5)), ALL),
    Fault(
        5,
        "10 sigmoid layers, SGD",
        ("vanishing gradients", "saturation"),
        lambda s: s.by(network=tw.MLP(hidden=(32,) * 10, activation="sigmoid"), optimizer=tw.SGD(learning_rate=0.1)),
        ALL,
    ),
    Fault(
        5,
        "8 sigmoid layers by hand",
        ("vanishing gradients", "saturation"),
        lambda s: s.net(depth=8, between=jax.nn.sigmoid),
        ALL,
    ),
    Fault(6, "deep, deviation 3", START, lambda s: s.net(depth=6, deviation=3.0), ALL),
    Fault(7, "bias -10", ("dead ReLUs",), lambda s: s.net(bias=-10.0), ALL),
    Fault(
        8,
        "tanh, weights x 20",
        ("saturation", "bad initial scale"),
        lambda s: s.net(between=jax.numpy.tanh, depth=3, scale=20.0),
        ALL,
    ),
    Fault(
        9,
        "constant",
        ("symmetric initialization",),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), initializer="constant")),
        ALL,
    ),
    Fault(
        9,
        "zeros",
        ("symmetric initialization",),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), initializer="zeros")),
        ALL,
    ),
    Fault(
        10,
        "deviation 1e-4",
        START,
        lambda s: s.net(depth=4, deviation=1e-4).by(optimizer=tw.SGD(learning_rate=0.05, momentum=0.9)),
        ALL,
    ),
    Fault(10, "deviation 3", START, lambda s: s.net(depth=2, deviation=3.0), ALL),
    Fault(11, "raw inputs", ("unscaled inputs",), lambda s: s.by(encoding__numbers=None), ("cancer", "diabetes")),
    Fault(
        11,
        "raw inputs, SGD",
        ("unscaled inputs",),
        lambda s: s.net().by(encoding__numbers=None, optimizer=tw.SGD(learning_rate=0.01)),
        ("cancer", "diabetes"),
    ),
    Fault(12, "raw target", ("unscaled target",), lambda s: s.by(encoding__target=None), NUMBERS),
    Fault(13, "softmax twice", ("double softmax",), lambda s: s.net(ending=jax.nn.softmax), ("digits", "made")),
    Fault(13, "sigmoid twice", ("double softmax",), lambda s: s.net(ending=jax.nn.sigmoid), ("cancer",)),
    Fault(14, "classes as numbers", ("wrong loss",), as_numbers, ("digits", "made")),
    Fault(15, "ReLU at the end", ("output range",), lambda s: s.net(ending=jax.nn.relu), NUMBERS),
    Fault(15, "tanh at the end", ("output range",), lambda s: s.net(ending=networks.small_tanh), NUMBERS),
    Fault(
        16,
        "identity",
        ("no nonlinearity",),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), activation="identity")),
        ALL,
    ),
    Fault(16, "identity by hand", ("no nonlinearity",), lambda s: s.net(depth=3, between=networks.same), ALL),
    Fault(18, "SGD uphill", ("sign flipped",), lambda s: s.by(optimizer=networks.uphill(0.05, False)), ALL),
    Fault(18, "Adam uphill", ("sign flipped",), lambda s: s.net().by(optimizer=networks.uphill(3e-3, True)), ALL),
    Fault(
        19,
        "left out of the optimizer",
        ("frozen parameters",),
        lambda s: s.net(depth=3).by(optimizer=networks.all_but_first_frozen(3e-3)),
        ALL,
    ),
    Fault(19, "gradient cut", ("frozen parameters",), lambda s: s.net(depth=3, cut=2), ALL),
    Fault(20, "60 rows, 256 x 256", ("overfitting",), overgrown, ALL),
    Fault(21, "width 1", ("underfitting",), lambda s: s.by(network=tw.MLP(hidden=(1,))), ALL),
    Fault(22, "2 epochs", SLOW, lambda s: s.by(max_epochs=2, optimizer=tw.Adam(learning_rate=3e-4)), ALL),
    Fault(
        23,
        "decay 1",
        ("over-regularised",),
        lambda s: s.by(optimizer=tw.AdamW(learning_rate=3e-3, weight_decay=10.0)),
        ALL,
    ),
    Fault(
        23,
        "SGD decay 1",
        ("over-regularised",),
        lambda s: s.by(optimizer=tw.SGD(learning_rate=0.05, weight_decay=1.0)),
        ALL,
    ),
    Fault(23, "dropout .9", ("over-regularised",), lambda s: s.by(network=tw.MLP(hidden=(32, 32), dropout=0.9)), ALL),
    Fault(
        24,
        "Adam with L2",
        ("L2 with Adam", "over-regularised"),
        lambda s: s.net().by(optimizer=networks.coupled(3e-3, 0.1)),
        ALL,
    ),
    Fault(25, "40 % of labels flipped", ("label noise",), labels_flipped, CLASSES),
    Fault(26, "labels permuted", ("labels unrelated",), labels_permuted, ALL),
    Fault(27, "answer among the inputs", ("leakage",), answer_added, ALL),
    Fault(28, "training rows in validation", ("overlapping parts",), rows_copied, ALL),
    Fault(29, "97 % of a class dropped", ("class imbalance",), class_dropped, ("digits", "cancer", "made")),
    Fault(
        30,
        "momentum .999999",
        ("train/evaluation mismatch",),
        lambda s: s.by(network=networks.normalized(s.inputs, s.outputs, 0.999999)),
        ALL,
        lambda s: s.by(network=networks.normalized(s.inputs, s.outputs, 0.9)),
    ),
    Fault(
        31,
        "batch 2 with normalization",
        ("batch too small for normalization", "train/evaluation mismatch"),
        lambda s: s.by(network=tw.MLP(hidden=(32, 32), normalization="batch"), batch_size=2, max_epochs=10),
        ALL,
    ),
    Fault(32, "10 rows to validate", ("unrepresentative validation",), few_rows(10, "validation"), ALL),
    Fault(33, "Glorot / 10, deep ReLU", START, lambda s: s.net(depth=6, scale=0.1), ALL),
    Fault(
        34,
        "batch 1, rate of batch 256",
        RATE,
        lambda s: s.by(batch_size=1, max_epochs=5, optimizer=tw.SGD(learning_rate=0.5)),
        ALL,
    ),
)
