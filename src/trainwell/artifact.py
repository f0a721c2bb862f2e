"""The run folder: everything a run leaves, written whole or not at all, and read back without executing anything.

``recipe.json`` · ``weights.safetensors`` · ``encoding.json`` · ``record.safetensors`` · ``findings.json`` · ``scores.json`` ·
``summary.json`` (what the report says besides) · ``report.html`` · ``versions.json`` (format, versions, checksums).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from trainwell.data import Encoder
from trainwell.engine import Recipe, keep_compilations, program_for
from trainwell.engine.program import Program
from trainwell.errors import ArtifactError, RecipeError
from trainwell.model import Model
from trainwell.records import Record
from trainwell.report import ReportData, render

FORMAT = 1
MANIFEST = "versions.json"


@contextmanager
def whole_folder(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``path`` when the block ends well, and vanishes when it does not.

    Raises:
        ArtifactError: ``path`` exists and may not be replaced, or cannot be written.
    """
    check_writable(path, overwrite=overwrite)
    partial = path.parent / f".{path.name}.partial-{os.getpid()}"
    try:
        partial.mkdir(parents=True)
        yield partial
        if path.exists():
            retired = path.parent / f".{path.name}.old-{os.getpid()}"
            path.rename(retired)
            partial.rename(path)
            shutil.rmtree(retired)
        else:
            partial.rename(path)
    except OSError as problem:
        raise ArtifactError(f"cannot write {path}: {problem.strerror}. Choose another folder.") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def check_writable(path: Path, *, overwrite: bool = False) -> None:
    """Raise ``ArtifactError`` unless a run folder may be written at ``path``; call it before long work."""
    if path.exists():
        if not path.is_dir():
            raise ArtifactError(f"{path} is a file; name a folder for the run.")
        if any(path.iterdir()) and not (overwrite and (path / MANIFEST).exists()):
            hint = (
                "add --overwrite to replace the run in it, or choose"
                if (path / MANIFEST).exists()
                else "choose"
            )
            raise ArtifactError(f"{path} exists and is not empty: {hint} another folder.")
    parent = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise ArtifactError(f"cannot write {path}: no permission in {parent}. Choose another folder.")


def write_json(path: Path, content: Any) -> None:
    """Write JSON that any parser reads: no NaN."""
    path.write_text(
        json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
    )


def save_folder(path: Path, model: Model, report: ReportData, *, overwrite: bool = False) -> Path:
    """Write a run folder and return its path.

    Raises:
        ArtifactError: the folder exists or cannot be written.
    """
    with whole_folder(path, overwrite=overwrite) as folder:
        write_json(folder / "recipe.json", model.recipe.to_dict())
        save_file(flat_weights(model.parameters, model.network_state), folder / "weights.safetensors")
        write_json(folder / "encoding.json", encoding_of(model))
        report.record.save(folder / "record.safetensors")
        clinic = {"findings": report.findings, "answers": report.answers, "preflight": report.preflight}
        write_json(folder / "findings.json", clinic)
        write_json(folder / "scores.json", report.scores)
        write_json(folder / "summary.json", summary_of(report))
        (folder / "report.html").write_text(render(report), encoding="utf-8")
        sums = {file.name: checksum(file) for file in sorted(folder.iterdir()) if file.name != "report.html"}
        write_json(folder / MANIFEST, {"format": FORMAT, "versions": report.versions, "files": sums})
    return path


def encoding_of(model: Model) -> dict[str, Any]:
    """Return how raw rows become numbers and answers become labels, as JSON-able data."""
    return {
        "task": model.task,
        "target_names": list(model.target_names),
        "classes": list(model.classes),
        "encoder": model.encoder.to_json(),
    }


def summary_of(report: ReportData) -> dict[str, Any]:
    """Return what the report says that no other file of the folder holds."""
    names = ("title", "created", "command", "profile", "recipe_toml", "network", "timing")
    return {name: getattr(report, name) for name in names}


