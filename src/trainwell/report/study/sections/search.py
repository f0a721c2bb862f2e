"""The search itself: best so far, whether enough was sampled, whether training was long enough, and luck."""

from __future__ import annotations

from collections.abc import Mapping

from trainwell.report.contents import Facts
from trainwell.report.markup import Markup, element, join, table
from trainwell.report.measures import interval_text, is_share
from trainwell.report.numbers import MISSING, as_float, shown, significant
from trainwell.report.sections.frame import absent, gallery, picture, section
from trainwell.report.sections.headline import date_in_words
from trainwell.report.study.contents import StudyContents
from trainwell.report.study.figures.bars import Bar, interval_dots, lying_bars
from trainwell.report.study.figures.progress import best_so_far
from trainwell.report.study.figures.rounds import rounds_plot
from trainwell.report.study.figures.sampling import best_epochs, best_of_boxes
from trainwell.report.study.figures.scores import Window, window

#: How far the window of the search's course reaches, in distances from the best score to the median one.
CLOSE = 1.25
BOX_NOTE = (
    "Box: the middle half of all possible draws; whiskers: the middle 90%; line: the mean. Flat at the end: enough. "
    "What lies beyond the picture is cut off."
)
EPOCH_NOTE = "Shaded: the first tenth, where training could be shorter, and the last quarter, where it was cut off."


def progress(contents: StudyContents) -> Markup:
    """Build the section."""
    name = "How the search went"
    trials = contents.trials
    seen = window([trial.value for trial in trials if trial.scored], contents.maximize, contents.metric, CLOSE)
    course = picture(
        "Best so far",
        best_so_far(trials, seen, contents.maximize),
        course_in_words(contents),
        "Crosses: trials without a score." if any(not trial.scored for trial in trials) else None,
    )
    if course is None:
        return section("progress", name, None, absent("No trial has a score, so there is no course to show."))
    return section("progress", name, None, course, gallery(sampled(contents, seen), trained(contents)))


def course_in_words(contents: StudyContents) -> str:
    """Describe the course of the best score."""
    best = contents.best
    return (
        f"Best {contents.score_name} over trials; found in trial {best.number}: {contents.text(best.value)}."
        if best
        else ""
    )


def sampled(contents: StudyContents, seen: Window | None) -> Markup | None:
    """Build the boxes of the best of n."""
    boxes = contents.mapping("sampling").get("boxes") or ()
    if len(boxes) < 2:
        return None
    said = "; ".join(f"of {box.get('trials')}: {contents.text(box.get('mean'))}" for box in boxes)
    figure = best_of_boxes(boxes, seen)
    return picture("The best of n trials", figure, f"Expected best score {said}.", BOX_NOTE)


def trained(contents: StudyContents) -> Markup | None:
    """Build the histogram of best epochs."""
    data = contents.mapping("steps")
    sentence = next((str(lesson.get("sentence", "")) for lesson in contents.all_lessons("steps")), "")
    return picture("When the best trials were best", best_epochs(data.get("shares") or ()), sentence, EPOCH_NOTE)


def trust(contents: StudyContents) -> Markup | None:
    """Build the section on luck, the decision to adopt, the two rounds and the test part."""
    parts = [luck(contents), adoption(contents), rounds(contents), touches(contents)]
    if not any(parts):
        return None
    lead = "A score moves with the seed, the fold and the trials that happened to be drawn. A gain must exceed that."
    return section("trust", "How far to trust it", lead, *parts)


def luck(contents: StudyContents) -> Markup | None:
    """Build the bars of the three standard deviations."""
    data = contents.mapping("variance")
    names = (
        ("seed", "another seed"),
        ("fold", "another fold and seed" if data.get("fold_holds_seed") else "another fold"),
        ("study", "another study" if data.get("study_repeated") else "another study (estimated)"),
    )
    factor, unit = (100, ", in points") if is_share(contents.metric) else (1, "")
    known = [(text, data[name]) for name, text in names if data.get(name) is not None]
    bars = [Bar(text, factor * as_float(value), size(contents, value)) for text, value in known]
    said = ", ".join(f"{bar.name} {bar.text}" for bar in bars)
    title = f"standard deviation of the best score{unit}"
    figure = lying_bars(bars, title, rangemode="tozero", tickformat="~g")
    return picture("Three sources of luck" if len(bars) == 3 else "Sources of luck", figure, f"{title}: {said}.")


