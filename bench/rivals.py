"""What people search with today, on the task of the benches: PyTorch under Optuna, skorch, scikit-learn.

Every rival trains the same nets (16 inputs, two hidden layers), by Adam, on the same rows, for as many epochs.
"""

from __future__ import annotations

import multiprocessing
import queue
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
import torch
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neural_network import MLPClassifier
from skorch import NeuralNetClassifier

PROCESSES = 2


@dataclass(frozen=True)
class Study:
    """What is searched: shape and length of the trainings, and how many."""

    width: int
    batch: int
    epochs: int
    settings: int
    folds: int


@dataclass(frozen=True)
class Table:
    """Letter as arrays: standardised inputs and class numbers."""

    inputs: np.ndarray
    classes: np.ndarray

    def folds(self, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the rows that train and validate, fold by fold."""
        return list(StratifiedKFold(count, shuffle=True, random_state=0).split(self.inputs, self.classes))


def network(study: Study, inputs: int = 16, classes: int = 26) -> torch.nn.Sequential:
    """Return a fresh network."""
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, study.width),
        torch.nn.ReLU(),
        torch.nn.Linear(study.width, study.width),
        torch.nn.ReLU(),
        torch.nn.Linear(study.width, classes),
    )


def train(table: Table, study: Study, rows: tuple[np.ndarray, np.ndarray], rate: float, beta: float) -> Any:
    """Train one network in a plain loop and yield its accuracy on the other rows after every epoch."""
    x, y = torch.from_numpy(table.inputs), torch.from_numpy(table.classes)
    training, validation = (torch.from_numpy(part) for part in rows)
    model = network(study)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, betas=(beta, 0.999), fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(study.epochs):
        order = training[torch.randperm(len(training))]
        for first in range(0, len(order), study.batch):
            chosen = order[first : first + study.batch]
            optimizer.zero_grad(set_to_none=True)
            loss_of(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
        with torch.no_grad():
            accuracy = float((model(x[validation]).argmax(1) == y[validation]).float().mean())
        yield accuracy


def asked(trial: optuna.Trial) -> tuple[float, float]:
    """Return the rate and β₁ of a trial."""
    return trial.suggest_float("rate", 1e-4, 1e-1, log=True), trial.suggest_float("beta", 0.8, 0.98)


def cross_validated(trial: optuna.Trial, table: Table, study: Study) -> float:
    """Return the mean over folds of the last epoch's accuracy."""
    settings = asked(trial)
    return float(np.mean([[*train(table, study, fold, *settings)][-1] for fold in table.folds(study.folds)]))


def pruned(trial: optuna.Trial, table: Table, study: Study) -> float:
    """Return the same, all folds trained side by side epoch by epoch, unless Hyperband stops the trial before."""
    settings, accuracy = asked(trial), 0.0
    trainings = [train(table, study, fold, *settings) for fold in table.folds(study.folds)]
    for epoch, accuracies in enumerate(zip(*trainings, strict=True), start=1):
        accuracy = float(np.mean(accuracies))
        trial.report(accuracy, epoch)
        if trial.should_prune():
            raise optuna.TrialPruned
    return accuracy


def work(number: int, journal: str, table: Table, study: Study, halving: bool, seed: int, go: Any, done: Any) -> None:
    """Take trials from a study that the processes share, in one thread; tell when ready and when done."""
    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    done.put(None)
    go.wait()
    pruner = optuna.pruners.HyperbandPruner(1, study.epochs, 3) if halving else optuna.pruners.NopPruner()
    shared = optuna.create_study(
        study_name="rival",
        direction="maximize",
        storage=JournalStorage(JournalFileBackend(journal)),
        sampler=optuna.samplers.RandomSampler(PROCESSES * seed + number),
        pruner=pruner,
        load_if_exists=True,
    )
    objective = pruned if halving else cross_validated
    shared.optimize(lambda trial: objective(trial, table, study), n_trials=study.settings // PROCESSES)
    done.put(None)


def search(
    table: Table, study: Study, journal: str, *, halving: bool = False, seed: int = 0
) -> tuple[float, list[tuple[float, float]]]:
    """Search with PyTorch under Optuna in two processes of one thread.

    Returns:
        The seconds from all processes being ready to the last being done, and (seconds, best accuracy by then) of
        every trial that ended.
    """
    context = multiprocessing.get_context("spawn")
    go, done = context.Event(), context.Queue()
    team = [
        context.Process(target=work, args=(number, journal, table, study, halving, seed, go, done), daemon=True)
        for number in range(PROCESSES)
    ]
    for process in team:
        process.start()
    hear_from(team, done)
    began, at = time.perf_counter(), time.time()
    go.set()
    hear_from(team, done)
    took = time.perf_counter() - began
    for process in team:
        process.join()
    return took, progress(journal, at)


def hear_from(team: list[Any], done: Any) -> None:
    """Wait until every process has said one thing; stop where one of them died of an error."""
    heard = 0
    while heard < len(team):
        try:
            done.get(timeout=1.0)
        except queue.Empty:
            if any(process.exitcode for process in team):
                raise SystemExit("a rival's process ended with the error above.") from None
        else:
            heard += 1


def progress(journal: str, began: float) -> list[tuple[float, float]]:
    """Return (seconds, best value by then) of the trials that a journal holds, in the order in which they ended."""
    study = optuna.load_study(study_name="rival", storage=JournalStorage(JournalFileBackend(journal)))
    ended = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
    best, found = 0.0, []
    for trial in sorted(ended, key=lambda trial: trial.datetime_complete or 0):
        assert trial.value is not None
        assert trial.datetime_complete is not None
        best = max(best, trial.value)
        found.append((trial.datetime_complete.timestamp() - began, best))
    return found


def grid_with_skorch(table: Table, study: Study, settings: int) -> float:
    """Return the seconds per training of skorch under scikit-learn's grid search in two processes."""
    torch.set_num_threads(1)
    model = NeuralNetClassifier(
        network,
        module__study=study,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        max_epochs=study.epochs,
        batch_size=study.batch,
        train_split=None,
        verbose=0,
    )
    return timed_grid(model, "lr", table, study, settings)


def grid_with_scikit_learn(table: Table, study: Study, settings: int) -> float:
    """Return the seconds per training of scikit-learn's MLP under its grid search in two processes."""
    hidden = (study.width, study.width)
    model = MLPClassifier(hidden, batch_size=study.batch, max_iter=study.epochs, n_iter_no_change=study.epochs)
    return timed_grid(model, "learning_rate_init", table, study, settings)


def timed_grid(model: Any, rate: str, table: Table, study: Study, settings: int) -> float:
    """Time a grid over the rate and return the seconds per training."""
    grid = {rate: list(np.geomspace(1e-4, 1e-1, settings))}
    search = GridSearchCV(model, grid, cv=study.folds, n_jobs=PROCESSES, refit=False)
    began = time.perf_counter()
    search.fit(table.inputs, table.classes)
    return (time.perf_counter() - began) / (settings * study.folds)
