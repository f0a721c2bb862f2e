"""The verdict on the clinic: harmful cases detected, named rightly first and cured, per fault; and false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.clinic.faults import Fault, Setting, healthy
from bench.clinic.healthy import healthy_settings
from bench.clinic.tables import FITTED, of_same_tasks
from bench.clinic.trials import Seen, train_all
from trainwell.clinic import Finding, examine

#: A fault does harm where its score lies this much below its twin's, and by two standard errors over the seeds.
HARM = 0.02
#: A run is healthy where it lies no further below the best score on its table than this, some two standard errors of a
#: score: what lies further below has come to harm. It is passable where it reaches this share of the best.
LEVEL, PASSABLE = 0.05, 0.8
#: Thresholds were chosen on the first seeds only.
CALIBRATION, REPORTING = range(10), range(10, 100)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """What became of one planted case.

    Attributes:
        fault: what was planted.
        table: on what.
        harmful: whether its cell is surely worse than its twin.
        findings: warnings and faults, in the clinic's order.
        cured: whether the first finding's first remedy restored the twin's score; none where it is only words.
        twin: warnings and faults of the healthy twin.
    """

    fault: Fault
    table: str
    harmful: bool
    findings: tuple[str, ...]
    cured: bool | None = None
    twin: tuple[str, ...] = ()

    @property
    def detected(self) -> bool:
        """Whether anything was found."""
        return bool(self.findings)

    @property
    def right(self) -> bool:
        """Whether what comes first names the fault."""
        return bool(self.findings) and self.findings[0].startswith(self.fault.names)


def serious(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that are no mere smells."""
    return [finding for finding in findings if finding.severity != "smell"]


def harmful(faulty: Sequence[float], twin: Sequence[float]) -> bool:
    """Tell whether scores are surely worse than the twin's over seeds."""
    gap = float(np.mean(twin) - np.mean(faulty))
    spread = np.sqrt((np.var(faulty, ddof=1) + np.var(twin, ddof=1)) / len(faulty)) if len(faulty) > 1 else 0.0
    return gap > max(HARM, 2 * float(spread))


def judge_faults(
    faults: Sequence[Fault],
    seeds: Sequence[int],
    say: Say,
    tables: int | None = None,
    among: Sequence[str] | None = None,
) -> list[Verdict]:
    """Plant each fault on its tables, beside its healthy twin, and examine it; then try the first remedies.

    Args:
        faults: what is planted.
        seeds: a case each.
        say: told of every cell.
        tables: how many tables a fault is planted on, in turn; all of them unless said.
        among: names of the tables to take in place of the faults' own, as far as the tasks are the same.
    """
    verdicts = []
    for number, fault in enumerate(faults):
        names = fault.tables if among is None else of_same_tasks(fault.tables, among)
        if tables is not None:
            names = tuple(names[(number + at) % len(names)] for at in range(min(tables, len(names))))
        for name in names:
            verdicts += judge_cell(fault, name, seeds)
            say(f"{fault.row} {fault.label}, {name}: {[verdict.findings[:1] for verdict in verdicts[-len(seeds) :]]}")
    return verdicts


def judge_cell(fault: Fault, name: str, seeds: Sequence[int]) -> list[Verdict]:
    """Return the verdicts on one fault on one table, one a seed."""
    twins = [fault.twin(healthy(name, seed)) for seed in seeds]
    planted = [fault.plant(healthy(name, seed)) for seed in seeds]
    seen = train_all([*twins, *planted])
    pairs = [
        (twin, faulty, setting)
        for twin, faulty, setting in zip(seen[: len(seeds)], seen[len(seeds) :], planted, strict=True)
        if twin and faulty
    ]
    if not pairs:
        return []
    twin_scores = [twin.score for twin, _, _ in pairs]
    harm = harmful([faulty.score for _, faulty, _ in pairs], twin_scores)
    found = [serious(examine(faulty.case)) for _, faulty, _ in pairs]
    alarms = [tuple(each.name for each in serious(examine(twin.case))) for twin, _, _ in pairs]
    verdicts = [
        Verdict(fault, name, harm, tuple(each.name for each in findings), twin=of_twin)
        for findings, of_twin in zip(found, alarms, strict=True)
    ]
    return tried(verdicts, found, [setting for _, _, setting in pairs], twin_scores) if harm else verdicts