def size(contents: StudyContents, value: object) -> str:
    """Write a difference of scores: points of a percentage for shares."""
    number = as_float(value)
    return f"{significant(100 * number, 2)} points" if is_share(contents.metric) else significant(number, 2)


def adoption(contents: StudyContents) -> Markup | None:
    """Show the record of the decision between incumbent and candidate."""
    record = contents.extras.get("adoption")
    if not isinstance(record, Mapping):
        return None
    decision = element("p", record.get("sentence") or "", class_="verdict")
    rows = [
        ("incumbent", contents.text(record.get("incumbent"))),
        ("candidate", contents.text(record.get("candidate"))),
        ("gain", size(contents, record.get("gain"))),
        ("95% interval of the gain", gain_interval(contents, record)),
        ("what another seed changes", size(contents, record.get("seed_deviation"))),
        ("smallest gain worth it", size(contents, record.get("smallest_gain"))),
        ("complexity added", shown(record.get("complexity") or None)),
    ]
    grid = table(
        ["", "value"],
        [row for row in rows if row[1] != MISSING],
        caption="Adoption record",
        numeric=(1,),
        class_="compact",
    )
    return join([element("h3", "The decision", class_="subtitle"), decision, grid])


def gain_interval(contents: StudyContents, record: Facts) -> str:
    """Write the interval of a gain."""
    ends = tuple(record.get("interval") or ())
    return " to ".join(size(contents, end) for end in ends) if len(ends) == 2 else MISSING


def rounds(contents: StudyContents) -> Markup | None:
    """Build the picture of the two rounds."""
    data = contents.mapping("rounds")
    sentence = next((str(lesson.get("sentence", "")) for lesson in contents.all_lessons("rounds")), "")
    figure = rounds_plot(data.get("short") or (), data.get("long") or (), contents.metric, contents.maximize)
    return picture("Short round against long round", figure, sentence, sentence)


def touches(contents: StudyContents) -> Markup | None:
    """Show the log of the test part."""
    lesson = next(iter(contents.all_lessons("test touches")), None)
    if lesson is None:
        return None
    rows = [
        [date_in_words(str(t.get("when"))), t.get("why"), shown(t.get("trial")), contents.text(t.get("score"))]
        for t in lesson.get("data") or ()
    ]
    grid = (
        table(["when", "why", "trial", "score"], rows, caption="Every look at the test part", numeric=(2, 3))
        if rows
        else None
    )
    return join([element("h3", "The test part", class_="subtitle"), element("p", lesson.get("sentence", "")), grid])


def ensemble(contents: StudyContents) -> Markup | None:
    """Show the ensemble of the best few beside the single best; nothing where none was made."""
    data = contents.extras.get("ensemble")
    if not isinstance(data, Mapping):
        return None
    entries = [(name, data[name]) for name in ("ensemble", "single") if isinstance(data.get(name), Mapping)]
    members = list(data.get("members") or ())
    names = {"ensemble": f"ensemble of {len(members)}" if members else "ensemble", "single": "single best"}
    bars = [ensemble_bar(contents, names[name], entry, name == "ensemble") for name, entry in entries]
    part = shown(data.get("part") or "validation")
    said = ", ".join(f"{bar.name} {bar.text}" for bar in bars)
    form = {"tickformat": ".5~p"} if is_share(contents.metric) else {"tickformat": "~g"}
    figure = interval_dots(bars, contents.score_name, **form)
    note = f"Trials {', '.join(shown(member) for member in members)}, averaged." if members else None
    return section(
        "ensemble",
        "The ensemble beside the single best",
        "The best few recipes, trained once more on every row but the test part; what they predict is averaged.",
        picture(f"On the {part} part", figure, f"{said}.", note) or absent("Neither was scored."),
    )


def ensemble_bar(contents: StudyContents, name: str, entry: Facts, strong: bool) -> Bar:
    """Return one of the two bars."""
    ends = [as_float(end) for end in entry.get("interval") or ()]
    low, high = ends if len(ends) == 2 else (None, None)
    text = contents.text(entry.get("value"))
    if low is not None and high is not None:
        text = f"{text} ({interval_text(contents.metric, low, high)})"
    return Bar(name, as_float(entry.get("value")), text, low, high, strong)