def checksum(file: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def flat_weights(parameters: Any, network_state: Any) -> dict[str, np.ndarray]:
    """Return every array of the weights and running statistics by a name that says where it stands."""
    leaves = jax.tree_util.tree_flatten_with_path((parameters, network_state))[0]
    return {
        f"{at:04d}{jax.tree_util.keystr(path)}": np.asarray(leaf) for at, (path, leaf) in enumerate(leaves)
    }


def unflatten_weights(arrays: Mapping[str, np.ndarray], program: Program, recipe: Recipe) -> tuple[Any, Any]:
    """Return weights and running statistics from their named arrays, shapes checked against the recipe's network."""
    objective = program.objective(dict(recipe.knobs()))
    state = eqx.filter_eval_shape(lambda key: objective.build(key)[1], jax.random.key(0))
    template = (objective.parameter_shapes(), state)
    named = jax.tree_util.tree_flatten_with_path(template)[0]
    found = []
    for at, (path, leaf) in enumerate(named):
        name = f"{at:04d}{jax.tree_util.keystr(path)}"
        array = arrays.get(name)
        if array is None or array.shape != leaf.shape:
            received = "nothing" if array is None else f"shape {array.shape}"
            raise ArtifactError(
                f"weights.safetensors does not fit the recipe: {name[4:]} should have shape {leaf.shape}, got {received}."
            )
        found.append(jax.numpy.asarray(array))
    return jax.tree.unflatten(jax.tree.structure(template), found)


def read_manifest(folder: Path) -> None:
    """Raise ``ArtifactError`` unless the folder is a whole run of a format this version reads."""
    if not folder.is_dir():
        raise ArtifactError(
            f"there is no run folder {folder}. A run folder is what trainwell fit writes with --output."
        )
    manifest = read_json(folder, MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("format"), int):
        raise ArtifactError(f"{folder / MANIFEST} is no manifest of a run folder.")
    if manifest["format"] > FORMAT:
        raise ArtifactError(
            f"{folder} was written by a newer trainwell (format {manifest['format']}, this one reads up to {FORMAT}). "
            f"Upgrade: pip install --upgrade trainwell."
        )
    for name, expected in manifest.get("files", {}).items():
        file = folder / name
        if not file.is_file():
            raise ArtifactError(
                f"{folder} is incomplete: {name} is missing. Copy the folder again, or train again."
            )
        if checksum(file) != expected:
            raise ArtifactError(
                f"{file} was changed or cut short after it was written (its checksum differs). Copy the folder again, or train again."
            )


def read_json(folder: Path, name: str) -> Any:
    """Return the content of one JSON file of a run folder; raises ``ArtifactError`` naming it."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except OSError:
        raise ArtifactError(
            f"{folder} is no run folder, or is incomplete: it has no readable {name}."
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ArtifactError(f"{folder / name} is not valid JSON: {problem}.") from None


def load(path: str | Path, *, network: Any = None, optimizer: Any = None) -> Model:
    """Read a run folder's model back; nothing in the folder is executed.

    Args:
        path: the folder that ``trainwell fit`` or ``run.save`` wrote.
        network: the person's own network, where the recipe held one.
        optimizer: the person's own Optax transformation, where the recipe held one.

    Raises:
        ArtifactError: the folder is missing, incomplete, changed since it was written, or of a newer format.
    """
    folder = Path(path)
    read_manifest(folder)
    keep_compilations()
    fields = read_json(folder, "recipe.json")
    fields |= {name: own for name, own in (("network", network), ("optimizer", optimizer)) if own is not None}
    encoding = read_json(folder, "encoding.json")
    try:
        recipe = Recipe.from_dict(fields)
        encoder = Encoder.from_json(encoding["encoder"])
        task, classes = encoding["task"], tuple(encoding["classes"])
        names = tuple(encoding["target_names"])
    except (RecipeError, KeyError, TypeError) as problem:
        raise ArtifactError(f"{folder} does not hold what a run needs: {problem}") from None
    outputs = len(classes) if task == "multiclass" else 1 if task == "binary" else len(names)
    program = program_for(recipe, encoder.layout, task, outputs)
    try:
        arrays = load_file(folder / "weights.safetensors")
    except (OSError, SafetensorError) as problem:
        raise ArtifactError(f"{folder / 'weights.safetensors'} cannot be read: {problem}.") from None
    parameters, state = unflatten_weights(arrays, program, recipe)
    return Model(recipe, encoder, task, names, classes, parameters, state, program)


def load_report(path: str | Path) -> ReportData:
    """Read back what a run folder's report is made of.

    Raises:
        ArtifactError: the folder is missing, incomplete, changed since it was written, or of a newer format.
    """
    folder = Path(path)
    read_manifest(folder)
    clinic = read_json(folder, "findings.json")
    return ReportData(
        record=Record.load(folder / "record.safetensors"),
        scores=read_json(folder, "scores.json"),
        versions=read_json(folder, MANIFEST)["versions"],
        **clinic,
        **read_json(folder, "summary.json"),
    )
