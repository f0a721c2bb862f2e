"""Milliseconds per training step of a small convolutional network: ours beside PyTorch on the same images.

The network of the design: 3×3 convolutions of 32 and 64 channels with ReLU and 2×2 max pooling, a linear output, on
28×28 grey images, batch 128, Adam. Every round measures all of them one after another; medians are reported. PyTorch
takes the better of one and two threads, in its own layout and in channels last; ours includes the shuffle and the
gather of rows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import torch

from bench.results import show
from trainwell.engine import Program, Recipe
from trainwell.engine.problem import pad_rows
from trainwell.engine.state import Examples
from trainwell.layout import Layout
from trainwell.network import CNN
from trainwell.training import Adam, Constant

ROWS, SIDE, CLASSES, BATCH, STEPS, GOAL = 1024, 28, 10, 128, 8, 0.9


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(size=(ROWS, SIDE * SIDE)).astype(np.float32), random.integers(0, CLASSES, ROWS)


def ours() -> tuple[Callable[[], object], float]:
    """Return a function that makes some steps, and the seconds that compiling took."""
    recipe = Recipe(
        network=CNN(channels=(32, 64), hidden=()),
        optimizer=Adam(),
        schedule=Constant(),
        batch_size=BATCH,
        max_epochs=10**6,
        early_stopping=None,
    )
    x, y = data()
    examples = Examples(jnp.asarray(x), jnp.asarray(y, jnp.int32), jnp.ones(ROWS))
    rows = pad_rows(np.arange(ROWS), np.arange(0))
    program = Program(recipe, Layout(shape=(SIDE, SIDE)), "multiclass", CLASSES)
    knobs = program.knobs(recipe)
    began = time.perf_counter()
    holder = [program.start(knobs, 0, jnp.zeros(CLASSES))]

    def steps(count: int = STEPS) -> None:
        holder[0], curves = program.advance(knobs, holder[0], examples, rows, jnp.asarray(count))
        jax.block_until_ready(curves.filled)

    steps(1)
    return steps, time.perf_counter() - began


def pytorch(threads: int, channels_last: bool) -> Callable[[], object]:
    layout = torch.channels_last if channels_last else torch.contiguous_format
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 32, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(32, 64, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.MaxPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(64 * (SIDE // 4) ** 2, CLASSES),
    ).to(memory_format=layout)
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    x, y = (torch.from_numpy(array) for array in data())
    images = x.reshape(ROWS, 1, SIDE, SIDE)

    def steps() -> None:
        torch.set_num_threads(threads)
        order = torch.randperm(ROWS)
        for first in range(0, STEPS * BATCH, BATCH):
            chosen = order[first : first + BATCH]
            optimizer.zero_grad(set_to_none=True)
            loss_of(network(images[chosen].to(memory_format=layout)), y[chosen]).backward()
            optimizer.step()

    return steps


def milliseconds(steps: Callable[[], object]) -> float:
    began = time.perf_counter()
    steps()
    return (time.perf_counter() - began) / STEPS * 1e3


def run(options: argparse.Namespace) -> None:
    """Measure, interleaved, and show the medians."""
    mine, compiling = ours()
    rivals = {
        f"torch, {threads} thread{'s' * (threads > 1)}{', channels last' * last}": pytorch(threads, last)
        for threads in (1, 2)
        for last in (False, True)
    }
    times: dict[str, list[float]] = {name: [] for name in ("trainwell", *rivals)}
    for _ in range(options.rounds + 1):
        times["trainwell"].append(milliseconds(mine))
        for name, steps in rivals.items():
            times[name].append(milliseconds(steps))
    middle = {name: float(np.median(found[1:])) for name, found in times.items()}
    best = min(rivals, key=lambda name: middle[name])
    row = {
        "network": "32/64 channels 3×3, batch 128",
        "trainwell ms": middle["trainwell"],
        "PyTorch ms": middle[best],
        "its best": best,
        "times PyTorch": middle[best] / middle["trainwell"],
        "goal": GOAL,
        "compile s": compiling,
    }
    show("convolution", "ms per training step, medians of interleaved rounds", [row])
