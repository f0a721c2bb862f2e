"""Tuning, whole: a search, what it taught, the best recipe trained with the practice around it, and an ensemble.

The search itself is a floor below; here its result becomes runs, a report and folders that ``predict`` takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from optuna.storages import BaseStorage

from trainwell.artifact import check_writable, save_folder, write_ensemble, write_json, write_manifest
from trainwell.data import Dataset
from trainwell.description import recipe_text, versions
from trainwell.engine import Recipe, default_recipe
from trainwell.engine.space import Space, plain_settings
from trainwell.engine.state import INTERRUPTED
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, DataError, RecipeError
from trainwell.evaluation import score
from trainwell.model import Model
from trainwell.plain import plain
from trainwell.refitting import Finalist, choose, refitted
from trainwell.report.study import render_study
from trainwell.run import Run, fit
from trainwell.search import Best, Study, StudyProgress
from trainwell.search import tune as search
from trainwell.search.lessons import UNBOUNDED, Touch, lessons
from trainwell.search.reopening import space_around
from trainwell.search.touched import keep_touches, touches_in
from trainwell.writing import whole_folder, write_whole

#: Of a time budget, the share that the search may use; the rest trains the best recipe and the ensemble.
SEARCH_SHARE = 0.5
#: Seconds that the practice around the best recipe takes besides its training.
PRACTICE = 6.0
#: How many times the members asked for are trained where a budget leaves time.
SPARE_MEMBERS = 4
TRIALS = 64


@dataclass
class TunedStudy:
    """A study with the data it was made on: what was found, what it taught, and what can be made of it.

    Attributes:
        study: the search: its space, trials and plan.
        data: what it was made on.
        touches: every look at the test part so far, with its reason, earlier sittings with the same storage included.
        storage: what keeps the study and the log, if anything does.
        name: the study's name in the storage.
    """

    study: Study
    data: Dataset
    touches: list[Touch] = field(default_factory=list)
    storage: str | Path | BaseStorage | None = None
    name: str = ""

    def __post_init__(self) -> None:
        self.sitting = 1 + max((touch.sitting or 0 for touch in self.touches), default=0)

    def __repr__(self) -> str:
        return repr(self.study)

    def _repr_html_(self) -> str:
        return self.study._repr_html_()

    @property
    def best(self) -> Best:
        """The best trial: its number, settings, value and recipe."""
        return self.study.best

    @property
    def trials(self) -> pl.DataFrame:
        """One row a trial."""
        return self.study.trials

    def lessons(self) -> list[dict[str, Any]]:
        """Return what the study taught as plain data, the most useful first; of a test part only where there is one."""
        taught = lessons(self.study.data(), touches=self.touches)
        return [plain(lesson) for lesson in taught if self.has_test or lesson.name != "test touches"]

    @property
    def has_test(self) -> bool:
        """Whether the data have a test part."""
        return len(self.data.parts.test) > 0

    def refit(self, **options: Any) -> Run:
        """Train by the best recipe with the practice around it; the test part is touched, which is noted."""
        run = fit(self.best.recipe, self.data, **options)
        self.touched("the score of the best recipe", run.scores, trial=self.best.number)
        return run

    def touched(self, why: str, scores: dict[str, Any], trial: int | None = None) -> None:
        """Note that the test part was looked at, if there is one."""
        if not self.has_test:
            return
        score = scores["test"].get(self.study.metric)
        self.touches.append(Touch(now(), why, trial, score, self.sitting))
        with suppress(ArtifactError):  # what was trained is worth more than the log of it
            keep_touches(self.storage, self.name, self.touches)

    def ensemble(self, members: int = 5, seconds: float | None = None) -> Ensemble:
        """Train the best few recipes anew on every row but the test part, and return them as one model.

        Args:
            members: how many networks.
            seconds: budget; members that are not finished by then are left out.

        Raises:
            RecipeError: none was finished.
        """
        made = self.trained_members(members, seconds)
        if not made:
            raise RecipeError("no member of the ensemble was finished; allow more time, or fewer members.")
        return Ensemble(tuple(model for _, model in made))

    def trained_members(self, members: int, seconds: float | None = None) -> list[tuple[Finalist, Model]]:
        """Return what :meth:`ensemble` makes, each with its trial; empty where none was finished in time."""
        return refitted(choose(self.study, members, len(self.data.parts.validation)), self.data, seconds)

    def report(self, path: str | Path, **extras: Any) -> Path:
        """Write what the study taught as one HTML page; see ``report.study.render_study`` for the extras."""
        write_whole(Path(path), self.page(**extras))
        return Path(path)

    def page(self, **extras: Any) -> str:
        """Return the study's page; without a trial that has a value, with the recipe that the space is around."""
        recipe = self.best.recipe if self.study.ranking() else self.study.space.recipe
        known = {
            "title": f"{', '.join(self.data.target.names)} from {self.data.name}",
            "created": now(),
            "recipe_toml": recipe_text(recipe),
            "versions": versions(),
        }
        return render_study(plain(self.study.data()), self.lessons(), known | extras)

    def write(self, folder: Path, **extras: Any) -> None:
        """Write ``study.html`` and ``study.json`` into a folder."""
        (folder / "study.html").write_text(self.page(**extras), encoding="utf-8")
        write_json(folder / "study.json", plain(self.study.data()) | {"lessons": self.lessons()})
        write_manifest(folder, ("study.json",), versions())

    def save(self, path: str | Path, *, overwrite: bool = False, command: str | None = None) -> Path:
        """Write the study alone, whole or not at all, such as one in which every trial diverged.

        Raises:
            ArtifactError: the folder exists or cannot be written.
        """
        path = Path(path)
        check_writable(path, overwrite=overwrite)
        with whole_folder(path) as folder:
            self.write(folder, command=command)
        return path


