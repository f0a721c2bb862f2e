"""Averages of many networks: the same recipe from several seeds, or on bootstrap samples of the rows (bagging).

All members are one cohort of one structure, so that they share one compiled program. An ensemble of the best recipes of
a search is ``tuning``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.arguments import budget, whole_number
from trainwell.artifact import ENSEMBLE, check_writable, write_ensemble, write_json, write_manifest
from trainwell.data import Dataset
from trainwell.description import versions
from trainwell.engine import Problem, Recipe, keep_compilations, prepare, told_apart
from trainwell.engine.cohort import CohortProgress, Member, train_cohort
from trainwell.engine.problem import pad_rows
from trainwell.ensemble import Ensemble
from trainwell.errors import RecipeError
from trainwell.evaluation import score
from trainwell.keys import seed_after
from trainwell.model import Model
from trainwell.predictor import Predictor
from trainwell.run import encoded, parts
from trainwell.writing import whole_folder

Listener = Callable[[CohortProgress], None]


@dataclass(frozen=True, repr=False)
class Averaged(Predictor):
    """Networks of one recipe that answer together, and how each and all of them score.

    Attributes:
        recipe: the recipe; each member has a seed of its own.
        data: what they were trained on.
        ensemble: the members as one model, a :class:`~trainwell.ensemble.Ensemble`.
        scores: of the ensemble; ``scores["test"]["accuracy"]`` is a number.
        members: the scores of each member, in their order.

    References: L. Breiman, "Bagging Predictors", 1996; B. Lakshminarayanan et al., "Simple and Scalable Predictive
    Uncertainty Estimation using Deep Ensembles", NeurIPS 2017.
    """

    recipe: Recipe
    data: Dataset
    ensemble: Ensemble
    scores: dict[str, Any]
    members: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        for name in ("task", "target_names", "classes"):
            object.__setattr__(self, name, getattr(self.ensemble, name))

    def __repr__(self) -> str:
        return f"<Average of {len(self.members)} networks: {self.text}>"

    @property
    def text(self) -> str:
        """The score together and alone, in one line."""
        part, metric = self.scores["judged"], self.scores["primary"]
        told = [self.scores[part].get(metric), *(scores[part].get(metric) for scores in self.members)]
        if any(value is None for value in told):
            return "no score, for some answers are no numbers"
        single = float(np.mean(told[1:]))
        return f"{part} {metric} {told[0]:.4g} together, {single:.4g} alone on average"

    def answers_to(self, rows: Any) -> np.ndarray:
        """Return the mean of the members' answers to raw rows, ``(rows, outputs)``."""
        return self.ensemble.answers_to(rows)

    def draws_of(self, rows: Any, samples: int, seed: int) -> np.ndarray:
        """Return every member's draws to raw rows; one of a member without dropout."""
        return self.ensemble.draws_of(rows, samples, seed)

    @property
    def states_variance(self) -> bool:
        """Whether every member says how sure it is of each number."""
        return self.ensemble.states_variance

    def variance_of(self, rows: Any) -> np.ndarray:
        """Return the variance of the mixture of what the members state for raw rows, ``(rows, outputs)``."""
        return self.ensemble.variance_of(rows)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the members into a folder that :func:`trainwell.load` reads, whole or not at all.

        Raises:
            ArtifactError: the folder exists or cannot be written.
        """
        path = Path(path)
        check_writable(path, overwrite=overwrite)
        with whole_folder(path) as folder:
            write_ensemble(folder, self.ensemble, versions())
            write_json(folder / "scores.json", {"ensemble": self.scores, "members": list(self.members)})
            write_manifest(folder, (ENSEMBLE, "scores.json"), versions())
        return path


def deep_ensemble(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    members: int = 5,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> Averaged:
    """Train one recipe from several seeds on the same rows, and average the answers.

    Args:
        recipe: how to train; the default preset for this data if left out. ``deep_ensemble(data)`` works as well.
        data: what to train on.
        members: how many networks; the seeds are the recipe's and those after it.
        seconds: wall-clock budget; members that are not finished by then are left out.
        listener: called when members finish.

    Raises:
        RecipeError: fewer than two members, or none was finished.
        DataError: no data, or data that cannot be used as they stand.
    """
    return averaged(recipe, data, members, seconds, listener, resampled=False)


def bagging(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    members: int = 10,
    seconds: float | None = None,
    listener: Listener | None = None,
) -> Averaged:
    """Train one recipe on several bootstrap samples of the training rows, and average the answers.

    Each member sees as many rows as there are, drawn with replacement: about 63 % of them, some more than once. The
    validation part stays as it is, for every member to choose its best epoch by.

    Args:
        recipe: how to train; the default preset for this data if left out. ``bagging(data)`` works as well.
        data: what to train on.
        members: how many networks.
        seconds: wall-clock budget; members that are not finished by then are left out.
        listener: called when members finish.

    Raises:
        RecipeError: fewer than two members, or none was finished.
        DataError: no data, or data that cannot be used as they stand.
    """
    return averaged(recipe, data, members, seconds, listener, resampled=True)


def averaged(
    recipe: Recipe | Dataset | None,
    data: Dataset | None,
    members: int,
    seconds: float | None,
    listener: Listener | None,
    *,
    resampled: bool,
) -> Averaged:
    """Train the members as one cohort and score them, alone and together."""
    members, seconds = whole_number("members", members, least=2), budget("seconds", seconds)
    keep_compilations()
    recipe, data = told_apart("bagging" if resampled else "deep_ensemble", recipe, data)
    problem = prepare(recipe, data)
    cohort = [member_of(recipe, problem, number, resampled=resampled) for number in range(members)]
    outcomes = train_cohort(
        cohort, lambda _, trained: Model.of(trained, problem, data), seconds=seconds, listener=listener
    )
    models = tuple(outcome.kept for outcome in outcomes if outcome.kept is not None)
    if not models:
        refused = next((outcome.problem for outcome in outcomes if outcome.problem), None)
        raise RecipeError(refused or "no member was finished; allow more time, or train fewer members.")
    answers = [model.answers(encoded(problem, len(data))) for model in models]
    scores = [score(data, parts(data), answer, {}, seed=recipe.seed) for answer in (np.mean(answers, axis=0), *answers)]
    return Averaged(recipe, data, Ensemble(models), scores[0], tuple(scores[1:]))


def member_of(recipe: Recipe, problem: Problem, number: int, *, resampled: bool) -> Member:
    """Return one trial of the cohort: a seed of its own, and its bootstrap sample of the training rows if asked."""
    seed = seed_after(recipe.seed, number)
    recipe = recipe.with_settings({"seed": seed, "telemetry": False})
    if not resampled:
        return Member(recipe, problem)
    rows = problem.rows
    training = np.asarray(rows.training)[: int(rows.training_count)]
    validation = np.asarray(rows.validation)[: int(rows.validation_count)]
    return Member(recipe, replace(problem, rows=pad_rows(bootstrap(training, seed), validation)))


def bootstrap(rows: np.ndarray, seed: int) -> np.ndarray:
    """Return as many rows as there are, drawn with replacement, in ascending order.

    >>> bootstrap(np.array([3, 5, 9, 11]), seed=0).tolist()
    [5, 9, 9, 11]
    """
    return np.sort(np.random.default_rng(seed).choice(rows, size=len(rows)))
