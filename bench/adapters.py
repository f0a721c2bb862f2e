"""What watching a PyTorch or Keras loop costs: the same training with the adapter and without, interleaved.

Wall-clock seconds decide; the processor's own seconds stand beside them, since they suffer less from other work.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn

from bench.results import show
from trainwell.adapters.torch import watch

os.environ.setdefault("KERAS_BACKEND", "jax")

#: Name, data, hidden widths, batch size, epochs: a small loop, a customary one, a wide one.
LOOPS = (
    ("breast cancer 64-64", load_breast_cancer, (64, 64), 32, 300),
    ("digits 128-128", load_digits, (128, 128), 64, 150),
    ("digits 1024-1024", load_digits, (1024, 1024), 128, 30),
)
Times = tuple[float, float]


def rows_of(load: Callable[..., tuple[np.ndarray, np.ndarray]]) -> tuple[torch.Tensor, torch.Tensor]:
    inputs, targets = load(return_X_y=True)
    scaled = (inputs - inputs.mean(axis=0)) / np.maximum(inputs.std(axis=0), 1e-6)
    return torch.tensor(scaled, dtype=torch.float32), torch.tensor(targets)


def torch_loop(watching: bool, load: Callable[..., object], hidden: tuple[int, ...], batch: int, epochs: int) -> Times:
    """Train a plain loop and return its wall-clock and processor seconds."""
    inputs, targets = rows_of(load)
    torch.manual_seed(0)
    widths = (inputs.shape[1], *hidden, int(targets.max()) + 1)
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths[:-1]):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
    loss, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters())
    began, worked = time.perf_counter(), time.process_time()
    beside = watch(model, optimizer, loss=loss, probe=(inputs, targets)) if watching else nullcontext()
    with beside as watched:
        for _ in range(epochs):
            model.train()
            order = torch.randperm(len(inputs))
            for first in range(0, len(inputs), batch):
                chosen = order[first : first + batch]
                optimizer.zero_grad()
                loss(model(inputs[chosen]), targets[chosen]).backward()
                optimizer.step()
            if watched is not None:
                watched.epoch()
    return time.perf_counter() - began, time.process_time() - worked


def keras_loop(watching: bool, load: Callable[..., object], hidden: tuple[int, ...], batch: int, epochs: int) -> Times:
    """Fit a Keras model and return its wall-clock and processor seconds, the first epoch's compilation left out."""
    import keras

    from trainwell.adapters.keras import Watch

    inputs, targets = (part.numpy() for part in rows_of(load))
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(width, activation="relu") for width in hidden]
    model = keras.Sequential([keras.Input((inputs.shape[1],)), *layers, keras.layers.Dense(int(targets.max()) + 1)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(inputs, targets, batch_size=batch, epochs=1, verbose=0)
    began, worked = time.perf_counter(), time.process_time()
    callbacks = [Watch(probe=(inputs, targets))] if watching else []
    model.fit(inputs, targets, batch_size=batch, epochs=epochs, verbose=0, callbacks=callbacks)
    return time.perf_counter() - began, time.process_time() - worked


def compared(name: str, train: Callable[..., Times], loop: tuple[object, ...], rounds: int) -> dict[str, object]:
    """Return the median ratios of watched to unwatched trainings."""
    train(True, *loop)
    train(False, *loop)
    walls, works, seconds = [], [], []
    for turn in range(rounds):
        order = (True, False) if turn % 2 else (False, True)
        took = {watching: train(watching, *loop) for watching in order}
        walls.append(took[True][0] / took[False][0])
        works.append(took[True][1] / took[False][1])
        seconds.append(took[False][0])
    return {
        "loop": name,
        "seconds without": float(np.median(seconds)),
        "ratio, wall clock": float(np.median(walls)),
        "ratio, processor": float(np.median(works)),
    }


def run(options: argparse.Namespace) -> None:
    """Compare loops with the adapters and without."""
    torch.set_num_threads(1)
    rounds = max(options.rounds, 3)
    loops = [(name, (*loop, options.longer * epochs)) for name, *loop, epochs in LOOPS]
    rows = [compared(f"torch, {name}", torch_loop, loop, rounds) for name, loop in loops]
    rows += [compared(f"keras, {name}", keras_loop, loop, rounds) for name, loop in loops]
    show("adapters", "watched loops over unwatched ones", rows)
