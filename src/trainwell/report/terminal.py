"""The report in a few lines of terminal, as Rich renderables; it prints nothing itself."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trainwell.report.contents import Facts, ReportData
from trainwell.report.curves import array, best_epoch, epochs_run
from trainwell.report.grouping import grouped, remedies_of
from trainwell.report.markup import clean
from trainwell.report.measures import interval_text, metric_name, score_text
from trainwell.report.numbers import significant
from trainwell.report.sections.headline import incomplete
from trainwell.report.verdict import Baseline, Verdict, judge, no_score, sentences

_BARS = "▁▂▃▄▅▆▇█"
_STYLES = {"fault": "bold red", "warning": "bold yellow", "smell": "bold", "note": "dim"}
_STANDINGS = {
    "better": "clearly beaten",
    "level": "not clearly beaten",
    "worse": "better than the network",
    "unknown": "",
}


def summary(report: ReportData) -> Group:
    """Return what ``trainwell show`` and the end of ``trainwell fit`` print: score, curve, findings, answers.

    >>> from rich.console import Console
    >>> report = ReportData(title="species from penguins.csv", created="2026-11-20",
    ...                     scores={"primary": "accuracy", "test": {"accuracy": 0.9}})
    >>> console = Console(width=60)
    >>> with console.capture() as capture:
    ...     console.print(summary(report))
    >>> capture.get().splitlines()[0].strip()
    'species from penguins.csv'
    """
    verdict = judge(report.scores)
    parts: list[RenderableType | None] = [
        Text(clean(report.title), style="bold"),
        _warning(report),
        Text(" ".join(sentences(verdict)) if verdict else no_score(report)),
        score_table(verdict) if verdict else None,
        learning_line(report),
        findings_list(report.findings),
        treatment_lines(report.treatment),
        answers_table(report.answers),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts if part is not None))


def ensemble_table(scores: Mapping[str, Any]) -> Table:
    """Return the scores of an ensemble: all networks together, and the lowest, mean and highest of one alone."""
    together, members = scores["ensemble"], scores["members"]
    part = together["judged"]
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column(f"{part}, {len(members)} networks")
    for heading in ("together", "lowest alone", "mean", "highest"):
        table.add_column(heading, justify="right")
    for metric, value in together[part].items():
        alone = [own[part].get(metric) for own in members]
        known = np.array([np.nan if one is None else one for one in alone], np.float64)
        told = [value, known.min(), known.mean(), known.max()]
        table.add_row(metric_name(metric), *(score_text(metric, number) for number in told))
    return table


def _warning(report: ReportData) -> Text | None:
    sentence = incomplete(report)
    return Text.assemble(("Incomplete. ", "bold red"), clean(sentence)) if sentence else None


def score_table(verdict: Verdict) -> Table:
    """Return the network's score with its interval, each baseline below it."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("")
    table.add_column(f"{verdict.part} {metric_name(verdict.metric)}", justify="right")
    table.add_column("95% interval")
    table.add_column("")
    interval = interval_text(verdict.metric, verdict.low, verdict.high) if verdict.has_interval else ""
    table.add_row(
        Text("network", style="bold"),
        Text(score_text(verdict.metric, verdict.value), style="bold cyan"),
        interval,
    )
    for baseline in verdict.baselines:
        table.add_row(*_baseline_row(verdict, baseline))
    return table


def _baseline_row(verdict: Verdict, baseline: Baseline) -> tuple[Text, ...]:
    score = score_text(verdict.metric, baseline.value)
    return Text(clean(baseline.name)), Text(score), Text(""), Text(_STANDINGS[baseline.standing], style="dim")


