"""Accuracy on digits and signals: the recipes below, and what people get without asking, over seeds.

digits comes with scikit-learn and is divided 60/20/20 by the seed; USPS and MNIST-1D have test parts of their own and
hold out a tenth of the rest for validation; of the 10,000 MNIST digits a fifth is the test part.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import trainwell as tw
from bench.results import show
from trainwell.engine import default_recipe, keep_compilations, prepare, train
from trainwell.model import Model

#: Most of the rows train, a tenth validates, as where the test part comes with the data.
WITH_OWN_TEST = {"train": 0.9, "validation": 0.1, "test": 0.0}


@dataclass(frozen=True)
class Case:
    """One figure to reach: data by folder and seed, the recipe (none for the default), and the accuracy wanted."""

    name: str
    read: Callable[[Path, int], tw.Dataset]
    recipe: Callable[[], tw.Recipe] | None
    goal: float


def digits(folder: Path, seed: int) -> tw.Dataset:
    pixels, labels = load_digits(return_X_y=True)
    return tw.read(pixels.reshape(-1, 8, 8).astype(np.uint8), y=labels, split=tw.Split(seed=seed), name="digits")


def usps(folder: Path, seed: int) -> tw.Dataset:
    return tw.read(folder / "usps.npz", split=tw.Split(**WITH_OWN_TEST, seed=seed))


def signals(folder: Path, seed: int) -> tw.Dataset:
    return tw.read(folder / "mnist1d.npz", split=tw.Split(**WITH_OWN_TEST, seed=seed))


def mnist(folder: Path, seed: int) -> tw.Dataset:
    split = tw.Split(train=0.7, validation=0.1, test=0.2, seed=seed)
    return tw.read(folder / "mnist10k-images-idx3-ubyte.gz", split=split)


def cycle(network: tw.MLP | tw.CNN, epochs: int, batch_size: int = 64, **changes: object) -> tw.Recipe:
    """Return one cycle of AdamW with smoothed labels, all epochs."""
    fields = {
        "network": network,
        "optimizer": tw.AdamW(learning_rate=2e-3, weight_decay=0.01),
        "schedule": tw.Cosine(warm_up=0.1),
        "batch_size": batch_size,
        "max_epochs": epochs,
        "early_stopping": None,
        "label_smoothing": 0.1,
    }
    return tw.Recipe(**fields | changes)


def two_blocks() -> tw.CNN:
    return tw.CNN(channels=(32, 64), hidden=(128,), dropout=0.3, normalization="batch")


def wide() -> tw.Recipe:
    network = tw.MLP(hidden=(256, 256, 256), activation="mish", dropout=0.3, normalization="layer")
    return cycle(network, 80, optimizer=tw.AdamW(learning_rate=2e-3, weight_decay=0.1))


def moved(fraction: float) -> dict[str, object]:
    return {"augmentation": [tw.augmentation.Shift(fraction=fraction, fill="zero")]}


def long_kernels() -> tw.Recipe:
    return cycle(tw.CNN(channels=(32, 64, 64), kernel=5, hidden=(128,), dropout=0.3, normalization="batch"), 60)


CASES = (
    Case("digits, CNN", digits, lambda: cycle(two_blocks(), 60), 0.985),
    Case("digits, default", digits, None, 0.985),
    Case("USPS, CNN", usps, lambda: cycle(two_blocks(), 15, **moved(0.07)), 0.955),
    Case("USPS, default", usps, None, 0.955),
    Case("MNIST-1D, MLP", signals, wide, 0.66),
    Case("MNIST-1D, CNN", signals, long_kernels, 0.93),
    Case("10k MNIST, CNN", mnist, lambda: cycle(two_blocks(), 10, 128, **moved(0.07)), 0.975),
    Case("10k MNIST, default", mnist, None, 0.975),
)


def measured(case: Case, folder: Path, seed: int) -> tuple[float, float]:
    """Return the test accuracy of one seed and the seconds it took, compilation included."""
    data = case.read(folder, seed)
    recipe = (default_recipe(data) if case.recipe is None else case.recipe()).with_settings({"seed": seed})
    began = time.perf_counter()
    problem = prepare(recipe, data)
    trained = train(recipe, problem)
    took = time.perf_counter() - began
    answers = Model.of(trained, problem, data).answers(np.asarray(problem.examples.inputs)[data.parts.test])
    return float(np.mean(answers.argmax(axis=1) == data.target.values[data.parts.test])), took


def run(options: argparse.Namespace) -> None:
    """Train every case over the seeds; digits over five at least."""
    if options.data is None:
        print("images: skipped, it needs --data FOLDER, a folder with the data files")
        return
    keep_compilations()
    rows = []
    for case in CASES:
        if options.only and not any(word.lower() in case.name.lower() for word in options.only):
            continue
        seeds = max(options.rounds, 5) if case.read is digits else options.rounds
        results = [measured(case, options.data, seed) for seed in range(seeds)]
        accuracies = [accuracy for accuracy, _ in results]
        rows.append(
            {
                "case": case.name,
                "seeds": seeds,
                "accuracy": float(np.mean(accuracies)),
                "deviation": float(np.std(accuracies)),
                "lowest": min(accuracies),
                "goal": case.goal,
                "seconds": float(np.median([took for _, took in results])),
            }
        )
        print(f"{case.name}: {rows[-1]['accuracy']:.4f} (goal {case.goal}), {rows[-1]['seconds']:.0f} s a run")
    show("images", "test accuracy, mean over seeds", rows)
