"""What a search ends with: the study, or the sentence that says why there is none."""

from __future__ import annotations

from typing import Any

from trainwell.engine.cohort import Watch
from trainwell.errors import RecipeError
from trainwell.search.request import Request
from trainwell.search.study import Ended, Study
from trainwell.search.trials import Trial, ended_of


class AllDivergedError(RecipeError):
    """Every trial of a study that could be trained diverged; ``study`` holds them."""

    def __init__(self, message: str, study: Study):
        super().__init__(message)
        self.study = study


def concluded(request: Request, trials: list[Trial], plan: dict[str, Any], watch: Watch) -> Study:
    """Return the study, or raise where there is nothing to conclude from."""
    finished = ended_of(trials)
    study = Study(
        space=request.space,
        finished=finished,
        metric=request.metric,
        direction=request.direction,
        strategy=request.strategy,
        seed=request.seed,
        folds=request.folds or 1,
        seeds=request.seeds,
        data_name=request.data.name,
        plan=plan,
        ended=ending_of(request, trials, watch),
    )
    waiting = [trial for trial in trials if trial.state == "running" and trial.scores] if request.how.halving else []
    refuse_nothing(study, watch, len(waiting))
    return study


def ending_of(request: Request, trials: list[Trial], watch: Watch) -> Ended:
    """Return what ended a search that came so far."""
    if len(ended_of(trials)) >= request.trials or not watch.stop.is_set():
        return "all trials done"
    return "interrupted" if watch.interrupted else "the time budget was used up"


def refuse_nothing(study: Study, watch: Watch, waiting: int = 0) -> None:
    """Raise where no trial was finished, though some may be waiting at a rung, or none has a value."""
    if not study.finished and watch.interrupted:
        raise KeyboardInterrupt
    if not study.finished:
        rung = f", and {waiting} wait at a rung of the halving" if waiting else ""
        raise RecipeError(
            f"no trial was finished within {watch.seconds:g} s{rung}; allow more time, fewer epochs or fewer folds."
        )
    states = {trial.state for trial in study.finished}
    if states == {"failed"}:
        reason = str(study.finished[0].problem).rstrip(".")
        raise RecipeError(f"none of the {len(study.finished)} trials has a value: {reason}.")
    if states <= {"failed", "diverged"}:
        raise AllDivergedError(all_diverged(study), study)


def all_diverged(study: Study) -> str:
    """Say that every trial diverged, at which rates, and what to do; and why others could not be trained at all."""
    diverged = [trial for trial in study.finished if trial.state == "diverged"]
    failed = [trial for trial in study.finished if trial.state == "failed"]
    who = f"{len(diverged)} of {len(study.finished)} trials" if failed else f"all {len(diverged)} trials"
    others = f" The others could not be trained: {failed[0].problem}" if failed else ""
    recipes = [study.space.recipe_for(trial.settings) for trial in diverged]
    rates = [rate for recipe in recipes if (rate := getattr(recipe.optimizer, "learning_rate", None)) is not None]
    named = f", with learning rates from {min(rates):g} to {max(rates):g}" if rates else ""
    return (
        f"{who} diverged{named}: the training loss became infinite or NaN in each. "
        "Search rates a hundred times lower, clip the gradients (gradient_clipping=1), or look for absurd values in "
        f"the data.{others}"
    )