class RefitInterruptedError(KeyboardInterrupt):
    """Ctrl-C came while the best recipe was trained anew, which leaves no network of it; ``study`` holds the search."""

    def __init__(self, study: TunedStudy):
        super().__init__("the best recipe was not trained to its end, so that no network of it is kept.")
        self.study = study


def now() -> str:
    """Return the date and time as ISO 8601."""
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def tune(
    space: Space | Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    trials: int = TRIALS,
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
    listener: Callable[[StudyProgress], None] | None = None,
) -> TunedStudy:
    """Search for the recipe that suits a data set best, on validation rows alone.

    Args:
        space: ``recipe.vary({...})``, or a recipe, whose default space is searched; the data's default recipe if left
            out. ``tune(data)`` works as well.
        data: what to train on.
        trials: how many settings to try.
        strategy: how to search; one of :data:`trainwell.search.STRATEGIES`.
        folds: cross-validate every trial; none for the data's own validation part.
        seeds: trainings per fold, by the recipe's seed and those after it.
        seed: of the strategy; the recipe's unless given.
        storage: a file (SQLite), a URL or one of Optuna's storages that keeps the study, so that it can go on later.
        name: the study's name in the storage; the data's unless given.
        metric: the score that trials are compared by, such as ``"average_precision"``; accuracy, micro-F1
            of several labels, or RMSE unless given.
        timeout: seconds after which no more is trained.
        workers: threads; one per core unless said.
        lanes: trainings that share a call of the program; one on a CPU and many on an accelerator unless said.
        listener: called whenever a trial ends.

    What is stored, and what goes on, is said at :func:`trainwell.search.tune`.

    Raises:
        RecipeError: the space cannot be searched so, all trials diverged, or the time was too short for one.
        DataError: the folds cannot be made.
        ArtifactError: the storage holds another study, or is locked.
    """
    if isinstance(space, Dataset):
        space, data = data, space
    if not isinstance(data, Dataset):
        raise DataError("tune needs data: tw.tune(recipe.vary({...}), tw.read('file.csv', target='column')).")
    chosen: Any = default_recipe(data) if space is None else space
    study = search(
        chosen,
        data,
        trials=trials,
        strategy=strategy,
        folds=folds,
        seeds=seeds,
        seed=seed,
        storage=storage,
        name=name,
        metric=metric,
        timeout=timeout,
        workers=workers,
        lanes=lanes,
        listener=listener,
    )
    name = name or data.name
    return TunedStudy(study, data, touches_in(storage, name), storage, name)


