"""Prescriptions tried: every remedy of a run's findings trained over several seeds beside the run as it was.

All trainings are one cohort. The validation part decides; the test part is left alone, so that the cured recipe can
still be judged by it. A remedy that does not help is said to have failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from trainwell.arguments import seeds_of
from trainwell.clinic.finding import Finding
from trainwell.clinic.pairing import Paired
from trainwell.clinic.prescriptions import Prescription, prescriptions
from trainwell.clinic.treatment import Attempt, Treatment
from trainwell.data import Dataset
from trainwell.engine import Problem, Recipe, Trained, keep_compilations, prepare
from trainwell.engine.cohort import CohortProgress, Member, Outcome, train_cohort
from trainwell.engine.held_out import Scores, validation_scores
from trainwell.errors import DataError, RecipeError, TrainwellError
from trainwell.functions.metrics import METRICS, PRIMARY

Listener = Callable[[CohortProgress], None]
#: A way of training beside others: what is prescribed (nothing for the run as it was), the recipe, the encoded data.
Arm = tuple[Prescription | None, Recipe, Problem]
FEWEST_SEEDS, SEEDS = 2, 5


class Examined(Protocol):
    """What is treated: anything with a recipe and findings, such as a :class:`trainwell.Run`."""

    @property
    def recipe(self) -> Recipe:
        """How it was trained."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What the clinic found."""


