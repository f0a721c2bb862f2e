"""The run folder: everything a run leaves, written whole or not at all, and read back without executing anything.

``recipe.json`` · ``weights.safetensors`` · ``encoding.json`` · ``record.safetensors`` · ``findings.json`` ·
``scores.json`` · ``summary.json`` (what the report says besides) · ``report.html`` · ``versions.json`` (format,
versions, checksums).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from trainwell.data import Encoder
from trainwell.engine import Recipe, keep_compilations, program_for
from trainwell.engine.aim import outputs_for
from trainwell.engine.precision import arithmetic
from trainwell.engine.program import Program
from trainwell.ensemble import Ensemble
from trainwell.errors import ArtifactError, RecipeError
from trainwell.model import Model
from trainwell.records import Record
from trainwell.report import ReportData, render
from trainwell.writing import cannot_write, refuse_unwritable, whole_folder

FORMAT = 1
MANIFEST = "versions.json"
REPORT = "report.html"
#: The files that a model is read back from, and those that a run has besides; the manifest holds a checksum of each.
MODEL_FILES = ("encoding.json", "recipe.json", "weights.safetensors")
FILES = (*MODEL_FILES, "findings.json", "record.safetensors", "scores.json", "summary.json")
#: What a run has besides where its findings' remedies were tried.
TREATED = ("cured.toml", "treatment.json")
#: What makes a folder an ensemble: the names of the model folders in it.
ENSEMBLE = "ensemble.json"
MEMBER = "member-"
#: What a study's folder holds besides its manifest.
STUDY = ("best", "ensemble", "study.html", "study.json")
#: What of a report ``findings.json`` holds, and what ``summary.json`` holds that no other file does.
CLINIC = ("findings", "answers", "preflight")
SUMMARY = ("title", "created", "command", "profile", "recipe_toml", "network", "timing")
AGAIN = "Copy the folder again, or train again."


def check_writable(path: Path, *, overwrite: bool = False) -> None:
    """Raise ``ArtifactError`` unless a run folder may be written at ``path``; call it before long work."""
    try:
        if path.exists():
            refuse_taken(path, overwrite=overwrite)
    except OSError as problem:
        raise cannot_write(path, problem) from None
    refuse_unwritable(path)


def refuse_taken(path: Path, *, overwrite: bool) -> None:
    """Raise unless what exists at ``path`` is an empty folder, or ours to replace and nothing besides."""
    if not path.is_dir():
        raise ArtifactError(f"{path} is a file; name a folder for the run.")
    here = Path.cwd()
    if path.resolve() in (here, *here.parents) or path.is_mount():
        raise ArtifactError(f"{path} cannot be replaced as a whole; name a folder inside it for the run.")
    found = {entry.name for entry in path.iterdir()}
    kind = "a study" if "study.json" in found else "an ensemble" if ENSEMBLE in found else "a run"
    if found and MANIFEST not in found:
        raise ArtifactError(f"{path} exists and is not empty: choose another folder.")
    if found and not overwrite:
        raise ArtifactError(
            f"{path} holds {kind}: add overwrite=True (--overwrite) to replace it, or choose another folder."
        )
    members = {name for name in found if ENSEMBLE in found and name.startswith(MEMBER)}
    others = sorted(found - {*FILES, *TREATED, *STUDY, MANIFEST, REPORT, ENSEMBLE, *members})
    if others:
        raise ArtifactError(f"{path} holds {others[0]} besides {kind}: move it away, or choose another folder.")


def write_json(path: Path, content: Any) -> None:
    """Write JSON that any parser reads: no NaN."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")


def save_folder(path: Path, model: Model, report: ReportData, *, overwrite: bool = False) -> Path:
    """Write a run folder and return its path.

    Raises:
        ArtifactError: the folder exists or cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    with whole_folder(path) as folder:
        write_model(folder, model)
        report.record.save(folder / "record.safetensors")
        write_json(folder / "findings.json", {name: getattr(report, name) for name in CLINIC})
        write_json(folder / "scores.json", report.scores)
        write_json(folder / "summary.json", {name: getattr(report, name) for name in SUMMARY})
        (folder / REPORT).write_text(render(report), encoding="utf-8")
        treated = write_treatment(folder, report.treatment)
        write_manifest(folder, (*FILES, *treated), report.versions)
    return path


def write_treatment(folder: Path, treatment: Mapping[str, Any]) -> tuple[str, ...]:
    """Write what came of trying the remedies, and the cured recipe where one helped; return the files' names."""
    if not treatment:
        return ()
    cured = treatment.get("cured_toml")
    if cured:
        (folder / "cured.toml").write_text(cured, encoding="utf-8")
    write_json(folder / "treatment.json", {name: fact for name, fact in treatment.items() if name != "cured_toml"})
    return TREATED if cured else ("treatment.json",)


def write_model(folder: Path, model: Model) -> None:
    """Write the files that a model is read back from."""
    write_json(folder / "recipe.json", model.recipe.to_dict())
    (folder / "weights.safetensors").write_bytes(save(flat_weights(model.parameters, model.network_state)))
    write_json(folder / "encoding.json", model.encoder.to_json())


