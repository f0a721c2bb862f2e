"""What measuring the layers costs: the same run with and without, interleaved, as a ratio of whole trainings."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits

import trainwell as tw
from bench.results import show
from trainwell.engine import Recipe, default_recipe, prepare, train
from trainwell.network import MLP
from trainwell.training import Adam, Constant


def seconds(recipe: Recipe, data: tw.Dataset) -> float:
    problem = prepare(recipe, data)
    began = time.perf_counter()
    train(recipe, problem)
    return time.perf_counter() - began


def cases() -> Iterator[tuple[str, Recipe, tw.Dataset]]:
    """Yield two runs of a second, in which the looks weigh most, and what people get without asking."""
    for name, load, epochs in (("breast cancer", load_breast_cancer, 2000), ("digits", load_digits, 1000)):
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
        ratios, times = [], []
        for turn in range(max(options.rounds, 7)):
            order = (True, False) if turn % 2 else (False, True)
            took = {flag: seconds(variants[flag], data) for flag in order}
            ratios.append(took[True] / took[False])
            times.append(took[True])
        rows.append({"data": name, "seconds with": float(np.median(times)), "ratio, median": float(np.median(ratios))})
    show("telemetry", "whole training with telemetry over without", rows)