def treat(
    run: Examined,
    data: Dataset,
    *,
    seeds: int | Sequence[int] = SEEDS,
    workers: int | None = None,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> Treatment:
    """Try every remedy of a run's findings that is a change to its recipe, in one cohort over several seeds.

    Args:
        run: a finished run with its findings, or anything with a ``recipe`` and ``findings``.
        data: what it was trained on; the validation part decides, the test part is left alone.
        seeds: how many, from the recipe's on; or which.
        workers: trainings at a time; one per core unless said.
        seconds: wall-clock budget; the seeds not finished by then are left out, for all remedies alike.
        listener: called when a training ends.

    Raises:
        DataError: the data have no validation part.
        RecipeError: fewer than two seeds, or none finished in time.

    >>> from types import SimpleNamespace
    >>> from trainwell.data import read
    >>> data = read({"x": [1.5, 2.5, 3.5, 2.0] * 10, "y": ["a", "b"] * 20}, target="y")
    >>> print(treat(SimpleNamespace(recipe=Recipe(), findings=[]), data))
    There was nothing to try: no finding prescribes a change to the recipe.
    """
    chosen = chosen_seeds(run.recipe, seeds)
    if len(data.parts.validation) == 0:
        raise DataError("the validation part decides which remedy helped, but it has no rows; divide the data again.")
    arms, untried = prepared(prescriptions(run.recipe, run.findings), data)
    if not arms:
        return Treatment(tuple(untried), chosen)
    keep_compilations()
    every = [(None, run.recipe, prepare(run.recipe, data)), *arms]
    outcomes = trained_scores(every, chosen, data, workers=workers, seconds=seconds, listener=listener)
    return judged(every, outcomes, chosen, data, untried)


def chosen_seeds(recipe: Recipe, seeds: int | Sequence[int]) -> tuple[int, ...]:
    """Return which seeds to train with; raises ``RecipeError`` for fewer than two."""
    chosen = seeds_of(recipe.seed, seeds)
    if len(set(chosen)) < FEWEST_SEEDS:
        raise RecipeError(
            f"telling luck from help needs {FEWEST_SEEDS} different seeds at least, but got {seeds!r}; try seeds=5."
        )
    return chosen


def prepared(found: Sequence[Prescription], data: Dataset) -> tuple[list[Arm], list[Attempt]]:
    """Return the remedies that can be trained, each with its encoded data, and those that cannot, with why."""
    arms: list[Arm] = []
    untried = []
    for each in found:
        try:
            if each.recipe is None:
                untried.append(Attempt(each, problem=each.problem))
            else:
                arms.append((each, each.recipe, prepare(each.recipe, data)))
        except TrainwellError as problem:
            untried.append(Attempt(each, problem=str(problem)))
    return arms, untried


def trained_scores(
    arms: Sequence[Arm], seeds: Sequence[int], data: Dataset, **options: Any
) -> list[list[Outcome[Scores]]]:
    """Train every arm with every seed and return what became of each on the validation part, ``[arm][seed]``.

    The seeds are the outer loop, so that a budget that ends leaves whole ones.
    """
    members = [
        Member(recipe.with_settings({"seed": seed, "telemetry": False}), problem)
        for seed in seeds
        for _, recipe, problem in arms
    ]

    def keep(index: int, trained: Trained) -> Scores:
        return validation_scores(trained, members[index].problem, data)

    outcomes = train_cohort(members, keep, **options)
    return [outcomes[arm :: len(arms)] for arm in range(len(arms))]


def judged(
    arms: Sequence[Arm],
    outcomes: Sequence[Sequence[Outcome[Scores]]],
    seeds: Sequence[int],
    data: Dataset,
    untried: Sequence[Attempt],
) -> Treatment:
    """Return what the scores say of every arm against the first, over the seeds that all of them finished."""
    refusals = [next((outcome.problem for outcome in row if outcome.problem), None) for row in outcomes]
    if refusals[0] is not None:
        raise RecipeError(refusals[0])
    able = [number for number, problem in enumerate(refusals) if problem is None]
    whole = [at for at in range(len(seeds)) if all(outcomes[number][at].kept is not None for number in able)]
    if len(whole) < FEWEST_SEEDS:
        raise RecipeError(
            f"the remedies were trained over {len(whole)} whole seed{'' if len(whole) == 1 else 's'}, but telling luck "
            f"from help needs {FEWEST_SEEDS} at least; allow more time."
        )
    tried, refused = [], list(untried)
    before = kept_scores(outcomes[0], whole)
    for (prescription, _, _), row, problem in zip(arms, outcomes, refusals, strict=True):
        if prescription is not None and problem is None:
            tried.append(attempt(prescription, data, before, kept_scores(row, whole), len(able) - 1))
        elif prescription is not None:
            refused.append(Attempt(prescription, problem=problem))
    best = best_of(tried)
    cured = best.prescription.recipe if best else None
    return Treatment((*tried, *refused), tuple(seeds[at] for at in whole), cured, best)


def kept_scores(row: Sequence[Outcome[Scores]], places: Sequence[int]) -> list[Scores]:
    """Return the scores of an arm at some of its seeds."""
    return [kept for place in places if (kept := row[place].kept) is not None]


def attempt(
    arm: Prescription, data: Dataset, before: Sequence[Scores], after: Sequence[Scores], remedies: int
) -> Attempt:
    """Return a remedy, one of several, with its scores held against those of the run as it was."""
    main = deciding_metric(arm.change or {}, data)
    second = "log_loss" if main != "rmse" and "log_loss" in before[0] else None
    comparisons = remedies if second is None else 2 * remedies
    held = paired(main, before, after, comparisons)
    return Attempt(arm, held, None if second is None else paired(second, before, after, comparisons))


def deciding_metric(change: Mapping[str, Any], data: Dataset) -> str:
    """Return what decides: the task's own score, or where classes are weighed, one that counts every class alike."""
    weighs = "class_weights" in change and data.task in METRICS["balanced_accuracy"].tasks
    return "balanced_accuracy" if weighs else PRIMARY[data.task]


def paired(metric: str, before: Sequence[Scores], after: Sequence[Scores], comparisons: int) -> Paired:
    """Return the scores of one metric before and after, one of several comparisons."""
    sides = [np.array([scores[metric] for scores in side]) for side in (before, after)]
    return Paired(metric, METRICS[metric].greater_is_better, sides[0], sides[1], comparisons)


def best_of(tried: Sequence[Attempt]) -> Attempt | None:
    """Return the remedy that helped most: by the deciding score before log loss, the earlier of equals."""
    helped = [each for each in tried if each.verdict == "helped" and each.main is not None]

    def merit(each: Attempt) -> tuple[bool, float]:
        decided = each.decided_by
        assert decided is not None
        return decided is each.main, decided.gain

    return max(helped, key=merit, default=None)
