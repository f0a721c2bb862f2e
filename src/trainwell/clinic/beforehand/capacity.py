"""Row 9 of the practice: the training loss falls as the network grows; if not, something else holds it up."""

from __future__ import annotations

from typing import Any

import numpy as np

from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.engine import Problem, Recipe
from trainwell.engine.batches import updates_per_epoch
from trainwell.engine.cohort import Member, train_cohort
from trainwell.network import MLP

NAME = "capacity helps"
#: Widths tried, as shares of the recipe's, and the updates each is given.
SHARES = (0.125, 0.5, 1.0)
STEPS = 300
#: By how much of the smallest network's loss a larger one may be worse without being so by more than luck.
SLACK = 0.05


def check_capacity(recipe: Recipe, problem: Problem) -> Preflight:
    """Train the network at an eighth, half and all of its width, regularization off, and compare training losses."""
    if not isinstance(recipe.network, MLP) or max(recipe.network.hidden, default=0) < 2:
        return Preflight(9, NAME, "not applicable", "The network has no hidden widths to vary.", {})
    recipes = [resized(recipe, share, problem) for share in SHARES]
    outcomes = train_cohort(
        [Member(each, problem) for each in recipes], lambda _, trained: trained.record["training_loss"]
    )
    curves = [outcome.kept for outcome in outcomes]
    if any(curve is None for curve in curves):
        return Preflight(9, NAME, "not applicable", "The networks of other widths were not trained to the end.", {})
    losses = [float(np.min(curve[np.isfinite(curve)], initial=np.inf)) for curve in curves if curve is not None]
    return judged(losses, [max(each.network.hidden) for each in recipes])


def resized(recipe: Recipe, share: float, problem: Problem) -> Recipe:
    """Return the recipe with its hidden widths at a share of what they are, trained shortly without regularization."""
    steps = updates_per_epoch(recipe, int(problem.rows.training_count))
    hidden = [max(1, round(width * share)) for width in recipe.network.hidden]
    off: dict[str, Any] = {path: 0.0 for path in recipe.knobs() if path.endswith(("dropout", "weight_decay"))}
    off |= {"label_smoothing": 0.0, "augmentation": (), "penalties": ()}
    changes = {"network.hidden": hidden, "max_epochs": max(1, STEPS // steps), "early_stopping": None}
    return recipe.with_settings({**off, **changes, "telemetry": False})


def judged(losses: list[float], widths: list[int]) -> Preflight:
    """Say whether each larger network had the smaller loss, but for luck."""
    evidence = {f"loss_at_width_{width}": loss for width, loss in zip(widths, losses, strict=True)}
    listed = ", ".join(f"{loss:.3g} at width {width}" for width, loss in zip(widths, losses, strict=True))
    words = f"The training loss is {listed}."
    if not np.isfinite(losses).all():
        return Preflight(9, NAME, "warned", f"{words} Training diverges: look at the rate.", evidence)
    if losses[-1] <= losses[0] + SLACK * abs(losses[0]):
        return Preflight(9, NAME, "passed", words, evidence)
    words += " The larger network learns less: look at the learning rate and the initializer."
    return Preflight(9, NAME, "warned", words, evidence)
