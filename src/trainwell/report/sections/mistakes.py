"""The worst mistakes, row by row, as the table had them; no statistics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.markup import Markup, element, table
from trainwell.report.numbers import percent, shown, significant
from trainwell.report.sections.frame import absent, section

_MOST_FEATURES = 40


def mistakes(report: ReportData) -> Markup:
    """Build the section."""
    worst = [entry for entry in report.scores.get("mistakes") or () if isinstance(entry, Mapping)]
    if not worst:
        return section("mistakes", "The worst mistakes", None, absent(_why_none(report)))
    confident = any("confidence" in entry for entry in worst)
    lead = (
        "Wrong, and sure of it: look for wrong labels and for what these rows share."
        if confident
        else "The rows whose predictions were furthest off."
    ) + " Open one with trainwell explain RUN --row N; rows count from 1."
    return section("mistakes", "The worst mistakes", lead, _table(worst, confident), _left_out(worst))


def _why_none(report: ReportData) -> str:
    return (
        "There was no mistake to show."
        if report.scores.get("test")
        else "Nothing was predicted, so no mistake was found."
    )


def _table(worst: Sequence[Facts], confident: bool) -> Markup:
    features = _features(worst)[:_MOST_FEATURES]
    several = any("output" in entry for entry in worst)
    features = ["output", *features] if several else features
    headers = ["row", "true", "predicted", "confidence" if confident else "error", *features]
    numeric = [0, 3, *(4 + k for k, name in enumerate(features) if _all_numbers(worst, name))]
    if not confident:
        numeric += [1, 2]
    return table(
        headers,
        [_row(entry, features, confident) for entry in worst],
        caption="The worst mistakes",
        numeric=numeric,
    )


def _features(worst: Sequence[Facts]) -> list[str]:
    return list(dict.fromkeys(name for entry in worst for name in entry.get("features") or {}))


def _all_numbers(worst: Sequence[Facts], name: str) -> bool:
    values = [(entry.get("features") or {}).get(name) for entry in worst]
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)


def _row(entry: Facts, features: Sequence[str], confident: bool) -> list[Any]:
    sure = percent(entry.get("confidence")) if confident else significant(entry.get("error", float("nan")))
    values = {**({"output": entry["output"]} if "output" in entry else {}), **(entry.get("features") or {})}
    answers = [element("strong", shown(entry.get("truth"))), shown(entry.get("prediction"))]
    return [shown(_counted(entry.get("row"))), *answers, sure, *(shown(values.get(name)) for name in features)]


def _counted(row: Any) -> Any:
    """Return a row's position counted from 1, as people do and as ``trainwell explain --row`` takes it."""
    return row + 1 if isinstance(row, int) else row


def _left_out(worst: Sequence[Facts]) -> Markup | None:
    more = len(_features(worst)) - _MOST_FEATURES
    return element("p", f"{more} more columns are not shown.", class_="note") if more > 0 else None
