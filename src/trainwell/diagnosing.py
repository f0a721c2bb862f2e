"""From a folder or a file to everything that ``trainwell diagnose`` shows of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trainwell
from trainwell.artifact import MANIFEST, load_report, refuse_several
from trainwell.clinic import Case, ask, examine
from trainwell.errors import ArtifactError
from trainwell.records import Record
from trainwell.report import ReportData

RECORD = "record.safetensors"


def diagnosis_of(path: str | Path) -> ReportData:
    """Return the report of a run folder as it was written, or that of a record, examined now.

    Args:
        path: a run folder, a folder that an adapter saved, or a record file.

    Raises:
        ArtifactError: there is none of these, or it is incomplete or damaged.
    """
    place = Path(path)
    refuse_several(place)
    if (place / MANIFEST).is_file():
        return load_report(place)
    file = place / RECORD if place.is_dir() else place
    if not file.is_file():
        raise ArtifactError(
            f"{place} holds no run and no record. Name the folder that trainwell fit wrote, or one that "
            "watched.save(folder) did."
        )
    return examined(Record.load(file), place.stem if place.is_file() else place.name)


def examined(record: Record, title: str) -> ReportData:
    """Return the report of a record that stands alone."""
    refuse_bare(record)
    facts = record.facts
    framework = f", {facts['framework']}" if "framework" in facts else ""
    findings = examine(Case(record))
    return ReportData(
        title=f"{title}{framework}",
        created=datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        record=record,
        findings=[finding.to_dict() for finding in findings],
        answers=ask(record, findings),
        network=layers_of(facts),
        versions={"trainwell": trainwell.__version__, **({"framework": framework[2:]} if framework else {})},
        timing={"training": facts["seconds"]} if "seconds" in facts else {},
    )


def refuse_bare(record: Record) -> None:
    """Raise ``ArtifactError`` unless the record holds the curves that every check reads."""
    for name in ("epoch", "training_loss", "validation_loss", "learning_rate"):
        if name not in record:
            raise ArtifactError(f"the record has no {name}, without which no run can be judged; watch the loop again.")


def layers_of(facts: Any) -> list[dict[str, Any]]:
    """Return each layer with its shape, as far as the record states them."""
    names = facts.get("layers") or []
    units, inputs = facts.get("layer_units") or [0] * len(names), facts.get("layer_inputs") or [0] * len(names)
    return [
        {"layer": name, "shape": f"{rows}×{columns}" if rows else "–"}
        for name, rows, columns in zip(names, units, inputs, strict=True)
    ]
