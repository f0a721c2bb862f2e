"""``preflight``: rows 1 to 12 of the practice in order, on a recipe and data, before any training that counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from trainwell.clinic.beforehand.baselines import check_linear
from trainwell.clinic.beforehand.batch import check_batch
from trainwell.clinic.beforehand.capacity import check_capacity
from trainwell.clinic.beforehand.gradients import check_own_gradient
from trainwell.clinic.beforehand.independence import check_independence
from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.clinic.beforehand.pointless import pointless
from trainwell.clinic.beforehand.rehearsals import STEPS_BLANK, check_blank, check_by_heart
from trainwell.clinic.beforehand.start import check_start
from trainwell.clinic.beforehand.table import check_giveaway, check_overlap, check_rows, check_seed, check_target
from trainwell.data import Dataset, profile
from trainwell.engine import Problem, Recipe, keep_compilations, prepare, told_apart, train
from trainwell.engine.batches import updates_per_epoch
from trainwell.engine.precision import arithmetic
from trainwell.engine.training import suitable_program

SIGNS = {"passed": "✓", "warned": "!", "failed": "✕", "not applicable": "·"}


@dataclass(frozen=True, repr=False)
class Flight:
    """How the checks before a run went.

    Attributes:
        checks: each of them, in the order of the practice's rows.
        obstacles: what makes training pointless, a sentence each; :func:`trainwell.fit` stops at these unless forced.
    """

    checks: tuple[Preflight, ...]
    obstacles: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return not self.obstacles

    def __iter__(self) -> Iterator[Preflight]:
        return iter(self.checks)

    def __len__(self) -> int:
        return len(self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the checks as JSON-able data."""
        return {"checks": [check.to_dict() for check in self.checks], "obstacles": list(self.obstacles)}

    def __str__(self) -> str:
        lines = [f"{SIGNS[check.status]} {check.row:>2} {check.name}: {check.sentence}" for check in self.checks]
        return "\n".join([*lines, *(f"Training is pointless: {obstacle}" for obstacle in self.obstacles)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def preflight(recipe: Recipe | Dataset | None = None, data: Dataset | None = None) -> Flight:
    """Check everything that an expert checks before a training run is believed, rows 1 to 12 of the practice.

    The data are looked at, the first batch and the loss at the start are, and six short trainings are made: one as the
    recipe says, one with blanked inputs, a few rows learned by heart, and three narrower networks.

    Args:
        recipe: how training is to go; the default preset for this data if left out. ``preflight(data)`` works as well.
        data: on what.

    Raises:
        DataError: no data, or data that cannot be used as they stand.
        RecipeError: the recipe does not suit the data.
    """
    recipe, data = told_apart("clinic.preflight", recipe, data)
    keep_compilations()
    problem = prepare(recipe, data)
    with arithmetic(recipe):
        return checked(recipe, data, problem)


def checked(recipe: Recipe, data: Dataset, problem: Problem) -> Flight:
    """Return how the checks went on encoded data."""
    found = profile(data)
    obstacles = pointless(data, problem)
    table = [check_rows(found), check_target(found), check_overlap(found), check_giveaway(found), check_seed(recipe)]
    program = suitable_program(recipe, problem)
    batch = check_batch(recipe, problem, program)
    if obstacles:
        return Flight((*table, batch), tuple(obstacles))
    short = shortly(recipe, problem)
    trained = train(short, problem, program=program)
    rehearsals = [
        check_start(problem, trained),
        check_linear(problem),
        check_blank(short, problem, trained),
        check_by_heart(recipe, problem, program),
        check_capacity(recipe, problem),
        batch,
        check_independence(recipe, problem, program),
        check_own_gradient(recipe, problem, program),
    ]
    return Flight(tuple(sorted([*table, *rehearsals], key=lambda check: check.row)), ())


def shortly(recipe: Recipe, problem: Problem) -> Recipe:
    """Return the recipe with as few epochs as the run with blanked inputs has."""
    steps = updates_per_epoch(recipe, int(problem.rows.training_count))
    return recipe.with_knobs({"max_epochs": max(1, min(STEPS_BLANK // steps, recipe.max_epochs))})
