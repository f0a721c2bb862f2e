"""What measuring the layers costs: the same run with and without, interleaved, as a ratio of whole trainings.

On a machine that others use such ratios scatter by some hundredths, more than what is measured. So the looks, the
yardsticks and writing both down are also timed by themselves, as a share of the run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Self
from unittest.mock import patch

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

import trainwell as tw
from bench.results import show
from trainwell.engine import Recipe, course, default_recipe, prepare, train
from trainwell.engine.course import Course
from trainwell.network import MLP
from trainwell.training import Adam, Constant


def seconds(recipe: Recipe, data: tw.Dataset) -> float:
    problem = prepare(recipe, data)
    began = time.perf_counter()
    train(recipe, problem)
    return time.perf_counter() - began


class Stopwatch:
    """Adds up the seconds that some functions take, until the block ends."""

    def __init__(self, *functions: tuple[object, str]):
        self.functions, self.seconds, self.context = functions, 0.0, ExitStack()

    def __enter__(self) -> Self:
        for owner, name in self.functions:
            self.context.enter_context(patch.object(owner, name, self.timed(getattr(owner, name))))
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def timed(self, function: Callable[..., object]) -> Callable[..., object]:
        """Return a function that does the same and is timed."""

        def with_watch(*arguments: object) -> object:
            began = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - began

        return with_watch


def own_share(recipe: Recipe, data: tw.Dataset) -> float:
    """Return the seconds that looking takes by its own clock, as a share of the run."""
    with Stopwatch((Course, "look"), (course, "reference"), (Course, "telemetry")) as watch:
        took = seconds(recipe, data)
    return watch.seconds / took


def cases() -> Iterator[tuple[str, Recipe, tw.Dataset]]:
    """Yield runs of a second, in which looking weighs most, and what people get without asking.

    On diabetes a run leaves so much that all simple models are asked; on the others the linear one suffices.
    """
    tables = (
        ("breast cancer", load_breast_cancer, 2000),
        ("digits", load_digits, 1000),
        ("diabetes", load_diabetes, 2000),
    )
    for name, load, epochs in tables:
        bunch = load()
        data = tw.read(bunch.data, y=bunch.target, name=name)
        small = Recipe(
            network=MLP(hidden=(64, 64)),
            optimizer=Adam(),
            schedule=Constant(),
            max_epochs=epochs,
            early_stopping=None,
        )
        yield f"{name}, 64-64, {epochs} epochs", small, data
        yield f"{name}, default recipe", default_recipe(data), data


def run(options: argparse.Namespace) -> None:
    """Compare training times with telemetry on and off."""
    rows = []
    for name, base, data in cases():
        variants = {flag: base.with_settings({"telemetry": flag}) for flag in (True, False)}
        for recipe in variants.values():
            seconds(recipe, data)
        ratios, times, shares = [], [], []
        for turn in range(max(options.rounds, 7)):
            order = (True, False) if turn % 2 else (False, True)
            took = {flag: seconds(variants[flag], data) for flag in order}
            ratios.append(took[True] / took[False])
            times.append(took[True])
            shares.append(own_share(variants[True], data))
        rows.append(
            {
                "data": name,
                "seconds with": float(np.median(times)),
                "ratio, median": float(np.median(ratios)),
                "by its own clock": 1 + float(np.median(shares)),
            }
        )
    show("telemetry", "whole training with telemetry over without", rows)
    print(f"median of all: {np.median([row['ratio, median'] for row in rows]):.3f}")
