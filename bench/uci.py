"""Monte-Carlo dropout on four UCI tables and their 20 published splits: RMSE and log-likelihood of the test rows.

All trainings of a table are one cohort of one compiled program: for every split and dropout rate, five trainings that
leave out a fifth of the training part each, whose answers to what they left out choose the rate and the observation
noise; and one on the whole training part, whose network is judged. No test row has a say. Goals: the published figures
of Monte-Carlo dropout on the same splits.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import trainwell as tw
from bench.results import show
from trainwell.engine import keep_compilations, prepare
from trainwell.engine.cohort import Member, train_cohort
from trainwell.engine.training import Trained
from trainwell.model import Model

#: File, and the published RMSE and log-likelihood.
TABLES: dict[str, tuple[str, float, float]] = {
    "boston": ("uci_bostonHousing.npz", 2.90, -2.40),
    "concrete": ("uci_concrete.npz", 4.83, -2.94),
    "energy": ("uci_energy.npz", 0.539, -1.21),
    "yacht": ("uci_yacht.npz", 0.666, -1.25),
}
RATES = (0.01, 0.05)
FOLDS = 5
SAMPLES = 100
UPDATES = 10_000
BATCH = 16
NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Table:
    """One file: the data without any split, and the published ones as row indices ``(20, rows)``."""

    data: tw.Dataset
    rows: np.ndarray
    answers: np.ndarray
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Trial:
    """One training of the cohort: its split, dropout rate and fold (none: the whole), its rows, and those to answer."""

    split: int
    rate: float
    fold: int | None
    training: np.ndarray
    asked: np.ndarray


def opened(path: Path) -> Table:
    """Read a file; every column is a number."""
    with np.load(path) as arrays:
        rows, answers = arrays["x"].astype(np.float64), arrays["y"].astype(np.float64).ravel()
        kinds = {f"x{column}": "number" for column in range(rows.shape[1])}
        data = tw.read(rows, y=answers, task="regression", kinds=kinds, name=path.stem)
        return Table(data, rows, answers, arrays["train"], arrays["test"])


def recipe_for(rows: int) -> tw.Recipe:
    """Return the recipe: two hidden layers, and as many epochs as make :data:`UPDATES` updates of that many rows."""
    return tw.Recipe(
        network=tw.MLP(hidden=(100, 100), activation="gelu", dropout=RATES[0]),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=tw.AdamW(learning_rate=3e-3, weight_decay=0.01),
        schedule=tw.Cosine(warm_up=0.05),
        batch_size=BATCH,
        max_epochs=max(1, UPDATES // -(-rows // BATCH)),
        early_stopping=None,
        telemetry=False,
    )


def trials_of(table: Table, splits: int) -> list[Trial]:
    """Return every training of a table's cohort."""
    found = []
    for split in range(splits):
        training = np.random.default_rng(split).permutation(table.train[split])
        folds = np.array_split(training, FOLDS)
        for rate in RATES:
            for number, fold in enumerate(folds):
                found.append(Trial(split, rate, number, np.setdiff1d(training, fold), fold))
            found.append(Trial(split, rate, None, training, table.test[split]))
    return found


def answered(table: Table, trials: list[Trial]) -> list[tw.Samples]:
    """Train the cohort and return what each network answers to the rows it is asked about."""
    recipe = recipe_for(table.train.shape[1])
    members = []
    for trial in trials:
        own = recipe.with_settings({"network.dropout": trial.rate, "seed": trial.split})
        members.append(Member(own, prepare(own, table.data, trial.training, NO_ROWS)))

    def keep(at: int, trained: Trained) -> tw.Samples:
        model = Model.of(trained, members[at].problem, table.data)
        return model.predict(table.rows[trials[at].asked], samples=SAMPLES)

    outcomes = train_cohort(members, keep)
    return [outcome.kept for outcome in outcomes if outcome.kept is not None]


def judged(table: Table, trials: list[Trial], answers: list[tw.Samples]) -> list[tuple[float, float]]:
    """Return RMSE and log-likelihood of the test rows by split, rate and noise chosen by what folds left out."""
    found = []
    for split in sorted({trial.split for trial in trials}):
        choices = []
        for rate in RATES:
            own = [at for at, trial in enumerate(trials) if trial.split == split and trial.rate == rate]
            folds, whole = [at for at in own if trials[at].fold is not None], own[-1]
            left_out = tw.Samples(np.concatenate([answers[at].draws for at in folds], axis=1), "regression")
            truth = table.answers[np.concatenate([trials[at].asked for at in folds])]
            noise = left_out.best_noise(truth)
            choices.append((left_out.log_likelihood(truth, noise), whole, noise))
        _, whole, noise = max(choices)
        truth = table.answers[trials[whole].asked]
        rmse = float(np.sqrt(np.mean((answers[whole].mean - truth) ** 2)))
        found.append((rmse, answers[whole].log_likelihood(truth, noise)))
    return found


def run(options: argparse.Namespace) -> None:
    """Train and judge every table on all its splits."""
    if options.data is None:
        print("uci: skipped, it needs --data FOLDER, a folder with the data files")
        return
    keep_compilations()
    rows = []
    for name in options.only or TABLES:
        file, rmse_goal, likelihood_goal = TABLES[name]
        began = time.perf_counter()
        table = opened(options.data / file)
        trials = trials_of(table, len(table.train))
        scores = np.array(judged(table, trials, answered(table, trials)))
        error = scores.std(axis=0) / np.sqrt(len(scores))
        rows.append(
            {
                "table": name,
                "splits": len(scores),
                "RMSE": float(scores[:, 0].mean()),
                "±": float(error[0]),
                "goal": rmse_goal,
                "log-likelihood": float(scores[:, 1].mean()),
                "± ": float(error[1]),
                "goal ": likelihood_goal,
                "trainings": len(trials),
                "seconds": time.perf_counter() - began,
            }
        )
    show("uci", f"Monte-Carlo dropout, {SAMPLES} samples, mean and standard error over the published splits", rows)
