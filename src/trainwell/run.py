"""A finished run: what was asked, what came out, and what it says; and :func:`fit`, which makes one.

This is the practice around the engine: encode, train, check, compare with baselines, score, examine. Each step is a
room of its own; here they are only put in order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from trainwell.arguments import budget
from trainwell.artifact import save_folder
from trainwell.augmented import augmented_samples
from trainwell.clinic import Case, Finding, ask, examine, treat
from trainwell.clinic.beforehand.batch import check_batch
from trainwell.clinic.beforehand.outcome import Preflight
from trainwell.clinic.beforehand.pointless import pointless
from trainwell.clinic.beforehand.rehearsals import check_blank, check_by_heart
from trainwell.clinic.beforehand.start import check_start
from trainwell.clinic.beforehand.table import check_data
from trainwell.clinic.treatment import Treatment
from trainwell.data import Dataset, Profile, profile
from trainwell.description import describe, describe_network, recipe_text, versions
from trainwell.engine import Checkpoint, Problem, Recipe, keep_compilations, prepare, told_apart, train
from trainwell.engine.aside import aside
from trainwell.engine.precision import arithmetic
from trainwell.engine.state import INTERRUPTED
from trainwell.engine.training import Callback, Listener, Trained
from trainwell.errors import ArtifactError, DataError
from trainwell.evaluation import baseline_predictions, score
from trainwell.evaluation.answers import Part
from trainwell.model import Model
from trainwell.records import Record
from trainwell.report import ReportData
from trainwell.report.notebook import run_html

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
        treatment: what came of trying the findings' remedies, where they were tried; see :meth:`treated`.
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
    treatment: Treatment | None = None

    def __repr__(self) -> str:
        metric, part = self.scores["primary"], self.scores["judged"]
        score = self.scores[part].get(metric)
        told = "nothing" if score is None else f"{part} {metric} {score:.3g}"
        return f"<Run {', '.join(self.data.target.names)} from {self.data.name}: {told}>"

    def _repr_html_(self) -> str:
        return run_html(self.scores, self.findings, repr(self))

    @property
    def network(self) -> Any:
        """The trained Equinox module, as at prediction."""
        return self.model.network

    def predict(self, frame: Any, **options: Any) -> Any:
        """Return labels or numbers for raw rows, or samples of them; see :meth:`trainwell.Model.predict`."""
        return self.model.predict(frame, **options)

    def predict_proba(self, frame: Any) -> np.ndarray:
        """Return probabilities for raw rows; see :meth:`trainwell.Model.predict_proba`."""
        return self.model.predict_proba(frame)

    def treated(self, **options: Any) -> Run:
        """Return the run with its findings' remedies tried; ``options`` are those of :func:`trainwell.clinic.treat`."""
        return replace(self, treatment=treat(self, self.data, **options))

    def predict_variance(self, frame: Any) -> np.ndarray:
        """Return the variance that the network states for raw rows; see :meth:`trainwell.Model.predict_variance`."""
        return self.model.predict_variance(frame)

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
            profile=describe(self.data, self.profile) | augmented_samples(self.model, self.data),
            recipe_toml=recipe_text(self.recipe),
            network=describe_network(self.model),
            versions=versions(),
            timing={"compilation": facts["compile_seconds"], "training": facts["seconds"]},
            treatment={} if self.treatment is None else treatment_facts(self.treatment),
        )


def fit(
    recipe: Recipe | Dataset | None = None,
    data: Dataset | None = None,
    *,
    listener: Listener | None = None,
    stage: Stage | None = None,
    seconds: float | None = None,
    callbacks: Callback | Sequence[Callback] = (),
    checkpoint: str | Path | None = None,
    resume: bool = False,
    checkpoint_minutes: float = 1.0,
    force: bool = False,
) -> Run:
    """Train a network by a recipe and do around it what an expert would.

    Args:
        recipe: how to train; the default preset for this data if left out. ``fit(data)`` works as well.
        data: what to train on, from :func:`trainwell.read`.
        listener: called several times a second while training with where it stands.
        stage: called with a few words whenever another stage begins.
        seconds: wall-clock budget of the training itself.
        callbacks: functions of one's own, or one, called after every epoch with a :class:`~trainwell.Progress`: the
            epoch, the losses, the best epoch. One that returns ``"stop"`` ends training as Ctrl-C does, the best
            weights kept.
        checkpoint: a folder to keep the run's state in, so that a run that was killed can go on to the same bits.
        resume: go on from the checkpoint in that folder; from the start where there is none yet.
        force: train even where the data make training pointless, such as a target that never varies.
        checkpoint_minutes: time between two checkpoints; one is written besides when training ends or is interrupted.

    Returns:
        The finished run. A training that diverged is returned like any other: its findings say so.

    Raises:
        DataError: no data, data that cannot be used as they stand, or data that make training pointless.
        RecipeError: the recipe does not suit the data, or the budget is none.
        ArtifactError: the checkpoint is of another run, damaged, or there already and not to be resumed.
    """
    keep_compilations()
    recipe, data = told_apart("fit", recipe, data)
    kept = checkpoint_at(checkpoint, checkpoint_minutes, resume=resume)
    options = {"listener": listener, "seconds": budget("seconds", seconds), "callbacks": callbacks, "checkpoint": kept}
    with arithmetic(recipe):
        return practised(recipe, data, stage or (lambda _: None), force=force, **options)


def treatment_facts(treatment: Treatment) -> dict[str, Any]:
    """Return what the report and the run folder hold of a treatment, the cured recipe as a file's text."""
    cured = {} if treatment.cured is None else {"cured_toml": recipe_text(treatment.cured)}
    return treatment.to_dict() | cured


def checkpoint_at(folder: str | Path | None, minutes: float, *, resume: bool) -> Checkpoint | None:
    """Return where the run's state is kept, if anywhere."""
    if folder is None and resume:
        raise ArtifactError("resume needs the checkpoint's folder: checkpoint='folder' (--checkpoint FOLDER).")
    return None if folder is None else Checkpoint(Path(folder), minutes, resume)


def practised(recipe: Recipe, data: Dataset, say: Stage, *, force: bool, **options: Any) -> Run:
    """Encode, train (``options`` go there), check, score and examine, in this order."""
    say("encoding")
    problem = prepare(recipe, data)
    if not force:
        refuse_pointless(data, problem)
    code = getattr(recipe.network, "code", None)
    baselines = aside(lambda: baseline_predictions(data, problem.encoder, data.parts.train, code=code))
    looked = aside(profile, data)
    say("training")
    trained = train(recipe, problem, **options)
    say("checking")
    checks = [check_start(problem, trained), check_batch(recipe, problem, trained.program)]
    checks += rehearse(recipe, problem, trained)
    say("scoring")
    model = Model.of(trained, problem, data)
    scores = score(data, parts(data), model.answers(encoded(problem, len(data))), baselines.result(), seed=recipe.seed)
    preflight = sorted(
        [*check_data(looked.result(), recipe, scores["baselines"]), *checks], key=lambda check: check.row
    )
    findings = examine(Case(trained.record, recipe, looked.result(), scores))
    return Run(
        recipe, data, model, trained.record, scores, findings, ask(trained.record, findings), preflight, looked.result()
    )


def refuse_pointless(data: Dataset, problem: Problem) -> None:
    """Raise ``DataError`` where training would be pointless."""
    for obstacle in pointless(data, problem):
        raise DataError(f"{obstacle.rstrip('.')}. To train all the same: tw.fit(…, force=True), or --force.")


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
