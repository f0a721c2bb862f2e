"""A study of 64 settings × 5 folds on letter: ours against plain PyTorch loops in two processes under Optuna.

The same nets (16 inputs, two hidden layers), Adam, batches, epochs and folds; the rate and β₁ are searched at random.
Ours is timed whole, compilation included; so are the processes, save their imports. Rounds are interleaved.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from pathlib import Path

import numpy as np
import optuna
import torch
from sklearn.model_selection import StratifiedKFold

import trainwell as tw
from bench.results import show
from trainwell.training import Adam, Constant

SETTINGS, FOLDS, EPOCHS, PROCESSES = 64, 5, 2, 2
#: Width, batch and the goal in times PyTorch's speed.
SHAPES = ((32, 32, 10.0), (64, 128, 4.0), (128, 256, 1.5))


def ours(data: tw.Dataset, width: int, batch: int) -> tuple[float, float]:
    """Return the seconds of the study and its best accuracy."""
    recipe = tw.Recipe(
        network=tw.MLP(hidden=(width, width)),
        encoding=tw.Encoding(numbers="standard"),
        optimizer=Adam(),
        schedule=Constant(),
        batch_size=batch,
        max_epochs=EPOCHS,
        early_stopping=None,
        telemetry=False,
    )
    space = recipe.vary(
        {"optimizer.learning_rate": tw.loguniform(1e-4, 1e-1), "optimizer.beta1": tw.uniform(0.8, 0.98)}
    )
    began = time.perf_counter()
    study = tw.tune(space, data, trials=SETTINGS, strategy="random", folds=FOLDS)
    return time.perf_counter() - began, study.best.value


def accuracy(
    x: torch.Tensor, y: torch.Tensor, fold: tuple[np.ndarray, np.ndarray], options: tuple[float, ...]
) -> float:
    """Train one network on one fold and return its accuracy on the rest."""
    width, batch, rate, beta = int(options[0]), int(options[1]), options[2], options[3]
    training, validation = (torch.from_numpy(rows) for rows in fold)
    network = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], width),
        torch.nn.ReLU(),
        torch.nn.Linear(width, width),
        torch.nn.ReLU(),
        torch.nn.Linear(width, int(y.max()) + 1),
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=rate, betas=(beta, 0.999), fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    score = 0.0
    for _ in range(EPOCHS):
        order = training[torch.randperm(len(training))]
        for first in range(0, len(order), batch):
            rows = order[first : first + batch]
            optimizer.zero_grad(set_to_none=True)
            loss_of(network(x[rows]), y[rows]).backward()
            optimizer.step()
        with torch.no_grad():
            score = max(score, float((network(x[validation]).argmax(1) == y[validation]).float().mean()))
    return score


def worker(path: str, width: int, batch: int, trials: int, seed: int, go: object, done: object) -> None:
    """Run a share of the study in a process of one thread; tell the seconds and the best accuracy."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    data = tw.read(path, target="class")
    assert data.frame is not None
    inputs = data.frame.to_numpy().astype(np.float32)
    x = torch.from_numpy((inputs - inputs.mean(0)) / inputs.std(0))
    y = torch.from_numpy(data.target.values.astype(np.int64))
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(inputs, data.target.values))

    def objective(trial: optuna.Trial) -> float:
        options = (
            width,
            batch,
            trial.suggest_float("rate", 1e-4, 1e-1, log=True),
            trial.suggest_float("beta", 0.8, 0.98),
        )
        return float(np.mean([accuracy(x, y, fold, options) for fold in folds]))

    done.put(None)  # type: ignore[attr-defined]
    go.wait()  # type: ignore[attr-defined]
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed))
    study.optimize(objective, n_trials=trials)
    done.put(study.best_value)  # type: ignore[attr-defined]


def pytorch(path: str, width: int, batch: int) -> tuple[float, float]:
    """Return the seconds from all processes being ready to the last being done, and the best accuracy."""
    context = multiprocessing.get_context("spawn")
    go, done = context.Event(), context.Queue()
    share = SETTINGS // PROCESSES
    team = [context.Process(target=worker, args=(path, width, batch, share, at, go, done)) for at in range(PROCESSES)]
    for process in team:
        process.start()
    for _ in team:
        done.get()
    began = time.perf_counter()
    go.set()
    best = max(done.get() for _ in team)
    took = time.perf_counter() - began
    for process in team:
        process.join()
    return took, best


def run(options: argparse.Namespace) -> None:
    """Time both sides on every shape, interleaved."""
    if options.data is None:
        print("search: skipped, it needs --data FOLDER, a folder with the data files")
        return
    path = str(Path(options.data) / "letter.csv")
    data = tw.read(path, target="class")
    rows = []
    for width, batch, goal in SHAPES:
        mine, theirs = [], []
        for _ in range(options.rounds):
            mine.append(ours(data, width, batch))
            theirs.append(pytorch(path, width, batch))
        seconds, rival = (float(np.median([took for took, _ in found])) for found in (mine, theirs))
        rows.append(
            {
                "width/batch": f"{width}/{batch}",
                "trainwell s": seconds,
                "first, with compilation s": mine[0][0],
                "PyTorch s": rival,
                "times PyTorch": rival / seconds,
                "goal": goal,
                "best accuracy": mine[0][1],
                "its best": theirs[0][1],
            }
        )
    show("search", f"{SETTINGS} settings × {FOLDS} folds × {EPOCHS} epochs on letter", rows)
