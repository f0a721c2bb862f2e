"""The data that faults are planted on: digits, breast cancer, diabetes, and tables made on the spot.

Those are what the checks were fitted to. A second set, :data:`FRESH`, is for reporting alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import polars as pl
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine, make_friedman1

import trainwell as tw


@dataclass(frozen=True)
class Table:
    """Rows with their answers and the part each belongs to; the test part is never touched by a fault."""

    name: str
    inputs: np.ndarray
    answers: np.ndarray
    parts: np.ndarray
    task: str

    def changed(self, inputs: np.ndarray | None = None, answers: np.ndarray | None = None) -> Table:
        """Return the table with other inputs or answers."""
        return replace(
            self,
            inputs=self.inputs if inputs is None else inputs,
            answers=self.answers if answers is None else answers,
        )

    def kept(self, rows: np.ndarray) -> Table:
        """Return the table with some rows only, or in another order, or repeated."""
        return replace(self, inputs=self.inputs[rows], answers=self.answers[rows], parts=self.parts[rows])

    def read(self) -> tw.Dataset:
        """Return the table as trainwell reads it."""
        columns = {f"x{number}": column for number, column in enumerate(self.inputs.T)}
        frame = pl.DataFrame(columns | {"answer": self.answers, "part": self.parts})
        kinds = dict.fromkeys(columns, "number")
        return tw.read(frame, target="answer", split="part", task=self.task, kinds=kinds, name=self.name)


def made_classes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a table of four classes that no plane divides: rings, cut in quarters, in eight noisy columns."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(900, 8))
    radius = np.hypot(inputs[:, 0], inputs[:, 1]) + 0.1 * random.normal(size=900)
    answers = 2 * (radius > 1.2) + (inputs[:, 2] * inputs[:, 3] > 0)
    return inputs * random.uniform(0.5, 2, 8), answers


def made_numbers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a regression of eight columns, bent and with interactions."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(900, 8))
    answers = np.sin(2 * inputs[:, 0]) + inputs[:, 1] * inputs[:, 2] + inputs[:, 3] + 0.3 * random.normal(size=900)
    return inputs, 50 * answers + 300


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the digits without the pixels that hardly ever vary."""
    inputs, answers = load_digits(return_X_y=True)
    return inputs[:, inputs.std(axis=0) > 0.5], answers


