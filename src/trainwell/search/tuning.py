"""Tuning: a space, data and a strategy in; a study out. Can be stopped and gone on with at any time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage

from trainwell.arguments import budget
from trainwell.data import Dataset
from trainwell.engine import Recipe, keep_compilations
from trainwell.engine.cohort import Watch, workers_for
from trainwell.engine.platoon import lanes_for
from trainwell.engine.space import Space
from trainwell.errors import TrainwellError
from trainwell.search.conclusion import concluded, ending_of
from trainwell.search.folds import folds_of
from trainwell.search.judging import judge_of, refuse_undefined
from trainwell.search.ledger import Ledger
from trainwell.search.lessons import plan
from trainwell.search.paused import Paused
from trainwell.search.problems import Problems
from trainwell.search.reopening import space_around
from trainwell.search.request import Request
from trainwell.search.running import Crew
from trainwell.search.sitting import ended_trials
from trainwell.search.storing import claimed, paused_folder
from trainwell.search.strategies import STRATEGIES
from trainwell.search.study import Study, worth
from trainwell.search.trials import Trial, ended_of


@dataclass(frozen=True)
class StudyProgress:
    """Where a search stands, handed to a listener whenever a trial ends.

    Attributes:
        finished: trials that ended, those of earlier sittings included.
        trials: how many there will be at most.
        seconds: since this sitting began.
        best: the best value so far, or none.
        diverged: how many trials diverged.
        trial: the trial that has just ended.
    """

    finished: int
    trials: int
    seconds: float
    best: float | None
    diverged: int
    trial: Trial


Listener = Callable[[StudyProgress], None]


def tune(
    space: Space | Recipe,
    data: Dataset,
    *,
    trials: int = 64,
    strategy: str = "quasi-random",
    folds: int | None = None,
    seeds: int = 1,
    seed: int | None = None,
    storage: str | Path | BaseStorage | None = None,
    name: str | None = None,
    metric: str | None = None,
    timeout: float | None = None,
    workers: int | None = None,
    lanes: int | None = None,
    listener: Listener | None = None,
) -> Study:
    """Search a space for the settings that score best on validation rows. The test part is never touched.

    Args:
        space: ``recipe.vary({...})``; for a recipe alone, the default space of its network.
        data: what to train on.
        trials: how many settings to try.
        strategy: one of :data:`STRATEGIES`; ``"tpe"`` is another name of ``"bayesian"``.
        folds: cross-validate every trial; none for the data's own validation part.
        seeds: trainings per fold, by the recipe's seed and those after it.
        seed: of the strategy; the recipe's unless given.
        storage: a file (SQLite) that keeps the study, a URL, or one of Optuna's storages; none for memory alone.
            Asked again with the same file, the search goes on where it was, killed or not; trainings that wait at a
            rung are kept in a folder beside it, ``FILE.paused``, which goes when none waits.
        name: the study's name in the storage; the data's unless given.
        metric: the score that trials are compared by, a name from :data:`trainwell.metrics.METRICS`, such as
            ``"average_precision"``, of the kept weights' answers on the validation rows; accuracy, micro-F1 of several
            labels, or RMSE unless given. Which epoch's weights are kept is early stopping's to say.
        timeout: seconds after which no more is trained; what is unfinished then waits in the storage.
        workers: threads; one per core unless said.
        lanes: trainings that share a call of the program; one on a CPU and many on an accelerator unless said.
        listener: called whenever a trial ends.

    Ctrl-C ends the search with what is done.

    Raises:
        RecipeError: the strategy cannot search this space with so many trials, all trials diverged, or the time was too
            short for one.
        DataError: the folds cannot be made, or the metric is not defined on one of them.
        ArtifactError: the storage holds another study, is damaged or locked.

    >>> import trainwell as tw
    >>> from trainwell.search import loguniform
    >>> data = tw.read({"x": [float(n) for n in range(60)], "y": ["low"] * 30 + ["high"] * 30}, target="y")
    >>> recipe = Recipe(network=tw.MLP(hidden=(4,)), max_epochs=20, early_stopping=None)
    >>> study = tune(recipe.vary({"optimizer.learning_rate": loguniform(1e-3, 1.0)}), data, trials=4)
    >>> len(study.trials), sorted(study.best.settings)
    (4, ['optimizer.learning_rate'])
    """
    if isinstance(space, Recipe):
        space = space_around(space, trials, storage, name or data.name)
    strategy = STRATEGIES.entry(strategy).name
    request = Request(space, data, trials, strategy, folds, seeds, seed, metric)
    places = request.places()
    threads, abreast = workers_for(request.trials * len(places), workers), lanes_for(lanes)
    keep_compilations()
    with claimed(storage), Watch(budget("timeout", timeout)) as watch:
        divided = folds_of(data, request.folds, space.recipe.seed)
        refuse_undefined(request.metric, data, divided)
        problems = Problems(data, divided)
        refuse_unfitting(request, problems)
        ledger = Ledger(storage, name or data.name, space, request.direction, request.identity())
        paused = Paused(paused_folder(storage))
        crew = Crew(space, problems, places, ledger, watch, threads, abreast, paused, judge_of(data, request.metric))
        planned = plan_of(request, threads, sum(len(fold.validation) for fold in divided))
        with closing(ledger), closing(paused), closing(ended_trials(request, crew)) as ended:
            ledger.keep_sitting(planned, "not finished")
            for trial in ended:
                if listener is not None:
                    listener(progress_of(request, ledger, trial, watch.elapsed))
            ledger.keep_sitting(planned, ending_of(request, ledger.trials, watch))
        return concluded(request, ledger.trials, planned, watch)


def refuse_unfitting(request: Request, problems: Problems) -> None:
    """Raise what is wrong with the first settings where none of the first round can be trained on the first fold.

    Where some can, the others become trials that failed.
    """
    refusals = []
    for settings in request.first_settings():
        try:
            problems.of(request.space.recipe_for(settings), fold=0)
        except TrainwellError as problem:
            refusals.append(problem)
        else:
            return
    raise refusals[0]


def plan_of(request: Request, workers: int, rows: int) -> dict[str, Any]:
    """Return the plan that a request amounts to with so many threads and validation rows, as plain data."""
    planned = plan(request.outline(), request.trials, workers=workers)
    return asdict(planned) | {"workers": workers, "validation_rows": rows}


def progress_of(request: Request, ledger: Ledger, trial: Trial, seconds: float) -> StudyProgress:
    """Return where a search stands."""
    ended = ended_of(ledger.trials)
    best = max(
        (each for each in ended if each.value is not None),
        key=lambda each: worth(each, request.direction),
        default=None,
    )
    return StudyProgress(
        finished=len(ended),
        trials=request.trials,
        seconds=seconds,
        best=None if best is None else best.value,
        diverged=sum(each.state == "diverged" for each in ended),
        trial=trial,
    )
