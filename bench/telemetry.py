"""What measuring the layers costs: the same run with and without, interleaved, as a ratio of whole trainings."""

from __future__ import annotations

import argparse
import time

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits

import trainwell as tw
from bench.results import show
from trainwell.engine import Recipe, prepare, train
from trainwell.network import MLP
from trainwell.training import Adam, Constant


def seconds(recipe: Recipe, data: tw.Dataset) -> float:
    problem = prepare(recipe, data)
    began = time.perf_counter()
    train(recipe, problem)
    return time.perf_counter() - began


def run(options: argparse.Namespace) -> None:
    """Compare training times with telemetry on and off."""
    rows = []
    for name, load in (("breast cancer", load_breast_cancer), ("digits", load_digits)):
        bunch = load()
        data = tw.read(bunch.data, y=bunch.target, name=name)
        base = Recipe(
            network=MLP(hidden=(64, 64)),
            optimizer=Adam(),
            schedule=Constant(),
            max_epochs=2000 if name == "breast cancer" else 1000,
            early_stopping=None,
        )
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
