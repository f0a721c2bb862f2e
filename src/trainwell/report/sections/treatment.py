"""What came of trying the remedies: each with what it gained, and its interval over seeds."""

from __future__ import annotations

from typing import Any

from trainwell.report.contents import Facts, ReportData
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.measures import metric_name, score_text
from trainwell.report.numbers import as_float, significant
from trainwell.report.sections.frame import badge

SIGNS = {"helped": "passed", "did harm": "failed"}
NOTE = (
    "Every remedy was trained with the same seeds as the run as it was; the gain is paired by seed. Together the "
    "intervals hold their means with 95 % confidence. The validation part decides; the test part was left alone."
)


def treatment(report: ReportData) -> Markup | None:
    """Build what stands below the findings, or nothing where nothing was tried."""
    tried = report.treatment
    if not tried:
        return None
    rows = [row(attempt) for attempt in tried.get("attempts", ())]
    grid = table(
        ["remedy", "as it was", "with it", "gain", "verdict"],
        rows,
        caption="Remedies tried",
        numeric=(1, 2, 3),
        class_="compact",
    )
    return join(
        [
            element("h3", "The remedies, tried", class_="subtitle"),
            element("p", tried.get("summary", "")),
            grid if rows else None,
            element("p", NOTE, class_="note") if rows else None,
        ]
    )


def row(attempt: Facts) -> list[Any]:
    """Return one remedy's row of the table."""
    change = attempt.get("change") or {}
    settings = "\n".join(f"{path} = {value}" for path, value in change.items())
    against = ", ".join(str(name) for name in attempt.get("findings", ()))
    name = join(
        [
            element("code", settings) if settings else element("span", attempt.get("remedy", "")),
            element("p", f"against {against}", class_="note"),
        ]
    )
    if attempt.get("verdict") is None:
        return [name, "", "", "", join([badge("not applicable", "not tried"), element("p", attempt.get("problem"))])]
    metric, verdict = str(attempt["metric"]), str(attempt["verdict"])
    low, high = (as_float(end) for end in attempt["interval"])
    words = verdict if verdict == "helped" else f"failed: {verdict}"
    return [
        name,
        f"{metric_name(metric)} {score_text(metric, as_float(attempt['before']))}",
        score_text(metric, as_float(attempt["after"])),
        f"{significant(attempt['gain'], 3)} [{significant(low, 3)}, {significant(high, 3)}]",
        badge(SIGNS.get(verdict, "not applicable"), words),
    ]
