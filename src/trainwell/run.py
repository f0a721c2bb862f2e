"""A finished run: what was asked, what came out, and what it says; and :func:`fit`, which makes one.

This is the practice around the engine: encode, train, check, compare with baselines, score, examine. Each step is a
room of its own; here they are only put in order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.artifact import save_folder
from trainwell.clinic import Case, Finding, ask, examine
from trainwell.clinic.data_checks import check_data
from trainwell.clinic.preflight import Preflight, check_blank, check_by_heart, check_start
from trainwell.data import Dataset, Profile, profile
from trainwell.description import describe, describe_network, recipe_text, versions
from trainwell.engine import Problem, Recipe, default_recipe, keep_compilations, prepare, train
from trainwell.engine.state import INTERRUPTED
from trainwell.engine.training import Listener, Trained
from trainwell.errors import DataError
from trainwell.evaluation import baseline_predictions, score
from trainwell.evaluation.answers import Part
from trainwell.model import Model
from trainwell.records import Record
from trainwell.report import ReportData

Stage = Callable[[str], None]


@dataclass(frozen=True, repr=False)
class Run:
    """One training run with everything around it.

    Attributes:
        recipe: how the network was trained.
        data: on what.
        model: the trained network with the encoding that belongs to it; predicts from raw rows.
        record: curves and telemetry.
        scores: plain data; ``run.scores["test"]["accuracy"]`` is a number.
        findings: what the clinic noticed, the most severe first.
        answers: the four learning-curve questions, answered.
        preflight: the checks before a run, how each went.
        profile: what the data looked like.
    """

    recipe: Recipe
    data: Dataset
    model: Model
    record: Record
    scores: dict[str, Any]
    findings: list[Finding]
    answers: list[dict[str, Any]]
    preflight: list[Preflight]
    profile: Profile

    def __repr__(self) -> str:
        metric, part = self.scores["primary"], self.scores["judged"]
        score = self.scores[part].get(metric)
        told = "nothing" if score is None else f"{part} {metric} {score:.3g}"
        return f"<Run {', '.join(self.data.target.names)} from {self.data.name}: {told}>"

    @property
    def network(self) -> Any:
        """The trained Equinox module, as at prediction."""
        return self.model.network

    def predict(self, frame: Any) -> np.ndarray:
        """Return labels or numbers for raw rows; see :meth:`trainwell.Model.predict`."""
        return self.model.predict(frame)

    def predict_proba(self, frame: Any) -> np.ndarray:
        """Return probabilities for raw rows; see :meth:`trainwell.Model.predict_proba`."""
        return self.model.predict_proba(frame)

    def save(self, path: str | Path, *, overwrite: bool = False, command: str | None = None) -> Path:
        """Write the run folder, report included, whole or not at all.

        Raises:
            ArtifactError: the folder exists (unless ``overwrite``) or cannot be written.
        """
        return save_folder(Path(path), self.model, self.report(command), overwrite=overwrite)

    def report(self, command: str | None = None) -> ReportData:
        """Return everything the report says, as plain data."""
        facts = self.record.facts
        return ReportData(
            title=f"{', '.join(self.data.target.names)} from {self.data.name}",
            created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
            command=command,
            record=self.record,
            scores=self.scores,
            findings=[finding.to_dict() for finding in self.findings],
            answers=self.answers,
            preflight=[check.to_dict() for check in self.preflight],
            profile=describe(self.data, self.profile),
            recipe_toml=recipe_text(self.recipe),
            network=describe_network(self.model),
            versions=versions(),
            timing={"compilation": facts["compile_seconds"], "training": facts["seconds"]},
        )


def fit(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    listener: Listener | None = None,
    stage: Stage | None = None,
    seconds: float | None = None,
) -> Run:
    """Train a network by a recipe and do around it what an expert would.

    Args:
        recipe: how to train; the default preset for this data if left out. ``fit(data)`` works as well.
        data: what to train on, from :func:`trainwell.read`.
        listener: called several times a second while training with where it stands.
        stage: called with a few words whenever another stage begins.
        seconds: wall-clock budget of the training itself.

    Returns:
        The finished run. A training that diverged is returned like any other: its findings say so.

    Raises:
        DataError: no data, or data that cannot be used as they stand.
        RecipeError: the recipe does not suit the data.
    """
    keep_compilations()
    return practised(*told_apart(recipe, data), listener, stage or (lambda _: None), seconds)


def told_apart(*given: object) -> tuple[Recipe, Dataset]:
    """Return the recipe, the default one unless given, and the data, in whichever order they came."""
    recipe = next((one for one in given if isinstance(one, Recipe)), None)
    data = next((one for one in given if isinstance(one, Dataset)), None)
    strange = [type(one).__name__ for one in given if not (one is None or one is recipe or one is data)]
    if data is None or strange:
        received = f", but got {strange[0]}" if strange else ""
        raise DataError(
            f"fit needs data and maybe a recipe{received}: tw.fit(recipe, tw.read('file.csv', target='column'))."
        )
    return recipe or default_recipe(data), data


def practised(recipe: Recipe, data: Dataset, listener: Listener | None, say: Stage, seconds: float | None) -> Run:
    """Encode, train, check, score and examine, in this order."""
    say("encoding")
    problem = prepare(recipe, data)
    baselines = Background(lambda: baseline_predictions(data, problem.encoder, data.parts.train))
    looked = Background(lambda: profile(data))
    say("training")
    trained = train(recipe, problem, listener=listener, seconds=seconds)
    say("checking")
    checks = [check_start(problem, trained), *rehearse(recipe, problem, trained)]
    say("scoring")
    model = Model.of(trained, problem, data)
    scores = score(data, parts(data), model.answers(encoded(problem, len(data))), baselines.result(), seed=recipe.seed)
    preflight = sorted(
        [*check_data(looked.result(), recipe, scores["baselines"]), *checks], key=lambda check: check.row
    )
    findings = examine(Case(trained.record, recipe))
    return Run(recipe, data, model, trained.record, scores, findings, ask(trained.record), preflight, looked.result())


def rehearse(recipe: Recipe, problem: Problem, trained: Trained) -> list[Preflight]:
    """Train the small variations that check a run; none where the person has said to stop, so that nothing is lost."""
    if trained.record.facts["outcome"] == INTERRUPTED:
        return []
    done: list[Preflight] = []
    with suppress(KeyboardInterrupt):
        done.append(check_blank(recipe, problem, trained))
        done.append(check_by_heart(recipe, problem, trained.program))
    return done


def encoded(problem: Problem, rows: int) -> np.ndarray:
    """Return the encoded inputs of all rows, without those that only fill up."""
    return np.asarray(problem.examples.inputs)[:rows]


def parts(data: Dataset) -> dict[Part, np.ndarray]:
    """Return the rows of each part by the name that scores use."""
    return {"training": data.parts.train, "validation": data.parts.validation, "test": data.parts.test}


class Background:
    """A piece of work done in a thread beside the training, which leaves the interpreter free."""

    def __init__(self, work: Callable[[], Any]):
        self._outcome: list[Any] = []
        self._problem: list[BaseException] = []
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._outcome.append(self._work())
        except BaseException as problem:  # handed over to whoever asks for the result
            self._problem.append(problem)

    def result(self) -> Any:
        """Wait for the work and return what it gave, or raise what it raised."""
        self._thread.join()
        if self._problem:
            raise self._problem[0]
        return self._outcome[0]
