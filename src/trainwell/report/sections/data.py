"""The data as it was understood: the target, the split, every column and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.figures.target import class_bars, histogram
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.numbers import MISSING, as_float, count, shown, significant
from trainwell.report.sections.augmented import augmented
from trainwell.report.sections.frame import absent, picture, section

_MOST_COLUMNS = 300


def data(report: ReportData) -> Markup:
    """Build the section."""
    columns = list(report.profile.get("columns") or ())
    return section(
        "data",
        "The data",
        _lead(columns) or None,
        _target(report.profile.get("target") or {}),
        _split(report.profile.get("parts") or {}),
        _notes(report.profile.get("notes") or ()),
        augmented(report.profile.get("augmentation") or {}),
        _columns(columns) if columns else absent("No column table: the inputs are an array."),
    )


def _lead(columns: Sequence[Facts]) -> str:
    uses = [str(column.get("use")) for column in columns]
    said = [f"{uses.count(use)} {use}" for use in ("used", "transformed", "left out") if use in uses]
    return f"{len(columns)} column{'s' if len(columns) > 1 else ''}: {', '.join(said)}." if said else ""


def _target(target: Facts) -> Markup | None:
    names = ", ".join(str(name) for name in target.get("names") or ()) or "target"
    counts, bins = target.get("counts"), target.get("histogram")
    if isinstance(counts, Mapping) and counts:
        return picture(f"Rows per class of {names}", class_bars(counts), _counted(names, counts))
    if isinstance(bins, Mapping) and bins.get("counts"):
        edges = list(bins.get("edges") or ())
        span = f" from {significant(edges[0])} to {significant(edges[-1])}" if edges else ""
        figure = histogram(edges, bins["counts"], names)
        return picture(f"Distribution of {names}", figure, f"Histogram of {names}{span}.")
    return None


def _counted(names: str, counts: Mapping[Any, Any]) -> str:
    listed = [f"{name} {count(rows)}" for name, rows in list(counts.items())[:12]]
    more = f" and {len(counts) - 12} more" if len(counts) > 12 else ""
    return f"Rows per class of {names}: {', '.join(listed)}{more}."


def _split(parts: Facts) -> Markup | None:
    sizes = {part: as_float(parts.get(part)) for part in ("training", "validation", "test")}
    known = {part: size for part, size in sizes.items() if size > 0}
    total = sum(known.values())
    if not total:
        return None
    blocks = [
        element(
            "div",
            element("strong", part),
            f" {count(size)} · {size / total:.0%}",
            class_=part,
            style=f"flex-grow:{size:.0f}",
        )
        for part, size in known.items()
    ]
    how = element("p", f"{parts['how']}", class_="note") if parts.get("how") else None
    return join([element("h3", "The split", class_="subtitle"), element("div", join(blocks), class_="split"), how])


def _notes(notes: Sequence[Any]) -> Markup | None:
    return element("ul", join(element("li", note) for note in notes), class_="notes") if notes else None


def _columns(columns: Sequence[Facts]) -> Markup:
    headers = ["column", "use", "missing", "distinct", "values"]
    rows = [_column(column) for column in columns[:_MOST_COLUMNS]]
    more = len(columns) - _MOST_COLUMNS
    return join(
        [
            element("h3", "The columns", class_="subtitle"),
            table(
                headers,
                rows,
                caption="Every column, its kind and what became of it",
                numeric=(2, 3),
                class_="columns",
            ),
            element("p", f"{more:,} more columns are not shown.", class_="note") if more > 0 else None,
        ]
    )


def _column(column: Facts) -> list[Any]:
    reason = column.get("reason")
    use = str(column.get("use", ""))
    return [
        join([shown(column.get("name")), element("span", column.get("kind", ""), class_="reason")]),
        join(
            [
                element("span", use, class_=f"use {use.replace(' ', '-')}"),
                element("span", reason, class_="reason") if reason else None,
            ]
        ),
        count(column.get("missing")) if column.get("missing") else MISSING,
        count(column.get("distinct")),
        summarized(column.get("summary")),
    ]


def summarized(summary: Any) -> str:
    """Return a column's summary in a few words.

    >>> summarized({"min": 32.1, "max": 59.6, "mean": 43.92, "std": 5.46})
    '32.1 to 59.6, mean 43.92 ± 5.46'
    >>> summarized({"top": {"Biscoe": 168, "Dream": 124}})
    'Biscoe (168), Dream (124)'
    """
    if not isinstance(summary, Mapping) or not summary:
        return MISSING
    if "min" in summary and "max" in summary:
        return _spread(summary)
    top = next((value for value in summary.values() if isinstance(value, Mapping | list | tuple)), None)
    return _frequent(top) if top else shown(dict(summary))


def _spread(summary: Mapping[str, Any]) -> str:
    text = f"{shown(summary['min'])} to {shown(summary['max'])}"
    if summary.get("mean") is not None:
        text += f", mean {shown(summary['mean'])}"
        text += f" ± {shown(summary['std'])}" if summary.get("std") is not None else ""
    return text


def _frequent(top: Any) -> str:
    pairs = list(top.items()) if isinstance(top, Mapping) else list(top)
    named = [f"{p[0]} ({shown(p[1])})" if isinstance(p, list | tuple) and len(p) == 2 else shown(p) for p in pairs[:4]]
    return ", ".join(named) + (", …" if len(pairs) > 4 else "")
