"""Every trial as a row, best first; the dots in a row show where in each range its settings lie."""

from __future__ import annotations

from typing import Any

from trainwell.report.contents import Facts
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.numbers import MISSING, as_float, count, duration, shown
from trainwell.report.sections.frame import absent, badge, section
from trainwell.report.study.contents import COMPLETE, StudyContents, TrialRow
from trainwell.report.study.sections.settings import setting_text, stacked

MOST_ROWS = 100


def trials(contents: StudyContents) -> Markup:
    """Build the section."""
    rows = [*contents.ranked, *(trial for trial in contents.trials if not trial.scored)]
    if not rows:
        return section("trials", "Every trial", None, absent("No trial was run."))
    lead = "Best first. A dot shows where in its range a setting lies; where the best rows' dots line up, it matters."
    hidden = len(rows) - MOST_ROWS
    note = f"{count(hidden)} more trials are in the study's storage." if hidden > 0 else None
    return section(
        "trials", "Every trial", lead, grid(contents, rows), element("p", note, class_="note") if note else None
    )


def grid(contents: StudyContents, rows: list[TrialRow]) -> Markup:
    """Build the table."""
    places = {str(axis.get("path")): positions(axis) for axis in contents.axes}
    headers = ["trial", "score", *(stacked(path) for path in contents.paths), "best epoch", "time"]
    last = len(headers) - 1
    cells = [row(contents, trial, places) for trial in rows[:MOST_ROWS]]
    return table(headers, cells, caption="Every trial, best first", numeric=(0, 1, last - 1, last), class_="trials")


def positions(axis: Facts) -> dict[Any, float]:
    """Return where each trial lies on an axis, by number."""
    return {point.get("number"): as_float(point.get("position")) for point in axis.get("points") or ()}


def row(contents: StudyContents, trial: TrialRow, places: dict[str, dict[Any, float]]) -> list[Any]:
    """Return the cells of one trial."""
    settings = [setting(trial, path, places.get(path, {})) for path in contents.paths]
    return [
        shown(trial.number),
        result(contents, trial),
        *settings,
        best_epoch(trial),
        duration(trial.facts.get("seconds")),
    ]


def result(contents: StudyContents, trial: TrialRow) -> Markup:
    """Return a trial's score with the spread of its runs, or how it ended."""
    if not trial.scored:
        problem = trial.facts.get("problem")
        return join([badge("failed", trial.state), element("span", problem, class_="reason") if problem else None])
    ends = (
        element("span", f"{contents.text(min(trial.values))}–{contents.text(max(trial.values))}", class_="interval")
        if len(trial.values) > 1
        else None
    )
    stopped = element("span", trial.state, class_="reason") if trial.state != COMPLETE else None
    return join([contents.text(trial.value), ends, stopped])


def setting(trial: TrialRow, path: str, places: dict[Any, float]) -> Markup:
    """Return a setting and its place in the range."""
    if path not in trial.settings:
        return join([MISSING])
    at = places.get(trial.number, float("nan"))
    strip = element("span", class_="place", style=f"--at:{100 * at:.1f}%", aria_hidden="true") if 0 <= at <= 1 else None
    return join([element("span", setting_text(trial.settings[path]), class_="setting"), strip])


def best_epoch(trial: TrialRow) -> str:
    """Return the epochs at which the runs were best."""
    epochs = [int(epoch) for epoch in map(as_float, trial.facts.get("best_epochs") or ()) if epoch == epoch]
    if not epochs:
        return MISSING
    return count(epochs[0]) if min(epochs) == max(epochs) else f"{count(min(epochs))}–{count(max(epochs))}"
