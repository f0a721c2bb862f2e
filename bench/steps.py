"""Microseconds per training step: our engine, a plain PyTorch loop, scikit-learn's MLP; the same nets, batches, Adam.

Every round measures all of them one after another; the median over rounds is reported. PyTorch uses fused Adam and the
better of one and two threads. Our figure includes the shuffle, the gather and the curves; the bench ``telemetry``
measures what looking at the layers adds.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

from bench.results import show
from trainwell.engine import Program, Recipe
from trainwell.engine.problem import pad_rows
from trainwell.engine.state import Examples
from trainwell.layout import Layout
from trainwell.network import MLP
from trainwell.training import Adam, Constant

ROWS, CLASSES, SECONDS = 4096, 10, 1.5
SHAPES = ((30, 64, 64), (64, 128, 128), (784, 256, 128))
VARIANTS: tuple[dict[str, Any], ...] = ({}, {"dropout": 0.2}, {"normalization": "batch"})
GOALS = {(30, 64, 64): 3.0, (64, 128, 128): 1.6, (784, 256, 128): 1.0}


def data(inputs: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(ROWS, inputs)).astype(np.float32), random.integers(0, CLASSES, ROWS)


def per_step(epoch: Callable[[], int]) -> float:
    """Return microseconds per step of a function that makes an epoch and returns its steps; its first call is free."""
    epoch()
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        steps += epoch()
    return (time.perf_counter() - began) / steps * 1e6


def ours(inputs: int, hidden: int, batch: int, variant: dict[str, Any]) -> tuple[Callable[[], int], float]:
    """Return a function that trains four epochs, and the seconds that compiling took."""
    recipe = Recipe(
        network=MLP(hidden=(hidden, hidden), **variant),
        optimizer=Adam(),
        schedule=Constant(),
        batch_size=batch,
        max_epochs=10**6,
        early_stopping=None,
    )
    x, y = data(inputs)
    examples = Examples(jnp.asarray(x), jnp.asarray(y, jnp.int32), jnp.ones(ROWS))
    rows = pad_rows(np.arange(ROWS), np.arange(0))
    program = Program(recipe, Layout(numbers=inputs), "multiclass", CLASSES)
    knobs, steps = program.knobs(recipe), 4 * ROWS // batch
    began = time.perf_counter()
    state = program.start(knobs, 0, jnp.zeros(CLASSES))
    state, curves = program.advance(knobs, state, examples, rows, jnp.asarray(1))
    jax.block_until_ready(curves.filled)
    compiling = time.perf_counter() - began
    holder = [state]

    def epochs() -> int:
        holder[0], curves = program.advance(knobs, holder[0], examples, rows, jnp.asarray(steps))
        jax.block_until_ready(curves.filled)
        return steps

    return epochs, compiling


def pytorch(inputs: int, hidden: int, batch: int, variant: dict[str, Any], threads: int) -> Callable[[], int]:
    layers: list[torch.nn.Module] = []
    width = inputs
    for _ in range(2):
        layers.append(torch.nn.Linear(width, hidden))
        if variant.get("normalization"):
            layers.append(torch.nn.BatchNorm1d(hidden))
        layers.append(torch.nn.ReLU())
        if variant.get("dropout"):
            layers.append(torch.nn.Dropout(variant["dropout"]))
        width = hidden
    network = torch.nn.Sequential(*layers, torch.nn.Linear(hidden, CLASSES))
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    x, y = (torch.from_numpy(array) for array in data(inputs))

    def epoch() -> int:
        torch.set_num_threads(threads)
        order = torch.randperm(ROWS)
        for first in range(0, ROWS, batch):
            chosen = order[first : first + batch]
            optimizer.zero_grad(set_to_none=True)
            loss_of(network(x[chosen]), y[chosen]).backward()
            optimizer.step()
        return ROWS // batch

    return epoch


def scikit_learn(inputs: int, hidden: int, batch: int) -> Callable[[], int]:
    x, y = data(inputs)

    def epochs() -> int:
        model = MLPClassifier((hidden, hidden), batch_size=batch, max_iter=2, tol=0, n_iter_no_change=10**6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(x, y)
        return 2 * ROWS // batch

    return epochs


def run(options: argparse.Namespace) -> None:
    """Measure every shape and variant, interleaved, and show the medians."""
    rows = []
    for shape in SHAPES:
        for variant in VARIANTS:
            mine, compiling = ours(*shape, variant)
            rivals = {f"torch{threads}": pytorch(*shape, variant, threads) for threads in (1, 2)}
            if not variant:
                rivals["scikit-learn"] = scikit_learn(*shape)
            times: dict[str, list[float]] = {name: [] for name in ("trainwell", *rivals)}
            for _ in range(options.rounds):
                times["trainwell"].append(per_step(mine))
                for name, epoch in rivals.items():
                    times[name].append(per_step(epoch))
            middle = {name: float(np.median(found)) for name, found in times.items()}
            best = min(middle["torch1"], middle["torch2"])
            rows.append(
                {
                    "inputs-hidden-batch": "-".join(map(str, shape)),
                    "variant": ", ".join(f"{name} {value}" for name, value in variant.items()) or "plain",
                    "trainwell µs": middle["trainwell"],
                    "PyTorch µs": best,
                    "scikit-learn µs": middle.get("scikit-learn", "–"),
                    "times PyTorch": best / middle["trainwell"],
                    "goal": GOALS[shape],
                    "compile s": compiling,
                }
            )
    show("steps", "µs per training step, medians of interleaved rounds", rows)
