"""After a search: its best recipes trained anew on every row that is not kept for the test, as members of an ensemble.

The validation rows have chosen the recipes by then; as training rows they teach more. Not for choosing recipes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainwell.data import Dataset
from trainwell.engine import Recipe
from trainwell.engine.cohort import Member, train_cohort
from trainwell.engine.training import Trained
from trainwell.errors import RecipeError
from trainwell.keys import seed_after
from trainwell.model import Model
from trainwell.search import Study
from trainwell.search.folds import Fold
from trainwell.search.lessons.resolution import score_error
from trainwell.search.problems import Problems
from trainwell.search.trials import Trial

#: Recipes in an ensemble at most; further members are trained by them with other seeds.
RECIPES = 3


@dataclass(frozen=True)
class Finalist:
    """A recipe of the ensemble: the trial it comes from, and how it is trained without validation rows."""

    trial: int
    recipe: Recipe


def choose(study: Study, members: int, rows: int) -> list[Finalist]:
    """Return the recipes of the ensemble: those as good as the best as far as one can tell, in turn, seed after seed.

    As good means within one standard error of the best value, the one-standard-error rule; of those the best few, among
    them the recipe that the search began with if it is as good: the gain over it may be chance.

    Args:
        study: the search.
        members: how many networks.
        rows: validation rows that a value is the mean over, in one fold.

    Reference: L. Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3.
    """
    best = study.best.value
    allowed = score_error(best, study.metric, rows * study.folds)
    equals = [trial for trial in study.distinct() if trial.value is not None and abs(trial.value - best) <= allowed]
    few = equals[:RECIPES]
    first = [trial for trial in equals[RECIPES:] if trial.settings == study.space.own_settings()]
    few = [*few[: RECIPES - len(first)], *first]
    return [finalist(study, few[number % len(few)], number // len(few)) for number in range(members)]


def finalist(study: Study, trial: Trial, turn: int) -> Finalist:
    """Return a trial's recipe for training on all rows: as many epochs as were best, by a seed of its own.

    Without validation rows nothing can stop a run early, so that a recipe that relied on it ends where its best epoch
    was. One that trains to the end of its schedule does so again.
    """
    recipe = study.space.recipe_for(trial.settings)
    seed = seed_after(recipe.seed, turn)
    if recipe.early_stopping is None:
        return Finalist(trial.number, recipe.with_settings({"seed": seed}))
    epochs = max(1, round(float(np.mean(trial.column("best_epoch")))))
    return Finalist(trial.number, recipe.with_settings({"seed": seed, "early_stopping": None, "max_epochs": epochs}))


def refitted(
    finalists: Sequence[Finalist], data: Dataset, seconds: float | None = None
) -> list[tuple[Finalist, Model]]:
    """Return finalists with the models they make of the training and validation rows together, as one cohort.

    Args:
        finalists: whom to train, the most important first.
        data: whose test part stays unseen.
        seconds: budget; those not finished by then are left out.

    Raises:
        RecipeError: none could be trained.
    """
    rows = np.sort(np.concatenate([data.parts.train, data.parts.validation]))
    problems = Problems(data, [Fold(rows, np.array([], np.int64))])
    recipes = [each.recipe.with_settings({"telemetry": False}) for each in finalists]
    cohort = [Member(recipe, problems.of(recipe, fold=0)) for recipe in recipes]

    def keep(at: int, trained: Trained) -> Model:
        return Model.of(trained, cohort[at].problem, data)

    outcomes = train_cohort(cohort, keep, seconds=seconds)
    refused = [outcome.problem for outcome in outcomes if outcome.problem]
    if len(refused) == len(outcomes):
        raise RecipeError(f"no member of the ensemble can be trained: {refused[0]}")
    return [(each, outcome.kept) for each, outcome in zip(finalists, outcomes, strict=True) if outcome.kept is not None]
