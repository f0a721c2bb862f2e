"""Training loops in PyTorch as people write them, some of them wrong, for the tests of the adapter."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_diabetes, load_digits
from torch import Tensor, nn

from trainwell.adapters.torch import Watch, watch

Rows = tuple[Tensor, Tensor]


@cache
def digits() -> Rows:
    inputs, targets = load_digits(return_X_y=True)
    return torch.tensor(inputs[:700] / 16, dtype=torch.float32), torch.tensor(targets[:700])


@cache
def diabetes() -> Rows:
    inputs, targets = load_diabetes(return_X_y=True)
    scaled = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    return torch.tensor(scaled, dtype=torch.float32), torch.tensor((targets - targets.mean()) / targets.std()).float()


def mlp(*widths: int, activation: Callable[[], nn.Module] = nn.ReLU, end: tuple[nn.Module, ...] = ()) -> nn.Sequential:
    torch.manual_seed(1)
    layers: list[nn.Module] = []
    for place, (fan_in, fan_out) in enumerate(pairwise(widths)):
        layers += [nn.Linear(fan_in, fan_out), *([activation()] if place < len(widths) - 2 else [])]
    return nn.Sequential(*layers, *end)


def loop(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    rows: Rows,
    loss: Any,
    watched: Watch | None,
    *,
    sign: float = 1.0,
    epochs: int = 20,
) -> None:
    """Train on the first two thirds of the rows, validate on the rest."""
    inputs, targets = rows
    count = len(inputs) * 2 // 3
    torch.manual_seed(0)
    for _ in range(epochs):
        model.train()
        order = torch.randperm(count)
        for first in range(0, count, 32):
            batch = order[first : first + 32]
            optimizer.zero_grad()
            value = loss(model(inputs[batch]), targets[batch])
            (sign * value).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            loss(model(inputs[count:]), targets[count:])
        if watched is not None:
            watched.epoch()


def watched_loop(model: nn.Module, optimizer: torch.optim.Optimizer, rows: Rows, loss: Any, **options: Any) -> Watch:
    """Train with an adapter beside."""
    count = len(rows[0]) * 2 // 3
    with watch(model, optimizer, loss=loss, probe=(rows[0][:count], rows[1][:count])) as watched:
        loop(model, optimizer, rows, loss, watched, **options)
    return watched


def adam(model: nn.Module, rate: float = 1e-3) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), rate)


def of_digits(model: nn.Module, optimizer: torch.optim.Optimizer, **options: Any) -> Watch:
    return watched_loop(model, optimizer, digits(), nn.CrossEntropyLoss(), **options)


def too_high() -> Watch:
    model = mlp(64, 64, 64, 10)
    return of_digits(model, torch.optim.SGD(model.parameters(), 20.0))


def too_low() -> Watch:
    model = mlp(64, 64, 64, 10)
    return of_digits(model, adam(model, 1e-6))


def dead() -> Watch:
    model = mlp(64, 64, 64, 10)
    for layer in (model[0], model[2]):
        nn.init.constant_(layer.bias, -10.0)
    return of_digits(model, adam(model))


def vanishing() -> Watch:
    model = mlp(*[64] * 11, 10, activation=nn.Sigmoid)
    return of_digits(model, torch.optim.SGD(model.parameters(), 0.1))


def symmetric() -> Watch:
    model = mlp(64, 64, 64, 10)
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)
    return of_digits(model, adam(model))


def frozen() -> Watch:
    model = mlp(64, 64, 64, 10)
    return of_digits(model, adam(model[4]))


def flipped() -> Watch:
    model = mlp(64, 64, 64, 10)
    return of_digits(model, torch.optim.SGD(model.parameters(), 0.01), sign=-1.0)


def softmax_twice() -> Watch:
    model = mlp(64, 64, 10, end=(nn.Softmax(1),))
    return of_digits(model, torch.optim.SGD(model.parameters(), 0.5))


def broadcast() -> Watch:
    model = mlp(10, 32, 1)
    return watched_loop(model, adam(model, 1e-2), diabetes(), nn.MSELoss())


def hole_in_the_data() -> Watch:
    inputs, targets = digits()
    inputs = inputs.clone()
    inputs[17, 3] = float("nan")
    model = mlp(64, 64, 10)
    return watched_loop(model, adam(model), (inputs, targets), nn.CrossEntropyLoss())


class Unguarded(nn.Module):
    """A cross-entropy that takes the logarithm of what may be negative."""

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        share = torch.softmax(outputs * 50, 1)[torch.arange(len(targets)), targets]
        return -torch.log(share - 1e-3).mean()


def unguarded() -> Watch:
    model = mlp(64, 64, 10)
    return watched_loop(model, adam(model, 1e-2), digits(), Unguarded())


#: A loop for each fault, and the names of causes any of which is right.
FAULTY: dict[str, tuple[Callable[[], Watch], set[str]]] = {
    "rate too high": (too_high, {"learning rate too high"}),
    "rate too low": (too_low, {"learning rate too low"}),
    "dead units": (dead, {"dead ReLUs"}),
    "vanishing gradients": (vanishing, {"vanishing gradients"}),
    "constant weights": (symmetric, {"symmetric initialization"}),
    "layers left out of the optimizer": (frozen, {"frozen parameters"}),
    "loss turned round": (flipped, {"sign flipped"}),
    "softmax before cross-entropy": (softmax_twice, {"double softmax"}),
    "(n, 1) against (n,)": (broadcast, {"shapes broadcast"}),
    "one NaN among the inputs": (hole_in_the_data, {"non-finite input"}),
    "logarithm of a negative number": (unguarded, {"non-finite numbers"}),
}


def plain_adam() -> Watch:
    model = mlp(64, 64, 10)
    return of_digits(model, adam(model, 2e-3), epochs=25)


def normalized() -> Watch:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10))
    return of_digits(model, torch.optim.AdamW(model.parameters(), 2e-3), epochs=25)


def momentum() -> Watch:
    model = mlp(64, 64, 10, activation=nn.Tanh)
    return of_digits(model, torch.optim.SGD(model.parameters(), 0.05, momentum=0.9), epochs=30)


def numbers() -> Watch:
    inputs, targets = diabetes()
    model = mlp(10, 16, 1)
    return watched_loop(model, adam(model, 3e-3), (inputs, targets[:, None]), nn.MSELoss(), epochs=25)


def convolution() -> Watch:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 8, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(288, 10)
    )
    return of_digits(model, adam(model, 2e-3), epochs=25)


def linear() -> Watch:
    torch.manual_seed(1)
    model = nn.Linear(64, 10)
    return of_digits(model, adam(model, 1e-2), epochs=25)


HEALTHY = {
    "Adam": plain_adam,
    "batch normalization and dropout": normalized,
    "momentum and tanh": momentum,
    "a number to predict": numbers,
    "a convolution": convolution,
    "a linear model": linear,
}


def state_of(model: nn.Module) -> list[np.ndarray]:
    """Return all weights and buffers."""
    return [tensor.numpy().copy() for tensor in model.state_dict().values()]
