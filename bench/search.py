"""A study of 64 settings × 5 folds on letter, ours against what people search with today.

The same nets, rows, Adam, batches, epochs and folds; the rate and β₁ are searched at random. Ours is timed whole,
compilation included; imports are counted on neither side, nor the start of PyTorch's processes. Rounds are interleaved.
skorch and scikit-learn are timed on a few settings, per training, and compared per training.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

import trainwell as tw
from bench import rivals
from bench.results import show
from trainwell import tune
from trainwell.training import Adam, Constant

SETTINGS, FOLDS, FEW = 64, 5, 2
#: Width, batch and the goal in times PyTorch's speed.
SHAPES = ((32, 32, 10.0), (64, 128, 4.0), (128, 256, 1.5))


def recipe_of(study: rivals.Study) -> tw.Recipe:
    """Return the recipe that trains what the rivals train."""
    return tw.Recipe(
        network=tw.MLP(hidden=(study.width, study.width)),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=Adam(),
        schedule=Constant(),
        batch_size=study.batch,
        max_epochs=study.epochs,
        early_stopping=None,
        telemetry=False,
    )


def space_of(study: rivals.Study) -> object:
    """Return what is searched."""
    rates, betas = tw.loguniform(1e-4, 1e-1), tw.uniform(0.8, 0.98)
    return recipe_of(study).vary({"optimizer.learning_rate": rates, "optimizer.beta1": betas})


def letter(folder: Path, *, validation: float = 0.2) -> tw.Dataset:
    """Return letter without a test part: every row trains or validates, as with the rivals."""
    split = tw.Split(train=1 - validation, validation=validation, test=0.0)
    return tw.read(folder / "letter.csv", target="class", split=split)


def table_of(data: tw.Dataset) -> rivals.Table:
    """Return the same rows as arrays."""
    assert data.frame is not None
    inputs = data.frame.to_numpy().astype(np.float32)
    return rivals.Table((inputs - inputs.mean(0)) / inputs.std(0), data.target.values.astype(np.int64))


def ours(data: tw.Dataset, study: rivals.Study) -> tuple[float, float]:
    """Return the seconds of the study and its best accuracy."""
    began = time.perf_counter()
    found = tune(space_of(study), data, trials=study.settings, strategy="random", folds=study.folds)
    return time.perf_counter() - began, found.best.value


def theirs(table: rivals.Table, study: rivals.Study) -> tuple[float, float]:
    """Return the seconds of the study with PyTorch under Optuna, and its best accuracy."""
    with tempfile.TemporaryDirectory() as folder:
        took, progress = rivals.search(table, study, f"{folder}/journal")
    return took, progress[-1][1]


def run(options: argparse.Namespace) -> None:
    """Time all sides on every shape, interleaved."""
    if options.data is None:
        print("search: skipped, it needs --data FOLDER, a folder with the data files")
        return
    data = letter(options.data)
    table, rows = table_of(data), []
    for width, batch, goal in SHAPES:
        if options.only and f"{width}/{batch}" not in options.only:
            continue
        study = rivals.Study(width, batch, options.epochs, SETTINGS, FOLDS)
        mine, rival = [], []
        for _ in range(options.rounds):
            mine.append(ours(data, study))
            rival.append(theirs(table, study))
        seconds, slower = (float(np.median([took for took, _ in found])) for found in (mine, rival))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's, that so few epochs do not converge
            per_training = [timed(table, study, FEW) for timed in GRIDS]
        skorch, scikit_learn = (each * SETTINGS * FOLDS / seconds for each in per_training)
        rows.append(
            {
                "width/batch": f"{width}/{batch}",
                "trainwell s": seconds,
                "first, with compilation s": mine[0][0],
                "PyTorch s": slower,
                "times PyTorch": slower / seconds,
                "first": slower / mine[0][0],
                "goal": goal,
                "times skorch": skorch,
                "times scikit-learn": scikit_learn,
                "best accuracy": mine[0][1],
                "its best": rival[0][1],
            }
        )
    show("search", f"{SETTINGS} settings × {FOLDS} folds × {options.epochs} epochs on letter", rows)


GRIDS = (rivals.grid_with_skorch, rivals.grid_with_scikit_learn)
