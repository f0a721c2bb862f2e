"""Several trained networks that answer together: the mean of their probabilities or numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.errors import DataError
from trainwell.model import Model
from trainwell.predictor import Predictor
from trainwell.tasks import Task


@dataclass(frozen=True, repr=False)
class Ensemble(Predictor):
    """Models of one target whose answers are averaged.

    Networks that err in different places err less on average: the ensemble's cross-entropy or squared error is never
    above the mean of its members'.

    Raises:
        DataError: no members, or members that do not answer the same question.

    Reference: L. Hansen, P. Salamon, "Neural Network Ensembles", 1990.
    """

    members: tuple[Model, ...]

    def __post_init__(self) -> None:
        questions = {(model.task, model.target_names, model.classes) for model in self.members}
        if len(questions) != 1:
            raise DataError(f"an ensemble needs members that answer one question, but got {len(questions)} questions.")

    def __repr__(self) -> str:
        return f"<Ensemble of {len(self.members)}: {self.members[0]!r}>"

    @property
    def task(self) -> Task:  # type: ignore[override]
        """What it answers."""
        return self.members[0].task

    @property
    def target_names(self) -> tuple[str, ...]:  # type: ignore[override]
        """The columns it predicts."""
        return self.members[0].target_names

    @property
    def classes(self) -> tuple[Any, ...]:  # type: ignore[override]
        """The labels, in the order of the probabilities."""
        return self.members[0].classes

    def answers_to(self, rows: Any) -> np.ndarray:
        """Return the mean of the members' answers to raw rows, ``(rows, outputs)``."""
        return np.mean([model.answers_to(rows) for model in self.members], axis=0)

    @property
    def states_variance(self) -> bool:
        """Whether every member says how sure it is of each number."""
        return all(model.states_variance for model in self.members)

    def variance_of(self, rows: Any) -> np.ndarray:
        """Return the variance of the mixture of what the members state, ``(rows, outputs)``.

        σ² = mean of σₘ² + variance of μₘ over the members m: what each leaves open, and how far they disagree.

        Reference: B. Lakshminarayanan et al., "Simple and Scalable Predictive Uncertainty Estimation using Deep
        Ensembles", NeurIPS 2017.
        """
        if not self.states_variance:
            return super().variance_of(rows)
        stated = np.mean([model.variance_of(rows) for model in self.members], axis=0)
        return np.asarray(stated + np.var([model.answers_to(rows) for model in self.members], axis=0))

    def draws_of(self, rows: Any, samples: int, seed: int) -> np.ndarray:
        """Return every member's draws to raw rows, ``(draws, rows, outputs)``; one of a member without dropout."""
        return np.concatenate(
            [
                model.draws_of(rows, samples, seed) if model.has_dropout else model.answers_to(rows)[None]
                for model in self.members
            ]
        )
