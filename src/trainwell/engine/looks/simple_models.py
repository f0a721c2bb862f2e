"""The simple models a run is held against: a straight line, the nearest rows, and a smooth function. Not rivals.

Each is fitted to scaled training rows in some milliseconds, deterministic, and also says what it would answer for a row
had it been fitted to all others. What their answers are worth is ``yardsticks``' to say.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from scipy.linalg import eigh

RIDGE = 1.0
#: Neighbours asked for their answer.
NEIGHBOURS = 15
#: Waves that make up the smooth function, and the penalties of which the best is taken.
WAVES, PENALTIES = 256, (0.01, 0.1, 1.0, 10.0)
#: Scaled inputs are held within so many deviations; fewer values beyond them than this share, which make the deviation
#: so many times what the middle half suggests, are far off.
FAR, FEW, SQUASHED = 10.0, 0.1, 3.0
#: Rows whose distances say how long the waves are; inputs beyond which the straight line, and products of two inputs,
#: are left out of it.
MEASURED, MOST_STRAIGHT, MOST_SQUARED = 100, 128, 16


class SimpleModel(Protocol):
    """What is fitted to scaled rows: it answers for others, and for its own rows as if each had been left out."""

    def __init__(self, seen: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None): ...

    def answers(self, asked: np.ndarray) -> np.ndarray:
        """Return the answers ``(rows, outputs)`` for rows ``(rows, inputs)``."""

    def left_out(self, kept: np.ndarray) -> np.ndarray:
        """Return the answer for each of some of its own rows, had it been fitted to the others."""


def scaled(rows: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return rows scaled by what the training rows show, at most :data:`FAR` in size; columns that do not vary are 0.

    By mean and deviation; by median and interquartile range where a few values far off make the deviation large, so
    that they spoil no yardstick though they spoil the run.
    """
    centre, scale = seen.mean(axis=0), seen.std(axis=0)
    if seen.shape[1] <= MOST_STRAIGHT and len(seen):
        low, middle, high = np.quantile(seen, (0.25, 0.5, 0.75), axis=0)
        spread = (high - low) / 1.349
        few = np.mean(np.abs(seen - middle) > FAR * spread, axis=0) < FEW
        robust = few & (spread > 1e-12) & (scale > SQUASHED * spread)
        centre, scale = np.where(robust, middle, centre), np.where(robust, spread, scale)
    usable = np.isfinite(scale) & (scale > 1e-12)
    return np.clip(np.where(usable, (rows - centre) / np.where(usable, scale, 1.0), 0.0), -FAR, FAR)


class Linear:
    """Ridge regression on the inputs with a constant, which goes all but unpenalised.

    Left out, a row is told ŷ − h (y − ŷ) / (1 − h), with h its place on the diagonal of the hat matrix.

    Reference: D. M. Allen, "The relationship between variable selection and data augmentation and a method for
    prediction", Technometrics, 1974.
    """

    def __init__(self, seen: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None):
        self.columns = columns
        self.matrix = self.features(seen)
        weighted = self.matrix.T if weights is None else self.matrix.T * weights
        penalty = np.append(np.full(seen.shape[1], RIDGE), 1e-9)
        self.inverse = np.linalg.inv(weighted @ self.matrix + np.diag(penalty))
        self.solution = self.inverse @ (weighted @ columns)
        self.weights = weights

    def features(self, rows: np.ndarray) -> np.ndarray:
        """Return rows with a column of ones."""
        return np.concatenate([rows, np.ones((len(rows), 1))], axis=1)

    def answers(self, asked: np.ndarray) -> np.ndarray:
        """Return the answers for other rows."""
        return self.features(asked) @ self.solution

    def left_out(self, kept: np.ndarray) -> np.ndarray:
        """Return the answers for its own rows, each left out."""
        own = self.matrix[kept]
        share = np.sum((own @ self.inverse) * own, axis=1, keepdims=True)
        if self.weights is not None:
            share *= self.weights[kept, None]
        share = np.clip(share, 0, 1 - 1e-6)
        fitted = own @ self.solution
        return fitted - share * (self.columns[kept] - fitted) / (1 - share)