def write_manifest(folder: Path, files: Iterable[str], versions: Mapping[str, str]) -> None:
    """Write the format, the versions and a checksum of every file."""
    sums = {name: checksum(folder / name) for name in files}
    write_json(folder / MANIFEST, {"format": FORMAT, "versions": dict(versions), "files": sums})


def write_ensemble(folder: Path, ensemble: Ensemble, versions: Mapping[str, str]) -> None:
    """Write an ensemble into a folder of its own: one model folder per member, and the list of them."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{MEMBER}{number}" for number in range(1, len(ensemble.members) + 1)]
    for name, model in zip(names, ensemble.members, strict=True):
        (folder / name).mkdir()
        write_model(folder / name, model)
        write_manifest(folder / name, MODEL_FILES, versions)
    write_json(folder / ENSEMBLE, {"format": FORMAT, "members": names})


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def flat_weights(parameters: Any, network_state: Any) -> dict[str, np.ndarray]:
    """Return every array of the weights and running statistics by a name that says where it stands."""
    leaves = jax.tree_util.tree_flatten_with_path((parameters, network_state))[0]
    return {f"{at:04d}{jax.tree_util.keystr(path)}": np.asarray(leaf) for at, (path, leaf) in enumerate(leaves)}


def unflatten_weights(arrays: Mapping[str, np.ndarray], program: Program, recipe: Recipe) -> tuple[Any, Any]:
    """Return weights and running statistics from their named arrays, shapes checked against the recipe's network."""
    objective = program.objective(dict(recipe.knobs()))
    with arithmetic(recipe):
        state = eqx.filter_eval_shape(lambda key: objective.build(key)[1], jax.random.key(0))
        template = (program.parameter_shapes, state)
        named = jax.tree_util.tree_flatten_with_path(template)[0]
        if len(arrays) != len(named):
            raise misfit(f"the recipe's network has {len(named)} arrays, but the file {len(arrays)}")
        leaves = [leaf_of(arrays, at, jax.tree_util.keystr(path), leaf) for at, (path, leaf) in enumerate(named)]
    return jax.tree.unflatten(jax.tree.structure(template), leaves)


def leaf_of(arrays: Mapping[str, np.ndarray], at: int, name: str, shape: jax.ShapeDtypeStruct) -> jax.Array:
    """Return the array that belongs at one place of the network, shape and type checked."""
    array = arrays.get(f"{at:04d}{name}")
    if array is None:
        raise misfit(f"it holds nothing for {name}")
    if array.shape != shape.shape or array.dtype != shape.dtype:
        raise misfit(f"{name} should be {shape.dtype} of shape {shape.shape}, but is {array.dtype} of {array.shape}")
    return jax.numpy.asarray(array)


def misfit(why: str) -> ArtifactError:
    """Word that the weights are of another network than the recipe's."""
    return ArtifactError(f"weights.safetensors does not fit the recipe: {why}.")


def read_manifest(folder: Path, needed: Iterable[str] = FILES) -> dict[str, Any]:
    """Return the manifest of a run folder, every file that it names and all ``needed`` ones checked.

    Raises:
        ArtifactError: the folder is missing, incomplete, changed since it was written, or of a newer format.
    """
    if not folder.is_dir():
        raise ArtifactError(f"there is no run folder {folder}. A run folder is what trainwell fit writes; name one.")
    manifest = read_json(folder, MANIFEST, ("format", "files", "versions"))
    sums = manifest["files"]
    if not isinstance(manifest["format"], int) or not isinstance(sums, dict):
        raise ArtifactError(f"{folder / MANIFEST} is no manifest of a run folder. {AGAIN}")
    if manifest["format"] > FORMAT:
        raise ArtifactError(
            f"{folder} was written by a newer trainwell (format {manifest['format']}, this one reads up to {FORMAT}). "
            f"Upgrade: pip install --upgrade trainwell."
        )
    for name in dict.fromkeys((*needed, *sums)):
        refuse_changed(folder / name, sums.get(name))
    return manifest


def refuse_changed(file: Path, expected: object) -> None:
    """Raise unless a file is there and is what the manifest says."""
    if not file.is_file():
        raise ArtifactError(f"{file.parent} is incomplete: {file.name} is missing. {AGAIN}")
    if checksum(file) != expected:
        raise ArtifactError(f"{file} was changed or cut short after it was written (its checksum differs). {AGAIN}")


def read_json(folder: Path, name: str, needed: Iterable[str] = ()) -> dict[str, Any]:
    """Return one JSON file of a run folder; raises ``ArtifactError`` naming it, or the field that it lacks."""
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except OSError:
        raise ArtifactError(
            f"{folder} is no run folder, or is incomplete: it has no readable {name}. {AGAIN}"
        ) from None
    except ValueError as problem:  # no UTF-8 or no JSON
        raise ArtifactError(f"{folder / name} is not valid JSON: {problem}. {AGAIN}") from None
    if not isinstance(content, dict):
        raise ArtifactError(f"{folder / name} holds no table of fields. {AGAIN}")
    for field in needed:
        if field not in content:
            raise ArtifactError(f"{folder / name} lacks {field!r}. {AGAIN}")
    return content


