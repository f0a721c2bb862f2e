"""Which classes are told apart: confusion matrix and table per class, real tables that print and speak."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trainwell.report.contents import Facts, ReportData
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.numbers import as_float, count, percent
from trainwell.report.sections.frame import absent, section

_LARGEST_MATRIX = 60
_SHADES = (
    "Rows are the true class, columns the predicted one. Shades are shares of the true class: blue right, ochre wrong."
)


@dataclass(frozen=True)
class Confusion:
    """Counts of ``(truth, prediction)`` pairs and the class names of both axes."""

    classes: tuple[str, ...]
    counts: np.ndarray

    def shares(self) -> np.ndarray:
        """Return each cell as a share of its true class."""
        return np.asarray(self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1))

    def mistaken(self, most: int = 5) -> list[tuple[str, str, int, int]]:
        """Return the most frequent mistakes as (truth, prediction, rows, rows of the true class)."""
        wrong = self.counts - np.diag(np.diag(self.counts))
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        cells = [divmod(int(flat), len(self.classes)) for flat in order]
        totals = self.counts.sum(axis=1)
        return [
            (self.classes[i], self.classes[j], int(wrong[i, j]), int(totals[i])) for i, j in cells if wrong[i, j] > 0
        ]


def confusion_of(scores: Facts) -> Confusion | None:
    """Return the confusion matrix of the scores, or None where there is none or it is not square."""
    try:
        counts = np.asarray(scores.get("confusion") or [], dtype=float)
    except (TypeError, ValueError):
        return None
    if counts.ndim != 2 or not counts.size or counts.shape[0] != counts.shape[1]:
        return None
    names = [str(name) for name in scores.get("classes") or ()]
    named = tuple(names[k] if k < len(names) else f"class {k + 1}" for k in range(len(counts)))
    return Confusion(named, np.nan_to_num(counts, nan=0.0, posinf=0.0, neginf=0.0))


def classes(report: ReportData) -> Markup:
    """Build the section."""
    confusion = confusion_of(report.scores)
    per_class = list(report.scores.get("per_class") or ())
    if confusion is None and not per_class:
        return section("errors", "Where it errs", None, absent("No predictions were compared with the truth."))
    return section(
        "errors",
        "Where it errs",
        _lead(confusion),
        _matrix(confusion) if confusion else None,
        _per_class(per_class) if per_class else None,
    )


def _lead(confusion: Confusion | None) -> str | None:
    if confusion is None:
        return None
    mistakes = confusion.mistaken(3)
    if not mistakes:
        return "Not one row was taken for another class."
    listed = [f"{truth} taken for {taken} ({rows} of {total})" for truth, taken, rows, total in mistakes]
    return f"Most often confused: {'; '.join(listed)}."


def _matrix(confusion: Confusion) -> Markup:
    title = element("h3", "Confusion matrix", class_="subtitle")
    if len(confusion.classes) > _LARGEST_MATRIX:
        rows = [[truth, taken, count(n), count(total)] for truth, taken, n, total in confusion.mistaken(40)]
        headers = ["true class", "taken for", "rows", "of"]
        return join([title, table(headers, rows, caption="The most frequent confusions", numeric=(2, 3))])
    dense = " dense" if len(confusion.classes) > 12 else ""
    grid = element("table", _matrix_head(confusion), _matrix_body(confusion), class_=f"confusion{dense}")
    box = element("div", grid, class_="scroll", tabindex="0", role="region", aria_label="Confusion matrix")
    return join([title, box, element("p", _SHADES, class_="note")])


def _matrix_head(confusion: Confusion) -> Markup:
    corner = element("th", element("span", "true ↓"), element("span", "predicted →"), scope="col", class_="corner")
    names = join(element("th", element("span", name), scope="col", title=name) for name in confusion.classes)
    caption = element("caption", "Confusion matrix, rows true, columns predicted", class_="unseen")
    return join([caption, element("thead", element("tr", corner, names))])


def _matrix_body(confusion: Confusion) -> Markup:
    shares = confusion.shares()
    rows = (
        element(
            "tr",
            element("th", element("span", name), scope="row", title=name),
            join(_cell(confusion, shares, i, j) for j in range(len(shares))),
        )
        for i, name in enumerate(confusion.classes)
    )
    return element("tbody", join(rows))


def _cell(confusion: Confusion, shares: np.ndarray, i: int, j: int) -> Markup:
    rows, share = confusion.counts[i, j], shares[i, j]
    if not rows:
        return element("td", "·", class_="none")
    title = f"{confusion.classes[i]} taken for {confusion.classes[j]}: {rows:,.0f} rows, {percent(share)}"
    shade = 12 + 78 * share if i == j else 16 + 74 * min(1.0, 2.5 * share)
    strong = " strong" if shade > 55 else ""
    return element(
        "td",
        f"{rows:,.0f}",
        class_=f"{'right' if i == j else 'wrong'}{strong}",
        style=f"--shade:{shade:.0f}%",
        title=title,
    )


def _per_class(entries: Sequence[Facts]) -> Markup:
    worst_first = sorted(entries, key=_worth) if len(entries) > 8 else list(entries)
    start = _scale_start(entries)
    headers = ["class", "recall", f"95% interval, {start:.0%} to 100%", "precision", "F1", "rows"]
    rows = [
        [
            e.get("class"),
            percent(e.get("recall")),
            recall_range(e, start),
            percent(e.get("precision")),
            percent(e.get("f1")),
            count(e.get("support")),
        ]
        for e in worst_first
    ]
    grid = table(
        headers,
        rows,
        caption="Recall, precision and F1 of each class",
        numeric=(1, 3, 4, 5),
        class_="per-class",
    )
    note = "Lowest F1 first." if len(entries) > 8 else None
    return join(
        [
            element("h3", "Class by class", class_="subtitle"),
            grid,
            element("p", note, class_="note") if note else None,
        ]
    )


def _worth(entry: Facts) -> float:
    value = as_float(entry.get("f1"))
    return value if value == value else -1.0


def _scale_start(entries: Sequence[Facts]) -> float:
    """Return where the drawn intervals begin: the lowest end, rounded down to a tenth."""
    ends = [as_float((e.get("recall_interval") or [e.get("recall")])[0]) for e in entries]
    known = [end for end in ends if 0 <= end <= 1]
    return min(math.floor(10 * min(known, default=0)) / 10, 0.9)


def recall_range(entry: Facts, start: float = 0.0) -> Markup:
    """Draw a class's recall as a dot on its interval, on a line from ``start`` to 1."""
    value = as_float(entry.get("recall"))
    ends: Any = entry.get("recall_interval")
    low, high = (as_float(end) for end in ends) if isinstance(ends, list | tuple) and len(ends) == 2 else (value, value)
    if not (0 <= low <= high <= 1) or not 0 <= value <= 1:
        return Markup("–")
    places = (max(0.0, 100 * (share - start) / (1 - start)) for share in (low, high, value))
    style = ";".join(f"--{name}:{place:.1f}%" for name, place in zip(("low", "high", "value"), places, strict=True))
    return element("div", role="img", aria_label=f"{percent(low)} to {percent(high)}", class_="range", style=style)
