"""A diagnosis in the terminal: every finding with its evidence, a small picture, the cause and what to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from trainwell.records import Record
from trainwell.report.contents import Facts, ReportData
from trainwell.report.curves import array
from trainwell.report.figures.evidence import BY_ACTIVATION
from trainwell.report.grouping import grouped, remedies_of, tally
from trainwell.report.markup import clean
from trainwell.report.numbers import shown, significant
from trainwell.report.terminal import (
    add_remedy,
    answers_table,
    learning_line,
    severity_mark,
    sparkline,
    treatment_lines,
)

#: Lines of one picture: more layers than this are told by their first and last ones.
MOST_LINES = 6
WIDTH = 24


def diagnosis(report: ReportData) -> Group:
    """Return what ``trainwell diagnose`` prints.

    >>> from rich.console import Console
    >>> report = ReportData(title="mine", created="2026-11-20", findings=[
    ...     {"name": "rate too high", "severity": "fault", "sentence": "The loss jumps."}])
    >>> console = Console(width=60)
    >>> with console.capture() as capture:
    ...     console.print(diagnosis(report))
    >>> [line.strip() for line in capture.get().splitlines() if line.strip()]
    ['mine: 1 fault.', 'fault  rate too high', 'The loss jumps.']
    """
    count = tally(report.findings) if report.findings else "the clinic has nothing to report."
    parts: list[RenderableType | None] = [
        Text.assemble((f"{clean(report.title)}: ", "bold"), count),
        learning_line(report),
        *(told(report.record, cause, followers) for cause, followers in grouped(report.findings)),
        treatment_lines(report.treatment),
        answers_table(report.answers),
    ]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts if part is not None))


def told(record: Record, finding: Facts, followers: Sequence[Facts]) -> Text:
    """Return one finding: name, sentence, numbers, picture, cause, remedies, source, and what follows from it."""
    text = Text.assemble(severity_mark(finding), "  ", (clean(finding.get("name", "")).replace("_", " "), "bold"))
    text.append(f"\n{clean(finding.get('sentence') or '')}")
    numbers = finding.get("evidence")
    if isinstance(numbers, dict) and numbers:
        listed = ", ".join(f"{name.replace('_', ' ')} {shown(value)}" for name, value in numbers.items())
        text.append(f"\n{clean(listed)}", style="dim")
    for line in pictures(record, finding.get("picture")):
        text.append("\n").append(line)
    if finding.get("cause"):
        text.append(f"\nWhy: {clean(finding['cause'])}")
    for words, change in remedies_of(finding):
        add_remedy(text, words, change)
    if finding.get("source"):
        text.append(f"\nSource: {clean(finding['source'])}", style="dim")
    for follower in followers:
        text.append("\nFrom it follows: ", style="dim").append(clean(follower.get("sentence") or follower.get("name")))
    return text


def pictures(record: Record, names: Any) -> list[Text]:
    """Return a line for each quantity that a finding names, or for each of its layers."""
    if not isinstance(names, list | tuple):
        return []
    return [line for name in names for line in picture(record, str(name))]


def picture(record: Record, name: str) -> list[Text]:
    """Return a quantity as small bars over the epochs, a line for each layer where it has layers."""
    values = array(record, name)
    if values is None or not np.isfinite(values).any() or values.ndim > 2:
        return []
    if values.ndim == 1:
        return [bars(name.replace("_", " "), values)]
    units = "activations" if name in BY_ACTIVATION else "layers"
    named = [str(each) for each in record.facts.get(units) or ()]
    columns = range(values.shape[1])
    chosen = [*columns] if len(columns) <= MOST_LINES else [*columns[: MOST_LINES - 1], columns[-1]]
    return [
        bars(f"{name.replace('_', ' ')}, {named[k] if k < len(named) else k + 1}", values[:, k])
        for k in chosen
        if np.isfinite(values[:, k]).any()
    ]


def bars(label: str, values: np.ndarray) -> Text:
    """Return a line: what it is, the first value, the bars, the last value."""
    known = values[np.isfinite(values)]
    ends = significant(known[0], 3), significant(known[-1], 3)
    return Text.assemble(
        (f"  {clean(label)}  ", "dim"), ends[0], " ", (sparkline(values, WIDTH), "cyan"), f" {ends[1]}"
    )