def tried(
    verdicts: list[Verdict], found: list[list[Finding]], settings: list[Setting], twin_scores: list[float]
) -> list[Verdict]:
    """Return the verdicts with whether the first remedy, tried, brought the twin's score back."""
    changes = [findings[0].change if findings else None for findings in found]
    cured = [
        replace(setting, recipe=setting.recipe.with_settings(change))
        for setting, change in zip(settings, changes, strict=True)
        if change
    ]
    seen = iter(train_all(cured))
    enough = np.mean(twin_scores) - max(0.03, 2 * float(np.std(twin_scores)))
    results: list[Seen | None] = [next(seen) if change else None for change in changes]
    return [
        replace(verdict, cured=None if change is None else result is not None and result.score >= enough)
        for verdict, change, result in zip(verdicts, changes, results, strict=True)
    ]


@dataclass(frozen=True)
class Judged:
    """A run of a sensible recipe: its score, the best on its table, and the warnings and faults it was given."""

    table: str
    recipe: str
    findings: tuple[str, ...]
    score: float
    best: float

    @property
    def healthy(self) -> bool:
        """Whether it is passable and level with the best."""
        return self.passable and self.best - self.score <= LEVEL

    @property
    def passable(self) -> bool:
        """Whether it does well enough for some."""
        return self.score >= PASSABLE * self.best


def judge_healthy(count: int, seed: int, say: Say, names: Sequence[str] = FITTED, block: int = 60) -> list[Judged]:
    """Train by sensible recipes and examine what came of it.

    As a fault counts only where it does harm, a run counts as healthy only where it came to none.
    """
    settings = healthy_settings(count, seed, names)
    outcomes: list[tuple[Setting, float, list[Finding]]] = []
    for first in range(0, count, block):
        piece = settings[first : first + block]
        outcomes += [
            (setting, seen.score, serious(examine(seen.case)))
            for setting, seen in zip(piece, train_all(piece), strict=True)
            if seen
        ]
        say(f"healthy runs: {first + len(piece)} of {count}")
    best: dict[str, float] = {}
    for setting, score, _ in outcomes:
        best[setting.table.name] = max(best.get(setting.table.name, -np.inf), score)
    return [judged(setting, score, best[setting.table.name], found) for setting, score, found in outcomes]


def judged(setting: Setting, score: float, best: float, found: Sequence[Finding]) -> Judged:
    """Return how a run did and what it was given."""
    words = f"{setting.recipe.network!r}, {setting.recipe.optimizer!r}, {setting.recipe.max_epochs} epochs"
    return Judged(setting.table.name, words, tuple(finding.name for finding in found), score, best)


def table_of(faults: Sequence[Fault], verdicts: Sequence[Verdict]) -> list[dict[str, object]]:
    """Return one row per way of planting a fault: cases, harmful, detected, named rightly first, tried, cured."""
    rows = []
    for fault in faults:
        own = [verdict for verdict in verdicts if verdict.fault is fault]
        hurt = [verdict for verdict in own if verdict.harmful]
        attempts = [verdict for verdict in hurt if verdict.cured is not None]
        if own:
            rows.append(
                {
                    "row": fault.row,
                    "fault": fault.label,
                    "cases": len(own),
                    "harmful": len(hurt),
                    "detected": sum(verdict.detected for verdict in hurt),
                    "right first": sum(verdict.right for verdict in hurt),
                    "tried": len(attempts),
                    "cured": sum(bool(verdict.cured) for verdict in attempts),
                }
            )
    return rows
