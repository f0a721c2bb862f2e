"""The space as it was searched: axis plots, isolation plots and importances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trainwell.report.contents import Facts
from trainwell.report.markup import Markup, element, join
from trainwell.report.numbers import as_float, percent
from trainwell.report.sections.frame import absent, gallery, picture, section
from trainwell.report.study.contents import StudyContents
from trainwell.report.study.figures.axes import axis_plot
from trainwell.report.study.figures.bars import Bar, lying_bars
from trainwell.report.study.figures.isolation import isolation_plot
from trainwell.report.study.figures.scores import Window, window

ISOLATION_NOTE = "Large: the best trial of each value, with its standard error over runs. Small: all the others."
IMPORTANCE_NOTE = (
    "Share of the ranking of held-out trials that is lost when the hyperparameter is redrawn, interactions counted, "
    "with its 95% interval. Diverged trials rank last. Shares need not add up to 100%."
)


def isolation(contents: StudyContents) -> Markup | None:
    """Build the section on the scientific hyperparameters; nothing where there are none."""
    found = [lesson["data"] for lesson in contents.all_lessons("isolation") if lesson.get("data")]
    if not found:
        return None
    lead = "What was asked, answered: each value with its nuisances tuned, so that it is compared at its best."
    pictures = [isolated(contents, data) for data in found]
    return section("isolation", "The question", lead, *pictures if len(pictures) == 1 else [gallery(*pictures)])


def isolated(contents: StudyContents, data: Facts) -> Markup | None:
    """Build one isolation plot."""
    buckets = data.get("buckets") or ()
    leaders = [bucket.get("best") for bucket in buckets]
    values = [value for bucket in buckets for value in bucket.get("values") or ()]
    near = window([*values, *leaders], contents.maximize, contents.metric)
    said = [
        f"{b.get('name')}: {contents.text(b['best'])} of {b.get('trials')}"
        for b in buckets
        if b.get("best") is not None
    ]
    described = f"Best {contents.score_name} per value of {data.get('path')}: {'; '.join(said)}."
    return picture(str(data.get("path")), isolation_plot(buckets, near), described, ISOLATION_NOTE)


def importance(contents: StudyContents) -> Markup | None:
    """Build the section on what mattered; nothing where fewer than two hyperparameters were varied."""
    lesson = next(iter(contents.all_lessons("importance")), None)
    if lesson is None:
        return None
    entries = [bar for bar in contents.mapping("importance").get("bars") or () if bar.get("share") is not None]
    figure = lying_bars([importance_bar(entry) for entry in entries], "", tickformat=".0%", range=extent(entries))
    said = ", ".join(f"{entry.get('path')} {percent(max(as_float(entry['share']), 0))}" for entry in entries)
    return section(
        "importance",
        "What mattered",
        explained(contents.mapping("importance")),
        picture("Importance of each hyperparameter", figure, f"Importances: {said}.", IMPORTANCE_NOTE)
        or absent(str(lesson.get("sentence", ""))),
    )


def explained(data: Facts) -> str | None:
    """Say how well the trials' ranks could be predicted at all."""
    share = as_float(data.get("explained"))
    if share != share:
        return None
    known = f"{max(share, 0):.0%} of the ranking of trials it had not seen"
    return f"Learned from {data.get('trials')} trials by a forest that predicts {known}."


def importance_bar(entry: Facts) -> Bar:
    """Return the bar of one hyperparameter; pale where it cannot be told from chance."""
    share, low, high = (as_float(entry.get(name)) for name in ("share", "low", "high"))
    sure = low > 0
    text = f"{max(share, 0):.0%}" if sure else "not told from chance"
    return Bar(str(entry.get("path")), share, text, low, high, strong=sure)


def extent(entries: Sequence[Facts]) -> list[float]:
    """Return the ends of the axis of shares: 0 to 100 %, or as far as the intervals go below."""
    lows = [low for entry in entries if (low := as_float(entry.get("low"))) == low]
    highs = [high for entry in entries if (high := as_float(entry.get("high"))) == high]
    return [max(min([*lows, 0.0]) - 0.02, -0.5), min(max([*highs, 0.2]) + 0.04, 1.3)]


def axes(contents: StudyContents) -> Markup:
    """Build the section of axis plots."""
    name = "Hyperparameter by hyperparameter"
    if not contents.axes:
        return section("axes", name, None, absent("Nothing was varied, so there is no axis to look along."))
    seen = window([trial.value for trial in contents.trials if trial.scored], contents.maximize, contents.metric)
    edges = {e["path"]: e for lesson in contents.all_lessons("boundary") if (e := lesson.get("data"))}
    pictures = [axis_picture(contents, data, seen, edges.get(data.get("path"))) for data in contents.axes]
    lead = "Every trial on the axis of every hyperparameter varied: its score is its best over training."
    laid = gallery(*pictures, columns=3 if len(pictures) == 3 or len(pictures) > 4 else 2)
    pins = seen is not None and any(trial.scored and seen.pins(trial.value) for trial in contents.trials)
    return section("axes", name, lead, key(contents, pins, bool(edges)), laid or absent("No trial was run."))


def axis_picture(contents: StudyContents, data: Facts, seen: Window | None, edge: Any) -> Markup | None:
    """Build one axis plot, with what it shows below it."""
    side = str(edge["side"]) if edge and edge.get("side") else None
    described = f"{contents.score_name} over {data.get('path')}. {data.get('sentence', '')}"
    figure = axis_plot(data, seen, contents.maximize, side)
    return picture(str(data.get("path")), figure, described, short_of_path(data))


def short_of_path(data: Facts) -> str:
    """Return the axis's sentence, which need not repeat the path that stands above it."""
    path, sentence = str(data.get("path")), str(data.get("sentence") or "")
    sentence = sentence.replace(f" over {path} has", " has")
    for wording in (f" have {path} ", f" over {path}", f" took {path} = "):
        short = {" have": " lie ", " over": " over it", " took": " took "}[wording[:5]]
        sentence = sentence.replace(wording, short)
    return sentence.replace(f"has {path} = ", "has ").replace("spread widely over it", "spread widely")


def key(contents: StudyContents, pins: bool, has_edge: bool) -> Markup:
    """Explain the signs."""
    signs = [("best", "best trial")]
    signs += [("trial", "trial")] if contents.best else []
    signs += [("beyond", "worse than the picture shows")] if pins else []
    signs += [("lost", "diverged, or failed")] if any(not trial.scored for trial in contents.trials) else []
    signs += [("good", "where the best few lie")] if any(axis.get("together") for axis in contents.axes) else []
    signs += [("edge", "the edge the best one lies at")] if has_edge else []
    if contents.best is None:
        signs = signs[1:]
    items = (element("li", element("span", class_=f"sign {sign}", aria_hidden="true"), name) for sign, name in signs)
    return element("ul", join(items), class_="key signs", aria_label="Signs")