@dataclass(frozen=True)
class Tuned:
    """What tuning ends with: the study, the best recipe's run, the ensemble with its scores, its members' trials."""

    study: TunedStudy
    run: Run
    ensemble: Ensemble | None
    scores: dict[str, Any]
    members: tuple[int, ...] = ()

    def save(self, path: str | Path, *, overwrite: bool = False, command: str | None = None) -> Path:
        """Write ``study.html``, ``study.json``, ``best/`` and ``ensemble/``, whole or not at all.

        Raises:
            ArtifactError: the folder exists or cannot be written.
        """
        path = Path(path)
        check_writable(path, overwrite=overwrite)
        with whole_folder(path) as folder:
            extras = {"command": command, "test": self.judged(self.run.scores), "ensemble": self.comparison()}
            self.study.write(folder, **extras)
            save_folder(folder / "best", self.run.model, self.run.report(command))
            if self.ensemble is not None:
                write_ensemble(folder / "ensemble", self.ensemble, versions())
        return path

    def summary(self) -> dict[str, Any]:
        """Return the outcome as JSON-able data: the best settings, the scores of the best and of the ensemble."""
        best = self.study.best
        found = {"number": best.number, "value": best.value, "settings": plain_settings(best.settings)}
        return {"trials": len(self.study.trials), "best": found, "single": self.run.scores, "ensemble": self.scores}

    @property
    def metric(self) -> str:
        """The score that is told of the test part: the one searched by."""
        return self.study.study.metric

    def judged(self, scores: dict[str, Any]) -> dict[str, Any]:
        """Return the test score of a model with its interval."""
        metric = self.metric
        interval = scores["intervals"].get("test", {}).get(metric)
        return {"value": scores["test"].get(metric), "interval": interval}

    def comparison(self) -> dict[str, Any] | None:
        """Return the ensemble's score beside the single best one's."""
        if self.ensemble is None:
            return None
        single = self.judged(self.run.scores)
        return {"part": "test", "members": list(self.members), "ensemble": self.judged(self.scores), "single": single}


def tune_whole(
    data: Dataset,
    space: Space | Recipe,
    *,
    trials: int | None = None,
    seconds: float | None = None,
    members: int = 5,
    strategy: str | None = None,
    **options: Any,
) -> Tuned:
    """Search, train the best recipe with the practice around it, and train the ensemble, within a budget of seconds.

    Args:
        data: what to train on.
        space: what to search.
        trials: settings to try; 64, or as many as the time allows.
        seconds: wall-clock budget of everything.
        members: of the ensemble; 0 for none. Under a budget of time up to four times as many, if there is time left.
        strategy: how to search; quasi-random, or under a budget of time first so and then around what was best.
        options: handed to :func:`tune`.

    Raises:
        RefitInterruptedError: Ctrl-C came while the best recipe was trained, be it the first or the second.
    """
    began = time.perf_counter()
    if isinstance(space, Recipe):
        space = space_around(space, trials or TRIALS, options.get("storage"), options.get("name") or data.name)
    count = trials or (TRIALS if seconds is None else UNBOUNDED)
    how = strategy or ("quasi-random" if seconds is None else "explore-exploit")
    study = tune(space, data, trials=count, strategy=how, timeout=time_to_search(seconds), **options)
    run = study.refit(seconds=left_of(seconds, began))
    if run.record.facts["outcome"] == INTERRUPTED:
        raise RefitInterruptedError(study)
    most = members if seconds is None else SPARE_MEMBERS * members
    made = study.trained_members(most, left_of(seconds, began)) if members else []
    if not made:
        return Tuned(study, run, None, {})
    ensemble = Ensemble(tuple(model for _, model in made))
    scores = score_of(ensemble, data)
    study.touched("the score of the ensemble", scores)
    return Tuned(study, run, ensemble, scores, tuple(finalist.trial for finalist, _ in made))


def time_to_search(seconds: float | None) -> float | None:
    """Return the share of a budget that the search may use, an eighth of it at least."""
    return None if seconds is None else SEARCH_SHARE * max(seconds - PRACTICE, seconds / 4)


def left_of(seconds: float | None, began: float) -> float | None:
    """Return what is left of a budget, a second at least."""
    return None if seconds is None else max(seconds - (time.perf_counter() - began), 1.0)


def score_of(ensemble: Ensemble, data: Dataset) -> dict[str, Any]:
    """Return the ensemble's scores on the test part, the only rows that it was not trained on."""
    source = data.array if data.frame is None else data.frame
    return score(data, {"test": data.parts.test}, ensemble.answers_to(source))
