"""The top of the page: what was trained, on what, how good it is, and whether the run ended as it should."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from trainwell.report.contents import ReportData
from trainwell.report.curves import best_epoch, epochs_run
from trainwell.report.markup import Markup, definitions, element
from trainwell.report.measures import interval_text, metric_name, score_text
from trainwell.report.numbers import MISSING, as_float, count, duration, shown
from trainwell.report.verdict import Verdict, judge, no_score, sentences

_INCOMPLETE = ("interrupt", "diverge", "not finite", "budget", "running")


def headline(report: ReportData) -> Markup:
    """Build the masthead."""
    return element(
        "header",
        element("p", "trainwell report", element("span", date_in_words(report.created)), class_="eyebrow"),
        element("h1", report.title),
        element("p", description(report), class_="lead"),
        _warning(report),
        _hero(judge(report.scores), report),
        definitions(key_facts(report), "key-facts"),
        id="headline",
        class_="masthead",
    )


def date_in_words(created: str) -> str:
    """Return an ISO date and time as people write it, or the text itself.

    >>> date_in_words("2026-11-20T21:54:00")
    '20 November 2026, 21:54'
    """
    try:
        moment = datetime.fromisoformat(created)
    except (ValueError, TypeError):
        return str(created)
    return f"{moment.day} {moment:%B %Y, %H:%M}"


def description(report: ReportData) -> str:
    """Return one sentence that says what was trained on what."""
    layers = sum(as_float(layer.get("parameters")) > 0 for layer in report.network)
    parameters = total_parameters(report)
    size = f" of {layers} layers" if layers > 1 else ""
    size += f"{' and' if size else ' with'} {parameters} parameters" if parameters != MISSING else ""
    return f"A neural network{size}, trained to {_aim(report)}{_inputs(report)}."


def _aim(report: ReportData) -> str:
    target = report.profile.get("target") or {}
    names = " and ".join(str(name) for name in target.get("names") or ()) or "the target"
    classes = len(report.scores.get("classes") or target.get("counts") or ())
    task = report.scores.get("task") or target.get("task")
    if task == "multilabel" and classes:
        return f"say which of {classes} labels apply"
    if task == "regression" or classes < 2:
        return f"predict {names}"
    return f"tell the {classes} classes of {names} apart"


def _inputs(report: ReportData) -> str:
    columns = report.profile.get("columns") or ()
    targets = (report.profile.get("target") or {}).get("names") or ()
    inputs = [column for column in columns if column.get("name") not in targets]
    used = sum(column.get("use") in ("used", "transformed") for column in inputs)
    parts = report.profile.get("parts") or {}
    rows = as_float(parts.get("training"))
    text = f" from {used} column{'s' if used != 1 else ''}" if used else ""
    return text + (f", on {count(rows)} training rows" if rows > 0 else "")


def total_parameters(report: ReportData) -> str:
    """Return the number of parameters, from the record or the sum over layers."""
    stated = as_float(report.record.facts.get("parameters"))
    summed = sum(value for layer in report.network if (value := as_float(layer.get("parameters"))) > 0)
    return count(stated if stated > 0 else summed or None)


def incomplete(report: ReportData) -> str | None:
    """Say when and why a run ended before its time, or None where it ended by itself."""
    reason = str(report.record.facts.get("stopped_because") or "")
    if not any(word in reason.casefold() for word in _INCOMPLETE):
        return None
    epochs = epochs_run(report.record)
    when = f"after epoch {epochs}" if epochs else "before the first epoch was finished"
    return f"This run did not end by itself. Training stopped {when}: {reason.rstrip('.')}."


def _warning(report: ReportData) -> Markup | None:
    sentence = incomplete(report)
    if sentence is None:
        return None
    return element("p", element("strong", "Incomplete."), f" {sentence}", class_="incomplete", role="note")


def _hero(verdict: Verdict | None, report: ReportData) -> Markup:
    if verdict is None:
        return element("div", element("p", no_score(report), class_="verdict"), class_="hero scoreless")
    name = metric_name(verdict.metric)
    return element(
        "div",
        element(
            "div",
            element("p", f"{verdict.part} {name}", class_="score-name"),
            element("p", score_text(verdict.metric, verdict.value), class_="score-value"),
            element("p", _interval(verdict), class_="score-interval"),
            class_="score",
        ),
        element("p", " ".join(sentences(verdict)), class_="verdict"),
        class_="hero",
    )


def _interval(verdict: Verdict) -> str:
    if not verdict.has_interval:
        return "no interval was computed"
    return f"95% interval {interval_text(verdict.metric, verdict.low, verdict.high)}"


def key_facts(report: ReportData) -> Iterable[tuple[str, Any]]:
    """Return the few numbers people look for first, leaving out what is not known."""
    facts = report.record.facts
    seconds = report.timing.get("total", facts.get("seconds"))
    pairs = (
        ("rows", _rows(report)),
        ("parameters", total_parameters(report)),
        ("epochs", count(epochs_run(report.record) or None)),
        ("best epoch", count(best_epoch(report.record))),
        (
            "ended because",
            MISSING if incomplete(report) else shown(facts.get("stopped_because")).replace("_", " "),
        ),
        ("seed", shown(facts.get("seed"))),
        ("time", duration(seconds)),
    )
    return [(name, value) for name, value in pairs if value != MISSING]


def _rows(report: ReportData) -> str:
    parts = report.profile.get("parts") or report.scores.get("rows") or {}
    rows = [as_float(parts.get(part)) for part in ("training", "validation", "test")]
    return count(sum(r for r in rows if r > 0) or None)