def spirals(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two classes wound about each other, among four columns of noise."""
    random = np.random.default_rng(seed)
    answers = random.integers(0, 2, 1200)
    angle = 1 + 5 * random.random(1200)
    plane = angle[:, None] * np.column_stack([np.cos(angle + np.pi * answers), np.sin(angle + np.pi * answers)])
    return np.column_stack([plane + 0.15 * random.normal(size=plane.shape), random.normal(size=(1200, 4))]), answers


def rare(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two classes, one of them a tenth of the rows, in ten columns of very different sizes."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(1500, 10))
    surface = inputs[:, 0] + inputs[:, 1] * inputs[:, 2] + 0.5 * np.abs(inputs[:, 3]) + 0.3 * random.normal(size=1500)
    return inputs * 10.0 ** random.integers(-2, 3, 10), (surface > np.quantile(surface, 0.9)).astype(int)


def waves(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals of 24 places: a sine, a square or a saw of unknown phase and period, in noise."""
    random = np.random.default_rng(seed)
    answers = random.integers(0, 3, 1200)
    turn = random.random((1200, 1)) + np.arange(24) / random.uniform(8, 14, (1200, 1))
    shapes = np.stack([np.sin(2 * np.pi * turn), np.sign(np.sin(2 * np.pi * turn)), 2 * (turn % 1) - 1])
    return shapes[answers, np.arange(1200)] + 0.2 * random.normal(size=(1200, 24)), answers


def friedman(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return Friedman's first regression, five columns that count and five that do not."""
    inputs, answers = make_friedman1(1000, n_features=10, noise=1.0, random_state=seed)
    return inputs, answers


def prices(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a skewed regression: products of positive columns, with noise in proportion."""
    random = np.random.default_rng(seed)
    inputs = np.exp(random.normal(size=(1000, 6)) / 2)
    answers = inputs[:, 0] * inputs[:, 1] / (0.5 + inputs[:, 2]) + 0.5 * inputs[:, 3]
    return inputs, 1000 * answers * np.exp(0.1 * random.normal(size=1000))


def logistic(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return yes and no drawn by a logistic model: even who knows it is right on three rows of four only."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(1200, 6))
    chance = 1 / (1 + np.exp(-(inputs[:, 0] + inputs[:, 1] - inputs[:, 2] + inputs[:, 3] * inputs[:, 4])))
    return inputs, (random.random(1200) < chance).astype(int)


def grades(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return seven grades of a hidden amount, each a seventh of the rows, in noise: neighbours are often confused."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(1400, 8))
    amount = inputs[:, 0] + np.sin(2 * inputs[:, 1]) + inputs[:, 2] * inputs[:, 3] + 0.4 * random.normal(size=1400)
    return inputs, np.searchsorted(np.quantile(amount, np.arange(1, 7) / 7), amount)


def shifted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals of 40 places, one of ten patterns each, moved and stretched: neighbours and planes tell little."""
    random = np.random.default_rng(seed)
    patterns = np.random.default_rng(1).normal(size=(10, 12))
    answers = random.integers(0, 10, 2000)
    signals = 0.15 * random.normal(size=(2000, 40))
    for row, answer in enumerate(answers):
        length, size = random.integers(12, 17), random.uniform(0.6, 1.4)
        start = random.integers(0, 40 - length)
        pattern = np.interp(np.linspace(0, 11, length), np.arange(12), patterns[answer])
        signals[row, start : start + length] += size * pattern
    return signals, answers


def faint(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a regression of which a twelfth of the variance can be known, most of it bent."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(1500, 5))
    return inputs, np.square(inputs[:, 0]) + 0.5 * inputs[:, 1] + 5 * random.normal(size=1500)


SOURCES: dict[str, tuple[str, Callable[[int], tuple[np.ndarray, np.ndarray]]]] = {
    "digits": ("multiclass", lambda _: digits()),
    "cancer": ("binary", lambda _: load_breast_cancer(return_X_y=True)),
    "diabetes": ("regression", lambda _: load_diabetes(return_X_y=True, scaled=False)),
    "made": ("multiclass", made_classes),
    "made numbers": ("regression", made_numbers),
    "wine": ("multiclass", lambda _: load_wine(return_X_y=True)),
    "waves": ("multiclass", waves),
    "spirals": ("binary", spirals),
    "rare": ("binary", rare),
    "friedman": ("regression", friedman),
    "prices": ("regression", prices),
    "logistic": ("binary", logistic),
    "grades": ("multiclass", grades),
    "shifted": ("multiclass", shifted),
    "faint": ("regression", faint),
}
FITTED = ("digits", "cancer", "diabetes", "made", "made numbers")
FAINT = ("logistic", "grades", "shifted", "faint")
FRESH = ("wine", "waves", "spirals", "rare", "friedman", "prices")


def of_same_tasks(names: Sequence[str], among: Sequence[str]) -> tuple[str, ...]:
    """Return the tables among some whose tasks some tables have."""
    tasks = {SOURCES[name][0] for name in names}
    return tuple(name for name in among if SOURCES[name][0] in tasks)


@cache
def table(name: str, seed: int) -> Table:
    """Return a table divided by ``seed``: half to train, a fifth to validate, the rest to test."""
    task, load = SOURCES[name]
    inputs, answers = load(seed)
    order = np.random.default_rng(seed).permutation(len(answers))
    parts = np.full(len(answers), "test", dtype=object)
    parts[order[: len(order) // 2]] = "train"
    parts[order[len(order) // 2 : 7 * len(order) // 10]] = "validation"
    return Table(name, inputs.astype(float), answers, parts.astype(str), task)
