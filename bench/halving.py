"""Successive halving on letter, ours against PyTorch under Optuna's Hyperband: seconds until the same accuracy.

64 settings of rate and β₁ × 5 folds, at most 27 epochs, a reduction of 3 on both sides; the accuracy that counts is
the lower of the two sides' best means over folds. Every round draws other settings on both sides, as luck decides
much, and compiles anew. Ours is timed whole; imports are counted on neither side, nor the start of PyTorch's processes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import jax
import numpy as np

import trainwell as tw
from bench import rivals
from bench.results import show
from bench.search import letter, space_of, table_of
from trainwell import tune
from trainwell.engine.program import forget_programs
from trainwell.search.tuning import StudyProgress

SETTINGS, FOLDS, EPOCHS = 64, 5, 27
SHAPES = ((32, 32), (64, 128))
GOAL = 8.0


def ours(data: tw.Dataset, study: rivals.Study, seed: int = 0) -> list[tuple[float, float]]:
    """Return (seconds, best accuracy by then) of every trial that ended; what earlier rounds compiled is forgotten."""
    forget_programs()
    jax.clear_caches()
    began, found = time.perf_counter(), []

    def listen(progress: StudyProgress) -> None:
        if progress.best is not None:
            found.append((time.perf_counter() - began, progress.best))

    tune(
        space_of(study), data, trials=study.settings, strategy="halving", folds=study.folds, seed=seed, listener=listen
    )
    return found


def theirs(table: rivals.Table, study: rivals.Study, seed: int = 0) -> list[tuple[float, float]]:
    """Return the same of PyTorch under Optuna."""
    with tempfile.TemporaryDirectory() as folder:
        return rivals.search(table, study, f"{folder}/journal", halving=True, seed=seed)[1]


def reached(progress: list[tuple[float, float]], accuracy: float) -> float:
    """Return the seconds after which an accuracy was reached."""
    return next(seconds for seconds, best in progress if best >= accuracy)


def run(options: argparse.Namespace) -> None:
    """Time both sides on every shape, interleaved."""
    if options.data is None:
        print("halving: skipped, it needs --data FOLDER, a folder with the data files")
        return
    data = letter(Path(options.data))
    table, rows = table_of(data), []
    for width, batch in SHAPES:
        study = rivals.Study(width, batch, EPOCHS, SETTINGS, FOLDS)
        rounds = []
        for seed in range(options.rounds):
            mine, rival = ours(data, study, seed), theirs(table, study, seed)
            accuracy = min(mine[-1][1], rival[-1][1])
            rounds.append((reached(mine, accuracy), reached(rival, accuracy), mine[-1][1], rival[-1][1]))
            fast, slow, best, its_best = rounds[-1]
            print(
                f"{width}/{batch}, settings {seed}: {fast:.2f} s to {slow:.1f} s, best {best:.4f} and {its_best:.4f}",
                flush=True,
            )
        own, other, best, its_best = (float(np.median(column)) for column in zip(*rounds, strict=True))
        rows.append(
            {
                "width/batch": f"{width}/{batch}",
                "trainwell s": own,
                "Hyperband s": other,
                "times Hyperband": float(np.median([slow / fast for fast, slow, _, _ in rounds])),
                "goal": GOAL,
                "best accuracy": best,
                "its best": its_best,
            }
        )
    show(
        "halving",
        f"{SETTINGS} settings × {FOLDS} folds, at most {EPOCHS} epochs, until both have the same accuracy",
        rows,
    )
