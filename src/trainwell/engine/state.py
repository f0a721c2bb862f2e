"""What a run holds between two calls of the compiled program: data, row indices, weights, sums, outcome."""

from __future__ import annotations

from typing import Any, NamedTuple

from jax import Array

#: Every way a run can end, and the sentence the person reads. All but the budget and Ctrl-C are decided in the program.
OUTCOMES = (
    "still running",
    "all epochs done",
    "no improvement for the epochs of patience",
    "diverged: the training loss is not a finite number",
    "the time budget was used up",
    "interrupted",
    "all steps done",
    "the gradient's norm fell below the tolerance",
)
RUNNING, FINISHED, PATIENCE, DIVERGED, OUT_OF_TIME, INTERRUPTED, ALL_STEPS, CONVERGED = range(8)


class Examples(NamedTuple):
    """The data, held once: inputs ``(rows, …)``, targets ``(rows, …)`` and sample weights ``(rows,)``."""

    inputs: Array
    targets: Array
    weights: Array


class Rows(NamedTuple):
    """Which examples a trial trains and validates on: padded index arrays and how many of each count."""

    training: Array
    training_count: Array
    validation: Array
    validation_count: Array


class Sums(NamedTuple):
    """Running sums over the batches of the epoch under way."""

    loss: Array
    score: Array
    weight: Array
    gradient_norm: Array


class Best(NamedTuple):
    """The weights of the best epoch so far, what was watched there, and the epochs waited for an improvement.

    ``reference`` is what was watched at the last improvement that counted; small gains add up against it.
    """

    parameters: Any
    network_state: Any
    watched: Array
    epoch: Array
    reference: Array
    waited: Array


class TrialState(NamedTuple):
    """Everything a run needs to go on from where it stands."""

    parameters: Any
    network_state: Any
    optimizer_state: Any
    schedule_state: Any
    seed: Array
    epoch: Array
    batch: Array
    sums: Sums
    best: Best
    outcome: Array


class Curves(NamedTuple):
    """What the epochs of one call wrote down, ``(epochs, quantities)``; the first ``filled`` rows hold something."""

    rows: Array
    filled: Array