def sparkline(values: Sequence[float] | np.ndarray, width: int = 40) -> str:
    """Return values as a line of bars, squeezed into ``width`` by averaging; gaps where they are not finite.

    >>> sparkline([1.0, 0.5, float("nan"), 0.0])
    '█▅ ▁'
    """
    numbers = np.asarray(values, dtype=float)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    bins = [group[np.isfinite(group)] for group in np.array_split(numbers, max(min(width, numbers.size), 1))]
    means = [float(np.mean(group / 2)) if group.size else np.nan for group in bins]  # halved, so that sums stay finite
    known = [mean for mean in means if np.isfinite(mean)]
    if not known:
        return ""
    low, high = min(known), max(known)
    return "".join(_bar(mean, low, high) for mean in means)


def _bar(value: float, low: float, high: float) -> str:
    if not np.isfinite(value):
        return " "
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.0
    return _BARS[round(share * (len(_BARS) - 1))]


def learning_line(report: ReportData) -> Text | None:
    """Return the validation loss, or without one the training loss, as a sparkline with its ends."""
    for part in ("validation", "training"):
        values = array(report.record, f"{part}_loss")
        if values is not None and values.ndim == 1 and np.isfinite(values).any():
            return _learning_line(report, part, values)
    return None


def _learning_line(report: ReportData, part: str, values: np.ndarray) -> Text:
    finite, best = values[np.isfinite(values)], best_epoch(report.record)
    epochs = epochs_run(report.record)
    kept = f", epoch {best} kept" if best else ""
    return Text.assemble(
        (f"{part} loss  ", "dim"),
        f"{significant(finite[0], 3)} ",
        (sparkline(values), "cyan"),
        f" {significant(finite[-1], 3)}",
        (f"  {epochs} epoch{'s' if epochs != 1 else ''}{kept}", "dim"),
    )


def findings_list(found: Sequence[Facts]) -> RenderableType:
    """Return the findings, gravest first, each with what to do and the change to the recipe."""
    if not found:
        return Text("The clinic examined this run and has nothing to report.", style="dim")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for finding, followers in grouped(found):
        table.add_row(severity_mark(finding), _finding(finding, followers))
    return table


def severity_mark(finding: Facts) -> Text:
    """Return how grave a finding is, in its colour."""
    severity = str(finding.get("severity", "note"))
    return Text(clean(severity), style=_STYLES.get(severity, "dim"))


def _finding(finding: Facts, followers: Sequence[Facts]) -> Text:
    text = Text(clean(finding.get("sentence") or finding.get("name") or ""))
    for words, change in remedies_of(finding)[:1]:
        add_remedy(text, words, change)
    if followers:
        text.append(f"\nFrom it follows: {clean(', '.join(str(each.get('name')) for each in followers))}.", style="dim")
    return text


def add_remedy(text: Text, words: str, change: Facts) -> None:
    """Add what to do to a text, and the options that do it."""
    if words:
        text.append(f"\n{clean(words)}", style="dim")
    for path, value in change.items():
        text.append(f"\n  {clean(setting(path, value))}", style="cyan")


def treatment_lines(tried: Facts) -> Text | None:
    """Return what came of trying the remedies, a line each; nothing where none was tried."""
    if not tried:
        return None
    text = Text("Remedies tried. ", style="bold").append(clean(tried.get("summary", "")), style="not bold")
    for attempt in tried.get("attempts", ()):
        text.append(f"\n  {clean(attempt.get('told', ''))}", style="not bold dim")
    if tried.get("cured"):
        text.append("\n  The recipe with it is cured.toml, in the run's folder; this network is still the one before.")
    return text


def setting(path: str, value: Any) -> str:
    """Return a change to the recipe as the option that makes it, ready for a shell.

    >>> print(setting("early_stopping", {"patience": 20}))
    --set 'early_stopping={"patience": 20}'
    """
    written = value if isinstance(value, str) else json.dumps(value)
    return f"--set {shlex.quote(f'{path}={written}')}"


def answers_table(answers: Sequence[Facts]) -> Table | None:
    """Return the four questions with their answers."""
    if not answers:
        return None
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for answer in answers:
        table.add_row(Text(clean(answer.get("question", ""))), Text(clean(answer.get("answer", ""))))
    return table