class Nearest:
    """The mean answer of the :data:`NEIGHBOURS` nearest training rows, by their weights."""

    def __init__(self, seen: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None):
        self.columns, self.weights = columns, weights
        self.places = seen.astype(np.float32)

    def answers(self, asked: np.ndarray) -> np.ndarray:
        """Return the answers for other rows."""
        return self.told(asked.astype(np.float32), np.arange(len(self.places)), itself=False)

    def left_out(self, kept: np.ndarray) -> np.ndarray:
        """Return the answers for some of its rows, each told by the others among them."""
        return self.told(self.places[kept], kept, itself=True)

    def told(self, own: np.ndarray, tellers: np.ndarray, *, itself: bool) -> np.ndarray:
        """Return what the nearest of the tellers answer; ``itself`` where the rows asked are the tellers."""
        theirs = self.places[tellers]
        apart = np.sum(np.square(theirs), axis=1) - (2 * own) @ theirs.T  # squares but for what a row's own share
        if itself:
            np.fill_diagonal(apart, np.inf)
        count = min(NEIGHBOURS, len(theirs) - itself)
        farthest = np.partition(apart, count - 1, axis=1)[:, count - 1, None]
        among = (~(apart > farthest)).astype(np.float32)  # all as near as the last; all rows where none is known to be
        if self.weights is not None:
            among *= np.maximum(self.weights[tellers], 1e-6).astype(np.float32)
        answers = among @ self.columns[tellers].astype(np.float32) / among.sum(axis=1, keepdims=True)
        return np.asarray(answers, np.float64)


class Kernel:
    """Ridge regression on random waves √(2/D) cos(ωᵀx + φ), which come to a Gaussian kernel, on inputs and products.

    The kernel is as wide as rows are apart by their median; the penalty is the one with least error left out. A smooth
    function of a few hundred terms is what a small network that was trained well surely outdoes or equals.

    Reference: A. Rahimi, B. Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007.
    """

    def __init__(self, seen: np.ndarray, columns: np.ndarray, weights: np.ndarray | None = None):
        self.columns = columns
        rows = seen.astype(np.float32)
        random = np.random.default_rng(0)
        self.waves = (random.standard_normal((rows.shape[1], WAVES)) / typical_distance(rows)).astype(np.float32)
        self.phases = random.uniform(0, 2 * np.pi, WAVES).astype(np.float32)
        root = np.ones(len(seen)) if weights is None else np.sqrt(weights / weights.mean())
        root = root.astype(np.float32)[:, None]
        self.centre = np.average(columns, axis=0, weights=weights)
        wanted = (columns - self.centre).astype(np.float32) * root
        matrix = self.waved(rows) * root
        values, self.axes = eigh(matrix.T @ matrix, driver="evd", overwrite_a=True, check_finite=False)
        along = matrix @ self.axes
        drawn, squares = along.T @ wanted, np.square(along)
        found = []
        for penalty in PENALTIES:
            kept = 1 / (np.maximum(values, 0) + np.float32(penalty))
            solution = drawn * kept[:, None]
            share = np.clip(squares @ kept, 0, 1 - 1e-6)[:, None]
            missed = (wanted - along @ solution) / (1 - share)
            error = float(np.mean(np.square(missed, dtype=np.float64)))
            found.append((error, solution, missed / np.maximum(root, 1e-9)))
        _, self.solution, self.missed = min(found, key=lambda each: each[0])

    def waved(self, rows: np.ndarray) -> np.ndarray:
        """Return the waves at rows; beside them the rows and their products, where they are of few inputs."""
        parts = [np.float32(np.sqrt(2 / WAVES)) * np.cos(rows @ self.waves + self.phases)]
        if rows.shape[1] <= MOST_STRAIGHT:
            parts.append(rows / np.float32(3 * np.sqrt(rows.shape[1])))
        if rows.shape[1] <= MOST_SQUARED:
            first, second = np.triu_indices(rows.shape[1])
            parts.append(rows[:, first] * rows[:, second] / np.float32(3 * np.sqrt(len(first))))
        return np.concatenate(parts, axis=1)

    def answers(self, asked: np.ndarray) -> np.ndarray:
        """Return the answers for other rows."""
        return np.asarray(self.waved(asked.astype(np.float32)) @ (self.axes @ self.solution) + self.centre)

    def left_out(self, kept: np.ndarray) -> np.ndarray:
        """Return the answers for its own rows, each left out of all but the choice of penalty and centre."""
        return np.asarray(self.columns[kept] - self.missed[kept], np.float64)


def typical_distance(rows: np.ndarray) -> float:
    """Return the median distance of rows from one another, of :data:`MEASURED` of them evenly spread.

    >>> typical_distance(np.array([[0.0], [2.0]]))
    2.0
    """
    few = rows[np.linspace(0, len(rows) - 1, min(len(rows), MEASURED)).astype(int)].astype(np.float64)
    size = np.sum(np.square(few), axis=1)
    apart = np.sqrt(np.maximum(size[:, None] + size - 2 * few @ few.T, 0))[np.triu_indices(len(few), 1)]
    apart = apart[apart > 1e-3]
    return float(np.median(apart)) if len(apart) else 1.0


#: What runs are held against; each one's score is a fact of the record, ``linear_score`` and so on. Those that are no
#: straight line take longer, and tell something only of a run that leaves something to be told.
BENT_MODELS: dict[str, type[SimpleModel]] = {"neighbour": Nearest, "kernel": Kernel}
SIMPLE_MODELS: dict[str, type[SimpleModel]] = {"linear": Linear, **BENT_MODELS}