def load(path: str | Path, *, network: Any = None, optimizer: Any = None, loss: Any = None) -> Model | Ensemble:
    """Read a run folder's model, or an ensemble, back; nothing in the folder is executed.

    Args:
        path: the folder that ``trainwell fit``, ``trainwell tune`` or ``run.save`` wrote.
        network: the person's own network, where the recipe held one.
        optimizer: the person's own Optax transformation, where the recipe held one.
        loss: the person's own loss, where the recipe held one.

    Raises:
        ArtifactError: the folder is missing, incomplete, changed since it was written, or of a newer format.
    """
    folder = Path(path)
    keep_compilations()
    given = {"network": network, "optimizer": optimizer, "loss": loss}
    own = {name: value for name, value in given.items() if value is not None}
    if (folder / "study.json").is_file():
        raise ArtifactError(
            f"{folder} holds a study; name one of its models: {folder / 'best'} or {folder / 'ensemble'}."
        )
    if (folder / ENSEMBLE).is_file():
        names = read_json(folder, ENSEMBLE, ("members",))["members"]
        return Ensemble(tuple(load_model(folder / str(name), own) for name in names))
    return load_model(folder, own)


def load_model(folder: Path, own: Mapping[str, Any]) -> Model:
    """Read one model back, a person's own objects put in their places."""
    read_manifest(folder, MODEL_FILES)
    recipe = read_recipe(folder, own)
    encoder = Encoder.from_json(read_json(folder, "encoding.json"))
    target = encoder.target
    targets = {"multiclass": len(target.classes), "binary": 1}.get(target.task, len(target.names))
    outputs = outputs_for(recipe, target.task, targets)
    program = program_for(recipe, encoder.layout, target.task, outputs)
    parameters, state = unflatten_weights(read_weights(folder), program, recipe)
    return Model(recipe, encoder, target.task, target.names, target.classes, parameters, state, program)


def read_recipe(folder: Path, own: Mapping[str, Any]) -> Recipe:
    """Return the recipe of a run folder, a person's own objects put in their places."""
    fields = read_json(folder, "recipe.json")
    try:
        return Recipe.from_dict({**fields, **own})
    except RecipeError as problem:
        raise ArtifactError(f"{folder / 'recipe.json'} cannot be followed: {problem}") from None


def read_weights(folder: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a run folder's weights by name."""
    file = folder / "weights.safetensors"
    try:
        return load_file(file)
    except (OSError, SafetensorError, ValueError) as problem:
        raise ArtifactError(f"{file} cannot be read: {problem}. {AGAIN}") from None


def load_report(path: str | Path) -> ReportData:
    """Read back what a run folder's report is made of.

    Raises:
        ArtifactError: the folder is missing, incomplete, changed since it was written, or of a newer format.
    """
    folder = Path(path)
    refuse_several(folder)
    manifest = read_manifest(folder)
    clinic, summary = read_json(folder, "findings.json", CLINIC), read_json(folder, "summary.json", SUMMARY)
    return ReportData(
        record=Record.load(folder / "record.safetensors"),
        scores=read_json(folder, "scores.json"),
        versions=manifest["versions"],
        treatment=read_json(folder, "treatment.json") if "treatment.json" in manifest["files"] else {},
        **{name: clinic[name] for name in CLINIC},
        **{name: summary[name] for name in SUMMARY},
    )


def load_ensemble_scores(path: str | Path) -> dict[str, Any]:
    """Read back the scores of a folder that holds an ensemble: ``ensemble`` of all together, ``members`` of each alone.

    Raises:
        ArtifactError: the ensemble was not scored, or its folder is incomplete or changed since it was written.
    """
    folder = Path(path)
    if not (folder / MANIFEST).is_file():
        raise ArtifactError(f"{folder} holds an ensemble without scores of its own; {another_run(folder)}.")
    read_manifest(folder, (ENSEMBLE, "scores.json"))
    return read_json(folder, "scores.json", ("ensemble", "members"))


def refuse_several(folder: Path) -> None:
    """Raise ``ArtifactError`` where a folder holds a study or an ensemble instead of a run; says what to name."""
    if (folder / "study.json").is_file():
        if not (folder / "best").is_dir():
            raise ArtifactError(f"{folder} holds a study without a run; open {folder / 'study.html'} to see why.")
        raise ArtifactError(f"{folder} holds a study; name one of its runs, such as {folder / 'best'}.")
    if (folder / ENSEMBLE).is_file():
        raise ArtifactError(f"{folder} holds an ensemble, which keeps no record of training; {another_run(folder)}.")


def another_run(ensemble: Path) -> str:
    """Say which run to look at instead of an ensemble: the best of its study, or one trained by its recipe."""
    best = ensemble.parent / "best"
    if best.is_dir():
        return f"name the run beside it, {best}"
    recipe = ensemble / f"{MEMBER}1" / "recipe.json"
    return f"train a run by its recipe: trainwell fit FILE --target COLUMN --recipe {recipe}"
