"""A run as a notebook shows it: the score with its interval, the strongest baseline, the findings; no pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.report.markup import Markup, element, join
from trainwell.report.numbers import count, significant

MOST_FINDINGS = 5
_CELL = "text-align:left;padding:2px 16px 2px 0"


def run_html(scores: Mapping[str, Any], findings: Sequence[Any], title: str) -> str:
    """Return a small table of scores, and the findings by name, as HTML that needs no style sheet.

    Args:
        scores: what ``run.scores`` holds.
        findings: each with a ``severity``, a ``name`` and a ``sentence``.
        title: a line above.
    """
    metric = scores["primary"]
    parts = [part for part in ("training", "validation", "test") if scores.get(part)]
    rows = [(part, significant(scores[part].get(metric)), count(scores["rows"].get(part))) for part in parts]
    baselines = scores.get("baselines") or {}
    rows += [
        (f"baseline: {name}", significant(value), "")
        for name, value in baseline_scores(baselines, scores["judged"], metric)
    ]
    return element("div", element("p", element("strong", title)), grid(("", metric, "rows"), rows), told(findings))


def baseline_scores(baselines: Mapping[str, Any], part: str, metric: str) -> list[tuple[str, Any]]:
    """Return each simple model's score on a part by name, those that have one."""
    found = [(name, (scores.get(part) or {}).get(metric)) for name, scores in baselines.items()]
    return [(name, value) for name, value in found if value is not None]


def grid(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """Return a plain table."""
    head = element("tr", join(element("th", title, style=_CELL) for title in titles))
    body = join(element("tr", join(element("td", cell, style=_CELL) for cell in row)) for row in rows)
    return element("table", element("thead", head), element("tbody", body))


def told(findings: Sequence[Any]) -> Markup:
    """Return the first findings, one line each."""
    if not findings:
        return element("p", "The clinic found nothing wrong.")
    lines = [
        element("li", element("strong", f"{each.severity}: {each.name}. "), each.sentence)
        for each in findings[:MOST_FINDINGS]
    ]
    more = len(findings) - MOST_FINDINGS
    return element("ul", join(lines), element("li", f"and {more} more") if more > 0 else None)
