"""Everything a report is made of, as plain data; not how any of it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainwell.records import Record

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class ReportData:
    """The plain data of one run. Whatever is left empty is said to be missing, never invented.

    Arguments:
        title: what was learned from what, for instance ``"species from penguins.csv"``.
        created: ISO 8601 date and time.
        command: the command line that repeats the run, if there is one.
        record: curves and telemetry, see :data:`trainwell.records.QUANTITIES`.
        scores: ``task``, ``primary``, ``rows``, a mapping of metrics per part, ``intervals``, ``baselines``,
            ``against_baseline``, ``classes``, ``per_class``, ``confusion`` (rows are the truth), ``mistakes``
            and ``residuals``.
        findings: ``name``, ``severity`` (fault, warning, smell, note), ``sentence``, ``evidence``, ``cause``,
            ``remedies`` (``text`` and ``change`` of each), ``source``, ``picture`` (quantities to draw) and ``root``.
        answers: ``question``, ``answer`` and ``evidence`` of the learning-curve questions.
        preflight: ``row``, ``name``, ``status``, ``sentence`` and ``evidence`` of each check before the run.
        profile: ``columns``, ``target``, ``parts`` and ``notes`` about the data.
        recipe_toml: the recipe as the file that repeats it.
        network: ``layer``, ``shape`` and ``parameters`` of each layer, input to output.
        versions: version of each piece of software and the machine.
        timing: seconds spent on each stage.
        treatment: what came of trying the findings' remedies: ``summary``, ``seeds``, ``attempts``; empty if untried.

    >>> ReportData(title="species from penguins.csv", created="2026-11-20T21:54:00").answers
    ()
    """

    title: str
    created: str
    command: str | None = None
    record: Record = field(default_factory=lambda: Record({}))
    scores: Facts = field(default_factory=dict)
    findings: Sequence[Facts] = ()
    answers: Sequence[Facts] = ()
    preflight: Sequence[Facts] = ()
    profile: Facts = field(default_factory=dict)
    recipe_toml: str = ""
    network: Sequence[Facts] = ()
    versions: Facts = field(default_factory=dict)
    timing: Facts = field(default_factory=dict)
    treatment: Facts = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Report on {self.title}, {self.created}: {len(self.findings)} findings>"
