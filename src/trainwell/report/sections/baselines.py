"""Every score beside what simple models reach; computed elsewhere, shown here as bars and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.figures.baselines import baseline_bars
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.measures import interval_text, lower_is_better, metric_name, score_text
from trainwell.report.numbers import as_float, count
from trainwell.report.sections.frame import absent, picture, section
from trainwell.report.verdict import Verdict, judge

PARTS = ("test", "validation", "training")


def baselines(report: ReportData) -> Markup:
    """Build the section."""
    verdict = judge(report.scores)
    if verdict is None:
        return section(
            "baselines",
            "Beside simple models",
            None,
            absent("Nothing was scored, so there is nothing to compare."),
        )
    return section(
        "baselines",
        "Beside simple models",
        _lead(verdict),
        picture(_title(verdict), baseline_bars(verdict), _described(verdict), _note(verdict)),
        element("h3", "Every score", class_="subtitle"),
        score_table(report.scores),
    )


def _lead(verdict: Verdict) -> str:
    if not verdict.baselines:
        return "No baseline was scored on this part: nothing says whether a simpler model would do."
    return "A score is only good if a simpler model does not reach it."


def _title(verdict: Verdict) -> str:
    name, direction = metric_name(verdict.metric), "lower" if lower_is_better(verdict.metric) else "higher"
    return f"{name[:1].upper()}{name[1:]} on the {verdict.part} part ({direction} is better)"


def _described(verdict: Verdict) -> str:
    values = [("network", verdict.value), *((b.name, b.value) for b in verdict.baselines)]
    return (
        f"{_title(verdict)}: "
        + ", ".join(f"{name} {score_text(verdict.metric, value)}" for name, value in values)
        + "."
    )


def _note(verdict: Verdict) -> str | None:
    rows = f" of the {count(verdict.rows)} rows" if verdict.rows else ""
    return (
        f"The line at the network's bar is its 95% bootstrap interval over resamples{rows}."
        if verdict.has_interval
        else None
    )


def score_table(scores: Facts) -> Markup:
    """Build the table of all metrics: the network on each part, each baseline on the part that counts."""
    metrics = list(dict.fromkeys(m for part in PARTS for m in _mapping(scores.get(part))))
    parts = [part for part in PARTS if _mapping(scores.get(part))]
    models = list(_mapping(scores.get("baselines")))
    headers = ["metric", *parts, *models]
    rows = [
        [
            metric_name(m),
            *(_score(scores, part, m) for part in parts),
            *(_baseline(scores, model, parts[0], m) for model in models),
        ]
        for m in metrics
    ]
    return table(headers, rows, caption="Every score of the network and the baselines", numeric=range(1, len(headers)))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _score(scores: Facts, part: str, metric: str) -> Markup:
    text = score_text(metric, _mapping(scores.get(part)).get(metric))
    ends = _mapping(_mapping(scores.get("intervals")).get(part)).get(metric)
    if not ends or len(ends) != 2 or as_float(ends[0]) != as_float(ends[0]):
        return join([text])
    return join([text, element("span", interval_text(metric, *ends), class_="interval")])


def _baseline(scores: Facts, model: str, part: str, metric: str) -> str:
    values = _mapping(_mapping(_mapping(scores.get("baselines")).get(model)).get(part))
    return score_text(metric, values.get(metric))
